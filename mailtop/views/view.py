"""View: a named question with the columns that show its answer.

A `View` groups and counts; a `ListingView` lists single events. Both turn a slice and a span into the value that a
store is asked, and neither knows who asks or who answers.
"""

from dataclasses import dataclass

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
        asked = dict.fromkeys(
            name for column in self.columns for name in (column.name, column.of) if name and name not in self.by
        )
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
    """Single events, newest first."""

    name: str
    title: str
    doc: str
    columns: tuple[Column, ...]
    where: Slice = ()

    def query(self, where: Slice = (), span: Span = EVERYTHING, *, limit: int = 100) -> Listing:
        """The question for a slice and a span; `source`, `file` and `offset` follow the shown fields, so that each
        row leads back to its line."""
        fields = dict.fromkeys((*(column.name for column in self.columns), "source", "file", "offset"))
        return Listing(fields=tuple(fields), where=(*self.where, *where), span=span, limit=limit)


UPRIGHT = (
    Column("measure", "", 12, priority=100),
    Column("count", "COUNT", 9, "count", 90),
    Column("rate", "RATE", 8, "rate", 80),
    Column("trend", "TREND", 30, "trend", 70),
)
"""The columns of a one-row answer stood upright."""


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
