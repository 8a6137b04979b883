"""Rotation by copytruncate: a copy is made, and the file itself is emptied under its writer."""

import os
import shutil
from pathlib import Path

from tests.source.bench import Watched, line, lines, write


def test_shorter_is_read_from_its_first_byte(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    write(log, *lines(0, 5))
    watched = Watched(log)
    watched.look()
    os.truncate(log, 0)
    write(log, line(5))
    assert watched.look() == [line(5).encode()]
    assert watched.given[-1][1:] == (1, 0)
    assert (watched.tail.lost, watched.tail.gap) == (0, None)


def test_grown_past_the_old_place_within_one_look(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    write(log, *lines(0, 2))
    watched = Watched(log)
    watched.look()
    os.truncate(log, 0)
    write(log, *lines(2, 9))
    assert watched.look() == lines(2, 9)
    assert watched.lines == lines(0, 9)


def test_emptied_and_silent(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    write(log, line(0))
    watched = Watched(log)
    watched.look()
    os.truncate(log, 0)
    assert watched.look() == watched.look() == []
    write(log, line(1))
    assert watched.look() == [line(1).encode()]


def test_what_the_copy_has_more_is_read_from_it(tmp_path: Path) -> None:
    log, copy = tmp_path / "mail.log", tmp_path / "mail.log.1"
    write(log, *lines(0, 3))
    watched = Watched(log)
    watched.look()
    write(log, *lines(3, 6))
    shutil.copy(log, copy)
    os.truncate(log, 0)
    write(log, line(6))
    assert watched.look() == lines(3, 7)
    assert [file for _, file, _ in watched.given] == [0] * 6 + [1]
    assert watched.tail.lost == 0
    assert [watched.read_back(at) for at in range(7)] == lines(0, 7)


def test_without_a_copy_half_a_line_is_lost_and_said(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    write(log, line(0), partial="half a line")
    watched = Watched(log)
    watched.look()
    os.truncate(log, 0)
    write(log, line(1))
    assert watched.look() == [line(1).encode()]
    assert watched.tail.lost == len("half a line")
    assert watched.tail.gap == f"{log}: 11 octets were truncated away before they were read"
    assert watched.lines == lines(0, 2)


def test_shorter_than_where_it_was_to_be_begun(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    write(log, line(0))
    watched = Watched(log, start=100_000)
    assert watched.look() == lines(0, 1)
    write(log, line(1))
    assert watched.look() == lines(1, 2)


def test_a_writer_without_o_append_leaves_a_hole(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    with open(log, "wb", buffering=0) as writer:
        writer.write(b"".join(text + b"\n" for text in lines(0, 4000)))
        watched = Watched(log)
        assert watched.look() == lines(0, 4000)
        place = os.path.getsize(log)
        os.truncate(log, 0)
        writer.write(line(4000).encode() + b"\n")
    assert watched.look() == lines(4000, 4001)
    assert watched.given[-1][1:] == (1, place)
    assert watched.read_back(4000) == line(4000).encode()
