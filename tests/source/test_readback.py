"""A raw line again, from its file and offset, after rotation and in another process: the right line or none."""

import gzip
import os
import pickle
import shutil
from pathlib import Path

import pytest

from mailtop.source import readback
from mailtop.source.lines import MAX_LINE
from mailtop.source.readback import FileIdentity, lost, read_line
from tests.source.bench import Watched, line, lines, write


def known(watched: Watched, file: int) -> FileIdentity:
    """What the reader last said of a file, as it arrives in another process."""
    identity: FileIdentity = pickle.loads(pickle.dumps(watched.known[file]))
    return identity


def all_back(watched: Watched) -> list[bytes | None]:
    """Every line given, read again."""
    return [watched.read_back(at) for at in range(len(watched.given))]


def test_of_a_growing_file(log: Path) -> None:
    watched = Watched(log)
    for number in range(30):
        write(log, line(number))
        watched.look()
    assert all_back(watched) == lines(0, 30)


def test_after_several_renames(log: Path) -> None:
    watched = Watched(log)
    for number in range(3):
        write(log, line(2 * number), line(2 * number + 1))
        watched.look()
        for old in range(3, 0, -1):
            if (older := log.with_name(f"mail.log.{old}")).exists():
                older.rename(log.with_name(f"mail.log.{old + 1}"))
        log.rename(log.with_name("mail.log.1"))
    write(log, line(6))
    watched.look()
    watched.look(60)
    assert all_back(watched) == lines(0, 7)


def test_after_copytruncate(log: Path) -> None:
    watched = Watched(log)
    write(log, *lines(0, 20))
    watched.look()
    write(log, *lines(20, 23))
    shutil.copy(log, log.with_name("mail.log.1"))
    os.truncate(log, 0)
    write(log, *lines(23, 60))
    watched.look()
    watched.look(60)
    assert all_back(watched) == lines(0, 60)


def test_of_a_symlinks_target_after_rotation(log: Path, tmp_path: Path) -> None:
    real = tmp_path / "deep" / "real.log"
    real.parent.mkdir()
    log.symlink_to(real)
    watched = Watched(log)
    write(log, line(0))
    watched.look()
    real.rename(real.with_name("real.log.1"))
    write(log, line(1))
    watched.look()
    watched.look(60)
    assert all_back(watched) == lines(0, 2)


def test_a_line_of_a_log_that_was_compressed_since(log: Path) -> None:
    watched = Watched(log)
    write(log, *lines(0, 20))
    watched.look()
    rotated = log.rename(log.with_name("mail.log.1"))
    write(log, *lines(20, 40))
    watched.look()
    whole = rotated.read_bytes()
    archive = rotated.with_name("mail.log.1.gz")
    archive.write_bytes(gzip.compress(whole))
    rotated.unlink()
    at = whole.index(lines(7, 8)[0])
    assert read_line(known(watched, 0), 0) == lines(0, 1)[0]
    assert read_line(known(watched, 0), at) == lines(7, 8)[0]
    assert read_line(known(watched, 0), at + 1) is None
    archive.write_bytes(gzip.compress(b"another" + whole))
    assert read_line(known(watched, 0), 0) is None, "never another file's line"


def test_an_inode_that_another_file_has_inherited(log: Path) -> None:
    log.write_bytes(b"y" * 100 + b"\n")
    state = log.stat()
    assert read_line(FileIdentity(str(log), state.st_dev, state.st_ino, b"x" * 100), 0) is None
    assert read_line(FileIdentity(str(log), state.st_dev, state.st_ino, b"y" * 100), 0) == b"y" * 100


def test_first_bytes_that_are_few_are_not_enough_without_the_inode(log: Path) -> None:
    log.write_bytes(b"Nov\nNov\n")
    state = log.stat()
    assert read_line(FileIdentity(str(log), state.st_dev, state.st_ino, b"Nov\n"), 4) == b"Nov"
    assert read_line(FileIdentity(str(log), state.st_dev, state.st_ino + 1, b"Nov\n"), 4) is None


def test_where_no_line_begins(log: Path) -> None:
    watched = Watched(log)
    write(log, line(0), line(1))
    watched.look()
    identity = known(watched, 0)
    assert [read_line(identity, offset) for offset in (7, -1, 1 << 40)] == [None, None, None]


def test_a_long_line_is_cut(log: Path) -> None:
    write(log, b"x" * (MAX_LINE + 1000), line(1))
    watched = Watched(log)
    watched.look()
    assert read_line(known(watched, 0), 0) == b"x" * MAX_LINE
    assert watched.read_back(1) == lines(1, 2)[0]


def test_a_pipe_in_its_place_does_not_hold_it_up(log: Path) -> None:
    watched = Watched(log)
    write(log, line(0))
    watched.look()
    log.unlink()
    os.mkfifo(log)
    os.mkfifo(log.with_name("mail.log.1"))
    assert read_line(known(watched, 0), 0) is None


def test_why_a_line_is_lost(log: Path) -> None:
    watched = Watched(log)
    write(log, *lines(0, 20))
    watched.look()
    identity = known(watched, 0)
    assert lost(identity, 7) == (f"no line begins at octet 7 of {log} any more", False)
    log.rename(log.with_name("gone"))
    assert lost(identity, 0) == (f"the file {log} is gone", True)
    write(log, *lines(30, 50))
    assert read_line(identity, 0) is None
    why, whole = lost(identity, 0)
    assert why.startswith(f"rotated away: {log} is another file now")
    assert whole


def test_why_a_line_of_an_archive_is_lost(log: Path) -> None:
    log.write_bytes(gzip.compress(b"\n".join(lines(0, 20))))
    state = log.stat()
    identity = FileIdentity(str(log), state.st_dev, state.st_ino, log.read_bytes()[:1024])
    assert read_line(identity, 0) == lines(0, 1)[0]
    far, whole = lost(identity, 1 << 40)
    assert "1,048,576 MiB into the archive" in far
    assert not whole
    log.unlink()
    assert lost(identity, 0) == (f"the archive {log} is gone", True)


def test_the_archive_that_was_made_of_a_file_is_looked_for_once(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(log)
    write(log, *lines(0, 20))
    watched.look()
    identity = known(watched, 0)
    whole = log.read_bytes()
    for number in range(9):
        log.with_name(f"mail.log.0{number}.gz").write_bytes(gzip.compress(b"another" + whole))
    log.with_name("mail.log.9.gz").write_bytes(gzip.compress(whole))
    log.unlink()
    looked: list[bytes] = []
    holds = readback._holds

    def counted(fd: int, head: bytes) -> bool:
        looked.append(head)
        return holds(fd, head)

    monkeypatch.setattr(readback, "_holds", counted)
    assert read_line(identity, 0) == lines(0, 1)[0]
    assert len(looked) == 10
    for _ in range(5):
        assert read_line(identity, 0) == lines(0, 1)[0]
    assert len(looked) == 10
    log.with_name("mail.log.9.gz").rename(log.with_name("mail.log.10.gz"))
    assert read_line(identity, 0) == lines(0, 1)[0]
