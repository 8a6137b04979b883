"""PanedScreen: what the keys do on every screen of panes: time, order, filter, files, help, and the way back.

A pane posts what was chosen; here it is decided what follows.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from mailtop.query import Slice, Where
from mailtop.tui.cells import plain
from mailtop.tui.crumbs import CrumbBar, crumb
from mailtop.tui.desk import window_name
from mailtop.tui.lookback import LookBack
from mailtop.tui.messages import FilterClosed, FilterTyped, Opened
from mailtop.tui.panes import Pane
from mailtop.tui.siblings import ROWS, Siblings
from mailtop.tui.slices import written


class PanedScreen(LookBack):
    """See the module."""

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
        Binding("e", "export", "Export", id="export_pane"),
        Binding("E", "export_all", "Export all panes", show=False, id="export_all"),
        Binding("y", "copy", "Copy the row's key", show=False, id="copy_key"),
        Binding("b", "slice", "Look at the parts of the slice; take one away", show=False, id="slice"),
        Binding("escape,backspace", "back", "Back", show=False, id="back"),
        Binding("q", "quit_or_back", "Quit", id="quit_or_back"),
    ]

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
        from mailtop.tui.filterbar import FilterBar

        if self.query("FilterBar"):
            return
        by = getattr(self.current.view, "by", ())
        self.mount(FilterBar(self.filter_text, by[0] if by else "client", self.desk.ascii_only), after=self.keys)
        self.keys.display = False

    @on(FilterTyped)
    def _filter_typed(self, event: FilterTyped) -> None:
        """Apply what is typed."""
        self.filter_text, self.filter = event.text, event.where
        self.draw()

    @on(FilterClosed)
    async def _filter_closed(self, event: FilterClosed) -> None:
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
        folder, offset = self.desk.folder.absolute(), status.holding.utc_offset
        reading = status.reading.figures()
        try:
            paths = []
            for pane in panes:
                table = pane.whole(self.desk.core.ask, (*self.where_of(pane), *self.filter), self.desk.span())
                paths.append(export(pane.view, table, folder, status.now, status.sources, offset, reading))
        except OSError as error:
            self.keys.tell(str(error), "bad")
        else:
            more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            self.keys.tell(f"wrote {paths[0]}{more}")

    def action_copy(self) -> None:
        """Put the key of the current row on the clipboard of the terminal (OSC 52)."""
        text = self.current.copyable
        if text:
            lines = text.split("\n")
            self.app.copy_to_clipboard("\n".join(map(plain, lines)))
            self.keys.tell(f"copied {' '.join(lines)}")

    # -- the slice -------------------------------------------------------------------------------------------------

    def narrow(self, where: Slice) -> None:
        """Have these parts in force beside the slice that the screen stands on; they can be typed on."""
        self.filter, self.filter_text = where, written(where)
        self.draw()

    def forget(self, part: Where) -> None:
        """A part of the slice is no more."""
        self.base = tuple(one for one in self.base if one != part)
        if part in self.filter:
            self.narrow(tuple(one for one in self.filter if one != part))
        elif self.on_top:
            self.draw()

    async def action_slice(self) -> None:
        """Look at the parts of the slice, each of which can be taken away."""
        if not self.where:
            self.keys.tell("the slice is everything: Enter on a row, ! or / makes it smaller", "soft")
        elif not self.query("CrumbBar"):
            await self.mount(CrumbBar(self.where, self.desk.ascii_only), after=self.keys)
            self.keys.display = False

    @on(CrumbBar.Closed)
    async def _crumbs_closed(self, event: CrumbBar.Closed) -> None:
        """Back to the keys."""
        await self.query("CrumbBar").remove()
        self.keys.display = True
        self.current.focus()

    def undo(self) -> bool:
        """Undo what was done last on this screen: the zoom, the marks, the newest part of the filter."""
        if self.zoomed:
            self._zoom(False)
        elif self.current.marked:
            self.current.action_unmark()
        elif self.filter:
            self.narrow(self.filter[:-1])
        else:
            return False
        return True

    def action_back(self) -> None:
        """Undo one thing; never quits."""
        self.undo()

    def action_quit_or_back(self) -> None:
        """Undo the zoom, or leave."""
        if self.zoomed:
            self._zoom(False)
        else:
            self.app.exit()

    @on(Pane.Chosen)
    def _chosen(self, event: Pane.Chosen) -> None:
        """A row was opened: what is behind it, within the slice. Or it was excluded: the same views without it."""
        event.stop()
        part, pane = event.part, event.pane
        if part.negate:
            if part not in self.where:
                self.narrow((*self.filter, part))
            self.keys.tell(f"without {crumb(replace(part, negate=False), self.desk.ascii_only)}", "soft")
        else:
            where = (*self.where_of(pane), *self.filter)
            siblings = Siblings(self.desk.core.ask, pane.beside(where, self.span(), ROWS), part.field, pane.point)
            self.post_message(Opened(part, self.ground(pane), None if part.more else siblings))

    def ground(self, pane: Pane) -> Slice:
        """The slice within which a row of a pane is opened."""
        return self.where
