"""Ask: a query or a listing to a frozen table.

In: the query, the segments held. Out: `Table`. Rows are those with since < time <= until, within the window. Ties in
the order, and groups that share the last place within the limit, go by the values of the `by` fields, ascending. With
no `order`, it is the first measure (else the fields themselves). Groups for which its measure is unknown come last.
Totals are over all groups, also those that `having` left out.

Selections are kept while nothing changes, so that panes which ask about the same rows find them once.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from math import isnan
from typing import Final

import numpy as np

from mailtop.query import Listing, Query, Slice, Span, Table, Value
from mailtop.store import heap
from mailtop.store.asking import Question
from mailtop.store.checking import check
from mailtop.store.fields import Fields
from mailtop.store.filters import Filters
from mailtop.store.grouping import Groups
from mailtop.store.hashing import Array
from mailtop.store.measures import Measures
from mailtop.store.rolling import Rolling
from mailtop.store.segment import Segment
from mailtop.store.selection import Selection, spanning
from mailtop.store.showing import Showing
from mailtop.store.strings import StringTable
from mailtop.store.tables import Tables

KEPT_SELECTIONS: Final = 16
KEPT_ROWS: Final = 300_000
"""`Asker.kept_rows` where nobody says otherwise; what is kept of a larger selection is only what is asked for again and
again"""


class Asker:
    """Answers for a store."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._sources = StringTable()
        self._fields = Fields(tables, self._sources)
        self._filters = Filters(tables, self._fields)
        self._measures = Measures(tables)
        self._kept: dict[tuple[Slice, int, int], Selection] = {}
        self._version = -1
        self.kept_rows = KEPT_ROWS
        """selections of more rows are not kept from one question to the next"""

    def ask(
        self, query: Query | Listing, segments: Callable[[], list[Segment]], version: int, rolling: Rolling
    ) -> Table:
        """The answer. ValueError for unknown names."""
        if version != self._version:
            self._kept.clear()
            self._version = version
        check(query, self._measures.names)
        since, until, asked = _bounds(query.span, segments(), rolling)
        rows = self._select(query.where, since, until, segments())
        lacks = _lacks(asked, rolling)
        if isinstance(query, Listing):
            rows = rows.lines() if query.lines else rows
            return Table(query.fields, self._list(query, rows), (), rows.count, since / 1e6, until / 1e6, lacks)
        begin = since if query.span.seconds is None else asked
        question = Question(query, rows, begin, until, self._tables, self._fields, self._measures)
        cells, totals, groups = _answer(query, question)
        if rows.count > KEPT_ROWS:
            rows.shed()
            heap.trim()
        return Table((*query.by, *query.measures), cells, totals, groups, since / 1e6, until / 1e6, lacks)

    def _select(self, where: Slice, since: int, until: int, segments: list[Segment]) -> Selection:
        known = self._kept.pop((where, since, until), None)
        if known is not None:
            self._kept[where, since, until] = known
            return known
        if where:
            rows = self._select(where[:-1], since, until, segments)
            holds = self._filters.holds(rows, where[-1])
            if not holds.all():
                rows = rows.take(np.flatnonzero(holds))
        else:
            rows = spanning(segments, since, until, self._sources)
        if rows.count <= self.kept_rows:
            if len(self._kept) >= KEPT_SELECTIONS:  # who goes through moments asks for the last again
                del self._kept[next(iter(self._kept))]
            self._kept[where, since, until] = rows
        return rows

    def _list(self, query: Listing, rows: Selection) -> tuple[tuple[Value, ...], ...]:
        positions = _page(rows, query.skip, query.limit)
        ascending = np.sort(positions)
        shown = rows.take(ascending)
        places = np.searchsorted(ascending, positions)
        fields = [self._fields.of(shown, name) for name in query.fields]
        columns = [_cells(field.codes[places], field.value) for field in fields]
        return tuple(zip(*columns, strict=True)) if columns else ((),) * len(positions)


def _page(rows: Selection, skip: int, limit: int) -> Array:
    """The positions of `limit` rows, newest first, after the `skip` newest. Of the others none is put in order."""
    stop = max(0, rows.count - skip)
    start = max(0, stop - limit)
    if start == stop:
        return np.zeros(0, np.int64)
    time = rows.column("time")
    if rows.keep("sorted", lambda: bool((time[1:] >= time[:-1]).all())):
        return np.arange(stop - 1, start - 1, -1)
    low, high = np.partition(time, (start, stop - 1))[[start, stop - 1]]
    among = np.flatnonzero((time >= low) & (time <= high))
    before = int(np.count_nonzero(time < low))
    order = among[np.argsort(time[among], kind="stable")]
    return np.asarray(order[start - before : stop - before][::-1])


def _cells(codes: Array, value: Callable[[int], Value]) -> list[Value]:
    return [value(code) if code else None for code in codes.tolist()]


