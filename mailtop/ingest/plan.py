"""plan: which bytes of the logs are read by whom. What is there when mailtop starts is cut into pieces for the backfill
workers; what is written later belongs to the follower, from the byte where the pieces end.

For a screen the newest piece comes first and is small, so that there is something to see at once whatever the size of
the file; the following ones grow. For a report the pieces go forward. A window is found by bisecting the file on its
stamps: no byte before it is read.

What has been rotated away is file 0, 1, ... of its log, the oldest first, before the file that is written to. An
archive cannot be cut, nor searched for the window's beginning: it is one piece, and is left out when it was written
last before the window began.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from mailtop.ingest.messages import Follow, Piece
from mailtop.record import Clock, may_begin, parse
from mailtop.source.members import packing
from mailtop.source.packed import unpacked_size
from mailtop.source.pieces import bisect, last_line_start, line_start, pieces
from mailtop.source.readback import FileIdentity, find, identify, open_log
from mailtop.source.series import Series

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
    newest: int | None = None
    """microseconds of its newest stamp; of an archive, of its last change"""
    source: str = ""
    """the log that it is a part of; the path itself when empty"""
    file: int = 0
    packed: bool = False


def pasts(series: Series, window: float | None, now: float, followed: bool = True) -> list[Past]:
    """What the files of a log hold of the last `window` seconds before its newest line, the oldest file first.

    OSError when one cannot be read; one that is gone by now is left out.
    """
    found: list[Past] = []
    oldest: int | None = None
    for file in reversed(range(len(series.files))):
        path = series.files[file]
        growing = followed and series.live and file == len(series.files) - 1
        if not os.path.exists(path):
            continue
        it = past(path, window if oldest is None else None, now, growing, oldest)
        if oldest is None and window is not None and it.newest is not None:
            oldest = it.newest - int(window * 1e6)
        key = it.identity.device, it.identity.inode
        outside = oldest is not None and it.newest is not None and it.newest < oldest
        if not outside and key not in [(other.identity.device, other.identity.inode) for other in found]:
            found.insert(0, replace(it, source=series.name, file=file))
    return found


def past(path: str, window: float | None, now: float, followed: bool = True, oldest: int | None = None) -> Past:
    """What `path` holds of the last `window` seconds (None: all) before its newest line, or of the time since `oldest`
    (microseconds). OSError when unreadable.

    A last line without its newline belongs to the past only when the file is not `followed`. The file's last change
    dates its stamps, or `now` where that is earlier: a clock set wrong must not add a year.
    """
    fd = open_log(path)
    try:
        state = os.fstat(fd)
        reference = min(state.st_mtime, now)
        identity = identify(path, fd)
        name = packing(identity.head)
        if name is not None:
            size = unpacked_size(fd, name, state.st_size)
            return Past(path, 0, size, reference, identity, int(reference * 1e6), packed=True)
        end = last_line_start(fd, state.st_size) if followed else state.st_size
        clock = Clock(reference)
        newest = newest_time(fd, end, clock)
        if newest is not None and window is not None:
            oldest = newest - int(window * 1e6)
        if newest is None or oldest is None:
            return Past(path, 0, end, reference, identity, newest)
        since = oldest

        def before(line: bytes) -> bool | None:
            record = parse(line, clock)
            return None if record is None else record.time < since

        return Past(path, begin(fd, bisect(fd, end, before), end), end, reference, identity, newest)
    finally:
        os.close(fd)


def cut(pasts: Iterable[Past], newest_first: bool) -> list[Piece]:
    """All pieces, numbered in the order in which they are to be delivered."""
    found = list(pasts)
    made: list[Piece] = []
    for it in reversed(found) if newest_first else found:
        if it.packed:
            made.append(_piece(it, len(made), it.start, it.end))
            continue
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
            made.append(_piece(it, len(made), start, end))
    return made


def _piece(it: Past, number: int, start: int, end: int) -> Piece:
    return Piece(number, it.path, start, end, it.reference, it.identity, it.source, it.file, it.packed)


def following(logs: Sequence[Series], pasts: Iterable[Past]) -> Follow | None:
    """The task of following the living ones of `logs` from where their pasts end; one without a past from its first
    byte. None when none of them lives."""
    living = [log for log in logs if log.live]
    if not living:
        return None
    known = {it.path: it for it in pasts}
    held = [known.get(log.name) for log in living]
    return Follow(
        tuple(log.name for log in living),
        tuple(0 if it is None else it.end for it in held),
        begun=tuple(None if it is None else it.identity for it in held),
        numbers=tuple(len(log.files) - 1 for log in living),
    )


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
