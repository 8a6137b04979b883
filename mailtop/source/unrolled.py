"""unrolled: single lines of an archive, which can only be unpacked from its beginning.

The archive that was asked about last stays open where it was left, and the newest KEPT octets of it in memory, so that
lines near each other are found without unpacking all of it once more. What lies further in than FAR is not looked for:
whoever asks waits.
"""

import os
from collections.abc import Generator
from typing import Final

from mailtop.source.lines import MAX_LINE
from mailtop.source.packed import DamagedError, blocks

FAR: Final = 1 << 28
"""octets of a log that are unpacked to find a line: about a second of waiting"""

KEPT: Final = 1 << 24
"""octets kept before the place that was reached"""


class Unrolled:
    """One archive, as far as it has been unpacked."""

    def __init__(self) -> None:
        self._key: tuple[int, int, int, int] | None = None
        self._fd = -1
        self._opened: Generator[bytes, None, None] | None = None
        self._start = 0
        self._data = bytearray()

    def line(self, fd: int, name: str, offset: int) -> bytes | None:
        """The line at `offset` of what is packed in an open file; None when none begins there, or it lies too far."""
        if not 0 <= offset <= FAR:
            return None
        state = os.fstat(fd)
        key = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)
        if key != self._key or max(0, offset - 1) < self._start:
            self._begin(fd, name, key)
        wanted = offset + MAX_LINE + 1
        while self._end < wanted and self._more(offset):
            if self._end > offset and self._data.find(b"\n", offset - self._start) >= 0:
                break
        at = offset - self._start
        if at > len(self._data) or (at and self._data[at - 1] not in b"\n\0"):
            return None
        line, newline, _ = bytes(self._data[at : at + MAX_LINE]).partition(b"\n")
        return line if line or newline else None

    def close(self) -> None:
        """Let go of it."""
        if self._opened is not None:
            self._opened.close()
            os.close(self._fd)
        self._key = self._opened = None
        self._start, self._data = 0, bytearray()

    @property
    def _end(self) -> int:
        return self._start + len(self._data)

    def _begin(self, fd: int, name: str, key: tuple[int, int, int, int]) -> None:
        self.close()
        self._fd = os.dup(fd)
        self._opened, self._key = blocks(self._fd, name), key

    def _more(self, offset: int) -> bool:
        """Unpack another block; False at the end. What lies well before `offset` is dropped."""
        if self._opened is None:
            return False
        try:
            block = next(self._opened, b"")
        except DamagedError:
            block = b""
        self._data += block
        surplus = min(len(self._data) - KEPT, offset - 1 - self._start)
        if surplus > 0:
            del self._data[:surplus]
            self._start += surplus
        return bool(block)