def _answer(query: Query, question: Question) -> tuple[tuple[tuple[Value, ...], ...], tuple[Value, ...], int]:
    showing = Showing(question)
    numbers: dict[str, tuple[Array, Value]] = {}
    drawn: list[str] = []
    for name in dict.fromkeys((*query.measures, *((query.having,) if query.having else ()))):
        if name.startswith(("top.", "last.")) or name.endswith(".trend"):
            drawn.append(name)
        else:
            numbers[name] = question.numbers(name)
    groups = question.groups.present()
    if query.having:
        groups = groups[numbers[query.having][0][groups] != 0]
    shown = _ordered(query, showing, question.groups, groups, numbers)
    cells = {name: (_plain(values[shown]), total) for name, (values, total) in numbers.items()}
    cells.update((name, showing.shown(name, shown, query.drawn_totals)) for name in drawn)
    keys = [question.groups.key(group) for group in shown.tolist()]
    columns = [cells[name][0] for name in query.measures]
    rows = tuple((*key, *(column[at] for column in columns)) for at, key in enumerate(keys))
    totals = (*(None for _ in query.by), *(cells[name][1] for name in query.measures))
    return rows, totals, len(groups)


def _ordered(
    query: Query, showing: Showing, of: Groups, groups: Array, numbers: dict[str, tuple[Array, Value]]
) -> Array:
    """The groups to show, in order."""
    key = of.place
    order = query.order or next(iter(query.measures), "")
    if not query.by:
        return groups[: query.limit]
    if order in numbers:
        values = numbers[order][0][groups].astype(np.float64)
        values = np.where(np.isnan(values), np.inf, -values if query.descending else values)
        if len(groups) > query.limit > 0:
            limit = np.partition(values, query.limit - 1)[query.limit - 1]
            sure, last = groups[values < limit], groups[values == limit]
            groups = np.concatenate([sure, of.smallest(last, query.limit - len(sure))])
            values = numbers[order][0][groups].astype(np.float64)
            values = np.where(np.isnan(values), np.inf, -values if query.descending else values)
        ranked = sorted(zip(values.tolist(), groups.tolist(), strict=True), key=lambda one: (one[0], key(one[1])))
        return np.array([group for _, group in ranked[: query.limit]], np.int64)
    if order in query.by or not order:
        at = query.by.index(order) if order else 0
        if order in ("", query.by[0]) and len(query.by) == 1 and not (query.descending and order):
            groups = of.smallest(groups, query.limit)
        named = sorted(groups.tolist(), key=key)
        if order:
            named.sort(key=lambda group: key(group)[at], reverse=query.descending)  # type: ignore[arg-type,return-value]
        return np.array(named[: query.limit], np.int64)
    if order.endswith(".trend"):
        raise ValueError(f"order: a trend has none: {order}")
    texts = dict(zip(groups.tolist(), showing.shown(order, groups, False)[0], strict=True))
    some = sorted((group for group in texts if texts[group] is not None), key=key)
    some.sort(key=texts.__getitem__, reverse=query.descending)
    none = sorted((group for group in texts if texts[group] is None), key=key)
    return np.array([*some, *none][: query.limit], np.int64)


def _plain(values: Array) -> list[Value]:
    if values.dtype.kind != "f":
        return list(values.tolist())
    return [None if isnan(value) else value for value in values.tolist()]


def without_connections(table: Table) -> Table:
    """The answer on logs that hold no connect at all (Exim's and Sendmail's have none by default): how many connections
    there were is unknown then, and not nought."""
    unknown = {at for at, name in enumerate(table.columns) if name.partition(".")[0] in ("connections", "submissions")}
    if not unknown:
        return table

    def blanked(row: tuple[Value, ...]) -> tuple[Value, ...]:
        return tuple(None if at in unknown else value for at, value in enumerate(row))

    return replace(table, rows=tuple(map(blanked, table.rows)), totals=blanked(table.totals))


def _bounds(span: Span, segments: list[Segment], rolling: Rolling) -> tuple[int, int, int]:
    """From when (exclusive) and until when, microseconds; and from when it was asked for."""
    if rolling.newest is None:
        until = 0 if span.until is None else round(span.until * 1e6)
        since = until if span.seconds is None else until - round(span.seconds * 1e6)
        return since, until, since
    until = rolling.newest if span.until is None else round(span.until * 1e6)
    asked = -(2**63) if span.seconds is None else until - round(span.seconds * 1e6)
    first = min(segment.low for segment in segments) - 1
    begin = rolling.floor if rolling.rolled else first
    if rolling.evicted:
        begin = max(begin, first)
    return min(max(asked, begin), until), until, asked


def _lacks(asked: int, rolling: Rolling) -> str | None:
    """What the answer lacks, in words."""
    if rolling.evicted and asked < rolling.gone_until and rolling.gone_until > rolling.floor:
        when = datetime.fromtimestamp(rolling.gone_until / 1e6, UTC)
        gone = f"{rolling.evicted:,} older events were let go (max_events)"
        return f"complete only from {when:%Y-%m-%d %H:%M:%S} UTC on: {gone}"
    if rolling.rolled and asked < rolling.floor and rolling.window is not None:
        return f"only the last {rolling.window / 3.6e9:g} hours are kept"
    return None
