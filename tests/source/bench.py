"""bench: a tail under test, with a clock that is set by hand, and a memory of every line that it gave."""

import os
from pathlib import Path

from mailtop.source.lines import Chunk
from mailtop.source.readback import FileIdentity, read_line
from mailtop.source.tail import Tail


class Watched:
    """Follows `path`; `look` gives the lines that are new, `given` is all of them with their places."""

    def __init__(self, path: Path, start: int | None = None, begun: FileIdentity | None = None) -> None:
        self.now = 0.0
        self.tail = Tail(str(path), 0, start, clock=lambda: self.now, begun=begun)
        self.given: list[tuple[bytes, int, int]] = []
        self.known: dict[int, FileIdentity] = {}

    def look(self, after: float = 0.25) -> list[bytes]:
        """Look `after` seconds later."""
        self.now += after
        fresh = [place for chunk in self.tail.read() for place in places(chunk)]
        self.known |= dict(self.tail.opened)
        self.tail.opened.clear()
        self.given += fresh
        return [line for line, _, _ in fresh]

    @property
    def lines(self) -> list[bytes]:
        """All lines given so far."""
        return [line for line, _, _ in self.given]

    def read_back(self, at: int) -> bytes | None:
        """Line `at` of those given, from wherever its file is now."""
        _, file, offset = self.given[at]
        return read_line(self.known[file], offset)


def places(chunk: Chunk) -> list[tuple[bytes, int, int]]:
    """The lines of a chunk, each with its file number and offset."""
    assert chunk.data.endswith(b"\n")
    found, offset = [], chunk.offset
    for line in chunk.data[:-1].split(b"\n"):
        found.append((line, chunk.file, offset))
        offset += len(line) + 1
    return found


def write(path: Path, *lines: bytes | str, partial: str = "") -> None:
    """Append lines, and the beginning of one, as a writer with O_APPEND does."""
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        text = b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines)
        os.write(fd, text + partial.encode())
    finally:
        os.close(fd)


def line(number: int) -> str:
    """A line of the usual length, different from all others."""
    return f"Nov 21 17:47:{number % 60:02} mx1 postfix/smtpd[{number}]: connect from unknown[192.0.2.{number % 256}]"


def lines(first: int, last: int) -> list[bytes]:
    """Lines `first` up to and without `last`, as they are given."""
    return [line(number).encode() for number in range(first, last)]
