"""Segment: up to 65,536 events of one file, as columns; rows in the order of their lines.

While it is open, a column is what came in, and a plain growing array once somebody asks for it (most columns have a
value in few rows, and in a log that is read at once nobody asks before the segment is full); `seal` brings each into
its smallest shape (store/columns.py). A column that no row has does not exist. The columns, with the value that means
absent:

    time (int64, microseconds UTC), kind, mark (see store/joins.py), session (uint32, 0), offset (int64),
    utc_offset (int16), extra (repeat - 1), a code (uint32, 0) for each field in CODED, a number for each in COUNTED
    (ABSENT) and TIMED (NaN); delays as four columns
    key, message (uint64 hashes, 0): what joins lines, kept only until the store is settled
"""

from typing import Final, NamedTuple

import numpy as np

from mailtop.store.columns import ABSENT, SEGMENT, Column, encode, encode_some, encode_steps
from mailtop.store.hashing import Array

CODED: Final = (
    "host", "mta", "daemon", "client", "client_name", "helo", "sender", "recipient", "queue_id", "stage", "reply",
    "enhanced", "reason", "zone", "answer", "status", "relay", "sasl_user", "tls", "text",
)  # fmt: skip
"""fields whose columns hold codes of a string table; `text` only of the tests and passes of postscreen"""
COUNTED: Final = ("rank", "size")
TIMED: Final = ("delay", "delays.0", "delays.1", "delays.2", "delays.3")
DEFAULTS: Final[dict[str, int | float]] = {
    **dict.fromkeys(COUNTED, ABSENT),
    **dict.fromkeys(TIMED, float("nan")),
}
JOINING: Final = ("key", "message")
DTYPES: Final[dict[str, np.dtype[np.generic]]] = {
    "time": np.dtype(np.int64), "kind": np.dtype(np.uint8), "mark": np.dtype(np.uint8),
    "session": np.dtype(np.uint32), "offset": np.dtype(np.int64), "utc_offset": np.dtype(np.int16),
    "extra": np.dtype(np.int64), "key": np.dtype(np.uint64), "message": np.dtype(np.uint64),
    **dict.fromkeys(CODED, np.dtype(np.uint32)), **dict.fromkeys(COUNTED, np.dtype(np.int64)),
    **dict.fromkeys(TIMED, np.dtype(np.float64)),
}  # fmt: skip
_FIRST_ROOM: Final = 1024


class Some(NamedTuple):
    """The values of some rows of a stretch."""

    rows: Array | None
    """which, each once, in any order; None: every row has one"""
    values: Array

    def dense(self, name: str, count: int) -> Array:
        """For every row of `count`, what means absent in this column for those that have none. Do not write into it."""
        if self.rows is None:
            return self.values
        full = _blank(name, count, self.values.dtype)
        full[self.rows] = self.values
        return full

    def cut(self, start: int, stop: int) -> "Some":
        """Of the rows from `start` up to `stop`, counted from there."""
        if self.rows is None:
            return Some(None, self.values[start:stop])
        within = (self.rows >= start) & (self.rows < stop)
        return Some(self.rows[within] - np.uint32(start), self.values[within])


class _Growing:
    """A column under way: what came in, and once somebody has asked for it, a value for every row."""

    __slots__ = ("_name", "_parts", "_rows", "_values")

    def __init__(self, name: str) -> None:
        self._name = name
        self._values: Array | None = None
        self._rows = 0
        """rows that have their place in `_values`"""
        self._parts: list[tuple[int, int, Some]] = []
        """the first row, how many rows, and what some of those have"""

    @property
    def nbytes(self) -> int:
        held = sum(part.values.nbytes + (0 if part.rows is None else part.rows.nbytes) for _, _, part in self._parts)
        return held + (0 if self._values is None else self._values.nbytes)

    def add(self, start: int, count: int, part: Some) -> None:
        self._parts.append((start, count, part))

    def dense(self, rows: int) -> Array:
        """A value for every row of the segment's `rows`."""
        held = self._values
        if held is None or len(held) < rows:
            larger = _blank(self._name, min(SEGMENT, max(_FIRST_ROOM, rows, 0 if held is None else 2 * len(held))))
            if held is not None:
                larger[: len(held)] = held
            held = self._values = larger
        for start, count, part in self._parts:
            if part.rows is None:
                held[start : start + count] = part.values
            else:
                held[part.rows + np.int64(start)] = part.values
        self._parts.clear()
        return held[:rows]

    def put(self, rows: int, values: Array) -> None:
        """Replace it all."""
        self._parts.clear()
        self.dense(rows)[:] = values

    def sealed(self, rows: int) -> Column | None:
        """In its smallest shape."""
        parts = self._parts
        if self._values is not None or all(part.rows is None for _, _, part in parts):
            if self._values is None and sum(count for _, count, _ in parts) == rows:
                dense = np.concatenate([part.values for _, _, part in parts])
            else:
                dense = self.dense(rows)
            return _encoded(self._name, dense.astype(DTYPES[self._name], copy=False))
        at, values = [], []
        for start, count, part in parts:
            at.append(np.arange(start, start + count) if part.rows is None else part.rows + np.int64(start))
            values.append(part.values)
        dtype = DTYPES[self._name]
        everything = np.concatenate(values).astype(dtype, copy=False)
        return encode_some(rows, np.concatenate(at), everything, DEFAULTS.get(self._name, 0))


