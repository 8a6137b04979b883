"""Asking: one query over the groups of one selection: a number for every group, and more for those that are shown.

Measures that count or time are computed for all groups, since the order and the totals need them; trends, most frequent
and newest values only for the groups that are shown, and once more for all rows together.
"""

from typing import Final

import numpy as np

from mailtop.query import MEASURES, Query, Value
from mailtop.store import counting
from mailtop.store.fields import NAMES, Fields
from mailtop.store.grouping import Groups
from mailtop.store.hashing import Array
from mailtop.store.measures import WHOLE, Measures
from mailtop.store.selection import Selection
from mailtop.store.tables import Tables

_AMONG_JUDGED: Final = ("reason", "why", "zone")
_TIMES: Final = ("first", "last")
_DELAYS: Final = {"delay_p50": 0.5, "delay_p95": 0.95, "delay_max": 1.0}


class Question:
    """A query under way. `since` and `until`, in microseconds, bound its trends and rates."""

    def __init__(
        self, query: Query, rows: Selection, since: int, until: int, tables: Tables, fields: Fields, measures: Measures
    ) -> None:
        self._query = query
        self._rows = rows
        self._since, self._until = since, until
        self._tables, self._fields, self._measures = tables, fields, measures
        self.groups: Groups = rows.keep(
            ("groups", query.by), lambda: Groups(rows, [fields.of(rows, name) for name in query.by])
        )
        self._at: dict[str, Array] = {}
        self._ranked: tuple[bytes, Array] = b"", np.zeros(0, np.uint8)

    def numbers(self, name: str) -> tuple[Array, Value]:
        """A measure that is one number for each group (int64 or float64 with NaN for unknown), and for all rows."""
        base, _, form = name.partition(".")
        if base == "distinct" and form:
            field = self._fields.of(self._rows, form)
            return counting.distinct(self.groups.of, field.codes, self.groups.size, field.size)
        if form == "rate":
            counts, total = self.numbers(base)
            seconds = self._query.span.seconds or (self._until - self._since) / 1e6
            return (counts / seconds, total / seconds) if seconds > 0 else (counts * np.nan, None)  # type: ignore[operator]
        if base in _TIMES:
            return self._times(base)
        if base in _DELAYS:
            return self._delay(base)
        if base == "bytes":
            return self._bytes()
        return self._count(base, self.groups.of, self.groups.size)

    def shown(self, name: str, groups: Array) -> tuple[list[Value], Value]:
        """A measure that is no number, for these groups, and for all rows."""
        base, _, form = name.partition(".")
        answer = {"trend": self._trend, "top": self._top, "last": self._last}["trend" if form == "trend" else base]
        what = base if form == "trend" else form
        of, rank = self.groups.of, None
        if of is not None:
            rank = np.zeros(self.groups.size, np.uint16 if len(groups) < 0xFFFF else np.uint32)
            rank[groups] = np.arange(1, len(groups) + 1)
        cells = answer(what, rank, len(groups) + 1) if len(groups) else []
        if of is None:
            return cells, cells[0] if cells else answer(what, None, 2)[0]
        if self._rows.keep(("grouped", self._query.by), lambda: bool(of.all())):
            return cells, answer(what, None, 2)[0]
        everything = np.ones(self.groups.size, np.uint8)
        everything[0] = 0
        return cells, answer(what, everything, 2)[0]

    def _count(self, name: str, of: Array | None, size: int) -> tuple[Array, int]:
        rows = self._measures.rows(self._rows, name)
        return self._counted(name, rows, of if of is None or rows is None else self._groups_at(name, rows), size)

    def _groups_at(self, name: str, rows: Array) -> Array:
        """The groups of the rows that a measure counts."""
        if name not in self._at:
            assert self.groups.of is not None
            self._at[name] = self.groups.of[rows]
        return self._at[name]

    def _ranks(self, rank: Array) -> Array:
        """The rank of each row's group, 0 where it is not shown."""
        key = rank.tobytes()
        if self._ranked[0] != key:
            self._ranked = key, rank[self.groups.of]
        return self._ranked[1]

    def _counted(self, name: str, rows: Array | None, groups: Array | None, size: int) -> tuple[Array, int]:
        """A measure's rows (positions, None for all) counted in its unit, by groups."""
        unit = name if name in WHOLE else self._query.unit
        if unit == "events":
            weights = self._repeats(rows)
            return counting.summed(groups, weights, self._rows.count if rows is None else len(rows), size)
        keys, highest = self._rows.keep(("unit", unit), lambda: self._keys(unit))
        return counting.distinct(groups, keys if rows is None else keys[rows], size, highest)

    def _repeats(self, rows: Array | None) -> Array | None:
        if not self._rows.has("extra"):
            return None
        extra = self._rows.column("extra")
        return (extra if rows is None else extra[rows]).astype(np.int64) + 1

    def _keys(self, unit: str) -> tuple[Array, int]:
        """What is told apart when sessions or clients are counted, from 1; and the highest."""
        if unit == "clients":
            return self._tables.client.distinct(self._rows.column("client")), len(self._tables.client)
        sessions = self._rows.column("session")
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
        time, of = self._rows.column("time"), self.groups.of
        if not len(time):
            return np.full(self.groups.size, np.nan), None
        order = self._order()
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

    def _order(self) -> Array | None:
        """The order of rows by time, None when that is theirs."""

        if self._sorted():
            return None
        order: Array = self._rows.keep("order", lambda: np.argsort(self._rows.column("time"), kind="stable"))
        return order

    def _sorted(self) -> bool:
        """Are the rows in order of time?"""
        time = self._rows.column("time")
        return self._rows.keep("sorted", lambda: bool((time[1:] >= time[:-1]).all()))

    def _delay(self, name: str) -> tuple[Array, Value]:
        rows = self._measures.rows(self._rows, "timed")
        values = self._rows.column("delay")[rows]
        of = np.ones(len(values), np.int64) if self.groups.of is None else self.groups.of[rows]
        answer = counting.percentiles(of, values, self.groups.size, (_DELAYS[name],))[0]
        total = counting.percentiles((of > 0).astype(np.int64), values, 2, (_DELAYS[name],))[0][1]
        return answer, None if np.isnan(total) else float(total)

    def _bytes(self) -> tuple[Array, Value]:
        """Each queue ID's first size counts, once for each group; rows without a queue ID count by themselves."""
        rows = self._measures.rows(self._rows, "sized")
        assert rows is not None
        of = np.ones(len(rows), np.int64) if self.groups.of is None else self.groups.of[rows].astype(np.int64)
        rows, of = rows[of > 0], of[of > 0]
        queue = self._rows.column("queue_id")[rows].astype(np.int64)
        queue = np.where(queue > 0, queue, -1 - np.arange(len(rows)))
        sizes = self._rows.column("size")[rows]
        _, first = np.unique(np.stack([of, queue]), axis=1, return_index=True)
        sums = np.rint(np.bincount(of[first], sizes[first], minlength=self.groups.size)).astype(np.int64)
        return sums, int(sizes[np.unique(queue, return_index=True)[1]].sum())

    def _trend(self, name: str, rank: Array | None, size: int) -> list[Value]:
        """`rank` is the place of each group among the `size` - 1 shown ones, from 1; None when there is one group."""
        buckets = self._query.buckets
        rows = self._measures.rows(self._rows, name)
        ranks = None
        if rank is not None:
            ranks = self._ranks(rank) if rows is None else rank[self._groups_at(name, rows)]
            shown = ranks.nonzero()[0]
            ranks = ranks[shown].astype(np.int64)
            rows = shown if rows is None else rows[shown]
        cells = self._buckets(rows, buckets)
        if ranks is not None:
            cells = (ranks - 1) * buckets + cells
        counts, _ = self._counted(name, rows, cells, (size - 1) * buckets + 1)
        bars = counts[1:].reshape(size - 1, buckets).tolist()
        return [tuple(row) for row in bars]

    def _buckets(self, rows: Array | None, buckets: int) -> Array:
        """The bucket of each of these rows, from 1: `buckets` equal parts of the span, each without its beginning."""
        width = max(self._until - self._since, 1)
        begins = self._since + 1 + np.array([-(-place * width // buckets) for place in range(buckets)])
        time = self._rows.column("time")
        if not self._sorted():
            return np.searchsorted(begins, time if rows is None else time[rows], "right").astype(np.uint32)
        edges = np.searchsorted(time, begins)
        if rows is not None:
            edges = np.searchsorted(rows, edges)
        counts = np.diff(edges, append=len(time) if rows is None else len(rows))
        return np.repeat(np.arange(1, buckets + 1, dtype=np.uint32), counts)

    def _top(self, name: str, rank: Array | None, size: int) -> list[Value]:
        of = None if rank is None else self._ranks(rank)
        field = self._fields.of(self._rows, name)
        rows = self._measures.rows(self._rows, "judged") if name in _AMONG_JUDGED else None
        codes = field.codes if rows is None else field.codes[rows]
        groups = None if of is None else of if rows is None else of[rows]
        some = np.flatnonzero(codes if groups is None else (codes > 0) & (groups > 0))
        groups = np.ones(len(some), np.int64) if groups is None else groups[some]
        weights = self._repeats(some if rows is None else rows[some])
        best = counting.frequent(groups, codes[some], weights, size, field.size)[1:]
        picks = [codes if len(codes) <= 1 else field.smallest(codes, 1) for codes in best]
        return [field.value(int(codes[0])) if len(codes) else None for codes in picks]

    def _last(self, name: str, rank: Array | None, size: int) -> list[Value]:
        of = None if rank is None else self._ranks(rank)
        field = self._fields.of(self._rows, name)
        order = self._order()
        codes = field.codes if order is None else field.codes[order]
        groups = None if of is None else of if order is None else of[order]
        some = np.flatnonzero(codes if groups is None else (codes > 0) & (groups > 0))
        newest = np.zeros(size, np.int64)
        newest[1 if groups is None else groups[some]] = codes[some] if groups is not None else codes[some[-1:]].sum()
        return [field.value(code) if code else None for code in newest[1:].tolist()]


def check(query: Query, counting_names: frozenset[str]) -> None:
    """ValueError when the query names anything that does not exist."""
    for name in query.by:
        _known_field(name)
    for name in query.measures:
        base, dot, form = name.partition(".")
        if base in ("top", "last", "distinct") and dot:
            _known_field(form)
        elif form in ("trend", "rate") and dot:
            if base not in counting_names and not (base == "bytes" and form == "rate"):
                raise ValueError(f"no such counting measure: {base}")
            if form == "trend" and query.buckets < 1:
                raise ValueError(f"{name}: a trend needs buckets")
        elif name not in MEASURES:
            raise ValueError(f"no such measure: {name}")
    if query.order and query.order not in (*query.by, *query.measures):
        raise ValueError(f"order: no such column: {query.order}")
    if query.having and (query.having not in MEASURES or query.having in (*_TIMES, *_DELAYS)):
        raise ValueError(f"having: no such counting measure: {query.having}")
    if query.unit not in WHOLE:
        raise ValueError(f"no such unit: {query.unit}")
    if query.limit < 0:
        raise ValueError("limit: less than nothing")


def _known_field(name: str) -> None:
    if name not in NAMES:
        raise ValueError(f"no such field: {name}")
