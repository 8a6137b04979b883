"""Timeline: one line, on which a cursor goes back over the time that is shown.

     17:57:15 ▁▂▃▅▇█▇▅▃▂▁▁▂▃▅▇█▇▅▃▂▁▁▂▃▅▇█▇▅▃▂▁▁▂▃▅▇█▇▅▃▂▁ 18:02:15

Connections over the window, in bars of a round length; the bar under the cursor is where the window of all panes ends.
What is after it is faint. Beyond its left end the strip goes on, as far back as anything is held.

In: the desk, whose cursor it moves, and the slice. Out: `Moved`, when the panes should follow; `Left`, when it is done.
Nothing is asked while no cursor is open, and of the same strip only once between two arrivals.
"""

from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip as Cells

from mailtop.monitor import Status
from mailtop.query import Query, Slice, Span
from mailtop.tui.cursor import Strip, laid_out
from mailtop.tui.desk import Desk
from mailtop.tui.ink import Inked, Piece
from mailtop.views.column import bars, clock

LABEL: Final = 8
"""cells of a time"""

AROUND: Final = 2 * LABEL + 4
"""cells that are no bars: two times, and blanks around them"""


class Timeline(Inked, can_focus=True):
    """See the module."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "The bar under the time cursor becomes the window", show=False, id="choose_bar"),
        Binding("escape,backspace", "leave", "The window before; then back to now", show=False, id="leave_time"),
    ]

    class Moved(Message):
        """The cursor is elsewhere, the window or the room is another: the panes should follow."""

    class Left(Message):
        """Back to now."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(ascii_only=desk.ascii_only, id="timeline")
        self.desk = desk
        self._strip: Strip | None = None
        self._counts: tuple[int, ...] = ()
        self._asked: tuple[object, ...] = ()
        self._utc_offset = 0

    @property
    def room(self) -> int:
        """Cells for bars."""
        return max(1, self.size.width - AROUND)

    # -- the cursor --------------------------------------------------------------------------------------------------

    def move(self, by: int) -> None:
        """So many bars on, or back (negative)."""
        cursor = self.desk.cursor
        if cursor is not None:
            self.desk.cursor = cursor.moved(by, *laid_out(cursor, self.desk.window, self.room))
            self._lay_out()
            self.post_message(self.Moved())

    def action_choose(self) -> None:
        """The time of the bar under the cursor is what is shown."""
        if self._strip is not None and self._strip.bars > 1:
            ends = self._strip.since + (self._strip.here + 1) * self._strip.step
            self.desk.choose_time(float(self._strip.step), ends)
            self.post_message(self.Moved())

    def action_leave(self) -> None:
        """Undo the last choice of a bar, or else close the cursor."""
        self.post_message(self.Moved() if self.desk.unchoose_time() else self.Left())

    # -- what is shown -----------------------------------------------------------------------------------------------

    def draw(self, where: Slice, status: Status) -> None:
        """Ask for the bars of a slice if they may have changed, and show them."""
        if self.size.width == 0 or self.desk.cursor is None:
            return
        strip = self._lay_out()
        if strip is None:
            return
        asked = (where, strip.since, strip.until, strip.step, status.holding.version)
        if asked != self._asked:
            span = Span(strip.until - strip.since, strip.until)
            table = self.desk.core.ask(Query(("connections.trend",), where=where, span=span, buckets=strip.bars))
            counts = table.rows[0][0] if table.rows else None
            self._asked, self._utc_offset = asked, status.holding.utc_offset
            if (counts if isinstance(counts, tuple) else ()) != self._counts:
                self._counts = counts if isinstance(counts, tuple) else ()
                self.refresh()

    def _lay_out(self) -> Strip | None:
        cursor = self.desk.cursor
        strip = None if cursor is None else cursor.strip(*laid_out(cursor, self.desk.window, self.room))
        if strip != self._strip:
            if strip is None or self._strip is None or strip[:4] != self._strip[:4]:
                self._counts, self._asked = (), ()
            self._strip = strip
            self.refresh()
        return strip

    def on_resize(self, event: events.Resize) -> None:
        """Another room, other bars."""
        self.post_message(self.Moved())

    def on_hide(self, event: events.Hide) -> None:
        """The panes have a row more."""
        self.post_message(self.Moved())

    def pieces(self) -> list[Piece]:
        """The line."""
        strip = self._strip
        if strip is None:
            return []
        wide = max(1, self.room // strip.bars)
        counts = self._counts if len(self._counts) == strip.bars else (0,) * strip.bars
        cells = [cell * wide for cell in bars(counts, strip.bars, self.ascii_only)]
        here = strip.here
        return [
            (f" {clock(strip.since, self._utc_offset):>{LABEL}} ", "soft"),
            ("".join(cells[:here]), "trend"),
            (cells[here], "cursor"),
            ("".join(cells[here + 1 :]), "faint"),
            (f" {clock(strip.until, self._utc_offset)} ", "soft"),
        ]

    def render_line(self, y: int) -> Cells:
        """The one line."""
        return self.strip(self.pieces(), self.size.width)