class Segment:
    """Rows of one source and file. `serial` tells segments of a store apart."""

    __slots__ = ("_open", "_sealed", "file", "high", "low", "rows", "serial", "source")

    def __init__(self, source: str, file: int, serial: int) -> None:
        self.source = source
        self.file = file
        self.serial = serial
        self.rows = 0
        self.low = 2**63 - 1
        """earliest time, microseconds"""
        self.high = -(2**63)
        """newest time"""
        self._open: dict[str, _Growing] | None = {}
        self._sealed: dict[str, Column] = {}

    @property
    def room(self) -> int:
        """How many rows it can still take."""
        return SEGMENT - self.rows if self._open is not None else 0

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return sum(column.nbytes for column in (self._sealed if self._open is None else self._open).values())

    def __contains__(self, name: object) -> bool:
        return name in (self._sealed if self._open is None else self._open)

    def extend(self, rows: int, columns: dict[str, Some]) -> None:
        """Take in `rows` rows, no more than there is room for. The arrays are kept: do not write into them."""
        assert self._open is not None
        for name, part in columns.items():
            held = self._open.get(name)
            if held is None:
                if not _any(name, part.values):
                    continue
                held = self._open[name] = _Growing(name)
            held.add(self.rows, rows, part)
        times = columns["time"].values
        self.low, self.high = min(self.low, int(times.min())), max(self.high, int(times.max()))
        self.rows += rows

    def dense(self, name: str) -> Array | None:
        """A column's value for every row, None when no row has one. Do not write into it."""
        if self._open is not None:
            held = self._open.get(name)
            return None if held is None else held.dense(self.rows)
        column = self._sealed.get(name)
        return None if column is None else column.dense()

    def full(self, name: str) -> Array:
        """As `dense`, with the value for absent where there is none."""
        values = self.dense(name)
        return _blank(name, self.rows) if values is None else values

    def part(self, name: str, rows: slice) -> Array:
        """A column's values for a stretch of rows. Do not write into it."""
        if self._open is not None:
            return self.full(name)[rows]
        column = self._sealed.get(name)
        return _blank(name, rows.stop - rows.start) if column is None else column.part(rows.start, rows.stop)

    def put(self, name: str, values: Array) -> None:
        """Replace a column: a value for every row."""
        if self._open is not None:
            self._open.setdefault(name, _Growing(name)).put(self.rows, values)
        else:
            self._keep(name, _encoded(name, values))

    def drop(self, name: str) -> None:
        """Forget a column."""
        (self._sealed if self._open is None else self._open).pop(name, None)

    def seal(self) -> None:
        """Take no more rows, and shrink."""
        if self._open is not None:
            held, self._open = self._open, None
            for name, column in held.items():
                self._keep(name, column.sealed(self.rows))

    def _keep(self, name: str, column: Column | None) -> None:
        if column is None:
            self._sealed.pop(name, None)
        else:
            self._sealed[name] = column


def _encoded(name: str, values: Array) -> Column | None:
    if name == "offset":
        return encode_steps(values)
    return encode(values, DEFAULTS.get(name, 0), apart=name == "session")


def _blank(name: str, rows: int, dtype: np.dtype[np.generic] | None = None) -> Array:
    default = DEFAULTS.get(name, 0)
    dtype = dtype or DTYPES[name]
    return np.full(rows, default, dtype) if default else np.zeros(rows, dtype)


def _any(name: str, values: Array) -> bool:
    default = DEFAULTS.get(name, 0)
    return bool((values == values).any() if default != default else (values != default).any())
