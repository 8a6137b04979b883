"""Rotation by renaming: logrotate's default, where the writer goes on in the old file until it is told."""

import os
from pathlib import Path

from mailtop.source.tail import LEAVING, MAX_LEAVING, MISSING
from tests.source.bench import Watched, line, lines, write


def test_old_lines_come_first_and_none_twice(tmp_path: Path) -> None:
    log, old = tmp_path / "mail.log", tmp_path / "mail.log.1"
    write(log, *lines(0, 3))
    watched = Watched(log)
    assert watched.look() == lines(0, 3)
    log.rename(old)
    write(old, *lines(3, 5))
    assert watched.look() == lines(3, 5)
    write(old, line(5))
    write(log, line(6))
    assert watched.look() == lines(5, 7)
    write(log, line(7))
    assert watched.look() == [line(7).encode()]
    assert watched.lines == lines(0, 8)
    assert watched.tail.rotations == 1


def test_a_writer_that_was_not_told_is_still_read(tmp_path: Path) -> None:
    log, old = tmp_path / "mail.log", tmp_path / "mail.log.1"
    write(log, line(0))
    watched = Watched(log)
    watched.look()
    log.rename(old)
    write(log, line(1))
    watched.look()
    for number in range(2, 12):  # longer than LEAVING, but never silent for so long
        write(old, line(number))
        assert watched.look(LEAVING / 2) == [line(number).encode()]
    write(log, line(12))
    assert watched.look() == [line(12).encode()]


def test_a_silent_old_file_is_let_go(tmp_path: Path) -> None:
    log, old = tmp_path / "mail.log", tmp_path / "mail.log.1"
    write(log, line(0))
    watched = Watched(log)
    watched.look()
    before = len(os.listdir("/proc/self/fd"))
    log.rename(old)
    write(log, line(1))
    watched.look()
    assert len(os.listdir("/proc/self/fd")) == before + 1
    watched.look(LEAVING)
    assert len(os.listdir("/proc/self/fd")) == before


def test_an_empty_new_file_does_not_end_the_old_one(tmp_path: Path) -> None:
    log, old = tmp_path / "mail.log", tmp_path / "mail.log.1"
    write(log, line(0))
    watched = Watched(log)
    watched.look()
    log.rename(old)
    log.touch()
    watched.look()
    write(old, line(1))
    assert watched.look() == [line(1).encode()]
    watched.look(LEAVING)  # the new one is followed now, though it is empty
    assert watched.tail.rotations == 1
    write(old, line(2))
    assert watched.look() == [line(2).encode()]
    write(log, line(3))
    assert watched.look() == [line(3).encode()]
    assert watched.lines == lines(0, 4)


def test_half_a_line_waits_across_the_rotation(tmp_path: Path) -> None:
    log, old = tmp_path / "mail.log", tmp_path / "mail.log.1"
    text = line(1)
    write(log, line(0), partial=text[:30])
    watched = Watched(log)
    assert watched.look() == lines(0, 1)
    log.rename(old)
    write(log, line(2))
    assert watched.look() == [line(2).encode()]
    write(old, text[30:])
    assert watched.look() == [text.encode()]


def test_half_a_line_that_never_ends_is_given_when_its_file_is_left(tmp_path: Path) -> None:
    log, old = tmp_path / "mail.log", tmp_path / "mail.log.1"
    write(log, line(0), partial="half")
    watched = Watched(log)
    watched.look()
    log.rename(old)
    write(log, line(1))
    assert watched.look() == [line(1).encode()]
    assert watched.look(LEAVING) == [b"half"]
    assert watched.given[-1][1:] == (0, len(line(0)) + 1)
    assert watched.look(LEAVING) == []


def test_several_rotations_between_two_looks(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    write(log, line(0))
    watched = Watched(log)
    watched.look()
    for number in range(1, 4):
        for old in (2, 1):
            if (tmp_path / f"mail.log.{old}").exists():
                (tmp_path / f"mail.log.{old}").rename(tmp_path / f"mail.log.{old + 1}")
        log.rename(tmp_path / "mail.log.1")
        write(log, line(number))
        os.utime(log, ns=(number * 10**9 + 4 * 10**18, number * 10**9 + 4 * 10**18))
    assert watched.look() == lines(1, 4)
    assert [file for _, file, _ in watched.given] == [0, 1, 2, 3]


def test_files_held_open_are_bounded(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    write(log, line(0))
    watched = Watched(log)
    watched.look()
    before = len(os.listdir("/proc/self/fd"))
    for number in range(1, 12):
        log.rename(tmp_path / f"mail.log.{number}-moved")
        write(log, line(number))
        watched.look()
    assert len(os.listdir("/proc/self/fd")) <= before + MAX_LEAVING + 1
    assert watched.lines == lines(0, 12)


def test_a_file_moved_back_goes_on_where_it_was(tmp_path: Path) -> None:
    log, old, other = tmp_path / "mail.log", tmp_path / "mail.log.1", tmp_path / "mail.log.2"
    write(log, line(0))
    watched = Watched(log)
    watched.look()
    log.rename(old)
    write(log, line(1))
    watched.look()
    log.rename(other)
    old.rename(log)
    write(log, line(2))
    assert watched.look() == [line(2).encode()]
    assert watched.lines == lines(0, 3)


def test_a_log_that_stays_away_is_said_and_forgotten_when_it_is_back(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    write(log, line(0))
    watched = Watched(log)
    watched.look()
    log.rename(tmp_path / "mail.log.1")
    watched.look()
    assert watched.tail.trouble is None
    watched.look(MISSING)
    assert watched.tail.trouble == f"{log}: there is no such file"
    write(log, line(1))
    assert watched.look() == [line(1).encode()]
    assert watched.tail.trouble is None
