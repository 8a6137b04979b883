"""pieces: finding places in a large log by reading a little of it.

Offsets are octets. A line belongs to the range in which it begins, so ranges that touch share no line and lose none,
wherever their edges fall. A place is found in as many reads as the file's size has binary digits, and a few more where
lines are long or cannot be read.

BUGS: a log whose times go back (a clock set back, several hosts) is not sorted, and a place in it is one of several.
"""

import os
from collections.abc import Callable
from typing import Final

LOOK: Final = 16 << 10
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


def last_line_start(fd: int, size: int) -> int:
    """The octet after the last newline before `size`; 0 when there is none. What follows is a line being written."""
    while size > 0:
        start = max(0, size - LOOK)
        newline = os.pread(fd, size - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        size = start
    return 0


def bisect(fd: int, size: int, before: Callable[[bytes], bool | None]) -> int:
    """The start of the first line before `size` that is not `before`, in a file whose lines are sorted by it.

    `before` says of a line (without newline, cut at LOOK octets) whether it lies before the place sought, None when it
    cannot tell; such lines are passed over. `size` when no line is told to lie after it.
    """
    low, high, found = 0, size, size
    while low < high:
        middle = (low + high) // 2
        told = _first_told(fd, line_start(fd, middle), found, before)
        if told is None:
            high = middle
        elif told[1]:
            low = told[2]
        else:
            found, high = told[0], middle
    return found


def _first_told(fd: int, offset: int, end: int, before: Callable[[bytes], bool | None]) -> tuple[int, bool, int] | None:
    """The first line from `offset` up to `end` that `before` can tell: its start, the verdict, the next one's start."""
    while offset < end:
        block = os.pread(fd, min(LOOK, end - offset), offset)
        if not block:
            break
        *lines, rest = block.split(b"\n")
        for line in lines:
            verdict = before(line)
            if verdict is not None:
                return offset, verdict, offset + len(line) + 1
            offset += len(line) + 1
        if not lines:
            verdict = before(rest)
            following = line_start(fd, offset + len(rest))
            if verdict is not None:
                return offset, verdict, following
            offset = following
    return None


def pieces(size: int, start: int, first: int, largest: int) -> list[tuple[int, int]]:
    """Ranges that cover `start`..`size`, the newest first: `first` octets, then twice as many, up to `largest` each.

    Their edges are any octets: whoever reads them begins and ends at `line_start`.
    """
    made: list[tuple[int, int]] = []
    end, want = size, first
    while end > start:
        begin = max(start, end - want)
        if begin - start < want // 4:
            begin = start
        made.append((begin, end))
        end, want = begin, min(2 * want, largest)
    return made
