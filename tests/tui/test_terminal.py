"""What a terminal can show is decided from its environment."""

import subprocess
import sys

import pytest

from mailtop.tui.terminal import terminal

UTF8 = {"TERM": "xterm-256color", "LANG": "en_GB.UTF-8"}


@pytest.mark.parametrize(
    ("environ", "theme", "ascii_only"),
    [
        ({}, "mailtop", False),
        ({"TERM": "screen-256color"}, "mailtop", False),
        ({"TERM": "xterm"}, "ansi-dark", False),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "mailtop", False),
        ({"TERM": "screen"}, "ansi-dark", False),
        ({"TERM": "linux"}, "ansi-dark", True),
        ({"TERM": "xterm-kitty"}, "mailtop", False),
        ({"NO_COLOR": "1"}, "ansi-dark", False),
        ({"NO_COLOR": ""}, "mailtop", False),
        ({"LC_ALL": "C"}, "mailtop", True),
        ({"LANG": ""}, "mailtop", True),
    ],
)
def test_colours_and_characters(environ: dict[str, str], theme: str, ascii_only: bool) -> None:
    shows = terminal(UTF8 | environ, is_tty=True, encoding="utf-8")
    assert (shows.problem, shows.theme, shows.ascii_only) == ("", theme, ascii_only)


def test_latin_1_streams_get_ascii() -> None:
    assert terminal(UTF8, is_tty=True, encoding="latin-1").ascii_only


def test_the_mouse_is_off_over_ssh_unless_it_is_asked_for() -> None:
    over_ssh = UTF8 | {"SSH_CONNECTION": "192.0.2.1 5 192.0.2.2 22"}
    assert terminal(UTF8, is_tty=True, encoding="utf-8").mouse
    assert not terminal(over_ssh, is_tty=True, encoding="utf-8").mouse
    assert not terminal(UTF8 | {"SSH_TTY": "/dev/pts/1"}, is_tty=True, encoding="utf-8").mouse
    assert terminal(over_ssh, is_tty=True, encoding="utf-8", mouse=True).mouse


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"TERM": ""}])
def test_where_no_screen_can_be_the_report_is_named(environ: dict[str, str]) -> None:
    problem = terminal(UTF8 | environ, is_tty=True, encoding="utf-8").problem
    assert "mailtop report" in problem
    assert "\n" not in problem


def test_a_file_is_no_terminal() -> None:
    assert "mailtop report" in terminal(UTF8, is_tty=False, encoding="utf-8").problem


def test_an_unknown_theme_is_told_with_those_there_are() -> None:
    assert "high-contrast" in terminal(UTF8, is_tty=True, encoding="utf-8", theme="neon").problem


def test_run_refuses_in_one_line() -> None:
    code = (
        "import sys; from tests.tui.fake import busy, Settings; from mailtop.tui.app import run;"
        "sys.exit(run(busy(), Settings()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("mailtop: ")
    assert done.stderr.count("\n") == 1
