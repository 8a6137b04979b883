"""Which log is read when none is named, and what is said of those that cannot be."""

import os
from pathlib import Path

import pytest

from mailtop.source.discover import USUAL, check, discover
from mailtop.source.refusal import SourceError


def test_the_first_that_is_there(tmp_path: Path) -> None:
    for name in ("second", "third"):
        (tmp_path / name).touch()
    assert discover([str(tmp_path / name) for name in ("first", "second", "third")]) == str(tmp_path / "second")


def test_a_directory_of_that_name_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "syslog").touch()
    assert discover([str(tmp_path / "mail"), str(tmp_path / "syslog")]) == str(tmp_path / "syslog")


@pytest.mark.parametrize("there", [[], ["mail"]])
def test_none_says_what_to_do(tmp_path: Path, there: list[str]) -> None:
    for name in there:
        (tmp_path / name).mkdir()
    with pytest.raises(SourceError) as refused:
        discover([str(tmp_path / "mail"), str(tmp_path / "mail.log")])
    said = str(refused.value)
    assert "nor mail in the journal" in said
    assert "`mailtop demo`" in said
    assert "\n" not in said


def test_a_mail_log_comes_before_the_log_of_everything() -> None:
    assert USUAL[0] == "/var/log/mail.log"
    assert set(USUAL[-2:]) == {"/var/log/syslog", "/var/log/messages"}


def test_a_log_that_may_still_come_passes(tmp_path: Path) -> None:
    check(str(tmp_path / "mail.log"))


@pytest.mark.parametrize("path", ["nowhere/mail.log", "file/mail.log"])
def test_a_log_that_cannot_come_does_not(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="there is no such file"):
        check(str(tmp_path / path))


def test_a_directory(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a directory; name a log file in it"):
        check(str(tmp_path))


def test_a_pipe_does_not_hold_it_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="not a file"):
        check(str(tmp_path / "pipe"))
