"""A writer and a reader by turns, in an order that a seed decides, over ten rotations of each kind.

Every line is given once, in the order in which it was written to its file, and every place leads back to its line
while the bytes are still somewhere under the log's name.
"""

import os
import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.source.bench import Watched, line

ROTATIONS = 10


class Writer:
    """A mail server's syslog: writes in parts, and may go on in a file that was renamed until it is told."""

    def __init__(self, log: Path, chance: random.Random) -> None:
        self.log, self.chance = log, chance
        self.written: list[bytes] = []
        self.fd = self._open()
        self.half = b""

    def step(self) -> None:
        """A few lines, and sometimes the beginning of one."""
        text = self.half
        self.half = b""
        for _ in range(self.chance.randrange(4)):
            self.written.append(line(len(self.written)).encode())
            text += self.written[-1] + b"\n"
        if self.chance.random() < 0.3:
            self.written.append(line(len(self.written)).encode())
            at = self.chance.randrange(1, len(self.written[-1]))
            text, self.half = text + self.written[-1][:at], self.written[-1][at:] + b"\n"
        os.write(self.fd, text)

    def finish_line(self) -> None:
        """No line is half."""
        os.write(self.fd, self.half)
        self.half = b""

    def reopen(self) -> None:
        """What a writer does when it is told."""
        self.finish_line()
        os.close(self.fd)
        self.fd = self._open()

    def _open(self) -> int:
        return os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)


def shift(log: Path) -> None:
    """log.1 becomes log.2 and so on."""
    for number in range(ROTATIONS + 1, 0, -1):
        if (old := log.with_name(f"{log.name}.{number}")).exists():
            old.rename(log.with_name(f"{log.name}.{number + 1}"))


def by_rename(writer: Writer, watched: Watched) -> None:
    """The writer is told late."""
    shift(writer.log)
    writer.log.rename(writer.log.with_name(writer.log.name + ".1"))
    for _ in range(writer.chance.randrange(3)):
        writer.step()
        if writer.chance.random() < 0.5:
            watched.look()
    writer.reopen()


def by_copytruncate(writer: Writer, watched: Watched) -> None:
    """A copy is made and the file emptied; nothing is written meanwhile."""
    writer.finish_line()
    shift(writer.log)
    shutil.copy(writer.log, writer.log.with_name(writer.log.name + ".1"))
    if writer.chance.random() < 0.5:
        watched.look()
    os.truncate(writer.log, 0)


def by_recreation(writer: Writer, watched: Watched) -> None:
    """The file is deleted, and another created."""
    writer.finish_line()
    writer.log.unlink()
    if writer.chance.random() < 0.5:
        watched.look()
    writer.reopen()


def by_silent_truncation(writer: Writer, watched: Watched) -> None:
    """Emptied without a copy, when everything had been read."""
    writer.finish_line()
    watched.look()
    os.truncate(writer.log, 0)


ALL = (by_rename, by_copytruncate, by_recreation, by_silent_truncation)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rotate", [*ALL, None])
def test_none_lost_none_twice(tmp_path: Path, rotate: Callable[[Writer, Watched], None] | None, seed: int) -> None:
    chance = random.Random(seed)
    log = tmp_path / "mail.log"
    writer, watched = Writer(log, chance), Watched(log)
    watched.look()
    for _ in range(ROTATIONS):
        for _ in range(chance.randrange(1, 12)):
            writer.step()
            if chance.random() < 0.5:
                watched.look()
        kind = rotate or chance.choice(ALL)
        if kind is not by_rename:  # what is deleted or emptied unread is lost by its nature, a rename may be late
            watched.look()
        kind(writer, watched)
    writer.finish_line()
    watched.look()
    watched.look(60)
    watched.look(60)
    assert watched.tail.lost == 0
    assert Counter(watched.lines) == Counter(writer.written)
    for file in {file for _, file, _ in watched.given}:
        numbers = [writer.written.index(text) for text, of, _ in watched.given if of == file]
        assert numbers == sorted(numbers)
    for at, text in enumerate(watched.lines):
        read_back = watched.read_back(at)
        gone = rotate is None or rotate in (by_recreation, by_silent_truncation)
        assert read_back == text or (gone and read_back is None)
    os.close(writer.fd)
    watched.tail.close()
