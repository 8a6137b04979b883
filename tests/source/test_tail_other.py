"""Deleted, not there yet, behind a symlink, unreadable, no file at all; and lines that are too long."""

import os
from pathlib import Path

import pytest

from mailtop.ingest.reader import Reader
from mailtop.source import tail as tail_module
from mailtop.source.lines import BLOCK, MAX_LINE
from mailtop.source.readback import FileIdentity, identify, open_log
from mailtop.source.tail import Tail, Tails
from tests.source.bench import Watched, line, lines, places, write


def test_deleted_and_created_anew(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    write(log, line(0))
    watched = Watched(log)
    watched.look()
    write(log, line(1))
    log.unlink()
    assert watched.look() == lines(1, 2)
    write(log, line(2))
    assert watched.look() == lines(2, 3)


def test_not_there_yet(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    watched = Watched(log)
    assert watched.look() == []
    assert watched.tail.trouble == f"{log}: there is no such file"
    write(log, *lines(0, 2))
    assert watched.look() == lines(0, 2)
    assert watched.tail.trouble is None


def test_half_a_line_is_held_back(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    write(log, partial=line(0)[:20])
    watched = Watched(log)
    assert watched.look() == watched.look() == []
    write(log, line(0)[20:], partial="x")
    assert watched.look() == lines(0, 1)
    assert watched.tail.lag == 0


def test_symlink_whose_target_is_rotated(tmp_path: Path) -> None:
    real, link = tmp_path / "real" / "mail.log", tmp_path / "mail.log"
    real.parent.mkdir()
    link.symlink_to(real)
    write(real, line(0))
    watched = Watched(link)
    watched.look()
    real.rename(real.with_name("mail.log.1"))
    write(real, line(1))
    assert watched.look() == lines(1, 2)
    assert [watched.read_back(at) for at in range(2)] == lines(0, 2)


def test_symlink_that_is_moved_and_moved_back(tmp_path: Path) -> None:
    link, one, two = tmp_path / "mail.log", tmp_path / "one.log", tmp_path / "two.log"
    write(one, line(0))
    write(two, line(1))
    link.symlink_to(one)
    watched = Watched(link)
    watched.look()
    for target, number in ((two, 2), (one, 3), (two, 4)):
        link.unlink()
        link.symlink_to(target)
        write(target, line(number))
        watched.look()
    assert watched.lines == lines(0, 5)
    assert [watched.read_back(at) for at in range(5)] == lines(0, 5)


@pytest.fixture
def barred(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Paths that may not be opened: the tests may be run by root, whom nothing bars."""
    paths: set[str] = set()
    really = open_log

    def opener(path: str) -> int:
        if path in paths:
            raise PermissionError(13, "Permission denied", path)
        return really(path)

    monkeypatch.setattr(tail_module, "open_log", opener)
    return paths


def test_unreadable_after_rotation_until_it_is_not(tmp_path: Path, barred: set[str]) -> None:
    log, old = tmp_path / "mail.log", tmp_path / "mail.log.1"
    write(log, line(0))
    watched = Watched(log)
    watched.look()
    log.rename(old)
    write(log, line(2))
    barred.add(str(log))
    write(old, line(1))
    assert watched.look() == lines(1, 2)
    assert watched.tail.trouble is not None
    assert watched.tail.trouble.startswith(f"{log}: permission denied; ")
    barred.clear()
    assert watched.look() == lines(2, 3)
    assert watched.tail.trouble is None
    assert watched.lines == lines(0, 3)


@pytest.mark.parametrize("kind", ["directory", "pipe"])
def test_something_else_takes_its_place(tmp_path: Path, kind: str) -> None:
    log = tmp_path / "mail.log"
    write(log, line(0))
    watched = Watched(log)
    watched.look()
    log.rename(tmp_path / "mail.log.1")
    log.mkdir() if kind == "directory" else os.mkfifo(log)
    open_files = len(os.listdir("/proc/self/fd"))
    for _ in range(50):
        assert watched.look() == []
    assert watched.tail.trouble is not None
    assert kind in watched.tail.trouble
    assert len(os.listdir("/proc/self/fd")) == open_files
    log.rmdir() if kind == "directory" else log.unlink()
    write(log, line(1))
    assert watched.look() == lines(1, 2)
    assert watched.tail.trouble is None


def test_begun_file_rotated_before_the_first_look(tmp_path: Path) -> None:
    log, old = tmp_path / "mail.log", tmp_path / "mail.log.1"
    write(log, *lines(0, 3))
    begun = _identity(log)
    start = log.stat().st_size
    write(log, line(3))
    log.rename(old)
    write(log, line(4))
    watched = Watched(log, start, begun)
    assert watched.look() == lines(3, 5)
    assert [file for _, file, _ in watched.given] == [0, 1]
    assert watched.look() == []


def test_begun_file_gone_before_the_first_look(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    write(log, *lines(0, 3))
    begun, start = _identity(log), log.stat().st_size
    keep = os.open(log, os.O_RDONLY)  # so that its inode number is not given to the next one
    log.unlink()
    write(log, *lines(3, 9))
    watched = Watched(log, start, begun)
    assert watched.look() == lines(3, 9)
    assert watched.tail.gap is not None
    assert [file for _, file, _ in watched.given] == [1] * 6
    os.close(keep)


def _identity(path: Path) -> FileIdentity:
    fd = os.open(path, os.O_RDONLY)
    try:
        return identify(str(path), fd)
    finally:
        os.close(fd)


@pytest.mark.parametrize("length", [MAX_LINE + 1, MAX_LINE + 2, BLOCK, 3 * BLOCK + 7])
@pytest.mark.parametrize("looks", [1, 5])
def test_a_long_line_is_cut_and_counted_and_the_next_is_where_it_is(tmp_path: Path, length: int, looks: int) -> None:
    log = tmp_path / "mail.log"
    write(log, line(0))
    watched = Watched(log)
    watched.look()
    for part in range(looks):
        write(log, partial="x" * (length * (part + 1) // looks - length * part // looks))
        watched.look()
    write(log, "", *lines(1, 3))
    watched.look()
    assert [text[:MAX_LINE] for text in watched.lines] == [*lines(0, 1), b"x" * MAX_LINE, *lines(1, 3)]
    assert [watched.read_back(at) for at in (2, 3)] == lines(1, 3)
    reader = Reader("mail.log", 0, 0.0)
    for text, _, offset in watched.given:
        assert not list(reader.feed(text + b"\n", offset))
    assert reader.batch().counts["cut"] == 1


def test_several_paths(tmp_path: Path) -> None:
    one, two = tmp_path / "one.log", tmp_path / "two.log"
    write(one, line(0), line(1))
    write(two, line(2))
    tails = Tails((str(one), str(two)), (len(line(0)) + 1, 0))
    given = [(chunk.source, *place) for chunk in tails.read() for place in places(chunk)]
    assert given == [(0, line(1).encode(), 0, len(line(0)) + 1), (1, line(2).encode(), 0, 0)]
    for tail in tails.tails:
        tail.close()


def known(log: Path) -> FileIdentity:
    fd = open_log(str(log))
    try:
        return identify(str(log), fd)
    finally:
        os.close(fd)


def test_the_first_file_may_be_another_than_number_0(log: Path) -> None:
    write(log, *lines(0, 2))
    begun = known(log)
    tail = Tail(str(log), start=len(lines(0, 1)[0]) + 1, begun=begun, number=7)
    assert [chunk.file for chunk in tail.read()] == [7]
    log.rename(log.with_name("mail.log.1"))
    write(log, *lines(2, 3))
    assert [(chunk.file, chunk.offset) for chunk in tail.read()] == [(8, 0)]
    assert [number for number, _ in tail.opened] == [7, 8]
    tail.close()


def test_the_first_file_was_rotated_away_before_it_was_looked_at(log: Path) -> None:
    write(log, *lines(0, 2))
    begun = known(log)
    log.rename(log.with_name("mail.log.1"))
    write(log, *lines(2, 3))
    tail = Tail(str(log), start=len(lines(0, 1)[0]) + 1, begun=begun, number=7)
    assert [(chunk.file, chunk.offset) for chunk in tail.read()] == [(7, len(lines(0, 1)[0]) + 1), (8, 0)]
    tail.close()
