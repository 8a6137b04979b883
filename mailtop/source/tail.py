"""tail: a path as one endless stream of whole lines, whatever is done to the file under it.

In: a path, and the moments at which a caller looks (`read`). Out: chunks of whole lines, each with the number of the
file it came from and its offset there. Nothing is lost and nothing given twice through

    rename         the old file is read to its end until the new one has lines, then the new one from its first byte;
                   a writer that still holds the old file is read on until it has been silent for LEAVING seconds
    several        files that took the name and lost it again since the last look are read in their order
    copytruncate   the file is shorter than what was read, or begins with other bytes: what the copy beside it has
                   more than was read, then the file from its first byte
    recreate       another inode under the path, the old one gone from the directory: as after a rename
    symlinks       the path is looked up anew each time, so a link that is moved is a rotation, and one moved back is
                   read on from where it was

A last line without its newline waits for it. What a writer truncates away unread is lost, and said (`lost`). Every
decision rests on stat and read alone; what wakes the caller is a hint (`mailtop.source.wake`).

BUGS: lines written between the copy and the truncation of a copytruncate are lost by its nature.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic
from typing import Final

from mailtop.source.lines import Chunk
from mailtop.source.opened import OpenFile
from mailtop.source.readback import FileIdentity, find, open_log
from mailtop.source.refusal import explain, unlike_a_file
from mailtop.source.rotation import Key, Remembered, between, copy_of

LEAVING: Final = 10.0
"""seconds of silence after which a rotated file is let go"""

MISSING: Final = 5.0
"""seconds without a file under the path after which that is said; a rotation takes less"""

MAX_LEAVING: Final = 4
"""rotated files looked at, at most"""


class Tail:
    """Follows one path from `start`, an octet of the file that is there now, or of `begun` where that is known.

    `begun` says which file `start` counts in: if it has been rotated away meanwhile, its rest comes first. It is file
    `number` of the log.
    """

    def __init__(
        self,
        path: str,
        source: int = 0,
        start: int | None = None,
        clock: Callable[[], float] = monotonic,
        begun: FileIdentity | None = None,
        number: int = 0,
    ) -> None:
        self.path, self.source = path, source
        self._clock = clock
        self._start, self._begun = start or 0, begun
        self._missing_since: float | None = None
        self._number = self._first = number
        self._file: OpenFile | None = None
        self._leaving: list[OpenFile] = []
        self._read_before = Remembered()
        self.rotations = 0
        self.lost = 0
        """octets that were truncated away before they were read, as far as can be known"""
        self.gap: str | None = None
        """what has been lost, in one line"""
        self.trouble: str | None = None
        """why the path cannot be read at the moment"""
        self.opened: list[tuple[int, FileIdentity]] = []
        """files opened, or known better, since the caller last took them"""

    @property
    def lag(self) -> int:
        """octets in the file that have not been read"""
        if self._file is None:
            return 0
        with suppress(OSError):
            return max(0, os.fstat(self._file.fd).st_size - self._file.seen)
        return 0

    def read(self) -> Iterator[Chunk]:
        """Look at the path now, and give what had been written. Never waits. The iterator must be run to its end."""
        try:
            yield from self._look()
        except OSError as error:  # a file system that went away under its files
            self.trouble = explain(self.path, error)

    def close(self) -> None:
        """Let go of all files."""
        for file in (*self._leaving, *filter(None, (self._file,))):
            file.close()
        self._leaving.clear()
        self._file = None

    def _look(self) -> Iterator[Chunk]:
        now = self._clock()
        yield from self._late(now)
        if self._file is None:
            yield from self._begin(now)
        else:
            state = self._state(now)
            yield from self._read(self._file, now)
            if self._file.truncated:
                yield from self._rewritten(self._file, now)
            if state is not None and (state.st_dev, state.st_ino) != self._file.key:
                yield from self._turn(self._file, state, now)

    def _read(self, file: OpenFile, now: float) -> Iterator[Chunk]:
        yield from file.lines(now)
        if file.head_grew:
            file.head_grew = False
            self.opened.append((file.number, file.identity()))

    def _state(self, now: float) -> os.stat_result | None:
        """What is under the path now; None, and `trouble` after a while, when nothing is."""
        try:
            state = os.stat(self.path)
        except OSError as error:
            if self._missing_since is None:
                self._missing_since = now
            if self._file is None or now - self._missing_since >= MISSING:
                self.trouble = explain(self.path, error)
            if isinstance(error, FileNotFoundError):
                self._start = 0  # what comes is another file than the one that it counts in
            return None
        self._missing_since = None
        if self._file is not None and (state.st_dev, state.st_ino) == self._file.key:
            self._file.moved_at = self.trouble = None
        return state

    # -- opening -------------------------------------------------------------------------------------------------------

    def _begin(self, now: float) -> Iterator[Chunk]:
        """Open what is under the path. What was begun and is not there any more comes first."""
        if self._number == self._first and self._begun is not None:
            yield from self._resume(self._begun, now)
        if self._file is None:
            self._file = self._open(self._start if self._number == self._first else 0, now)
        if self._file is None:
            return
        yield from self._read(self._file, now)
        if self._file.truncated:  # shorter than where it was to be begun: not the file it was
            self._file.close()
            self._file = self._open(0, now)
            if self._file is not None:
                yield from self._read(self._file, now)

    def _resume(self, begun: FileIdentity, now: float) -> Iterator[Chunk]:
        """Go on in the file that is begun, wherever it is now."""
        fd = find(begun)
        self._number = self._first + 1
        if fd is None:
            self.opened.append((self._first, begun))
            self.gap = f"{self.path}: was rotated away before it could be followed; lines may be missing"
            return
        file = OpenFile(fd, os.path.realpath(begun.path), self.source, self._first, self._start, now)
        if self._is_here(file):
            self._file = file
            return
        yield from self._apart(file, now)
        if file.key == (begun.device, begun.inode):
            yield from self._between(file, now)

    def _is_here(self, file: OpenFile) -> bool:
        with suppress(OSError):
            state = os.stat(self.path)
            return (state.st_dev, state.st_ino) == file.key
        return False

    def _open(self, offset: int, now: float) -> OpenFile | None:
        """What is under the path, opened; None, and `trouble`, when it cannot be."""
        if self._state(now) is None:
            return None
        try:
            file = self._take(self.path, offset, now)
        except OSError as error:
            self.trouble = explain(self.path, error)
            return None
        if isinstance(file, str):
            self.trouble = file
            return None
        self.trouble = None
        return file

    def _take(self, path: str, offset: int, now: float) -> OpenFile | str:
        """A file opened, under the next number; why not, when it is no file. OSError when it cannot be opened."""
        fd = open_log(path)
        reason = unlike_a_file(path, os.fstat(fd).st_mode)
        if reason:
            os.close(fd)
            return reason
        offset = self._read_before.position(fd) or offset
        file = OpenFile(fd, os.path.realpath(path), self.source, self._number, offset, now)
        self._number += 1
        return file

    # -- rotation ------------------------------------------------------------------------------------------------------

    def _turn(self, file: OpenFile, state: os.stat_result, now: float) -> Iterator[Chunk]:
        """Leave a file that has been read to its end for what is under the path now, once that has lines."""
        if file.moved_at is None:
            file.moved_at = now
        if state.st_size == 0 and now - file.moved_at < LEAVING:
            return
        known = [it for it in self._leaving if it.key == (state.st_dev, state.st_ino)]
        if not known and self._unreadable():
            return
        yield from self._read(file, now)
        self._leave(file, now)
        if known:
            self._leaving.remove(known[0])
            self._file, self.trouble = known[0], None
        else:
            yield from self._between(file, now)
            self._file = self._open(0, now)
        if self._file is not None:
            yield from self._read(self._file, now)

    def _unreadable(self) -> bool:
        """Whether what is under the path cannot be opened; says so, once it has been so for a look."""
        try:
            fd = open_log(self.path)
        except OSError as error:
            self.trouble = explain(self.path, error)
            return True
        self.trouble = unlike_a_file(self.path, os.fstat(fd).st_mode)
        os.close(fd)
        return self.trouble is not None

    def _between(self, left: OpenFile, now: float) -> Iterator[Chunk]:
        """Read the files that had the path's name after `left` and before now."""
        with suppress(OSError):
            here = os.stat(self.path)
            for path in between(left, [*self._keys(), (here.st_dev, here.st_ino)]):
                file = self._take(path, 0, now)
                if isinstance(file, OpenFile):
                    self.rotations += 1
                    yield from self._apart(file, now)

    def _rewritten(self, file: OpenFile, now: float) -> Iterator[Chunk]:
        """The same file holds something else: the rest of its copy, if there is one, then it from its first byte.

        The open file is gone on with, not what is under the path: it may have been renamed since as well.
        """
        self.rotations += 1
        self._file = OpenFile(os.dup(file.fd), file.path, self.source, self._number, 0, now)
        self._number += 1
        copy = copy_of(file, self._keys())
        os.close(file.fd)
        if copy is not None:
            file.becomes(copy)
            yield from self._apart(file, now)
        elif unread := file.unread + file.seen - file.position:
            self.lost += unread
            self.gap = f"{self.path}: {self.lost:,} octets were truncated away before they were read"
        yield from self._read(self._file, now)

    def _apart(self, file: OpenFile, now: float) -> Iterator[Chunk]:
        """Read a file that is not under the path any more."""
        yield from self._read(file, now)
        self._leaving.append(file)
        file.left_at = file.gave_at = now

    def _leave(self, file: OpenFile, now: float) -> None:
        self.rotations += 1
        self._leaving.append(file)
        file.left_at = file.gave_at = now

    def _late(self, now: float) -> Iterator[Chunk]:
        """What was written late to rotated files; the last lines of those that are let go."""
        for file in list(self._leaving):
            yield from self._read(file, now)
            silent = now - max(file.left_at, file.gave_at) >= LEAVING
            if silent or file.sealed or file.truncated or len(self._leaving) > MAX_LEAVING:
                self._leaving.remove(file)
                if not file.truncated:
                    yield from file.rest()
                    self._read_before.add(file)
                file.close()

    def _keys(self) -> list[Key]:
        return [file.key for file in (*self._leaving, *filter(None, (self._file,)))]


class Tails:
    """Several paths, read in turn."""

    def __init__(
        self,
        paths: tuple[str, ...],
        starts: tuple[int, ...],
        begun: tuple[FileIdentity | None, ...] = (),
        numbers: tuple[int, ...] = (),
    ) -> None:
        several = zip(paths, starts, begun or (None,) * len(paths), numbers or (0,) * len(paths), strict=True)
        self.tails = [
            Tail(path, at, start, begun=identity, number=number)
            for at, (path, start, identity, number) in enumerate(several)
        ]

    def read(self) -> Iterator[Chunk]:
        """What has been written to any of them."""
        for tail in self.tails:
            yield from tail.read()
