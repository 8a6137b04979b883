"""Showing: the measures that are no numbers, for the groups that are shown: trends, most frequent and newest values.

In: a `Question`, and which of its groups are shown. Out: a cell for each of them, and one for all rows together.
"""

from typing import Final

import numpy as np

from mailtop.query import Value
from mailtop.store import counting
from mailtop.store.asking import Question
from mailtop.store.hashing import Array

_AMONG_JUDGED: Final = ("reason", "why", "zone")


class Showing:
    """Cells of one question's shown groups."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._ranked: tuple[bytes, Array] = b"", np.zeros(0, np.uint8)

    def shown(self, name: str, groups: Array) -> tuple[list[Value], Value]:
        """A measure that is no number, for these groups, and for all rows."""
        base, _, form = name.partition(".")
        answer = {"trend": self._trend, "top": self._top, "last": self._last}["trend" if form == "trend" else base]
        what = base if form == "trend" else form
        of, rank = self._question.groups.of, None
        if of is not None:
            rank = np.zeros(self._question.groups.size, np.uint16 if len(groups) < 0xFFFF else np.uint32)
            rank[groups] = np.arange(1, len(groups) + 1)
        cells = answer(what, rank, len(groups) + 1) if len(groups) else []
        if of is None:
            return cells, cells[0] if cells else answer(what, None, 2)[0]
        if self._question.rows.keep(("grouped", self._question.query.by), lambda: bool(of.all())):
            return cells, answer(what, None, 2)[0]
        everything = np.ones(self._question.groups.size, np.uint8)
        everything[0] = 0
        return cells, answer(what, everything, 2)[0]

    def _ranks(self, rank: Array) -> Array:
        """The rank of each row's group, 0 where it is not shown."""
        key = rank.tobytes()
        if self._ranked[0] != key:
            self._ranked = key, rank[self._question.groups.of]
        return self._ranked[1]

    def _trend(self, name: str, rank: Array | None, size: int) -> list[Value]:
        """`rank` is the place of each group among the `size` - 1 shown ones, from 1; None when there is one group."""
        buckets = self._question.query.buckets
        rows = self._question.measures.rows(self._question.rows, name)
        ranks = None
        if rank is not None:
            ranks = self._ranks(rank) if rows is None else rank[self._question.groups_at(name, rows)]
            shown = ranks.nonzero()[0]
            ranks = ranks[shown].astype(np.int64)
            rows = shown if rows is None else rows[shown]
        cells = self._buckets(rows, buckets)
        if ranks is not None:
            cells = (ranks - 1) * buckets + cells
        counts, _ = self._question.counted(name, rows, cells, (size - 1) * buckets + 1)
        bars = counts[1:].reshape(size - 1, buckets).tolist()
        return [tuple(row) for row in bars]

    def _buckets(self, rows: Array | None, buckets: int) -> Array:
        """The bucket of each of these rows, from 1: `buckets` equal parts of the span, each without its beginning."""
        width = max(self._question.until - self._question.since, 1)
        begins = self._question.since + 1 + np.array([-(-place * width // buckets) for place in range(buckets)])
        time = self._question.rows.column("time")
        if not self._question.sorted():
            return np.searchsorted(begins, time if rows is None else time[rows], "right").astype(np.uint32)
        edges = np.searchsorted(time, begins)
        if rows is not None:
            edges = np.searchsorted(rows, edges)
        counts = np.diff(edges, append=len(time) if rows is None else len(rows))
        return np.repeat(np.arange(1, buckets + 1, dtype=np.uint32), counts)

    def _top(self, name: str, rank: Array | None, size: int) -> list[Value]:
        of = None if rank is None else self._ranks(rank)
        field = self._question.fields.of(self._question.rows, name)
        rows = self._question.measures.rows(self._question.rows, "judged") if name in _AMONG_JUDGED else None
        codes = field.codes if rows is None else field.codes[rows]
        groups = None if of is None else of if rows is None else of[rows]
        some = np.flatnonzero(codes if groups is None else (codes > 0) & (groups > 0))
        groups = np.ones(len(some), np.int64) if groups is None else groups[some]
        weights = self._question.repeats(some if rows is None else rows[some])
        best = counting.frequent(groups, codes[some], weights, size, field.size)[1:]
        picks = [codes if len(codes) <= 1 else field.smallest(codes, 1) for codes in best]
        return [field.value(int(codes[0])) if len(codes) else None for codes in picks]

    def _last(self, name: str, rank: Array | None, size: int) -> list[Value]:
        of = None if rank is None else self._ranks(rank)
        field = self._question.fields.of(self._question.rows, name)
        order = self._question.order()
        codes = field.codes if order is None else field.codes[order]
        groups = None if of is None else of if order is None else of[order]
        some = np.flatnonzero(codes if groups is None else (codes > 0) & (groups > 0))
        newest = np.zeros(size, np.int64)
        newest[1 if groups is None else groups[some]] = codes[some] if groups is not None else codes[some[-1:]].sum()
        return [field.value(code) if code else None for code in newest[1:].tolist()]
