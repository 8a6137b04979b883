"""Rolling: what leaves the store. Segments that are older than the window, or beyond the bound on events; then codes.

Codes are taken back one table at a time, when a quarter as many rows have left as are held: a table is renumbered, and
with it every column of its field, a few milliseconds each.
"""

from typing import Final

import numpy as np

from mailtop.store.columns import SEGMENT
from mailtop.store.hashing import Array
from mailtop.store.joins import Joins
from mailtop.store.runs import Runs
from mailtop.store.segment import Segment
from mailtop.store.tables import Tables

_SMALL: Final = 4096
"""codes of a table that is not worth it"""
_FIXED: Final = frozenset({"reason"})
"""tables of which the code knows codes by heart"""


class Rolling:
    """Counts rows, and lets go of them. `window` in microseconds."""

    def __init__(self, window: int | None, max_events: int) -> None:
        self.window = window
        self.max_events = max_events
        self.rows = 0
        self.evicted = 0
        """rows that went because of `max_events`"""
        self.newest: int | None = None
        """time of the newest event ever held"""
        self.gone_until = -(2**63)
        """time of the newest row that went because of `max_events`"""
        self.rolled = False
        """rows older than the window were let go, or are not counted"""
        self._left = 0
        self._to_compact: list[str] = []

    @property
    def floor(self) -> int:
        """Events at or before this time are out of the window."""
        return -(2**63) if self.window is None or self.newest is None else self.newest - self.window

    def added(self, segment: Segment, rows: int) -> None:
        """Rows were appended."""
        self.rows += rows
        self.newest = segment.high if self.newest is None else max(self.newest, segment.high)

    def roll(self, runs: Runs, tables: Tables, settling: Joins | None) -> None:
        """Let go of what is too old or too much, and of the codes that nobody needs."""
        if self.rows > self.max_events or self.window is not None:
            self._drop(runs)
        if self._left > max(self.rows // 4, SEGMENT) and not self._to_compact:
            self._left = 0
            large = (name for name, table in tables.by_name.items() if len(table) > _SMALL)
            self._to_compact = [name for name in large if name not in _FIXED]
        if self._to_compact:
            joins = runs.joins() + ([] if settling is None else [settling])
            _compact(self._to_compact.pop(), runs.segments(), tables, joins)

    def _drop(self, runs: Runs) -> None:
        segments = runs.segments()
        floor = self.floor
        if self.rows <= self.max_events and all(segment.low > floor for segment in segments):
            return
        self.rolled |= any(segment.low <= floor for segment in segments)
        by_age = sorted(segments, key=lambda segment: segment.high)
        for segment in by_age[:-1]:
            old = segment.high <= floor
            if not old and self.rows <= self.max_events:
                return
            if not old:
                self.evicted += segment.rows
                self.gone_until = max(self.gone_until, segment.high)
            self.rows -= segment.rows
            self._left += segment.rows
            runs.drop(segment)


def _compact(name: str, segments: list[Segment], tables: Tables, joins: list[Joins]) -> None:
    table = tables.by_name[name]
    live = np.zeros(len(table), np.bool_)
    for segment in segments:
        if (codes := segment.dense(name)) is not None:
            live[codes] = True
    states: list[Array] = [state for one in joins for state in one.codes(name)]
    for state in states:
        live[state] = True
    remap = table.compact(live)
    for segment in segments:
        if (codes := segment.dense(name)) is not None:
            segment.put(name, remap[codes])
    for state in states:
        state[:] = remap[state]
