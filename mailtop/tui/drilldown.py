"""Drilldown: one value of one field (or several), seen through the views that matter for it. A client at its best.

    mailtop > reason=dnsbl > ip=203.0.113.77                          window 5m   LIVE      the slice it stands on
    203.0.113.77   unknown   AS64500 EXAMPLE-NET   203.0.113.0/24   rank 1 of 1,842         who it is
    first 16:40:02   last 18:02:10   connections 1,204   refused 1,204 (100%)               what it did
    - Rate  # connections  # refused ------------------------------------ peak 9.2/s -
      4|   .:=*##*+=-::..:-=+*######*+=-::::-=+*###*+=-:::-=+**+=-:::-=+*##*+=::-
    - 1 Verdicts -------------------------   - 2 Tries: 12, median gap 5m -----------
    - 3 Blocklists and codes -------------   - 4 Neighbours in 203.0.113.0/24 --------
    - 5 .. 8 (where there is room) ---------------------------------------------------
    - 9 Lines ------------------------------------------------------- newest first -
      Nov 21 18:02:10 mx1 postfix/smtpd[292]: NOQUEUE: reject: RCPT from ...
    Esc Back  [ ] Next row  ? Help  ...

Which views, figures and facts: `mailtop.views.drilldown`, one row for each kind; nothing here knows a kind by name, but
for the story of a client's tries. `[` and `]` go to the rows beside the one that was chosen, `n` and `a` to the network
and the AS behind it.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.events import ScreenResume
from textual.widget import Widget

from mailtop.analysis.tries import TRIES_MEASURES, tries
from mailtop.monitor import Status
from mailtop.query import EVERYTHING, Query, Slice, Span, Table, Where
from mailtop.tui.chart import RateChart
from mailtop.tui.desk import Desk
from mailtop.tui.ink import Piece
from mailtop.tui.linespane import LinesPane
from mailtop.tui.messages import Opened
from mailtop.tui.paned import PanedScreen
from mailtop.tui.panes import Pane
from mailtop.tui.siblings import Siblings
from mailtop.tui.story import figures, identity, name_of, tries_told
from mailtop.views import DRILLDOWN, OTHER, VIEWS, Sight
from mailtop.views.catalogue import LINES

RANKED: Final = 1000
"""places of a ranking that are looked through"""

SESSIONS: Final = 1000
"""sessions of which the story of tries is told"""

PIVOTS: Final = {"client": ("prefix", "asn"), "prefix": ("asn",), "network": ("asn",)}
"""of each field that lies in networks, which: gone to by a key"""


class Drilldown(PanedScreen):
    """See the module. `part` is what was chosen, `above` the slice within which it was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket", "beside(-1)", "Previous row", id="row_prev"),
        Binding("right_square_bracket", "beside(1)", "Next row", id="row_next"),
        Binding("n", "pivot('prefix')", "The network around it", show=False, id="pivot_net"),
        Binding("a", "pivot('asn')", "The AS around it", show=False, id="pivot_asn"),
    ]
    HINTS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("back", "Back"), ("help", ""), ("row_prev", "] Prev/Next"), ("open", "Open"), ("exclude", ""), ("filter", ""),
        ("zoom", ""), ("copy_key", "Copy"), ("export_pane", ""),
    )  # fmt: skip

    def __init__(self, desk: Desk, part: Where, above: Slice = (), siblings: Siblings | None = None) -> None:
        self.part = part
        self.above = above
        self.among = siblings
        self.gone = False
        """the part has been taken out of the slice: nobody wants to come back here"""
        self._leaving = False
        self.kind = DRILLDOWN.get(part.field, OTHER)
        self.around: dict[str, str] = {}
        """of the fields that views and keys go around by, the value that goes with what was chosen"""
        self.chart = RateChart(self.kind.chart or ("sessions", "refused"), ascii_only=desk.ascii_only, id="chart")
        self.sights: dict[Pane, Sight] = {}
        for number, sight in enumerate(self.kind.sights, 1):
            pane = Pane(VIEWS[sight.view], number, title=sight.title, clock=desk.clock, ascii_only=desk.ascii_only)
            pane.sorted_by = sight.order or pane.sorted_by
            pane.add_class("slot", f"slot-{number}")
            self.sights[pane] = sight
        number = len(self.sights) + 1
        lines = LinesPane(LINES, number, desk.core.line, clock=desk.clock, ascii_only=desk.ascii_only)
        super().__init__(desk, [*self.sights, lines], (*above, part))
        self.add_class(f"sights-{len(self.sights)}")

    @property
    def field(self) -> str:
        """What kind of value it is."""
        return self.part.field

    @property
    def value(self) -> str:
        """The value; of several the first."""
        return self.part.value or ""

    def body(self) -> Iterator[Widget]:
        """The chart stands before the panes."""
        if self.kind.chart:
            yield self.chart
        yield from self.panes

    def span(self) -> Span:
        """The window, or for what has a life of its own all that is held."""
        return EVERYTHING if self.kind.ever and self.desk.pause is None else super().span()

    def where_of(self, pane: Pane) -> Slice:
        """What a pane is asked with: mostly the slice; neighbours by what they have in common with the chosen one."""
        sight = self.sights.get(pane)
        if sight is not None and sight.around:
            known = self.around.get(sight.around)
            return (*self.above, Where(sight.around, known)) if known else self.base
        if (sight is None or sight.alone) and any(one.alone for one in self.kind.sights):
            return self._life()
        return self.base

    def ground(self, pane: Pane) -> Slice:
        """Neighbours are chosen instead of what was chosen here, everything else within it."""
        sight = self.sights.get(pane)
        return (*self.above, *self.filter) if sight is not None and sight.around else super().ground(pane)

    def _life(self) -> Slice:
        """A message from its connection on: what its session did before it had a name belongs to it."""
        session = self.around.get("session")
        if self.field != "queue_id" or not session or self.part.more:
            return (self.part,)
        return Where("session", session), Where("queue_id", self.value, more=(None,))

    # -- drawing ---------------------------------------------------------------------------------------------------

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Back on top: unless nobody wants to see this any more."""
        if self.gone:
            event.prevent_default()
            self.call_after_refresh(self.leave)

    def draw_lines(self, status: Status) -> None:
        """Who it is, what it did, and the chart."""
        span, offset = self.span(), status.holding.utc_offset
        who = self.desk.core.ask(self._who())
        of = dict(zip(who.columns, who.rows[0], strict=True)) if who.rows else {}
        self.around = {
            name: str(value) for name in self._goes_around() if (value := of.get(f"last.{name}")) is not None
        }
        self._title_sights()
        self.say_status(status)
        did = self.desk.core.ask(Query(self.kind.figures, where=self.where, span=span, unit=self.kind.unit))
        self.line3.display = True
        self.line3.say(figures(of, did, self.kind.figures, self.size.width, offset))
        rank = self._rank()
        room = self.size.width - sum(len(text) for text, _ in rank)
        self.line2.say([*identity(self.part, self.kind.facts, who, room, offset, self.desk.ascii_only), *rank])
        if self.kind.chart and self.chart.display and self.chart.size.height > 3:
            drawn = replace(self.chart.question(self.where, span), unit=self.kind.unit)
            self.chart.show(self.desk.core.ask(drawn), offset)

    def _goes_around(self) -> tuple[str, ...]:
        names = {sight.around for sight in self.kind.sights if sight.around}
        names |= {"session"} if self.field == "queue_id" else set(PIVOTS.get(self.field, ()))
        return tuple(sorted(names))

    def _who(self) -> Query:
        """Over all that is held, whatever the window; of a message, whatever the rest of the slice."""
        names = dict.fromkeys(("first", "last", *(column.name for column in self.kind.facts)))
        names |= dict.fromkeys(f"last.{name}" for name in self._goes_around())
        alone = any(sight.alone for sight in self.kind.sights)
        where = (self.part,) if alone else self.base
        return Query(tuple(names), where=where, span=EVERYTHING, unit=self.kind.unit)

    def _title_sights(self) -> None:
        for pane, sight in self.sights.items():
            known = self.around.get(sight.around)
            if known is not None:
                pane.caption = f"{sight.title} {self._plain(name_of(sight.around, known))}"
            elif sight.view == "tries" and pane in self.visible_panes:
                pane.caption = self._tries(pane.view.title)

    def _tries(self, title: str) -> str:
        asked = Query(
            TRIES_MEASURES, by=("session",), where=self.where, span=self.span(), order="first", limit=SESSIONS
        )
        return tries_told(title, tries(self.desk.core.ask(asked)))

    def say_status(self, status: Status, table: Table | None = None) -> None:
        """The first line; the third has the figures here."""
        shown, self.line3.display = self.line3.display, True
        super().say_status(status, table)
        self.line3.display = shown

    def _rank(self) -> list[Piece]:
        """The place among all values of the field in the window."""
        if self.part.more or not self.kind.rank:
            return []
        order = self.kind.rank
        where = (*self.above, *self.filter)
        asked = Query((order,), by=(self.field,), where=where, span=self.span(), order=order, limit=RANKED)
        table = self.desk.core.ask(replace(asked, unit=self.kind.unit))
        names = [str(value) for value in table.column(self.field)]
        if self.value not in names:
            return [(f"   rank beyond {RANKED:,} of {table.groups:,}", "soft")] if table.groups > RANKED else []
        return [("   rank ", "soft"), (f"{names.index(self.value) + 1:,}", "key"), (f" of {table.groups:,}", "soft")]

    # -- to other values -------------------------------------------------------------------------------------------

    def action_beside(self, step: int) -> None:
        """The row before or after the one that was chosen, without leaving."""
        other = self.among.beside(self.value, step) if self.among is not None else None
        if self.among is None or other is None:
            why = "several rows were chosen together" if self.part.more else "there is no row beyond this one"
            self.keys.tell(why, "soft")
            return
        self.among.point(other)
        self.part = Where(self.field, other)
        self.base = (*self.above, self.part)
        self.around = {}
        for pane in self.panes:
            pane.action_unmark()
            pane.rearrange()
        self.draw()

    def action_pivot(self, field: str) -> None:
        """To the network, or the AS, that it belongs to."""
        value = self.around.get(field) if field in PIVOTS.get(self.field, ()) and not self.part.more else None
        if value is None:
            self.keys.tell(f"no {'network' if field == 'prefix' else 'AS'} is known of it", "soft")
        else:
            self.post_message(Opened(Where(field, value), (*self.above, *self.filter)))

    # -- and back --------------------------------------------------------------------------------------------------

    def forget(self, part: Where) -> None:
        """A part of the slice is no more; without its own there is nothing to be seen here."""
        self.above = tuple(one for one in self.above if one != part)
        if part == self.part:
            self.gone = True
            if self.on_top:
                self.leave()
        else:
            super().forget(part)

    def leave(self) -> None:
        """Back to the screen beneath; once, however often it is asked for."""
        if self.on_top and not self._leaving:
            self._leaving = True
            self.dismiss()

    def action_back(self) -> None:
        """Undo one thing, or leave."""
        if not self.undo():
            self.leave()

    def action_quit_or_back(self) -> None:
        """Undo the zoom, or leave this screen."""
        if self.zoomed:
            self._zoom(False)
        else:
            self.leave()

    def action_copy(self) -> None:
        """The row under the cursor, or the value that this screen is about."""
        super().action_copy()
        if not self.current.copyable:
            values = [value for value in self.part.values if value is not None]
            self.app.copy_to_clipboard("\n".join(map(self._plain, values)))
            self.keys.tell(f"copied {' '.join(values)}")

