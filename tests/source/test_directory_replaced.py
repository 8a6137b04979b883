"""The directory of the log is moved away, removed, or comes later, and another takes its place."""

import shutil
from pathlib import Path

import pytest

from tests.source.bench import Watched, line, lines, write


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """A log in a directory of its own."""
    (tmp_path / "log").mkdir()
    return tmp_path / "log" / "mail.log"


def test_moved_away_and_made_anew(deep: Path, tmp_path: Path) -> None:
    watched = Watched(deep)
    write(deep, line(0))
    watched.look()
    write(deep, line(1))
    deep.parent.rename(tmp_path / "old")
    watched.look()
    write(tmp_path / "old" / "mail.log", line(2))
    watched.look()
    deep.parent.mkdir()
    watched.look()
    write(deep, line(3))
    watched.look()
    watched.look(60)
    assert watched.lines == lines(0, 4)


def test_removed_and_made_anew(deep: Path) -> None:
    watched = Watched(deep)
    write(deep, line(0))
    watched.look()
    shutil.rmtree(deep.parent)
    watched.look()
    deep.parent.mkdir()
    write(deep, line(1))
    watched.look()
    watched.look(60)
    assert watched.lines == lines(0, 2)


def test_comes_later(tmp_path: Path) -> None:
    log = tmp_path / "exim4" / "mainlog"
    watched = Watched(log)
    assert watched.look() == []
    assert watched.tail.trouble is not None
    assert "no such file" in watched.tail.trouble
    log.parent.mkdir()
    write(log, line(0))
    assert watched.look() == lines(0, 1)
    assert watched.tail.trouble is None
