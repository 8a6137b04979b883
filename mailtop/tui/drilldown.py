"""Drilldown: one value of one field, seen through the same views. A client at its best; any other field as well.

    mailtop > Top clients > 203.0.113.77                              window 5m   LIVE      how one got here
    203.0.113.77   unknown   AS64500 EXAMPLE-NET   203.0.113.0/24   rank 1 of 1,842         who it is
    first 16:40:02   last 18:02:10   connections 1,204   refused 1,204   accepted 0         what it did
    - Rate  # connections  # refused ------------------------------------ peak 9.2/s -
      4|   .:=*##*+=-::..:-=+*######*+=-::::-=+*###*+=-:::-=+**+=-:::-=+*##*+=::-
    - 1 Verdicts -------------------------   - 2 Blocklists and codes ---------------
    - 3 Neighbours in 203.0.113.0/24 -----   - 4 HELO names -------------------------
    - 5 Senders (wide) - 6 Recipients (wide) ------------------------------------------
    - 7 Lines ------------------------------------------------------- newest first -
      Nov 21 18:02:10 mx1 postfix/smtpd[292]: NOQUEUE: reject: RCPT from ...
    Esc Back  ? Help  y Copy  ...

A field other than the client has the clients behind it where a client has its neighbours.
"""

from collections.abc import Iterator
from typing import ClassVar, Final

from textual.widget import Widget

from mailtop.monitor import Status
from mailtop.query import EVERYTHING, Query, Slice, Table, Value, Where
from mailtop.tui.chart import RateChart
from mailtop.tui.desk import Desk
from mailtop.tui.ink import Piece
from mailtop.tui.paned import PanedScreen
from mailtop.tui.panes import Pane
from mailtop.tui.linespane import LinesPane
from mailtop.views import VIEWS
from mailtop.views.catalogue import LINES
from mailtop.views.column import clock, percent

RANKED: Final = 1000
"""places of a ranking that are looked through"""

IDENTITY: Final = (
    "first", "last", "last.client_name", "top.asn", "top.as_name", "last.prefix", "distinct.client",
)  # fmt: skip
"""what tells who it is, over everything held"""

FIGURES: Final = ("connections", "refused", "accepted", "deferred", "greylisted", "warned", "auth_failed", "hung_up")


