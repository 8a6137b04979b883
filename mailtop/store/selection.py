"""Selection: the rows that a question is about, and their columns, put together from all segments concerned.

A selection is made by a span first (segments outside of it are not looked at), then by a slice (store/filters.py). What
is computed of its rows is kept with it, because several panes ask about the same rows in the same second.
"""

from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

import numpy as np

from mailtop.store.hashing import Array
from mailtop.store.segment import DEFAULTS, DTYPES, Segment
from mailtop.store.strings import StringTable

Value = TypeVar("Value")
_SHARED: Final = frozenset({
    "time", "sorted", "kind", "mark", "verdict", "session", "client", "daemon", "status", "reason", "zone", "stage",
    "rows", "unit", "sum",
})  # fmt: skip
"""columns, and what is computed of them, that do not go when a selection sheds"""
Part = tuple[Segment, Array | slice]
"""a segment, and which of its rows: mostly a stretch, since rows come in the order of time"""


class Selection:
    """Rows of segments, in their order."""

    def __init__(self, parts: list[Part], sources: StringTable, base: "tuple[Selection, Array] | None" = None) -> None:
        self.parts = parts
        self.count = sum(_count(rows) for _, rows in parts)
        self._sources = sources
        self._base = base
        self._kept: dict[Hashable, Any] = {}

    def keep(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """What `make` gave the first time that it was asked for under this key."""
        try:
            value: Value = self._kept[key]
        except KeyError:
            value = self._kept[key] = make()
        return value

    def column(self, name: str) -> Array:
        """A column's value for each row, as in segments; also `source` (a code) and `file`."""
        return self.keep(name, lambda: self._column(name))

    def shed(self) -> None:
        """Forget all but what most questions ask of the same rows: some 30 bytes a row stay."""
        self._kept = {
            key: value
            for key, value in self._kept.items()
            if key in _SHARED or (isinstance(key, tuple) and key[0] in _SHARED)
        }

    def has(self, name: str) -> bool:
        """Does any segment concerned have this column?"""
        return any(name in segment for segment, _ in self.parts)

    def take(self, positions: Array) -> "Selection":
        """The rows at these ascending positions."""
        parts: list[Part] = []
        start = 0
        for segment, rows in self.parts:
            stop = start + _count(rows)
            low, high = np.searchsorted(positions, (start, stop))
            if low < high:
                within = positions[low:high] - start
                parts.append((segment, within + rows.start if isinstance(rows, slice) else rows[within]))
            start = stop
        return Selection(parts, self._sources, (self, positions))

    def lines(self) -> "Selection":
        """Of the rows that one line of a file gave, the first."""
        firsts = self.keep("lines", self._firsts)
        return self if firsts is None else self.take(firsts)

    def _firsts(self) -> Array | None:
        """The positions of those; None where no line gave two."""
        first = np.ones(self.count, np.bool_)
        start = 0
        for segment, rows in self.parts:
            stop = start + _count(rows)
            if segment.file >= 0:
                offset = self._piece(segment, rows, "offset")
                np.not_equal(offset[1:], offset[:-1], out=first[start + 1 : stop])
            start = stop
        return None if first.all() else np.flatnonzero(first)

    def _column(self, name: str) -> Array:
        if self._base is not None and name in self._base[0]._kept:
            values: Array = self._base[0]._kept[name][self._base[1]]
            return values
        if name not in ("source", "file") and not self.has(name):
            default = DEFAULTS.get(name, 0)
            return np.full(self.count, default, np.uint8 if DTYPES[name] == np.uint32 else DTYPES[name])
        arrays = [self._piece(segment, rows, name) for segment, rows in self.parts]
        if len(arrays) == 1:
            return arrays[0]
        return np.concatenate(arrays) if arrays else np.zeros(0, np.uint32)

    def _piece(self, segment: Segment, rows: Array | slice, name: str) -> Array:
        if name == "source":
            return np.full(_count(rows), self._sources.codes((segment.source,))[0])
        if name == "file":
            return np.full(_count(rows), segment.file, np.int64)
        return segment.part(name, rows) if isinstance(rows, slice) else segment.full(name)[rows]


def _count(rows: Array | slice) -> int:
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)


def spanning(segments: list[Segment], since: int, until: int, sources: StringTable) -> Selection:
    """The rows with `since` < time <= `until`, microseconds."""
    parts: list[Part] = []
    for segment in segments:
        if segment.high <= since or segment.low > until or not segment.rows:
            continue
        if segment.low > since and segment.high <= until:
            parts.append((segment, slice(0, segment.rows)))
            continue
        time = segment.full("time")
        rows = ((time > since) & (time <= until)).nonzero()[0]
        if len(rows):
            first, last = int(rows[0]), int(rows[-1])
            parts.append((segment, slice(first, last + 1) if last - first + 1 == len(rows) else rows))
    return Selection(parts, sources)
