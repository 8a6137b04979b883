"""Frame: a screen of panes. It draws what is visible, moves the focus, and zooms.

In: the desk, the panes, the slice under all of them. A tick of the App calls `draw`; only panes that can be seen are
asked for. Where there is room for one pane only (a small terminal, or zoomed), the others wait, and digits reach them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import DescendantFocus, Key, ScreenResume
from textual.screen import Screen
from textual.widget import Widget

from mailtop.monitor import Status
from mailtop.query import Slice, Span, Table
from mailtop.tui.cells import plain
from mailtop.tui.crumbs import crumb, trail
from mailtop.tui.desk import Desk
from mailtop.tui.ink import Piece, key_of
from mailtop.tui.panes import Pane
from mailtop.tui.slices import told
from mailtop.tui.status import Keys, Line, host_of, status_right, totals, totals_query, warnings

LOOKED_THROUGH: Final = 1000
"""rows among which a row under the cursor is looked for, when it is no longer among the first"""


class Frame(Screen[None]):
    """See the module."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-mid"), (140, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (18, "-short"), (30, "-tall"), (48, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("z", "zoom", "Zoom", id="zoom"),
        Binding("tab", "turn(1)", "Next pane", show=False, id="pane_next"),
        Binding("shift+tab", "turn(-1)", "Previous pane", show=False, id="pane_prev"),
        *(Binding(str(n), f"pane({n})", f"Pane {n}; again: zoom", show=False, id=f"pane_{n}") for n in range(1, 10)),
    ]
    HINTS: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __init__(self, desk: Desk, panes: Sequence[Pane], where: Slice = ()) -> None:
        super().__init__()
        self.desk = desk
        self.panes = tuple(panes)
        self.base = where
        self.filter: Slice = ()
        self.filter_text = ""
        self.current = self.panes[0]
        self.zoomed = False
        ascii_only = desk.ascii_only
        self.line1 = Line(ascii_only=ascii_only, id="status")
        self.line2 = Line(ascii_only=ascii_only, id="totals")
        self.line3 = Line(ascii_only=ascii_only, id="warnings")
        self.keys = Keys(self._hints(), ascii_only=ascii_only, id="keys")

    # -- layout ----------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Lines above, panes, keys below."""
        yield self.line1
        yield self.line2
        yield self.line3
        with Container(id="panes"):
            yield from self.body()
        yield self.keys

    def body(self) -> Iterator[Widget]:
        """The panes, and whatever stands between them."""
        yield from self.panes

    def on_mount(self) -> None:
        """An empty frame at once; the data follows."""
        self.line3.display = False
        self._let_current(self.panes[0])
        self.say_status(self.desk.core.status())

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Covered screens are not drawn: catch up."""
        self.call_after_refresh(self.draw)

    def on_resize(self) -> None:
        """Other panes may be visible now, with other columns."""
        self.call_after_refresh(self.draw)

    @property
    def visible_panes(self) -> list[Pane]:
        """The panes that can be seen."""
        return [pane for pane in self.panes if pane.display and pane.size.height > 2]

    # -- drawing ---------------------------------------------------------------------------------------------------

    @property
    def where(self) -> Slice:
        """The whole slice in force."""
        return (*self.base, *self.filter)

    @property
    def crumbs(self) -> tuple[str, ...]:
        """The way to this screen, in words."""
        return tuple(crumb(part, self.desk.ascii_only) for part in self.base)

    def span(self) -> Span:
        """The stretch of time that is asked about."""
        return self.desk.span()

    def draw(self) -> None:
        """Ask for everything that can be seen, and show it."""
        for _ in self.drawing():
            pass

    @property
    def on_top(self) -> bool:
        """Whether it can be seen. Textual's `is_current` is true of the screen beneath as well."""
        return self.app.screen is self

    def drawing(self) -> Iterator[None]:
        """The same in steps, between which keys may be answered: over millions of events a pane takes its time."""
        if not self.is_attached or not self.on_top:
            return
        status = self.desk.core.status()
        if status.holding.last is None:  # nothing is held: there is nothing to ask about
            self.say_status(status)
            return
        try:
            self.draw_lines(status)
            for pane in self.visible_panes:
                yield
                self.draw_pane(pane, status)
        except ValueError as error:  # a filter that the store cannot answer
            self.keys.tell(str(error), "warn")
            self.filter, self.filter_text = (), ""

    def draw_pane(self, pane: Pane, status: Status) -> None:
        """Ask for one pane; twice when the answer changed the room its trend has."""
        where, span = (*self.where_of(pane), *self.filter), self.span()
        query = pane.question(where, span)
        table = self.desk.core.ask(query)
        if pane.lost_in(table):
            table = self.desk.core.ask(replace(query, limit=LOOKED_THROUGH))
        pane.show(table, status.holding.utc_offset)
        wider = pane.question(where, span)
        if wider != query:
            pane.show(self.desk.core.ask(wider), status.holding.utc_offset)

    def where_of(self, pane: Pane) -> Slice:
        """The slice that a pane is asked with, before the filter."""
        return self.base

    def draw_lines(self, status: Status) -> None:
        """The lines above the panes."""
        table = self.desk.core.ask(totals_query(self.where, self.span()))
        self.say_status(status, table)
        self.line2.say(totals(table, self.size.width, self.desk.ascii_only))

    def say_status(self, status: Status, table: Table | None = None) -> None:
        """The first line and the third."""
        left: list[Piece] = [("mailtop", "title")]
        if self.desk.title:
            left.append((f" {self.desk.title}", "warn"))
        host = plain(host_of(table), self.desk.ascii_only) if table is not None else ""
        if self.base:
            left += trail(self.base, max(20, self.size.width - 36 - len(self.desk.title)), self.desk.ascii_only)
        else:
            if host:
                left.append((f"   {host}", "key"))
            left += [(f"   {self._plain(source)}", "soft") for source in status.sources]
        if self.filter:
            left.append(("   filter ", "soft"))
            left.append((self._plain("  ".join(told(self.filter))), "warn"))
        self.line1.say(left, status_right(self.desk, status))
        wrong = warnings(status, self.size.width, self.desk.ascii_only)
        if self.line3.display != bool(wrong):
            self.line3.display = bool(wrong)
        self.line3.say(wrong)

    def _plain(self, text: str) -> str:
        return plain(text, self.desk.ascii_only)

    def _hints(self) -> tuple[tuple[str, str], ...]:
        owners = [owner.__dict__.get("BINDINGS", ()) for owner in (Pane, *Pane.__mro__, *type(self).__mro__)]
        bindings = [b for made in owners for b in made if isinstance(b, Binding)]
        by_id = {b.id: b for b in bindings if b.id}
        shown = [(key_of(by_id[name]), label or by_id[name].description) for name, label in self.HINTS]
        return tuple(shown)

    # -- the current pane ------------------------------------------------------------------------------------------

    def _let_current(self, pane: Pane) -> None:
        self.current = pane
        for other in self.panes:
            other.set_class(other is pane, "-current")
        if not pane.display:
            self._zoom(True)
        self.call_after_refresh(pane.focus)

    def _zoom(self, on: bool) -> None:
        self.zoomed = on
        self.set_class(on, "-zoomed")
        self.call_after_refresh(self.draw)

    @property
    def alone(self) -> bool:
        """Only one pane can be seen."""
        return self.zoomed or self.has_class("-tiny") or self.has_class("-flat")

    @on(DescendantFocus)
    def _focused(self, event: DescendantFocus) -> None:
        if isinstance(event.widget, Pane) and event.widget is not self.current and event.widget.display:
            if self.alone:
                self.call_after_refresh(self.current.focus)
            else:
                self._let_current(event.widget)

    def on_key(self, event: Key) -> None:
        """Any key takes a message away."""
        self.keys.tell("")

    def action_turn(self, step: int) -> None:
        """The next pane, or the one before."""
        panes = list(self.panes) if self.alone else self.visible_panes
        at = panes.index(self.current) if self.current in panes else 0
        self._let_current(panes[(at + step) % len(panes)])
        self.call_after_refresh(self.draw)

    def action_pane(self, number: int) -> None:
        """The pane with this number; zoom when it is the current one."""
        for pane in self.panes:
            if pane.number == number:
                if pane is self.current:
                    self._zoom(not self.zoomed)
                else:
                    self._let_current(pane)
                    self.call_after_refresh(self.draw)

    def action_zoom(self) -> None:
        """The current pane alone, or all again."""
        self._zoom(not self.zoomed)
