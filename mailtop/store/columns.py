"""A sealed segment's columns: each in the smallest shape that gives back exactly what went in.

    one value for all rows            Column(n, values of length 1, no positions)
    a few rows have one               values and their positions (u2), else the column's default
    most rows have one                values alone

Values are kept as the difference from the smallest one, in units of 10**k where all of them allow it (a log whose
stamps have whole seconds needs no microseconds), in the fewest bytes; decimals that are thousandths as whole numbers
(delays are). A few values far below the rest (the session of a message that is delivered a day later) stand apart.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from mailtop.store.hashing import Array

SEGMENT: Final = 1 << 16
"""rows of a segment: positions fit into two bytes"""
ABSENT: Final = -(2**63)
"""a whole number that is not there; NaN where seconds are not, 0 where a code is not"""

_UNITS: Final = (1_000_000, 1_000)
_SAMPLE: Final = 100
"""values that are tried first: division is slow"""
_SPARSE_BELOW: Final = 0.5
_APART_BELOW: Final = 0.1


@dataclass(frozen=True, slots=True)
class Packed:
    """Numbers as base + unit * small; thousandths where `decimal`."""

    small: Array
    base: int
    unit: int
    decimal: bool
    dtype: np.dtype[np.generic]

    def values(self) -> Array:
        """The numbers."""
        if self.decimal:
            return (self.small.astype(np.int64) + self.base) / 1000.0
        if self.unit == 1 and self.base == 0 and self.dtype.kind == "u":
            return self.small  # codes and the like: their width does not matter
        wide = self.small.astype(self.dtype)
        if self.unit != 1:
            wide *= self.unit
        if self.base:
            wide += np.asarray(self.base, self.dtype)
        return wide


@dataclass(frozen=True, slots=True)
class Column:
    """A sealed column of `rows` rows."""

    rows: int
    packed: Packed
    positions: Array | None
    """rows that the values belong to; None when to all (or one value to every row)"""
    default: int | float
    apart: tuple[Array, Array] | None = None
    """rows and values that did not fit among the others"""
    first: int | None = None
    """the first row's value, when values are the steps from each row to the next"""

    @property
    def nbytes(self) -> int:
        """Memory held."""
        parts = [self.packed.small, *(() if self.positions is None else (self.positions,)), *(self.apart or ())]
        return sum(part.nbytes for part in parts)

    def dense(self) -> Array:
        """The value of every row. Do not write into it."""
        return self.part(0, self.rows)

    def part(self, start: int, stop: int) -> Array:
        """The values of the rows from `start` up to `stop`. Do not write into it."""
        count, small = stop - start, self.packed.small
        if self.first is not None:
            values = self.packed.values()
            steps = np.broadcast_to(values, (self.rows - 1,)) if len(values) == 1 else values
            return np.cumsum(np.concatenate([np.array([self.first]), steps]), dtype=np.int64)[start:stop]
        if self.positions is not None:
            values, positions = self.packed.values(), self.positions
            if count < self.rows:
                within = ((positions >= start) & (positions < stop)).nonzero()[0]
                values, positions = values[within], positions[within] - np.uint16(start)
            full = np.full(count, self.default, values.dtype) if self.default else np.zeros(count, values.dtype)
            full[positions] = values
            return full
        if len(small) == 1 and self.rows != 1:
            value = self.packed.values()
            return np.full(count, value[0], value.dtype)
        packed = self.packed if count == self.rows else replace(self.packed, small=small[start:stop])
        values = packed.values()
        if self.apart is not None:
            rows, far = self.apart
            within = ((rows >= start) & (rows < stop)).nonzero()[0]
            if len(within):
                values = values.copy()
                values[rows[within].astype(np.int64) - start] = far[within]
        return values


def encode(values: Array, default: int | float = 0, apart: bool = False) -> Column | None:
    """Seal a column; None when every value is `default`. With `apart`, outliers below may stand apart."""
    present = np.flatnonzero(values == values if default != default else values != default)
    rows = len(values)
    if not len(present):
        return None
    if len(present) == rows:
        if (values == values[0]).all():
            return Column(rows, _pack(values[:1]), None, default)
        return _apart(values, default) if apart else Column(rows, _pack(values), None, default)
    if len(present) < _SPARSE_BELOW * rows or default:
        return Column(rows, _pack(values[present]), present.astype(np.uint16), default)
    return Column(rows, _pack(values), None, default)


def encode_some(rows: int, positions: Array, values: Array, default: int | float = 0) -> Column | None:
    """As `encode`, of a column of `rows` rows where these positions (each once) have these values."""
    given = values == values if default != default else values != default
    if not given.all():
        positions, values = positions[given], values[given]
    if not len(values):
        return None
    if len(values) == rows or (len(values) >= _SPARSE_BELOW * rows and not default):
        full = np.zeros(rows, values.dtype)
        full[positions] = values
        return encode(full, default)
    return Column(rows, _pack(values), positions.astype(np.uint16), default)


def encode_steps(values: Array) -> Column:
    """Seal a column of whole numbers that go up in small steps (offsets of lines): the steps are smaller."""
    steps = np.diff(values)
    if not len(steps) or int(steps.min()) < 0 or int(steps.max()) >= 1 << 16:
        return Column(len(values), _pack(values), None, 0)
    small = _pack(steps[:1] if (steps == steps[0]).all() else steps)
    return Column(len(values), small, None, 0, None, int(values[0]))


def _apart(values: Array, default: int | float) -> Column:
    floor = int(values.max()) - 0xFFFF
    below = np.flatnonzero(values < floor)
    if not len(below) or len(below) > _APART_BELOW * len(values):
        return Column(len(values), _pack(values), None, default)
    near = values.copy()
    near[below] = floor
    return Column(len(values), _pack(near), None, default, (below.astype(np.uint16), values[below]))


def _pack(values: Array) -> Packed:
    if values.dtype.kind == "f":
        with np.errstate(over="ignore"):
            thousandths = np.rint(values * 1000)
        if not (np.abs(thousandths) < 2**53).all() or not (thousandths / 1000.0 == values).all():
            return Packed(values.copy(), 0, 1, False, values.dtype)
        return _shrunk(thousandths.astype(np.int64), True, values.dtype)
    return _shrunk(values, False, values.dtype)


def _shrunk(values: Array, decimal: bool, dtype: np.dtype[np.generic]) -> Packed:
    low, high = int(values.min()), int(values.max())
    same_width = _width(high) == _width(high - low) if low >= 0 else False
    base = 0 if same_width and values.dtype.kind == "u" else low  # codes: spare the addition
    unit = 1
    if high - base >= 1 << 63:
        return Packed(values.copy(), 0, 1, decimal, dtype)
    if high - base >= 1 << 16 and values.dtype == np.int64 and not decimal:
        wide = values - base if base else values
        unit = next((unit for unit in _UNITS if not (wide[:_SAMPLE] % unit).any() and not (wide % unit).any()), 1)
    small = values - values.dtype.type(base) if base else values
    if unit != 1:
        small = small // unit
    return Packed(small.astype(f"u{_width((high - base) // unit)}"), base, unit, decimal, dtype)


def _width(largest: int) -> int:
    return 1 if largest < 1 << 8 else 2 if largest < 1 << 16 else 4 if largest < 1 << 32 else 8
