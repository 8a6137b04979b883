"""Settle: the joins once more, forward over all rows, so that pieces that came newest first answer as one pass would.

Rows of one source run in the order of their lines. Sources that overlap in time are run together by time, where a
source's clock never goes back (a row that is earlier than one before it counts as being as late as that one).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from mailtop.event import KIND_WORDS
from mailtop.store.hashing import Array
from mailtop.store.intake import rows_of
from mailtop.store.joins import Joined, Joins
from mailtop.store.ordering import distinct
from mailtop.store.rows import JOINED, VERDICT
from mailtop.store.runs import Runs
from mailtop.store.segment import Segment
from mailtop.store.tables import Tables

_DISCONNECT: Final = KIND_WORDS.index("disconnect")


@dataclass(slots=True)
class Cursor:
    """How far one source has been run."""

    segments: Callable[[], list[Segment]]
    segment: Segment | None = None
    row: int = 0
    newest: int = -(2**63)
    """latest time so far"""

    def times(self) -> Array | None:
        """Times, never going back, of the rows left in the segment at hand; None when no row is left at all."""
        while True:
            if self.segment is not None and self.row < self.segment.rows:
                left = self.segment.full("time")[self.row :]
                return np.maximum.accumulate(np.maximum(left, self.newest))
            following = self._next()
            if following is None:
                return None
            self.segment, self.row = following, 0

    def _next(self) -> Segment | None:
        segments = self.segments()
        if self.segment is None:
            return segments[0] if segments else None
        # a segment that was dropped by the window meanwhile has taken those before it along
        at = segments.index(self.segment) + 1 if self.segment in segments else 0
        return segments[at] if at < len(segments) else None


Part = tuple[Segment, int, int]
"""a segment, and from which row up to which"""


Write = Callable[[list[Part], Array, Joined], None]
"""what to do with parts, the order in which they were run, and what was learnt"""


def settle(runs: Runs, joins: Joins, tables: Tables, write: Write) -> Iterator[None]:
    """Run `joins` over all rows; yields between slices of them."""
    cursors = [Cursor(_segments_of(runs, name)) for name in _names(runs)]
    while True:
        cursors += [Cursor(_segments_of(runs, name)) for name in _names(runs)[len(cursors) :]]
        left = [(cursor, times) for cursor in cursors if (times := cursor.times()) is not None]
        if not left:
            return
        until = min(int(times[-1]) for _, times in left)
        parts: list[Part] = []
        stamps: list[Array] = []
        for cursor, times in left:
            count = int(np.searchsorted(times, until, "right"))
            if count:
                assert cursor.segment is not None
                parts.append((cursor.segment, cursor.row, cursor.row + count))
                stamps.append(times[:count])
                cursor.row += count
                cursor.newest = int(times[count - 1])
        order = np.argsort(np.concatenate(stamps), kind="stable") if len(parts) > 1 else np.arange(len(stamps[0]))
        write(parts, order, _join(parts, order, joins, tables))
        yield


def _names(runs: Runs) -> list[str]:
    return [some[0].source for some in runs.sources() if some]


def _segments_of(runs: Runs, name: str) -> Callable[[], list[Segment]]:
    return lambda: runs.of(name)


def _join(parts: list[Part], order: Array, joins: Joins, tables: Tables) -> Joined:
    def get(name: str) -> Array | None:
        if all(segment.dense(name) is None for segment, _, _ in parts):
            return None
        values = np.concatenate([segment.full(name)[start:stop] for segment, start, stop in parts])[order]
        if name == "client":
            return np.where(get_mark() & JOINED, 0, values)
        return values

    def get_mark() -> Array:
        return np.concatenate([segment.full("mark")[start:stop] for segment, start, stop in parts])[order]

    at = np.concatenate([addresses(segment, start, stop) for segment, start, stop in parts])[order]
    return joins.run(rows_of(get, len(order), tables, at))


def addresses(segment: Segment, start: int, stop: int) -> Array:
    """The address of each of these rows: what `Rows.at` and `Joined.again` hold."""
    return np.arange(start, stop, dtype=np.int64) + (segment.serial << 16)


def write(parts: list[Part], order: Array, joined: Joined, tables: Tables) -> None:
    """Put what was learnt into the segments' columns."""
    reason = np.zeros(len(order), np.uint32)
    zone = np.zeros(len(order), np.uint32)
    reason[joined.dropped] = np.where(joined.dropped_dnsbl, tables.dnsbl, tables.protocol)
    zone[joined.dropped] = joined.dropped_zone
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    begin = 0
    for segment, start, stop in parts:
        rows = back[begin : begin + stop - start]
        begin += stop - start
        _put(segment, start, stop, "session", joined.session[rows])
        _put(segment, start, stop, "client", joined.client[rows])
        _put(segment, start, stop, "mark", joined.mark[rows])
        ends = segment.full("kind")[start:stop] == _DISCONNECT
        for name, values in (("reason", reason), ("zone", zone)):
            held = segment.full(name)[start:stop]
            changed = np.where(ends, values[rows], held)
            if not np.array_equal(changed, held):
                _put(segment, start, stop, name, changed)


def _put(segment: Segment, start: int, stop: int, name: str, values: Array) -> None:
    if start == 0 and stop == segment.rows:
        segment.put(name, values)
        return
    full = segment.full(name).astype(values.dtype)
    full[start:stop] = values
    segment.put(name, full)


def unaccept(again: Array, segments: list[Segment]) -> None:
    """Take the verdict `accepted` from the rows at these addresses, as far as they are still held."""
    if not len(again):
        return
    held = {segment.serial: segment for segment in segments}
    serials = again >> 16
    for serial in distinct(serials).tolist():
        segment = held.get(serial)
        if segment is not None:
            mark = segment.full("mark").copy()
            mark[again[serials == serial] & 0xFFFF] &= ~np.uint8(VERDICT)
            segment.put("mark", mark)
