"""opened: one opened file, read forward, until it is truncated.

In: a descriptor and where to begin. Out: chunks of whole lines. A last line without its newline stays in the file
and is read again with what follows it, so nothing is held back in memory.

A truncation shows in the size (smaller than what was read) or in the first bytes (other than they were: truncated and
grown past the place within one look). The first bytes are compared after each read as well: what is read while
somebody truncates is taken to be old unless the file, asked again, still has it.

BUGS: a file that is truncated and begins again with the same first KiB, past the old place, is not noticed.
"""

import os
from collections.abc import Iterator
from typing import Final

from mailtop.source.lines import BLOCK, Chunk, cut
from mailtop.source.readback import FINGERPRINT, FileIdentity, first_bytes

ANCHOR: Final = 64
"""octets before the place, by which a copy is known to hold what was read"""


class OpenFile:
    """File `number` of `source`. `position` is where the first line begins that has not been given."""

    def __init__(self, fd: int, path: str, source: int, number: int, position: int, now: float) -> None:
        self.fd, self.path, self.source, self.number = fd, path, source, number
        self.position = self.seen = position
        state = os.fstat(fd)
        self.key = (state.st_dev, state.st_ino)
        self.size = state.st_size
        self.head = first_bytes(fd)
        self.head_grew = True
        """whether more of the first bytes are known than when this was last set to False"""
        self.anchor = os.pread(fd, min(ANCHOR, position), max(0, position - ANCHOR))
        self.truncated = False
        self.sealed = False
        """whether nobody writes to it any more: it is done at its end"""
        self.moved_at: float | None = None
        """when a later file was first seen to have lines"""
        self.gave_at = now
        """when it last had something new"""
        self.left_at = 0.0
        """when reading went on to the next file"""
        self.cut = 0
        self._skipping = False
        self._state = (-1, -1)

    def lines(self, now: float) -> Iterator[Chunk]:
        """The lines that are whole now. Sets `truncated`. OSError when the file cannot be read any more."""
        self._look()
        goal = self.size
        while self.seen < goal and not self.truncated:
            block = os.pread(self.fd, BLOCK, self.position)
            if not self._begins_as_before():
                self.truncated = True
                if os.pread(self.fd, len(block), self.position) == block:
                    return
            end = self.position + len(block)
            if end <= self.seen:
                return
            self.gave_at = now
            yield from self._give(block, end)

    def rest(self) -> Iterator[Chunk]:
        """A last line that will never get its newline, because its file has been left."""
        block = b"" if self._skipping else os.pread(self.fd, self.seen - self.position, self.position)
        if block:
            start, self.position = self.position, self.position + len(block)
            yield Chunk(self.source, self.number, start, block + b"\n")

    @property
    def unread(self) -> int:
        """Octets of it that were never read, as far as its size is known."""
        return max(0, self.size - self.seen)

    def becomes(self, copy: int) -> None:
        """Go on in the open file `copy`, which holds what was in this one before it was truncated."""
        state = os.fstat(copy)
        self.fd, self.key = copy, (state.st_dev, state.st_ino)
        self.seen, self._state = self.position, (-1, -1)
        self.truncated, self.sealed = False, True

    def identity(self) -> FileIdentity:
        """How to find this file again."""
        return FileIdentity(self.path, *self.key, self.head)

    def close(self) -> None:
        """Let go of it."""
        os.close(self.fd)

    def _look(self) -> None:
        status = os.fstat(self.fd)
        state = (status.st_size, status.st_mtime_ns)
        if state == self._state:
            return
        if status.st_size < self.seen or not self._begins_as_before():
            self.truncated = True
        else:
            self._state, self.size = state, status.st_size

    def _begins_as_before(self) -> bool:
        return os.pread(self.fd, len(self.head), 0) == self.head

    def _give(self, block: bytes, end: int) -> Iterator[Chunk]:
        """The lines of a block read at the position; everything is settled before the first is given."""
        runs, taken, self._skipping, cuts = cut(block, self._skipping)
        start = self.position
        self.position, self.seen, self.size = start + taken, end, max(self.size, end)
        self.anchor = (self.anchor + block[max(0, taken - ANCHOR) : taken])[-ANCHOR:]
        self.cut += cuts
        if len(self.head) < FINGERPRINT and not self.truncated:
            head = first_bytes(self.fd)
            if len(head) > len(self.head) and head.startswith(self.head):
                self.head, self.head_grew = head, True
        for at, data in runs:
            yield Chunk(self.source, self.number, start + at, data)
