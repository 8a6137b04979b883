"""parts: a batch let go of piece by piece, as the time goes on that its own rows tell.

In: a batch. Out: batches that follow on each other, which a store takes as it would have taken the whole: the same
rows, offsets without a gap, the same counts in sum (each part has its share by rows).

A row is **due** at the newest time among the rows before it and its own: lines are let go in their order, whatever
their stamps say. One stamp that is ahead of the `LOOK` rows behind it, as of a daemon with another clock, counts for
what those say, so that it does not hold them up.
"""

from __future__ import annotations  # array[int] is no type at run time before Python 3.12

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from operator import itemgetter
from typing import Final

from mailtop.batch import Batch, Numbers, Strings

LOOK: Final = 8
"""rows behind one that is ahead of them all, that tell when it is due"""


def dues(times: Sequence[int]) -> list[int]:
    """When each row is due, microseconds; never less than the one before."""
    least = list(times)
    for ahead in range(1, min(LOOK, len(times))):
        least[:-ahead] = map(min, least[:-ahead], times[ahead:])
    return list(accumulate(least, max))


class Parts:
    """See the module. `left` rows have not been taken."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._at = 0
        self._due = dues(batch.time)
        self._columns = {name: _by_row(column) for name, column in batch.columns.items()}
        self._repeat = None if batch.repeat is None else _numbers_by_row(batch.repeat)
        self.taken = False
        """all of it, of one without rows as well"""

    def __len__(self) -> int:
        return len(self._due)

    @property
    def first(self) -> int | None:
        """When the first row was due, microseconds; None where there are no rows."""
        return self._due[0] if self._due else None

    @property
    def last(self) -> int | None:
        """When the last row is due."""
        return self._due[-1] if self._due else None

    def followed_by(self, first: int) -> None:
        """The next batch's rows are due from `first` on: the last rows of this one do not hold them up."""
        for row in range(len(self._due) - 1, max(self._at, len(self._due) - LOOK) - 1, -1):
            if self._due[row] <= first:
                return
            self._due[row] = first

    def take(self, until: int) -> Batch | None:
        """The rows that are due at `until` (microseconds) and have not been taken; None when there are none."""
        start, stop = self._at, bisect_right(self._due, until)
        rows = len(self._due)
        if self.taken or (rows and stop <= start):
            return None
        self._at, self.taken = stop, stop == rows
        return self._batch if stop - start == rows else self._cut(start, stop)

    def _cut(self, start: int, stop: int) -> Batch:
        whole, rows = self._batch, len(self._due)
        last = stop == rows
        columns = {name: _cut(column, start, stop) for name, column in self._columns.items()}
        return Batch(
            source=whole.source,
            file=whole.file,
            time=whole.time[start:stop],
            utc_offset=whole.utc_offset[start:stop],
            kind=whole.kind[start:stop],
            offset=whole.offset[start:stop],
            line=None if whole.line is None else whole.line[start:stop],
            repeat=None if self._repeat is None else _cut_numbers(self._repeat, start, stop),
            columns={name: column for name, column in columns.items() if column is not None},
            counts={name: count * stop // rows - count * start // rows for name, count in whole.counts.items()},
            unknown=whole.unknown if last else None,
            first_offset=whole.offset[start] if start else whole.first_offset,
            end_offset=whole.end_offset if last else whole.offset[stop],
            read_at=whole.read_at,
        )


def _by_row(column: Strings | Numbers) -> Strings | Numbers:
    """The column, its cells in the order of their rows."""
    if isinstance(column, Numbers):
        return _numbers_by_row(column)
    if column.rows is None or (order := _order(column.rows)) is None:
        return column
    codes = array("I", map(column.codes.__getitem__, order))
    return Strings(column.values, codes, array("I", map(column.rows.__getitem__, order)))


def _numbers_by_row(column: Numbers) -> Numbers:
    if column.rows is None or (order := _order(column.rows)) is None:
        return column
    values = array(column.values.typecode)
    for at in order:
        values.extend(column.values[at * column.width : (at + 1) * column.width])  # type: ignore[arg-type]
    return Numbers(values, array("I", map(column.rows.__getitem__, order)), column.width)


def _order(rows: array[int]) -> list[int] | None:
    """The places of ascending rows; None when they stand so."""
    if all(map(int.__lt__, rows, rows[1:])):
        return None
    return [at for at, _ in sorted(enumerate(rows), key=itemgetter(1))]


def _cut(column: Strings | Numbers, start: int, stop: int) -> Strings | Numbers | None:
    """The cells of rows `start` up to `stop`; None where there are none."""
    if isinstance(column, Numbers):
        return _cut_numbers(column, start, stop)
    first, last, rows = _places(column.rows, start, stop)
    if first == last:
        return None
    codes = column.codes[first:last]
    used = sorted(set(codes))
    number = {code: at for at, code in enumerate(used)}
    return Strings([column.values[code] for code in used], array("I", map(number.__getitem__, codes)), rows)


def _cut_numbers(column: Numbers, start: int, stop: int) -> Numbers | None:
    first, last, rows = _places(column.rows, start, stop)
    if first == last:
        return None
    return Numbers(column.values[first * column.width : last * column.width], rows, column.width)


def _places(rows: array[int] | None, start: int, stop: int) -> tuple[int, int, array[int] | None]:
    """Where the cells of these rows stand, and their rows counted from `start`; None when every row has one."""
    if rows is None:
        return start, stop, None
    first, last = bisect_left(rows, start), bisect_left(rows, stop)
    return first, last, array("I", [row - start for row in rows[first:last]])
