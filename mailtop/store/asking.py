"""Asking: one query over the groups of one selection: a number for every group, and more for those that are shown.

Measures that count or time are computed for all groups, since the order and the totals need them; trends, most frequent
and newest values only for the groups that are shown, and once more for all rows together.
"""

from typing import Final

import numpy as np

from mailtop.query import Query, Value
from mailtop.store import counting
from mailtop.store.fields import Fields
from mailtop.store.grouping import Groups
from mailtop.store.hashing import Array
from mailtop.store.measures import WHOLE, Measures
from mailtop.store.selection import Selection
from mailtop.store.tables import Tables

_TIMES: Final = ("first", "last")
_DELAYS: Final = {"delay_p50": 0.5, "delay_p95": 0.95, "delay_max": 1.0}


class Question:
    """A query under way. `since` and `until`, in microseconds, bound its trends and rates."""

    def __init__(
        self, query: Query, rows: Selection, since: int, until: int, tables: Tables, fields: Fields, measures: Measures
    ) -> None:
        self.query = query
        self.rows = rows
        self.since, self.until = since, until
        self._tables, self.fields, self.measures = tables, fields, measures
        self.groups: Groups = rows.keep(
            ("groups", query.by), lambda: Groups(rows, [fields.of(rows, name) for name in query.by])
        )
        self._at: dict[str, Array] = {}
        self._numbers: dict[str, tuple[Array, Value]] = {}

    def numbers(self, name: str) -> tuple[Array, Value]:
        """A measure that is one number for each group (int64 or float64 with NaN for unknown), and for all rows."""
        known = self._numbers.get(name)
        if known is None:
            known = self._numbers[name] = self._number(name)
        return known

    def _number(self, name: str) -> tuple[Array, Value]:
        base, _, form = name.partition(".")
        if base == "distinct" and form:
            field = self.fields.of(self.rows, form)
            return counting.distinct(self.groups.of, field.codes, self.groups.size, field.size)
        if form == "rate":
            counts, total = self.numbers(base)
            seconds = self.query.span.seconds or (self.until - self.since) / 1e6
            return (counts / seconds, total / seconds) if seconds > 0 else (counts * np.nan, None)  # type: ignore[operator]
        if base in _TIMES:
            return self._times(base)
        if base in _DELAYS:
            return self._delay(base)
        if base == "bytes":
            return self._bytes()
        return self._count(base, self.groups.of, self.groups.size)

    def _count(self, name: str, of: Array | None, size: int) -> tuple[Array, int]:
        rows = self.measures.rows(self.rows, name)
        if of is None:  # several panes ask for the sums
            key = ("sum", name, self.query.unit)
            return self.rows.keep(key, lambda: self.counted(name, rows, None, size))
        return self.counted(name, rows, of if rows is None else self.groups_at(name, rows), size)

    def groups_at(self, name: str, rows: Array) -> Array:
        """The groups of the rows that a measure counts."""
        if name not in self._at:
            assert self.groups.of is not None
            self._at[name] = self.groups.of[rows]
        return self._at[name]

    def counted(self, name: str, rows: Array | None, groups: Array | None, size: int) -> tuple[Array, int]:
        """A measure's rows (positions, None for all) counted in its unit, by groups."""
        unit = name if name in WHOLE else self.query.unit
        if unit == "events":
            weights = self.repeats(rows)
            return counting.summed(groups, weights, self.rows.count if rows is None else len(rows), size)
        keys, highest = self.rows.keep(("unit", unit), lambda: self._keys(unit))
        return counting.distinct(groups, keys if rows is None else keys[rows], size, highest)

    def repeats(self, rows: Array | None) -> Array | None:
        if not self.rows.has("extra"):
            return None
        extra = self.rows.column("extra")
        return (extra if rows is None else extra[rows]).astype(np.int64) + 1

    def _keys(self, unit: str) -> tuple[Array, int]:
        """What is told apart when sessions or clients are counted, from 1; and the highest."""
        if unit == "clients":
            return self._tables.client.distinct(self.rows.column("client")), len(self._tables.client)
        sessions = self.rows.column("session")
        if not len(sessions):
            return sessions, 1
        lowest, highest = int(sessions.min()), int(sessions.max())
        if lowest:
            return sessions - sessions.dtype.type(lowest - 1), highest - lowest + 1
        if highest <= 4 * len(sessions) + 65536:
            return sessions, highest
        distinct, codes = np.unique(sessions, return_inverse=True)  # the first of them is 0: none
        return codes.reshape(-1), len(distinct)

    def _times(self, name: str) -> tuple[Array, Value]:
        time, of = self.rows.column("time"), self.groups.of
        if not len(time):
            return np.full(self.groups.size, np.nan), None
        order = self.order()
        if order is not None:
            time, of = time[order], None if of is None else of[order]
        if name == "first":
            time, of = time[::-1], None if of is None else of[::-1]
        answer = np.full(self.groups.size, np.nan)
        if of is None:
            answer[1] = time[-1] / 1e6
            return answer, float(answer[1])
        newest = np.zeros(self.groups.size, np.int64)
        newest[of] = time  # the last one written stays
        some = self.groups.present()
        answer[some] = newest[some] / 1e6
        pick = np.nanmax if name == "last" else np.nanmin
        return answer, float(pick(answer)) if len(some) else None

    def order(self) -> Array | None:
        """The order of rows by time, None when that is theirs."""

        if self.sorted():
            return None
        order: Array = self.rows.keep("order", lambda: np.argsort(self.rows.column("time"), kind="stable"))
        return order

    def sorted(self) -> bool:
        """Are the rows in order of time?"""
        time = self.rows.column("time")
        return self.rows.keep("sorted", lambda: bool((time[1:] >= time[:-1]).all()))

    def _delay(self, name: str) -> tuple[Array, Value]:
        rows = self.measures.rows(self.rows, "timed")
        values = self.rows.column("delay")[rows]
        of = np.ones(len(values), np.int64) if self.groups.of is None else self.groups.of[rows]
        answer = counting.percentiles(of, values, self.groups.size, (_DELAYS[name],))[0]
        total = counting.percentiles((of > 0).astype(np.int64), values, 2, (_DELAYS[name],))[0][1]
        return answer, None if np.isnan(total) else float(total)

    def _bytes(self) -> tuple[Array, Value]:
        """Each queue ID's first size counts, once for each group; rows without a queue ID count by themselves."""
        rows = self.measures.rows(self.rows, "sized")
        assert rows is not None
        of = np.ones(len(rows), np.int64) if self.groups.of is None else self.groups.of[rows].astype(np.int64)
        rows, of = rows[of > 0], of[of > 0]
        queue = self.rows.column("queue_id")[rows].astype(np.int64)
        queue = np.where(queue > 0, queue, -1 - np.arange(len(rows)))
        sizes = self.rows.column("size")[rows]
        _, first = np.unique(np.stack([of, queue]), axis=1, return_index=True)
        sums = np.rint(np.bincount(of[first], sizes[first], minlength=self.groups.size)).astype(np.int64)
        return sums, int(sizes[np.unique(queue, return_index=True)[1]].sum())
