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
        self._rank: tuple[Array | None, Array] = None, np.zeros(0, np.uint8)
        """groups, and the place of each group among them, from 1"""
        self._everything: Array | None = None
        self._ranked: dict[int, Array] = {}

    def shown(self, name: str, groups: Array, total: bool) -> tuple[list[Value], Value]:
        """A measure that is no number, for these groups, and for all rows if that is wanted."""
        base, _, form = name.partition(".")
        answer = {"trend": self._trend, "top": self._top, "last": self._last}["trend" if form == "trend" else base]
        what = base if form == "trend" else form
        of = self._question.groups.of
        if of is None:
            cells = answer(what, None, len(groups) + 1) if len(groups) else []
            return cells, cells[0] if cells else answer(what, None, 2)[0]
        implied = self._implied(base, form, groups)
        if implied is None:
            implied = answer(what, self._places(groups), len(groups) + 1) if len(groups) else []
        cells = implied
        if not total:
            return cells, None
        if self._question.rows.keep(("grouped", self._question.query.by), lambda: bool(of.all())):
            return cells, answer(what, None, 2)[0]
        if self._everything is None:
            self._everything = np.ones(self._question.groups.size, np.uint8)
            self._everything[0] = 0
        return cells, answer(what, self._everything, 2)[0]

    def _implied(self, base: str, form: str, groups: Array) -> list[Value] | None:
        """The most frequent or newest value of a field that has the same one in all rows of a group."""
        by = self._question.query.by
        if base not in ("top", "last") or len(by) != 1:
            return None
        field = self._question.fields.implied(by[0], form, self._question.groups.codes(groups))
        return None if field is None else [field.value(code) if code else None for code in field.codes.tolist()]

    def _places(self, groups: Array) -> Array:
        """The place of each of the question's groups among these, from 1; 0 for the others."""
        if self._rank[0] is not groups:
            rank = np.zeros(self._question.groups.size, np.uint16 if len(groups) < 0xFFFF else np.uint32)
            rank[groups] = np.arange(1, len(groups) + 1)
            self._rank = groups, rank
            self._ranked.clear()
        return self._rank[1]

    def _ranks(self, rank: Array) -> Array:
        """The rank of each row's group, 0 where it is not shown."""
        ranks = self._ranked.get(id(rank))
        if ranks is None:
            ranks = self._ranked[id(rank)] = rank[self._question.groups.of]
        return ranks

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
            ranks -= 1
            ranks *= buckets
            cells = ranks + cells
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
        counts = np.empty_like(edges)
        counts[:-1] = edges[1:] - edges[:-1]
        counts[-1] = (len(time) if rows is None else len(rows)) - edges[-1]
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
