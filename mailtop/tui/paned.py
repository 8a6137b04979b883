"""PanedScreen: what every screen of panes can do. Draw what is visible, focus, zoom, sort, filter, pause, export.

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
from mailtop.query import Slice, Table
from mailtop.tui.cells import plain
from mailtop.tui.desk import Desk, window_name
from mailtop.tui.filterbar import FilterBar
from mailtop.tui.ink import Piece, key_of
from mailtop.tui.panes import Pane
from mailtop.tui.slices import told
from mailtop.tui.status import Keys, Line, host_of, status_right, totals, totals_query, warnings

LOOKED_THROUGH: Final = 1000
"""rows among which a row under the cursor is looked for, when it is no longer among the first"""


class PanedScreen(Screen[None]):
    """See the module."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-mid"), (140, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (18, "-short"), (30, "-tall"), (48, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "Help", id="help"),
        Binding("slash", "filter", "Filter", id="filter"),
        Binding("space,p", "pause", "Pause", id="pause"),
        Binding("minus", "window(1)", "Longer window", show=False, id="window_out"),
        Binding("plus,equals_sign", "window(-1)", "Shorter window", show=False, id="window_in"),
        Binding("0", "window(0)", "All that is held", show=False, id="window_all"),
        Binding("less_than_sign", "sort(-1)", "Sort by the column before", show=False, id="sort_prev"),
        Binding("greater_than_sign", "sort(1)", "Sort by the next column", show=False, id="sort_next"),
        Binding("r", "reverse", "Reverse the order", show=False, id="sort_reverse"),
        Binding("o", "hold", "Hold the order, numbers go on", show=False, id="hold_order"),
        Binding("z", "zoom", "Zoom", id="zoom"),
        Binding("tab", "turn(1)", "Next pane", show=False, id="pane_next"),
        Binding("shift+tab", "turn(-1)", "Previous pane", show=False, id="pane_prev"),
        *(Binding(str(n), f"pane({n})", f"Pane {n}; again: zoom", show=False, id=f"pane_{n}") for n in range(1, 10)),
        Binding("e", "export", "Export", id="export_pane"),
        Binding("E", "export_all", "Export all panes", show=False, id="export_all"),
        Binding("y", "copy", "Copy the row's key", show=False, id="copy_key"),
        Binding("escape,backspace", "back", "Back", show=False, id="back"),
        Binding("q", "quit_or_back", "Quit", id="quit_or_back"),
    ]
    HINTS: ClassVar[tuple[tuple[str, str], ...]] = ()

    def __init__(self, desk: Desk, panes: Sequence[Pane], where: Slice = (), crumbs: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.desk = desk
        self.panes = tuple(panes)
        self.base = where
        self.crumbs = crumbs
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

    def draw(self) -> None:
        """Ask for everything that can be seen, and show it."""
        if not self.is_attached or not self.is_current:
            return
        status = self.desk.core.status()
        if status.holding.last is None:  # nothing is held: there is nothing to ask about
            self.say_status(status)
            return
        try:
            self.draw_lines(status)
            for pane in self.visible_panes:
                self.draw_pane(pane, status)
        except ValueError as error:  # a filter that the store cannot answer
            self.keys.tell(str(error), "warn")
            self.filter, self.filter_text = (), ""

    def draw_pane(self, pane: Pane, status: Status) -> None:
        """Ask for one pane; twice when the answer changed the room its trend has."""
        where, span = (*self.where_of(pane), *self.filter), self.desk.span()
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
        table = self.desk.core.ask(totals_query(self.where, self.desk.span()))
        self.say_status(status, table)
        self.line2.say(totals(table, self.size.width, self.desk.ascii_only))

    def say_status(self, status: Status, table: Table | None = None) -> None:
        """The first line and the third."""
        left: list[Piece] = [("mailtop", "title")]
        if self.desk.title:
            left.append((f" {self.desk.title}", "warn"))
        host = plain(host_of(table), self.desk.ascii_only) if table is not None else ""
        apart = " > " if self.desk.ascii_only else " \u203a "
        if self.crumbs:
            left += [piece for crumb in self.crumbs for piece in ((apart, "faint"), (self._plain(crumb), "key"))]
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
        bindings = [b for b in (*Pane.BINDINGS, *self.BINDINGS) if isinstance(b, Binding)]
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

    # -- time, order, filter ---------------------------------------------------------------------------------------

    def action_pause(self) -> None:
        """Freeze the view, or go back to now."""
        self.desk.toggle_pause()
        self.draw()

    def action_window(self, step: int) -> None:
        """Longer, shorter, or everything."""
        if step == 0:
            self.desk.window = None
        else:
            self.desk.zoom_time(step)
        self.keys.tell(f"window {window_name(self.desk.window)}", "soft")
        self.draw()

    def action_sort(self, step: int) -> None:
        """Order the current pane by another column."""
        self.current.sort_by(step)
        self.draw()

    def action_reverse(self) -> None:
        """The other way round."""
        self.current.reverse()
        self.draw()

    def action_hold(self) -> None:
        """Hold the order of all panes, or let go."""
        held = not self.current.hold
        for pane in self.panes:
            pane.hold = held
        self.draw()

    def action_filter(self) -> None:
        """Type a filter."""
        if self.query("FilterBar"):
            return
        by = getattr(self.current.view, "by", ())
        self.mount(FilterBar(self.filter_text, by[0] if by else "client", self.desk.ascii_only), after=self.keys)
        self.keys.display = False

    @on(FilterBar.Typed)
    def _filter_typed(self, event: FilterBar.Typed) -> None:
        """Apply what is typed."""
        self.filter_text, self.filter = event.text, event.where
        self.draw()

    @on(FilterBar.Closed)
    async def _filter_closed(self, event: FilterBar.Closed) -> None:
        """Keep it, or let it go."""
        if not event.kept:
            self.filter_text, self.filter = "", ()
        await self.query("FilterBar").remove()
        self.keys.display = True
        self.current.focus()
        self.draw()

    # -- out -------------------------------------------------------------------------------------------------------

    def action_help(self) -> None:
        """The keys, and what the figures mean."""
        from mailtop.tui.help import Help

        owners = (type(self), Pane, type(self.app))
        self.app.push_screen(Help(owners, [pane.view for pane in self.panes], self.desk.ascii_only))

    def action_export(self) -> None:
        """The current pane as a CSV file."""
        self._save([self.current])

    def action_export_all(self) -> None:
        """All panes as CSV files."""
        status = self.desk.core.status()
        for pane in self.panes:
            if pane not in self.visible_panes:
                self.draw_pane(pane, status)
        self._save(self.panes)

    def _save(self, panes: Sequence[Pane]) -> None:
        export, status = self.desk.export, self.desk.core.status()
        if export is None:
            self.keys.tell("this screen was started without a writer of files", "warn")
            return
        folder, holding = self.desk.folder.absolute(), status.holding
        try:
            paths = [
                export(pane.view, pane.table, folder, status.now, status.sources, holding.utc_offset) for pane in panes
            ]
        except OSError as error:
            self.keys.tell(str(error), "bad")
        else:
            more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            self.keys.tell(f"wrote {paths[0]}{more}")

    def action_copy(self) -> None:
        """Put the key of the current row on the clipboard of the terminal (OSC 52)."""
        text = self.current.copyable
        if text:
            self.app.copy_to_clipboard(plain(text))
            self.keys.tell(f"copied {text}")

    def action_back(self) -> None:
        """Undo the zoom, then the filter; never quits."""
        if self.zoomed:
            self._zoom(False)
        elif self.filter:
            self.filter, self.filter_text = (), ""
            self.draw()

    def action_quit_or_back(self) -> None:
        """Undo the zoom, or leave."""
        if self.zoomed:
            self._zoom(False)
        else:
            self.app.exit()

    @on(Pane.Chosen)
    def _chosen(self, event: Pane.Chosen) -> None:
        """A row was opened: the same views, with it in the slice."""
        from mailtop.tui.drilldown import Drilldown

        event.stop()
        crumbs = self.crumbs or (event.crumb,)
        self.app.push_screen(Drilldown(self.desk, event.field, event.value, self.where, crumbs))
