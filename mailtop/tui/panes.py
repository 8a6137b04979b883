"""Panes: a view of the catalogue as a live table.

A pane says which question it asks (`question`), shows the answer it is given (`show`), and posts `Chosen` when a row is
opened or excluded: a part of a slice, no more. It does not know who asks, who answers, or what follows.
"""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.message import Message

from mailtop.query import Listing, Query, Slice, Span, Table, Value, Where
from mailtop.tui.cells import Heading, plain
from mailtop.tui.ink import Piece
from mailtop.tui.livetable import LiveTable, Row
from mailtop.views.column import Column, bars
from mailtop.views.view import UPRIGHT, ListingView, View, upright

SORTABLE: Final = ("count", "ago", "when", "seconds", "bytes")
"""shapes of columns that an order can be made of; the others repeat or divide one of those"""

WIDEST: Final = 48
"""cells that a column of text may grow to where there is room"""

LONGEST_TREND: Final = 30

ADDRESS: Final = 39
"""cells of the longest IPv6 address: half an address is none"""

UNCUT: Final = (
    "why", "top.why", "kind", "status", "last.status", "top.status", "enhanced", "top.enhanced", "reply", "delays",
)  # fmt: skip
"""columns of text that are left out rather than cut"""

LOUD: Final = 0.5
"""part of a client's connections that must be refused for it to be told apart by colour"""

HOT: Final = {
    "reject": "bad", "screen": "bad", "refused": "bad", "warn": "warn", "accept": "good", "lookup_error": "warn",
}  # fmt: skip
"""kinds of events, and measures, that are told apart by colour"""


MEANT: Final = {
    "connections": ("kind", "connect"), "hung up": ("kind", "hangup"), "auth failed": ("status", "failed"),
    "refused": ("verdict", "refused"), "deferred": ("verdict", "deferred"), "greylisted": ("verdict", "greylisted"),
    "accepted": ("verdict", "accepted"),
}  # fmt: skip
"""measures stood upright: the field and value that their row stands for"""


