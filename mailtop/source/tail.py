"""tail: a path as one endless stream of whole lines, whatever is done to the file under it.

In: a path, and the moments at which a caller looks (`read`). Out: chunks of whole lines, each with the number of the
file it came from and its offset there. Nothing is lost and nothing given twice through

    rename         the old file is read to its end until the new one has lines, then the new one from its first byte;
                   late lines of a writer that still holds the old file are given for LEAVING seconds more
    copytruncate   the file is shorter than what was read, or begins with other bytes: from its first byte again
    recreate       another inode under the path, the old one gone from the directory: as after a rename
    symlinks       the path is looked up anew each time, so a link that is moved is a rotation

A last line without its newline waits for it. What a writer truncates away unread is lost, and said (`lost`). Every
decision rests on stat and read alone; what wakes the caller is a hint (`mailtop.source.wake`).

BUGS: lines written between the copy and the truncation of a copytruncate are lost by its nature.
"""

import grp
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic
from typing import Final, NamedTuple

from mailtop.source.readback import FINGERPRINT, MAX_LINE, FileIdentity

BLOCK: Final = 1 << 20
"""octets read at once"""

LEAVING: Final = 10.0
"""seconds for which a rotated file is still looked at for late lines"""

MAX_LEAVING: Final = 4
"""rotated files looked at, at most"""


class SourceError(Exception):
    """One line that says why a log cannot be read and what to do."""


class Chunk(NamedTuple):
    """Whole lines: `data` ends with a newline and begins at `offset` of file number `file` of source `source`."""

    source: int
    file: int
    offset: int
    data: bytes


class _File:
    """One opened file, read forward."""

    def __init__(self, path: str, number: int, offset: int) -> None:
        self.fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        state = os.fstat(self.fd)
        self.path, self.number, self.position = path, number, offset
        self.key = (state.st_dev, state.st_ino)
        self.head = os.pread(self.fd, FINGERPRINT, 0)
        self.rest = b""
        self.left_at = 0.0
        self._skipping = False
        self.cut = 0

    def lines(self, source: int) -> Iterator[Chunk]:
        """Chunks of the lines that have become whole."""
        while block := os.pread(self.fd, BLOCK, self.position):
            start = self.position - len(self.rest)
            self.position += len(block)
            data = self.rest + block
            if self._skipping:
                gone = block.find(b"\n") + 1
                if not gone:
                    continue
                self._skipping, start, data = False, self.position - len(block) + gone, block[gone:]
            whole = data.rfind(b"\n") + 1
            self.rest = data[whole:]
            if whole:
                yield Chunk(source, self.number, start, data[:whole])
            if len(self.rest) > MAX_LINE:
                yield Chunk(source, self.number, start + whole, self.rest[:MAX_LINE] + b"\n")
                self.rest, self._skipping, self.cut = b"", True, self.cut + 1

    def last(self, source: int) -> Iterator[Chunk]:
        """A last line that will never get its newline, because its file has been left."""
        if self.rest:
            yield Chunk(source, self.number, self.position - len(self.rest), self.rest + b"\n")
            self.rest = b""

    def learn_head(self) -> None:
        """Take in more of the first bytes while the file is still short."""
        if len(self.head) < FINGERPRINT:
            self.head = os.pread(self.fd, FINGERPRINT, 0)

    def was_rewritten(self, size: int) -> bool:
        """Whether the file was truncated since it was last read."""
        return size < self.position or os.pread(self.fd, len(self.head), 0) != self.head

    def identity(self) -> FileIdentity:
        """How to find this file again."""
        return FileIdentity(self.path, *self.key, self.head)

    def close(self) -> None:
        """Let go of it."""
        os.close(self.fd)


