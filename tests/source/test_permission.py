"""No permission: one line that names the group that has it, where joining one would help. Run as another user."""

import grp
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from mailtop.source.discover import check, discover
from mailtop.source.refusal import SourceError, explain
from tests.source.bench import Watched, line, lines, write

NOBODY = 65534


def group(name: str) -> int:
    """A group's number; every system that mailtop runs on has one of these."""
    return grp.getgrnam(name).gr_gid


def denied(_: str) -> int:
    """What opening does for somebody who may not."""
    raise PermissionError(13, "Permission denied")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A log that group adm may read, where the test may give files away."""
    if os.geteuid() != 0:
        pytest.skip("giving a file to another group takes root")
    path = tmp_path / "mail.log"
    path.write_bytes(b"")
    os.chown(path, 0, group("adm"))
    path.chmod(0o640)
    return path


def test_the_group_is_named_and_how_to_join_it(secret: Path) -> None:
    with pytest.raises(SourceError) as refused:
        check(str(secret), denied)
    said = str(refused.value)
    assert said.startswith(f"{secret}: permission denied; ")
    assert "group adm" in said
    assert "sudo usermod -aG adm $USER" in said
    assert "\n" not in said


def test_root_is_no_group_to_join(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getegid", lambda: NOBODY)
    monkeypatch.setattr(os, "getgroups", list[int])
    os.chown(secret, 0, 0)
    said = explain(str(secret), PermissionError())
    assert "usermod" not in said
    assert "sudo" in said


def test_a_group_that_may_not_read_is_not_named(secret: Path) -> None:
    secret.chmod(0o600)
    assert "usermod" not in explain(str(secret), PermissionError())


def test_a_group_without_a_name(secret: Path) -> None:
    os.chown(secret, 0, 54321)
    said = explain(str(secret), PermissionError())
    assert "usermod" not in said
    assert "sudo" in said


def test_in_the_group_already(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getgroups", lambda: [group("adm")])
    said = explain(str(secret), PermissionError())
    assert "although you are in group adm" in said
    assert "usermod" not in said


def test_the_first_of_the_usual_logs_that_may_be_read_is_taken(tmp_path: Path, secret: Path) -> None:
    other = tmp_path / "maillog"
    other.touch()

    def opener(path: str) -> int:
        return denied(path) if path == str(secret) else os.open(path, os.O_RDONLY)

    assert discover([str(secret), str(other)], opener) == str(other)
    with pytest.raises(SourceError, match="group adm"):
        discover([str(secret), str(tmp_path / "none")], opener)


@pytest.mark.parametrize(("mode", "way_in"), [(0o2750, "it is readable by group adm"), (0o700, "sudo")])
def test_as_another_user_through_a_directory_that_is_closed(secret: Path, mode: int, way_in: str) -> None:
    """The directory bars the way, so it is its group that is named: /var/log/exim4 is like that."""
    with TemporaryDirectory() as above:
        os.chmod(above, 0o755)
        folder = Path(above, "exim4")
        folder.mkdir()
        (folder / "mainlog").write_bytes(b"")
        os.chown(folder, 0, group("adm"))
        folder.chmod(mode)
        said = as_nobody(folder / "mainlog")
    assert "mainlog: permission denied; " in said
    assert way_in in said
    assert ("usermod" in said) == (mode == 0o2750)
    assert said.count("\n") == 1


def as_nobody(path: Path) -> str:
    """What is said to a user without any group."""
    program = (
        "import os, sys; root = sys.argv[2]; sys.path.insert(0, root)\n"
        "from mailtop.source.discover import check\n"
        "from mailtop.source.refusal import SourceError\n"
        f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        "try: check(sys.argv[1])\n"
        "except SourceError as refused: sys.exit(str(refused))\n"
    )
    root = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", program, str(path), root], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr


def test_a_log_that_may_be_read_later(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(log)
    write(log, line(0))
    with monkeypatch.context() as patched:
        patched.setattr("mailtop.source.tail.open_log", denied)
        assert watched.look() == []
        assert watched.tail.trouble is not None
        assert "permission denied" in watched.tail.trouble
    assert watched.look() == lines(0, 1)
    assert watched.tail.trouble is None
