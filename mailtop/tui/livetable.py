"""LiveTable: the one widget for lists that change all the time. A rule with a title, a header, rows.

It draws its lines itself and redraws only what changed: of each row the cells from the first that differs to the last.
Textual sends the whole of every region that is marked, so what is marked is what it costs (a DataTable marks all of
itself: 50 KB/s where this needs 5).

The cursor follows its KEY through re-sorting, growth and loss of rows; until a key moves it, it rests on the first
row. Rows hold their order for `HOLD` seconds after a cursor key, so that nothing moves under the hand.

Rows can be marked; marks are kept by key, also of rows that are not among those shown now.

In: headings, then rows whenever there are new ones. Out: `Opened` with the key of a row.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from mailtop.tui.cells import Heading, Placed, fitted, place, width_of
from mailtop.tui.ink import Inked, Piece

HOLD: Final = 5.0
"""seconds for which rows keep their order after a cursor key"""

MARKS: Final = 32
"""rows that can be marked at a time"""

HEAD: Final = 2
"""lines above the first row: the rule and the header"""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: what it is known by, its cells (one for each heading, without control characters), and their inks."""

    key: str
    cells: tuple[str, ...]
    inks: tuple[str, ...]


class LiveTable(Inked, can_focus=True):
    """See the module."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Next row", show=False),
        Binding("up,k", "move(-1)", "Previous row", show=False),
        Binding("pagedown", "page(1)", "Next page", show=False),
        Binding("pageup", "page(-1)", "Previous page", show=False),
        Binding("home,g", "first", "First row; let the cursor rest there", show=False),
        Binding("end,G", "last", "Last row", show=False),
        Binding("enter", "open", "Open", id="open"),
        Binding("x,insert", "mark", "Mark the row, or take the mark away", show=False, id="mark"),
        Binding("X", "unmark", "Take all marks away", show=False, id="unmark"),
    ]

    class Opened(Message):
        """The row with this key was chosen."""

        def __init__(self, table: "LiveTable", key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

    def __init__(
        self,
        headings: Sequence[Heading],
        *,
        clock: Callable[[], float] = monotonic,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(ascii_only=ascii_only, id=id)
        self.headings = tuple(headings)
        self.rows: tuple[Row, ...] = ()
        self.cursor: str | None = None
        self.marked: dict[str, None] = {}
        """keys of marked rows, in the order in which they were marked"""
        self.top = 0
        self.hold = False
        self.empty = ""
        self.sorted_by = ""
        self.descending = True
        self._clock = clock
        self._touched = False
        self._held_until = 0.0
        self._rearranged = False
        self._index: dict[str, int] = {}
        self._longest = [0] * len(self.headings)
        self._placed: tuple[Placed, ...] = ()
        self._fitted_for: tuple[int, tuple[Heading, ...], tuple[int, ...]] | None = None
        self._title: tuple[Piece, ...] = ()
        self._note: tuple[Piece, ...] = ()

    # -- what is shown ---------------------------------------------------------------------------------------------

    @property
    def shown(self) -> int:
        """Rows that fit."""
        return max(0, self.size.height - HEAD)

    @property
    def at(self) -> int:
        """The cursor's row; 0 when there is none."""
        return self._index.get(self.cursor or "", 0)

    @property
    def visible_headings(self) -> tuple[int, ...]:
        """Indexes of the headings that have room."""
        return tuple(column.index for column in self._placed) or tuple(range(len(self.headings)))

    def width_for(self, name: str) -> int:
        """The cells that the column `name` has now; what it asks for while it has no place."""
        index = next(i for i, heading in enumerate(self.headings) if heading.name == name)
        return next((column.width for column in self._placed if column.index == index), self.headings[index].width)

    def set_title(self, title: Sequence[Piece], note: Sequence[Piece]) -> None:
        """What stands in the rule: at its left, and at its right."""
        if (tuple(title), tuple(note)) != (self._title, self._note):
            old = self.rule(self._title, self._note, self.size.width)
            self._title, self._note = tuple(title), tuple(note)
            self.mark_line(0, old, self.rule(self._title, self._note, self.size.width))

    def set_sort(self, name: str, descending: bool) -> None:
        """Which column the rows are in the order of: marked in the header."""
        if (name, descending) != (self.sorted_by, self.descending):
            self.sorted_by, self.descending = name, descending
            self._mark(1)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows instead; only cells whose text changed are drawn again."""
        if (self.hold or self._clock() < self._held_until) and not self._rearranged:
            rows = self._in_old_order(rows)
        self._rearranged = False
        old, old_at = self.rows, self.at
        self.rows = tuple(rows)
        self._index = {row.key: i for i, row in enumerate(self.rows)}
        if not self._touched or self.cursor not in self._index:
            self.cursor = self.rows[min(old_at if self._touched else 0, len(self.rows) - 1)].key if rows else None
        was_top = self.top
        if self._touched:
            self._keep_in_view()
        self.top = max(0, min(self.top, len(self.rows) - self.shown))
        if self._fit() or self.top != was_top:
            return
        at = self.at
        changed = [
            region
            for i in range(self.top, min(max(len(old), len(self.rows)), self.top + self.shown))
            if (region := self._changes(i, old[i] if i < len(old) else None, (i == old_at) != (i == at)))
        ]
        if changed:
            self.refresh(*changed)
        if not old or not self.rows:
            self._mark(HEAD)

    def _in_old_order(self, rows: Sequence[Row]) -> list[Row]:
        fresh = {row.key: row for row in rows}
        kept = [fresh.pop(row.key) for row in self.rows if row.key in fresh]
        return [*kept, *(row for row in rows if row.key in fresh)]

    def _keep_in_view(self) -> None:
        if self.at < self.top:
            self.top = self.at
        elif self.shown and self.at >= self.top + self.shown:
            self.top = self.at - self.shown + 1

    # -- what is marked to be drawn again --------------------------------------------------------------------------

    def _mark(self, y: int) -> None:
        if 0 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def _mark_row(self, i: int) -> None:
        if i >= self.top:
            self._mark(HEAD + i - self.top)

    def _changes(self, i: int, old: Row | None, moved: bool) -> Region | None:
        """The cells of row `i` from the first that differs from `old` to the last; all of them where the cursor came
        or went."""
        new = self.rows[i] if i < len(self.rows) else None
        y = HEAD + i - self.top
        if old is None or new is None or moved:
            return Region(0, y, self.size.width, 1) if old is not new or moved else None
        if old is new or (old.cells, old.inks) == (new.cells, new.inks):
            return None
        differ = [c for c in self._placed if old.cells[c.index] != new.cells[c.index] or
                  old.inks[c.index] != new.inks[c.index]]  # fmt: skip
        if not differ:
            return None
        x, end = differ[0].x, differ[-1].x + differ[-1].width
        return Region(1 + x, y, end - x, 1)

    def _fit(self) -> bool:
        """Give the columns their places; True when they moved, and all has been marked."""
        for row in self.rows[self.top : self.top + max(1, self.shown)]:
            for i, cell in enumerate(row.cells):
                if len(cell) > self._longest[i]:
                    self._longest[i] = width_of(cell)
        width = self.size.width
        fitted_for = (width, self.headings, tuple(self._longest))
        if fitted_for == self._fitted_for:
            return False
        self._fitted_for = fitted_for
        placed = place(self.headings, self._longest, max(1, width - 2), 2 if width >= 100 else 1)
        if placed == self._placed:
            return False
        self._placed = placed
        self.refresh()
        return True

    def forget_widths(self) -> None:
        """Start again with the widths of columns: what was longest is shown no more."""
        self._longest = [0] * len(self.headings)

    def on_resize(self) -> None:
        """Columns find their places anew."""
        self.top = max(0, min(self.top, len(self.rows) - self.shown))
        if self._touched:
            self._keep_in_view()
        self._fit()
        self.refresh()

    # -- lines -----------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line of the widget."""
        width = self.size.width
        if y == 0:
            return self.strip(self.rule(self._title, self._note, width), width)
        if y == 1:
            return self.strip(self._header(), width)
        i = y - HEAD + self.top
        if i >= len(self.rows):
            return self.strip([(" " + self.empty, "faint")] if y == HEAD and not self.rows else [], width)
        row = self.rows[i]
        marked = row.key in self.marked
        dot = "*" if self.ascii_only else "\u2022"
        if row.key == self.cursor and self.has_focus:
            sign = dot if marked else ">" if self.ascii_only else "\u203a"
            return self.strip([(fitted(sign + self._text(row.cells), width), "cursor")], width)
        pieces: list[Piece] = [(dot, "digit") if marked else (" ", "")]
        end = 0
        for column in self._placed:
            cell = fitted(row.cells[column.index], column.width, self.headings[column.index].right, self._more)
            pieces.append((" " * (column.x - end), ""))
            pieces.append((cell, row.inks[column.index]))
            end = column.x + column.width
        return self.strip(pieces, width)

    @property
    def _more(self) -> str:
        return "~" if self.ascii_only else "…"

    def _text(self, cells: Sequence[str]) -> str:
        text, end = "", 0
        for column in self._placed:
            text += " " * (column.x - end)
            text += fitted(cells[column.index], column.width, self.headings[column.index].right, self._more)
            end = column.x + column.width
        return text

    def _header(self) -> list[Piece]:
        mark = ("v" if self.descending else "^") if self.ascii_only else ("▾" if self.descending else "▴")
        pieces: list[Piece] = [(" ", "")]
        end = 0
        for column in self._placed:
            heading = self.headings[column.index]
            sorts = heading.name == self.sorted_by
            title = heading.title
            if sorts:
                title = mark + title if heading.right else title + mark
            pieces.append((" " * (column.x - end), "head"))
            pieces.append((fitted(title, column.width, heading.right, ""), "title" if sorts else "head"))
            end = column.x + column.width
        return pieces

    # -- keys ------------------------------------------------------------------------------------------------------

    def go(self, i: int) -> None:
        """Put the cursor on row `i`, or the nearest there is."""
        self._touched = True
        self._held_until = self._clock() + HOLD
        if not self.rows:
            return
        old, was_top = self.at, self.top
        self.cursor = self.rows[max(0, min(len(self.rows) - 1, i))].key
        self._keep_in_view()
        if self.top != was_top:
            self.refresh()
        else:
            self._mark_row(old)
            self._mark_row(self.at)

    def action_move(self, rows: int) -> None:
        """Up or down."""
        self.go(self.at + rows)

    def action_page(self, pages: int) -> None:
        """A page up or down."""
        self.go(self.at + pages * max(1, self.shown - 1))

    def action_first(self) -> None:
        """To the first row, where the cursor rests: it follows no key any more, and no order is held for it."""
        self.go(0)
        self._touched = False
        self._held_until = 0.0

    def rearrange(self) -> None:
        """The next rows come in an order that was asked for: they are shown in it, even where the order is held."""
        self.action_first()
        self._rearranged = True
        self.forget_widths()

    def action_last(self) -> None:
        """To the last row."""
        self.go(len(self.rows) - 1)

    def point(self, key: str) -> None:
        """Put the cursor on the row with this key, whether or not it is among those shown now."""
        self._mark_row(self.at)
        self.cursor, self._touched = key, True
        self._mark_row(self.at)

    def action_mark(self) -> None:
        """Mark the row under the cursor or take its mark away, and go to the next."""
        if self.cursor is not None and self.cursor in self._index:
            if self.cursor in self.marked:
                del self.marked[self.cursor]
            elif len(self.marked) < MARKS:
                self.marked[self.cursor] = None
            self._mark_row(self.at)
            self.go(self.at + 1)

    def action_unmark(self) -> None:
        """No row is marked any more."""
        if self.marked:
            self.marked.clear()
            self.refresh()

    def action_open(self) -> None:
        """Say which row was chosen."""
        if self.cursor is not None:
            self.post_message(self.Opened(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        """The cursor goes where the mouse clicked; a second click opens."""
        i = event.y - HEAD + self.top
        if event.y >= HEAD and i < len(self.rows):
            self.go(i)
            if event.chain == 2:
                self.action_open()

    def on_mouse_scroll_down(self) -> None:
        """Three rows down."""
        self.action_move(3)

    def on_mouse_scroll_up(self) -> None:
        """Three rows up."""
        self.action_move(-3)

    def on_focus(self) -> None:
        """The cursor shows itself, the title is lit."""
        self._mark(0)
        self._mark_row(self.at)

    def on_blur(self) -> None:
        """The cursor hides."""
        self._mark(0)
        self._mark_row(self.at)