class Pane(LiveTable):
    """One view in a rectangle of the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("exclamation_mark", "exclude", "Exclude", id="exclude"),
    ]

    LASTING: ClassVar[bool] = True
    """a row of the same answer looks the same as before"""

    class Chosen(Message):
        """What a row stands for, or several rows, was chosen; where it is negated, to be left out."""

        def __init__(self, pane: "Pane", part: Where) -> None:
            super().__init__()
            self.pane = pane
            self.part = part

    def __init__(
        self,
        view: View | ListingView,
        number: int,
        *,
        title: str = "",
        clock: Callable[[], float] = monotonic,
        ascii_only: bool = False,
    ) -> None:
        self.view = view
        self.number = number
        self.caption = title or view.title
        self.upright = isinstance(view, View) and not view.by
        self.columns = UPRIGHT if self.upright else view.columns
        super().__init__(
            [_heading(column, i) for i, column in enumerate(self.columns)],
            clock=clock,
            ascii_only=ascii_only,
            id=f"pane-{view.name}",
        )
        self.table = Table((), ())
        self.empty = "no events yet"
        if isinstance(view, View) and view.by:
            self.sorted_by = view.order
        self._choices: dict[str, tuple[str, str | None]] = {}
        """what the rows shown now stand for: a field and its value"""
        self._meant: dict[str, tuple[str, str | None]] = {}
        """the same of marked rows"""
        self._cells: list[tuple[int, Column, int, int]] = []
        """of each column that has room: its place among the columns, itself, its place in an answer, its width"""
        self._made: dict[tuple[Value, ...], Row] = {}
        self._made_about: tuple[object, ...] = ()
        self._titled()

    # -- asking ----------------------------------------------------------------------------------------------------

    def question(self, where: Slice, span: Span) -> Query | Listing:
        """The question for a slice and a span, for as many rows as are looked at; a page more where one may move on.

        Only for the columns that have room, and without totals that no cell needs: both would be worked out each
        second.
        """
        limit = max(20, self.top + 2 * self.shown) if self.has_focus else max(1, self.top + self.shown)
        limit += isinstance(self.view, View) and self.view.finish is not None  # of the last row, what came before it
        if isinstance(self.view, ListingView):
            return self.view.query(where, span, limit=limit)
        trend = next((column for column in self.columns if column.shape == "trend"), None)
        whole = self.view.query(
            where,
            span,
            order=self.sorted_by,
            descending=self.descending,
            limit=limit,
            buckets=self.width_for(trend.name) if trend else 0,
        )
        return replace(whole, measures=self._wanted(whole.measures), drawn_totals=False)

    def _wanted(self, measures: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the measures that some column with room shows, and the one that rows are ordered by."""
        if self.upright:
            return measures
        shown = [self.columns[i] for i in self.visible_headings]
        names = {self.sorted_by, *(name for column in shown for name in column.asked)}
        return tuple(name for name in measures if name in names)

    def whole(self, ask: Callable[[Query | Listing], Table], where: Slice, span: Span) -> Table:
        """What is shown with all columns, as a file has them: asked for anew where some had no room."""
        question = self.question(where, span)
        if isinstance(question, Listing) or not isinstance(self.view, View):
            return self.table
        measures = self.view.query().measures
        return self.table if set(measures) <= set(self.table.columns) else ask(replace(question, measures=measures))

    def beside(self, where: Slice, span: Span, limit: int) -> Query | Listing:
        """The question for nothing but the values of the rows, in their order."""
        question = self.question(where, span)
        if isinstance(question, Listing):
            return replace(question, limit=limit)
        by_measure = question.order not in question.by
        return replace(question, measures=(question.order if by_measure else "events",), buckets=0, limit=limit)

    def sort_by(self, step: int) -> None:
        """Order by the next column that is shown and can be ordered by, or the one before."""
        if not isinstance(self.view, View) or not self.view.by:
            return
        names = list(
            dict.fromkeys(
                column.name
                for column in (self.columns[i] for i in self.visible_headings)
                if (column.shape in SORTABLE and not column.made_of) or column.name in self.view.by
            )
        )
        at = names.index(self.sorted_by) if self.sorted_by in names else 0
        name = names[(at + step) % len(names)]
        self.set_sort(name, name not in self.view.by)
        self.rearrange()

    def reverse(self) -> None:
        """The other way round."""
        if isinstance(self.view, View) and self.view.by:
            self.set_sort(self.sorted_by, not self.descending)
            self.rearrange()

    # -- showing ---------------------------------------------------------------------------------------------------

    def show(self, table: Table, utc_offset: int = 0) -> None:
        """Show an answer."""
        self.table = table
        self.empty = "nothing in this window"
        self._choices = {}
        source = upright(table) if self.upright else self._finished(table)
        self._cells = [
            (i, column, source.columns.index(column.name), self.width_for(self.headings[i].name))
            for i, column in enumerate(self.columns)
            if i in self.visible_headings and column.name in source.columns
        ]
        shapes = {column.shape for _, column, _, _ in self._cells}
        # all that cells depend on besides their row
        about = (
            source.columns, self._placed, utc_offset,
            source.until if "ago" in shapes else None, source.totals if "share" in shapes else None,
        )  # fmt: skip
        made = self._made if self.LASTING and about == self._made_about else {}
        self._made_about, self._made = about, {}
        rows = []
        for row in source.rows:
            key = self._remember(source, row)
            self._made[row] = shown = made.get(row) or self._row(key, source, row, utc_offset)
            rows.append(shown)
        self.set_rows(rows)
        self._titled()

    def _finished(self, table: Table) -> Table:
        """The answer with what is worked out of it; of a listing that goes forward the oldest first."""
        if isinstance(self.view, ListingView):
            return replace(table, rows=table.rows[::-1]) if self.view.forward else table
        finish = self.view.finish
        return table if finish is None or not {"first", "last"} <= set(table.columns) else finish(table)

    def lost_in(self, table: Table) -> bool:
        """Whether the row under the cursor may be among the groups that an answer left out."""
        if not self._touched or self.cursor is None or table.groups <= len(table.rows) or self.upright:
            return False
        return isinstance(self.view, View) and all(str(row[0]) != self.cursor for row in table.rows)

    def _row(self, key: str, table: Table, row: tuple[Value, ...], utc_offset: int) -> Row:
        cells, inks = [""] * len(self.columns), [""] * len(self.columns)
        for i, column, at, width in self._cells:
            value = row[at]
            if isinstance(value, tuple) and column.shape == "trend":
                text = bars(value, width, self.ascii_only)
            else:
                text = plain(column.cell(table, row, utc_offset, self.ascii_only), self.ascii_only)
            cells[i] = text
            inks[i] = self._ink(column, value, table, row)
        return Row(key, tuple(cells), tuple(inks))

    def _remember(self, table: Table, row: tuple[Value, ...]) -> str:
        """The key of a row; what choosing it means is kept by it."""
        if isinstance(self.view, ListingView):
            at = {name: row[table.columns.index(name)] for name in ("source", "file", "offset")}
            key = "{source}\0{file}\0{offset}".format_map(at)
            cells = {name: row[table.columns.index(name)] for name in self.view.opens if name in table.columns}
            field = next((name for name, cell in cells.items() if cell is not None), "")
            value = cells.get(field)
        elif self.upright:
            key = str(row[0])
            field, value = MEANT.get(key, ("", None))
        else:
            field, value = self.view.by[0], row[0]
            key = str(value)
        self._choices[key] = (field, None if value is None else str(value))
        return key

    def _ink(self, column: Column, value: Value, table: Table, row: tuple[Value, ...]) -> str:
        if column.shape == "trend":
            return "ember" if column.name.startswith("refused") or row[0] == "refused" else "trend"
        if isinstance(self.view, View) and (column.name in self.view.by or column.name == "measure"):
            return "bad" if value in HOT and self.upright else "key"
        if column.shape in ("ago", "clock", "when"):
            return "soft"
        if column.name == "lookup_errors" and value:
            return "warn"
        if column.shape == "part" and column.name == "refused":
            whole = row[table.columns.index(column.of)]
            if isinstance(value, int) and isinstance(whole, int) and value and value >= LOUD * whole:
                return "bad"
        if column.name == "kind":
            return HOT.get(str(value), "")
        return "faint" if value == 0 else ""

    def _titled(self) -> None:
        number: Piece = (f"{self.number} ", "digit")
        many = len(self.table.rows)
        if isinstance(self.view, ListingView):
            order, count = "oldest first" if self.view.forward else "newest first", ""
        elif self.upright:
            order, count = "", ""
        else:
            title = next((c.title for c in self.columns if c.name == self.sorted_by), self.sorted_by)
            mark = ("v" if self.descending else "^") if self.ascii_only else ("▾" if self.descending else "▴")
            order = f"by {title} {mark}"
            shown = min(self.shown, many - self.top)
            first = f"{self.top + 1}-{self.top + shown}" if self.top else f"{shown}"
            count = f"{first} of {self.table.groups:,}" if self.table.groups and shown > 0 else ""
        held = ("order held  ", "warn") if self.hold else None
        marked = (f"{len(self.marked)} marked  ", "warn") if self.marked else None
        note: list[Piece] = [piece for piece in (marked, held, (order, "note")) if piece and piece[0].strip()]
        if count:
            note.append((("  " if note else "") + count, "note"))
        if self.table.truncated:
            note.append((("  " if note else "") + plain(self.table.truncated, self.ascii_only), "warn"))
        self.set_title([number, (self.caption, "title")], note)

    def go(self, i: int) -> None:
        """As for every live table; the title says which rows are looked at."""
        super().go(i)
        self._titled()

    def action_mark(self) -> None:
        """As for every live table; the title says how many are marked. What was marked stays known out of sight."""
        if self.cursor in self._choices:
            self._meant[self.cursor or ""] = self._choices[self.cursor or ""]
            super().action_mark()
            self._titled()

    def action_unmark(self) -> None:
        """As for every live table."""
        super().action_unmark()
        self._meant.clear()
        self._titled()

    def on_live_table_opened(self, event: LiveTable.Opened) -> None:
        """Turn a row into what it stands for."""
        event.stop()
        self._choose(negate=False)

    def action_exclude(self) -> None:
        """Have what the row stands for left out, or what the marked rows stand for."""
        self._choose(negate=True)

    def _choose(self, negate: bool) -> None:
        field, values = self.chosen
        if values:
            self.post_message(self.Chosen(self, Where(field, values[0], negate=negate, more=tuple(values[1:]))))
        if self.marked:
            self.action_unmark()

    @property
    def chosen(self) -> tuple[str, list[str]]:
        """The field and the values that the marked rows stand for, else the row under the cursor. Of marked rows that
        stand for several fields (of a listing) those count that have the first one's."""
        rows = [self._meant[key] for key in self.marked] or [self._choices.get(self.cursor or "", ("", None))]
        field = rows[0][0]
        values = [value for name, value in rows if name == field and value is not None]
        return field, list(dict.fromkeys(values)) if field else []

    @property
    def copyable(self) -> str | None:
        """What the row under the cursor is known by, or the marked rows, line by line, for a clipboard."""
        return "\n".join(self.chosen[1]) or None


def _heading(column: Column, index: int) -> Heading:
    """Where a view's column may stand. Two columns may show the same measure, so that a name has to be made unique."""
    priority = 100 if index == 0 else column.priority
    name = column.name if column.shape not in ("share", "part") else f"{column.name}/{column.shape}"
    if column.shape == "trend":
        return Heading(name, column.title, column.width, 6, LONGEST_TREND, False, priority, greedy=True)
    if column.shape in ("text", "clock", "when", "stages"):
        floor = min(15, column.width) if index == 0 else len(column.title)
        width = ADDRESS if column.name == "client" else column.width
        least = width if index == 0 or column.name in UNCUT else max(floor, column.width * 3 // 4)
        return Heading(name, column.title, width, least, WIDEST, False, priority, floor)
    wide = max(column.width, len(column.title) + 1)  # a sign of the order stands beside the title
    return Heading(name, column.title, wide, wide, wide, column.right, priority, wide)
