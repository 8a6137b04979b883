"""A raw line again, from its file and offset, after rotation and in another process: the right line or none."""

import gzip
import os
import pickle
import shutil
from pathlib import Path

from mailtop.source.lines import MAX_LINE
from mailtop.source.readback import FileIdentity, read_line
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
