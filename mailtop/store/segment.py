"""Segment: up to 65,536 events of one file, as columns; rows in the order of their lines.

While it is open, columns are plain growing arrays; `seal` brings each into its smallest shape (store/columns.py). A
column that no row has does not exist. The columns, with the value that means absent:

    time (int64, microseconds UTC), kind, mark (see store/joins.py), session (uint32, 0), offset (int64),
    utc_offset (int16), extra (repeat - 1), a code (uint32, 0) for each field in CODED, a number for each in COUNTED
    (ABSENT) and TIMED (NaN); delays as four columns
    key, message (uint64 hashes, 0): what joins lines, kept only until the store is settled
"""

from typing import Final

import numpy as np

from mailtop.store.columns import ABSENT, SEGMENT, Column, encode, encode_steps
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
        self._open: dict[str, Array] | None = {}
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

    def extend(self, rows: int, columns: dict[str, Array]) -> None:
        """Take in `rows` rows, no more than there is room for."""
        assert self._open is not None
        start, stop = self.rows, self.rows + rows
        for name, values in columns.items():
            held = self._open.get(name)
            if held is None:
                if not _any(name, values):
                    continue
                held = self._open[name] = _blank(name, min(SEGMENT, max(_FIRST_ROOM, stop)))
            if len(held) < stop:
                larger = _blank(name, min(SEGMENT, max(stop, 2 * len(held))))
                larger[:start] = held[:start]
                held = self._open[name] = larger
            held[start:stop] = values
        for name, held in self._open.items():
            if name not in columns and len(held) < stop:
                larger = _blank(name, min(SEGMENT, max(stop, 2 * len(held))))
                larger[:start] = held[:start]
                self._open[name] = larger
        times = columns["time"]
        self.low, self.high = min(self.low, int(times.min())), max(self.high, int(times.max()))
        self.rows = stop

    def dense(self, name: str) -> Array | None:
        """A column's value for every row, None when no row has one. Do not write into it."""
        if self._open is not None:
            held = self._open.get(name)
            return None if held is None else held[: self.rows]
        column = self._sealed.get(name)
        return None if column is None else column.dense()

    def full(self, name: str) -> Array:
        """As `dense`, with the value for absent where there is none."""
        values = self.dense(name)
        return _blank(name, self.rows) if values is None else values

    def put(self, name: str, values: Array) -> None:
        """Replace a column: a value for every row."""
        if self._open is not None:
            if name not in self._open:
                self._open[name] = _blank(name, min(SEGMENT, max(_FIRST_ROOM, self.rows)))
            held = self._open[name]
            if len(held) < self.rows:
                held = self._open[name] = _blank(name, self.rows)
            held[: self.rows] = values
        else:
            self._seal_column(name, values)

    def drop(self, name: str) -> None:
        """Forget a column."""
        (self._sealed if self._open is None else self._open).pop(name, None)

    def seal(self) -> None:
        """Take no more rows, and shrink."""
        if self._open is not None:
            held, self._open = self._open, None
            for name, values in held.items():
                self._seal_column(name, values[: self.rows])

    def _seal_column(self, name: str, values: Array) -> None:
        if name == "offset":
            self._sealed[name] = encode_steps(values)
            return
        column = encode(values, DEFAULTS.get(name, 0), apart=name == "session")
        if column is None:
            self._sealed.pop(name, None)
        else:
            self._sealed[name] = column


def _blank(name: str, rows: int) -> Array:
    default = DEFAULTS.get(name, 0)
    return np.full(rows, default, DTYPES[name]) if default else np.zeros(rows, DTYPES[name])


def _any(name: str, values: Array) -> bool:
    default = DEFAULTS.get(name, 0)
    return bool((values == values).any() if default != default else (values != default).any())
