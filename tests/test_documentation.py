"""The documentation says what the code does: nothing in it is out of date, and nothing is left out."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

from mailtop.cli import COMMANDS
from mailtop.query import MEASURES

ROOT = Path(__file__).resolve().parents[1]


def written_by(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_what_the_code_says() -> None:
    composed: str = written_by(ROOT / "docs" / "reference.py").compose()
    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == composed, "run `python docs/reference.py`"


def test_every_measure_is_documented() -> None:
    reference = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    assert [name for name in MEASURES if f"`{name}`" not in reference] == []


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [command for command in COMMANDS if f"mailtop {command}" not in readme] == []


def test_every_picture_and_page_that_the_readme_names_is_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"\]\((?!https?:)([^)#]+)", readme)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_readme_opens_with_a_picture_and_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.index("screenshots/") < readme.index("```sh")
    commands = re.findall(r"```sh\n(.*?)```", readme, re.DOTALL)[:2]
    assert all(len(command.strip().splitlines()) == 1 for command in commands)
    assert commands[0].strip().endswith("mailtop demo")
    assert commands[1].strip().endswith("pytest")