class Tail:
    """Follows one path. `start` is the offset to begin at in the file that is there now (None: its first byte)."""

    def __init__(
        self, path: str, source: int = 0, start: int | None = None, clock: Callable[[], float] = monotonic
    ) -> None:
        self.path, self.source = path, source
        self._clock = clock
        self._start = start or 0
        self._number = 0
        self._file: _File | None = None
        self._leaving: list[_File] = []
        self._size = 0
        self.rotations = 0
        self.lost = 0
        """octets that were truncated away before they were read, as far as can be known"""
        self._cut = 0
        self.trouble: str | None = None
        """why the path cannot be read at the moment"""
        self.opened: list[tuple[int, FileIdentity]] = []
        """files opened, or known better, since the caller last took them"""

    @property
    def cut(self) -> int:
        """lines cut at MAX_LINE"""
        return self._cut + sum(file.cut for file in (*self._leaving, *filter(None, (self._file,))))

    @property
    def lag(self) -> int:
        """octets in the file that have not been read"""
        return max(0, self._size - self._file.position) if self._file else 0

    def read(self) -> Iterator[Chunk]:
        """Look at the path now, and give what has been written. Never waits."""
        for left in self._leaving:
            yield from left.lines(self.source)
        for left in self._forgotten():
            yield from left.last(self.source)
            left.close()
        state = self._stat()
        file = self._file
        if file is not None:
            if state is None or (state.st_dev, state.st_ino) != file.key:
                yield from file.lines(self.source)
                if state is None or (state.st_size == 0 and self._clock() - self._noticed(file) < LEAVING):
                    return
                yield from file.lines(self.source)
                self._leave(file)
            elif file.was_rewritten(state.st_size):
                self.lost += max(0, self._size - file.position)
                file.rest = b""
                self._renew(file)
            else:
                file.left_at = 0.0
        if self._file is None and state is not None:
            self._open(self._start if self._number == 0 else 0)
        if self._file is not None:
            yield from self._file.lines(self.source)
            self._see(self._file)

    def close(self) -> None:
        """Let go of all files."""
        for file in (*self._leaving, *filter(None, (self._file,))):
            file.close()
        self._leaving.clear()
        self._file = None

    def _stat(self) -> os.stat_result | None:
        try:
            state = os.stat(self.path)
        except OSError:
            return None
        return state

    def _noticed(self, file: _File) -> float:
        """When the file was first seen to have been left."""
        file.left_at = file.left_at or self._clock()
        return file.left_at

    def _open(self, offset: int) -> None:
        try:
            self._file = _File(self.path, self._number, offset)
        except OSError as error:
            self.trouble = explain(self.path, error)
            return
        self.trouble = None
        self._number += 1
        self.opened.append((self._file.number, self._file.identity()))

    def _renew(self, file: _File) -> None:
        """The same file from its first byte, under another number."""
        self.rotations += 1
        self._cut += file.cut
        file.close()
        self._file = None

    def _leave(self, file: _File) -> None:
        self.rotations += 1
        file.left_at = self._clock()
        self._leaving.append(file)
        self._file = None

    def _forgotten(self) -> Iterator[_File]:
        """Rotated files that have been silent long enough, or are too many."""
        now = self._clock()
        while self._leaving and (now - self._leaving[0].left_at >= LEAVING or len(self._leaving) > MAX_LEAVING):
            file = self._leaving.pop(0)
            self._cut += file.cut
            yield file

    def _see(self, file: _File) -> None:
        known = len(file.head)
        file.learn_head()
        if len(file.head) > known:
            self.opened.append((file.number, file.identity()))
        with suppress(OSError):
            self._size = os.fstat(file.fd).st_size


class Tails:
    """Several paths, read in turn."""

    def __init__(self, paths: tuple[str, ...], starts: tuple[int, ...]) -> None:
        self.tails = [Tail(path, at, start) for at, (path, start) in enumerate(zip(paths, starts, strict=True))]

    def read(self) -> Iterator[Chunk]:
        """What has been written to any of them."""
        for tail in self.tails:
            yield from tail.read()


def explain(path: str, error: OSError) -> str:
    """One line for an error of the operating system, with what to do about it."""
    if isinstance(error, FileNotFoundError):
        return f"{path}: there is no such file"
    if isinstance(error, IsADirectoryError):
        return f"{path} is a directory; name a log file in it"
    if isinstance(error, PermissionError):
        return f"{path}: no permission to read it; {_way_in(path)}"
    return f"{path}: {error.strerror or error}"


def _way_in(path: str) -> str:
    with suppress(OSError, KeyError):
        state = os.stat(path)
        if state.st_mode & 0o040:
            group = grp.getgrgid(state.st_gid).gr_name
            return f"group {group} may: run `sudo usermod -aG {group} $USER` and log in again, or run mailtop with sudo"
    return "only root may: run mailtop with sudo"
