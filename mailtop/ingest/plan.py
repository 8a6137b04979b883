"""plan: which bytes of the logs are read by whom. What is there when mailtop starts is cut into pieces for the backfill
workers; what is written later belongs to the follower, from the byte where the pieces end.

For a screen the newest piece comes first and is small, so that there is something to see at once whatever the size of
the file; the following ones grow. For a report the pieces go forward. A window is found by bisecting the file on its
stamps: no byte before it is read.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from mailtop.ingest.messages import Follow, Piece
from mailtop.record import Clock, may_begin, parse
from mailtop.source.pieces import bisect, last_line_start, line_start, pieces
from mailtop.source.readback import FileIdentity, find, identify, open_log

FIRST: Final = 256 << 10
"""bytes of the newest piece"""

LARGEST: Final = 8 << 20
"""bytes of the largest piece: what one worker may hold back from the others"""

LAST_LOOK: Final = 256 << 10
"""bytes at the end of a file in which its newest stamp is sought"""


@dataclass(frozen=True, slots=True)
class Past:
    """What is in a file now: lines from `start` up to `end`; `reference` dates stamps without a year."""

    path: str
    start: int
    end: int
    reference: float
    identity: FileIdentity


def past(path: str, window: float | None, now: float, followed: bool = True) -> Past:
    """What `path` holds of the last `window` seconds (None: all) before its newest line. OSError when unreadable.

    A last line without its newline belongs to the past only when the file is not `followed`. The file's last change
    dates its stamps, or `now` where that is earlier: a clock set wrong must not add a year.
    """
    fd = open_log(path)
    try:
        state = os.fstat(fd)
        reference = min(state.st_mtime, now)
        identity = identify(path, fd)
        end = last_line_start(fd, state.st_size) if followed else state.st_size
        clock = Clock(reference)
        newest = newest_time(fd, end, clock)
        if window is None or newest is None:
            return Past(path, 0, end, reference, identity)
        oldest = newest - window * 1e6

        def before(line: bytes) -> bool | None:
            record = parse(line, clock)
            return None if record is None else record.time < oldest

        return Past(path, begin(fd, bisect(fd, end, before), end), end, reference, identity)
    finally:
        os.close(fd)


def cut(pasts: Iterable[Past], newest_first: bool) -> list[Piece]:
    """All pieces, numbered in the order in which they are to be delivered."""
    found = list(pasts)
    made: list[Piece] = []
    for it in reversed(found) if newest_first else found:
        ranges = pieces(it.end, it.start, FIRST if newest_first else LARGEST, LARGEST)
        fd = find(it.identity)
        if fd is None:
            edges = [it.start, it.end]
        else:
            begins = [begin(fd, start, it.end) for start, _ in ranges if start > it.start]
            os.close(fd)
            edges = sorted({it.start, it.end, *begins})
        spans = list(pairwise(edges))
        for start, end in reversed(spans) if newest_first else spans:
            made.append(Piece(len(made), it.path, start, end, it.reference, it.identity))
    return made


def following(paths: Sequence[str], pasts: Iterable[Past]) -> Follow:
    """The task of following `paths` from where their pasts end; one without a past from its first byte."""
    known = {it.path: it for it in pasts}
    ends = tuple(known[path].end if path in known else 0 for path in paths)
    return Follow(tuple(paths), ends, begun=tuple(known[path].identity if path in known else None for path in paths))


def begin(fd: int, offset: int, end: int) -> int:
    """The first line at or after `offset` at which a piece may begin; `end` when there is none."""
    while (offset := line_start(fd, offset)) < end:
        head = os.pread(fd, 512, offset)
        line, newline, _ = head.partition(b"\n")
        if may_begin(line):
            return offset
        offset += len(line) + len(newline)
    return end


def newest_time(fd: int, end: int, clock: Clock) -> int | None:
    """Microseconds of the last line with a readable stamp near the end; None when there is none."""
    start = max(0, end - LAST_LOOK)
    for line in reversed(os.pread(fd, end - start, start).splitlines()):
        record = parse(line, clock)
        if record is not None:
            return record.time
    return None
