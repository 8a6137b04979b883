"""pieces: finding places in a large log by reading a little of it.

Offsets are octets. Nothing here reads more than a few blocks: a place is found in as many reads as its file size has
binary digits.
"""

import os
from collections.abc import Callable
from typing import Final

LOOK: Final = 64 << 10
"""octets read at a place to find a line there"""


def line_start(fd: int, offset: int) -> int:
    """The first line start at or after `offset`: 0, or the octet after a newline; the file's size if there is none."""
    if offset <= 0:
        return 0
    at = offset - 1
    while block := os.pread(fd, LOOK, at):
        newline = block.find(b"\n")
        if newline >= 0:
            return at + newline + 1
        at += len(block)
    return at


def bisect(fd: int, size: int, before: Callable[[bytes], bool | None]) -> int:
    """The start of the first line before `size` that is not `before`, in a file whose lines are sorted by it.

    `before` says of a line (without newline) whether it lies before the place sought, None when it cannot tell; such
    lines are passed over. `size` when every line lies before it.
    """
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        start, verdict, after = _first_told(fd, line_start(fd, middle), high, before)
        if verdict is None or not verdict:
            high = middle
            if start >= size and middle == low:
                break
        else:
            low = after
    return min(line_start(fd, low), size)


def _first_told(
    fd: int, offset: int, end: int, before: Callable[[bytes], bool | None]
) -> tuple[int, bool | None, int]:
    """The first line from `offset` on that `before` can tell: where it is, what it says, and where the next begins."""
    while offset < end:
        block = os.pread(fd, LOOK, offset)
        if not block:
            break
        lines = block.split(b"\n")
        for line in lines[:-1]:
            verdict = before(line)
            if verdict is not None:
                return offset, verdict, offset + len(line) + 1
            offset += len(line) + 1
            if offset >= end:
                break
        if len(lines) == 1:
            verdict = before(block)
            follow = line_start(fd, offset + len(block))
            if verdict is not None:
                return offset, verdict, follow
            offset = follow
    return offset, None, offset


def pieces(size: int, start: int, first: int, largest: int) -> list[tuple[int, int]]:
    """Ranges that cover `start`..`size`, the newest first: `first` octets, then twice as many, up to `largest` each."""
    made: list[tuple[int, int]] = []
    end, want = size, first
    while end > start:
        begin = max(start, end - want)
        if begin - start < want // 4:
            begin = start
        made.append((begin, end))
        end, want = begin, min(2 * want, largest)
    return made
