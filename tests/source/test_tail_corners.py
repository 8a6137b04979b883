"""Corners of rotation: names that come back late, files deleted and renamed, and what only looks like the log."""

import os
import shutil
from pathlib import Path

import pytest

from tests.source.bench import Watched, line, lines, write


def shift(log: Path) -> None:
    """log becomes log.1, that log.2, and so on."""
    for number in range(8, 0, -1):
        if (older := log.with_name(f"{log.name}.{number}")).exists():
            older.rename(log.with_name(f"{log.name}.{number + 1}"))
    log.rename(log.with_name(f"{log.name}.1"))


def test_deleted_and_its_successor_renamed_between_two_looks(log: Path) -> None:
    watched = Watched(log)
    write(log, line(0))
    watched.look()
    log.unlink()
    write(log, line(1))
    shift(log)
    write(log, line(2))
    watched.look()
    watched.look(60)
    assert watched.lines == lines(0, 3)


def test_a_copy_of_a_deleted_log_is_not_read_again(log: Path) -> None:
    watched = Watched(log)
    write(log, line(0), line(1))
    watched.look()
    shutil.copy(log, log.with_name("mail.log.1"))
    log.unlink()
    write(log, line(2))
    watched.look()
    watched.look(60)
    assert watched.lines == lines(0, 3)


def test_a_file_read_long_ago_is_not_read_again_when_the_log_is_deleted(log: Path) -> None:
    watched = Watched(log)
    write(log, line(0))
    watched.look()
    shift(log)
    write(log, line(1))
    for _ in range(3):
        watched.look(60)
    os.utime(log.with_name("mail.log.1"))
    log.unlink()
    write(log, line(2))
    watched.look()
    watched.look(60)
    assert watched.lines == lines(0, 3)


def test_moved_back_long_after(log: Path) -> None:
    watched = Watched(log)
    write(log, line(0))
    watched.look()
    shift(log)
    write(log, line(1))
    for _ in range(4):
        watched.look(60)
    os.replace(log.with_name("mail.log.1"), log)
    write(log, line(2))
    watched.look()
    watched.look(60)
    assert watched.lines == lines(0, 3)


def test_an_offset_does_not_count_in_a_file_that_comes_later(log: Path) -> None:
    watched = Watched(log, start=40)
    watched.look()
    write(log, line(0), line(1))
    watched.look()
    assert watched.lines == lines(0, 2)


def test_two_dated_rotations_between_two_looks(log: Path) -> None:
    watched = Watched(log)
    write(log, line(0))
    watched.look()
    for day in (1, 2, 3):
        log.rename(log.with_name(f"mail.log-2026112{day}"))
        write(log, line(day))
    watched.look()
    watched.look(60)
    assert watched.lines == lines(0, 4)


def test_what_lies_beside_the_log_is_not_taken_for_it(log: Path) -> None:
    for name in ("mail.log.1", "mail.log.2.gz", "mail.log.bak", "mail.err", "mail.log-20261119"):
        write(log.with_name(name), "of another log")
    watched = Watched(log)
    write(log, line(0))
    watched.look()
    shift(log)
    write(log, line(1))
    watched.look()
    log.unlink()
    write(log, line(2))
    watched.look(60)
    watched.look(60)
    assert watched.lines == lines(0, 3)


def test_emptied_and_grown_to_the_very_same_size(log: Path) -> None:
    watched = Watched(log)
    write(log, line(10), line(11))
    watched.look()
    shutil.copy(log, log.with_name("mail.log.1"))
    os.truncate(log, 0)
    write(log, line(12), line(13))
    os.utime(log, ns=(1, 1))  # within one tick of the kernel's clock the time may even stay
    watched.look()
    assert watched.lines == lines(10, 14)


def test_an_old_backup_is_not_the_copy_of_a_truncated_log(log: Path) -> None:
    watched = Watched(log)
    write(log, line(0))
    shutil.copy(log, log.with_name("mail.log.bak"))
    watched.look()
    write(log, line(1))
    watched.look()
    os.truncate(log, 0)
    write(log, line(2))
    watched.look()
    watched.look(60)
    assert watched.lines == lines(0, 3)


def test_a_backup_that_went_another_way_is_not_the_copy(log: Path) -> None:
    watched = Watched(log)
    write(log, *lines(0, 20))
    watched.look()
    shutil.copy(log, log.with_name("mail.log.bak"))
    write(log.with_name("mail.log.bak"), *["of another log, as long as the lines of this one, or longer"] * 9)
    write(log, line(20), line(21))
    watched.look()
    os.truncate(log, 0)
    write(log, line(22))
    watched.look()
    watched.look(60)
    assert watched.lines == lines(0, 23)


def test_emptied_just_after_the_read(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read is all that is left of those lines."""
    watched = Watched(log)
    write(log, *lines(0, 3))
    watched.look()
    write(log, *lines(3, 5))
    really = os.pread
    done: list[int] = []

    def pread(fd: int, size: int, offset: int) -> bytes:
        found = really(fd, size, offset)
        if offset > 0 and size > 4096 and not done:
            done.append(offset)
            os.truncate(log, 0)
            write(log, line(5))
        return found

    with monkeypatch.context() as patched:
        patched.setattr(os, "pread", pread)
        watched.look()
    watched.look()
    assert done
    assert watched.lines == lines(0, 6)


def test_emptied_between_the_look_at_its_size_and_the_read(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read then, at the old place, belongs to the new lines, and to the middle of one."""
    watched = Watched(log)
    write(log, *lines(0, 3))
    watched.look()
    write(log, *lines(3, 5))
    really = os.pread
    done: list[int] = []

    def pread(fd: int, size: int, offset: int) -> bytes:
        if offset > 0 and size > 4096 and not done:
            done.append(offset)
            shutil.copy(log, log.with_name("mail.log.1"))
            os.truncate(log, 0)
            write(log, *lines(5, 20))
        return really(fd, size, offset)

    with monkeypatch.context() as patched:
        patched.setattr(os, "pread", pread)
        watched.look()
    watched.look()
    watched.look(60)
    assert done
    assert sorted(watched.lines) == sorted(lines(0, 20))


def test_no_descriptor_is_left_behind(log: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    watched = Watched(log)
    for number in range(30):
        write(log, line(number))
        watched.look(20)
        shift(log) if number % 2 else log.unlink()
    watched.look(60)
    watched.tail.close()
    assert len(os.listdir("/proc/self/fd")) == before