class Drilldown(PanedScreen):
    """See the module."""

    HINTS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("back", "Back"), ("help", ""), ("filter", ""), ("pause", ""), ("open", "Open"), ("zoom", ""),
        ("copy_key", "Copy"), ("export_pane", ""),
    )  # fmt: skip

    def __init__(self, desk: Desk, field: str, value: str, base: Slice, crumbs: tuple[str, ...]) -> None:
        self.field = field
        self.value = value
        self.prefix: str | None = value if field == "prefix" else None
        self.above = base
        self.chart = RateChart(ascii_only=desk.ascii_only, id="chart")
        others = "Neighbours" if field == "client" else "Clients"
        numbered = [
            (VIEWS["verdicts"], ""), (VIEWS["listings"], ""), (VIEWS["clients"], others), (VIEWS["helos"], ""),
            (VIEWS["senders"], ""), (VIEWS["recipients"], ""),
        ]  # fmt: skip
        panes = [
            Pane(view, number, title=title, clock=desk.clock, ascii_only=desk.ascii_only)
            for number, (view, title) in enumerate(numbered, 1)
        ]
        lines = LinesPane(LINES, 7, desk.core.line, clock=desk.clock, ascii_only=desk.ascii_only)
        super().__init__(desk, [*panes, lines], (*base, Where(field, value)), (*crumbs, name_of(field, value)))

    def body(self) -> Iterator[Widget]:
        """The chart stands before the panes."""
        yield self.chart
        yield from self.panes

    def where_of(self, pane: Pane) -> Slice:
        """A client's neighbours are those in its /24 or /64; everything else is about the value itself."""
        if pane.view.name == "clients" and self.field == "client":
            return (*self.above, Where("prefix", self.prefix)) if self.prefix else self.base
        return self.base

    def draw_lines(self, status: Status) -> None:
        """Who it is, what it did, and the chart."""
        span = self.desk.span()
        who = self.desk.core.ask(
            Query(
                measures=IDENTITY,
                where=self.base,
                span=EVERYTHING,
            )
        )
        of = dict(zip(who.columns, who.rows[0], strict=True)) if who.rows else {}
        if self.field == "client" and isinstance(of.get("last.prefix"), str):
            self.prefix = str(of["last.prefix"])
            self._title_neighbours()
        self.say_status(status)
        did = self.desk.core.ask(Query(FIGURES, where=self.where, span=span))
        self.line2.say(self._identity(of) + self._rank(), [])
        self.line3.display = True
        self.line3.say(self._figures(of, did, status))
        if self.chart.display and self.chart.size.height > 3:
            self.chart.show(self.desk.core.ask(self.chart.question(self.where, span)), status.holding.utc_offset)

    def say_status(self, status: Status, table: Table | None = None) -> None:
        """The first line; the third has the figures here."""
        shown, self.line3.display = self.line3.display, True
        super().say_status(status, table)
        self.line3.display = shown

    def _title_neighbours(self) -> None:
        pane = next(pane for pane in self.panes if pane.view.name == "clients")
        pane.caption = f"Neighbours in {self.prefix}"

    def _identity(self, of: dict[str, Value]) -> list[Piece]:
        pieces: list[Piece] = [(self._plain(name_of(self.field, self.value)), "title")]
        told = []
        if self.field == "client":
            told.append(self._plain(str(of.get("last.client_name") or "no name seen")))
        if self.field != "asn" and of.get("top.asn"):
            told.append(f"AS{of['top.asn']} {self._plain(str(of.get('top.as_name') or ''))}".strip())
        elif self.field == "asn":
            told.append(self._plain(str(of.get("top.as_name") or "no name known")))
        if self.field == "client" and self.prefix and self.size.width >= 100:  # the neighbours' title has it as well
            told.append(self.prefix)
        if self.field != "client" and isinstance(of.get("distinct.client"), int):
            told.append(f"{of['distinct.client']:,} addresses")
        return pieces + [("   " + text, "soft" if i else "key") for i, text in enumerate(told)]

    def _rank(self) -> list[Piece]:
        """The place among all values of the field by refusals in the window."""
        table = self.desk.core.ask(
            Query(
                ("refused",),
                by=(self.field,),
                where=(*self.above, *self.filter),
                span=self.desk.span(),
                order="refused",
                limit=RANKED,
            )
        )
        names = [str(value) for value in table.column(self.field)]
        if self.value not in names:
            return [(f"   rank beyond {RANKED:,} of {table.groups:,}", "soft")] if table.groups > RANKED else []
        return [("   rank ", "soft"), (f"{names.index(self.value) + 1:,}", "key"), (f" of {table.groups:,}", "soft")]

    def _figures(self, of: dict[str, Value], did: Table, status: Status) -> list[Piece]:
        pieces: list[Piece] = []
        offset = status.holding.utc_offset
        for name in ("first", "last"):
            at = of.get(name)
            if isinstance(at, int | float):
                pieces += [(("   " if pieces else "") + f"{name} ", "soft"), (clock(at, offset), "key")]
        cells = dict(zip(did.columns, did.rows[0], strict=True)) if did.rows else {}
        for name in FIGURES:
            number = cells.get(name)
            if not isinstance(number, int) or (not number and name not in ("connections", "refused", "accepted")):
                continue
            share = percent(number, cells.get("connections")) if name == "refused" else ""
            label, figure = name.replace("_", " ") + " ", f"{number:,}" + (f" ({share})" if share else "")
            if sum(len(text) for text, _ in pieces) + len(label) + len(figure) + 5 > self.size.width:
                break
            pieces += [("   " + label, "soft"), (figure, "bad" if name == "refused" and number else "key")]
        return pieces

    def action_back(self) -> None:
        """Undo the zoom, then the filter, then leave."""
        if self.zoomed or self.filter:
            super().action_back()
        else:
            self.dismiss()

    def action_quit_or_back(self) -> None:
        """Undo the zoom, or leave this screen."""
        if self.zoomed:
            self._zoom(False)
        else:
            self.dismiss()

    def action_copy(self) -> None:
        """The value that this screen is about, unless another row is under the cursor."""
        super().action_copy()
        if not self.current.copyable:
            self.app.copy_to_clipboard(self._plain(self.value))
            self.keys.tell(f"copied {self.value}")


def name_of(field: str, value: str) -> str:
    """A value as people write it."""
    return f"AS{value}" if field == "asn" else value
