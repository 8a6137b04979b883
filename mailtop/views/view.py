"""View: a named question with the columns that show its answer.

A `View` groups and counts; a `ListingView` lists single events. Both turn a slice and a span into the value that a
store is asked, and neither knows who asks or who answers.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from mailtop.query import EVERYTHING, MEASURES, Listing, Query, Slice, Span, Table, Unit
from mailtop.views.column import Column


@dataclass(frozen=True, slots=True)
class View:
    """Counts by `by` (one field, or none), ordered by the column `order`; `where` is always part of its slice.

    A row's first cell is its key: choosing the row adds `by[0] = key` to the slice. A view without `by` has one
    row, shown upright by `upright`: a line for each counting measure.
    """

    name: str
    title: str
    doc: str
    columns: tuple[Column, ...]
    by: tuple[str, ...] = ()
    order: str = ""
    where: Slice = ()
    having: str = ""
    unit: Unit = "sessions"
    finish: Callable[[Table], Table] | None = None
    """adds the columns that are worked out of others"""

    def query(
        self,
        where: Slice = (),
        span: Span = EVERYTHING,
        *,
        order: str = "",
        descending: bool = True,
        limit: int = 50,
        buckets: int = 30,
        unit: Unit | None = None,
    ) -> Query:
        """The question this view asks of a store for a slice and a span."""
        asked = dict.fromkeys(name for column in self.columns for name in column.asked if name not in self.by)
        return Query(
            measures=tuple(asked),
            by=self.by,
            where=(*self.where, *where),
            span=span,
            unit=unit or self.unit,
            buckets=buckets if any(name.endswith(".trend") for name in asked) else 0,
            order=order or self.order,
            descending=descending,
            limit=limit,
            having=self.having,
        )


@dataclass(frozen=True, slots=True)
class ListingView:
    """Single events, newest first. `opens` are the fields of which the first that an event has is chosen with its row;
    `forward` has the oldest of those that are shown stand first."""

    name: str
    title: str
    doc: str
    columns: tuple[Column, ...]
    where: Slice = ()
    opens: tuple[str, ...] = ("client",)
    forward: bool = False

    def query(self, where: Slice = (), span: Span = EVERYTHING, *, limit: int = 100) -> Listing:
        """The question for a slice and a span; `source`, `file` and `offset` follow the shown fields, so that each
        row leads back to its line."""
        named = (*(column.name for column in self.columns), *self.opens)
        fields = dict.fromkeys((*named, "source", "file", "offset"))
        return Listing(fields=tuple(fields), where=(*self.where, *where), span=span, limit=limit)


UPRIGHT = (
    Column("measure", "", 12, priority=100),
    Column("count", "COUNT", 9, "count", 90),
    Column("rate", "RATE", 8, "rate", 80),
    Column("trend", "TREND", 30, "trend", 70),
)
"""The columns of a one-row answer stood upright."""


def with_gaps(table: Table) -> Table:
    """The answer with the columns `gap`, seconds from the end of the row below to the row's beginning where the newest
    stands first (else unknown, as of the last), and `lasted`, from its first event to its last."""
    first, last = table.columns.index("first"), table.columns.index("last")
    began = [row[first] for row in table.rows]
    falling = all(isinstance(a, float) and isinstance(b, float) and a >= b for a, b in pairwise(began))
    rows = []
    for at, row in enumerate(table.rows):
        before = table.rows[at + 1][last] if falling and at + 1 < len(table.rows) else None
        begin, end = row[first], row[last]
        gap = max(0.0, begin - before) if isinstance(begin, float) and isinstance(before, float) else None
        lasted = end - begin if isinstance(begin, float) and isinstance(end, float) else None
        rows.append((*row, gap, lasted))
    totals = (*table.totals, None, None) if table.totals else ()
    return replace(table, columns=(*table.columns, "gap", "lasted"), rows=tuple(rows), totals=totals)


def upright(table: Table) -> Table:
    """A one-row answer with a line for each counting measure that it has: its name, count, rate and trend."""
    row = table.rows[0] if table.rows else (None,) * len(table.columns)
    cells = dict(zip(table.columns, row, strict=True))
    rows = tuple(
        (name.replace("_", " "), cells[name], cells.get(f"{name}.rate"), cells.get(f"{name}.trend"))
        for name in table.columns
        if name in MEASURES
    )
    return Table(
        ("measure", "count", "rate", "trend"), rows, (), len(rows), table.since, table.until, table.truncated
    )
