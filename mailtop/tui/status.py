"""The lines around the panes: what is watched and how well (1), what it adds up to (2), what is wrong (3), the keys.

Each line is drawn again only when its text has changed; no clock ticks in any of them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Final

from textual.strip import Strip

from mailtop.analysis.reading import share
from mailtop.monitor import Status
from mailtop.query import Query, Slice, Span, Table
from mailtop.tui.cells import fitted, plain, width_of
from mailtop.tui.desk import Desk, window_name
from mailtop.tui.ink import Inked, Piece
from mailtop.views.column import ago, bars, clock, octets, percent, rate

LAGGING: Final = 5.0
"""seconds behind at which the lag is a warning"""

TREND: Final = 24
"""cells of the one trend above the panes"""

TOTALS: Final = ("connections", "refused", "deferred", "greylisted", "accepted", "clients")


class Line(Inked):
    """One line of text, left and right. Pieces at the right that do not fit are left out, the first of them first."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:  # noqa: A002
        super().__init__(ascii_only=ascii_only, id=id)
        self._left: tuple[Piece, ...] = ()
        self._right: tuple[Piece, ...] = ()

    @property
    def text(self) -> str:
        """All that it says."""
        return "".join(text for text, _ in (*self._left, *self._right))

    def say(self, left: Sequence[Piece], right: Sequence[Piece] = ()) -> None:
        """Show this instead; nothing is drawn when it is what stands there already."""
        if (tuple(left), tuple(right)) != (self._left, self._right):
            old = self._pieces()
            self._left, self._right = tuple(left), tuple(right)
            self.mark_line(0, old, self._pieces())

    def render_line(self, y: int) -> Strip:
        """The line."""
        return self.strip(self._pieces(), self.size.width)

    def _pieces(self) -> list[Piece]:
        """What is said, laid out for the width there is."""
        width = self.size.width
        right = list(self._right)
        wanted = sum(width_of(text) for text, _ in self._left)
        while len(right) > 1 and min(wanted, width // 2) + sum(width_of(text) for text, _ in right) + 4 > width:
            right.pop(0)
        room = width - 2 - sum(width_of(text) for text, _ in right)
        left: list[Piece] = [(" ", "")]
        for text, ink in self._left:
            if width_of(text) >= room:
                text = fitted(text, max(0, room - 1), more="~" if self.ascii_only else "\u2026")
            room -= width_of(text)
            left.append((text, ink))
        return [*left, (" " * max(0, room), ""), *right] if right else left


def status_right(desk: Desk, status: Status) -> list[Piece]:
    """State, window and health, the least important first."""
    holding = status.holding
    pieces: list[Piece] = []
    reading = status.reading
    if reading.foreign_share:
        pieces.append((f"foreign {percent(reading.count('foreign'), reading.count('lines'))}   ", "soft"))
    if status.lines_per_second >= 0.05:
        pieces.append((f"{brief(status.lines_per_second)} lines/s   ", "soft"))
    if status.lag_bytes and status.lag > 1:
        ink = "warn" if status.lag >= LAGGING else "soft"
        pieces.append((f"lag {ago(status.lag)} ({octets(status.lag_bytes)})   ", ink))
    if status.unparsed:
        known = reading.understood_share
        part = "" if known is None else f" ({share(1 - known)}%)"
        pieces.append((f"unparsed {status.unparsed:,}{part}   ", "warn"))
    if lost := max(0, reading.count("lost")) + max(0, reading.count("missing")):
        pieces.append((f"lost {lost:,}   ", "warn"))
    if status.gaps:
        pieces.append((f"gaps {len(status.gaps)}   ", "warn"))
    pieces.append((f"window {window_name(desk.window)}   ", ""))
    if desk.cursor is not None:
        back = desk.cursor.newest - desk.cursor.at
        behind = f"  {ago(back)} back" if back else ""
        pieces.append((f" {moment(desk.cursor.at, holding.utc_offset)}{behind} ", "paused"))
    elif desk.pause is not None:
        since = int(desk.clock() - desk.pause.since)
        more = max(0, holding.events + holding.evicted - desk.pause.events)
        pieces.append((f" PAUSED {since // 60:02}:{since % 60:02} +{more:,} events ", "paused"))
    elif status.live and status.speed is not None:
        pieces.append((f"REPLAY {status.speed:g}x  {moment(status.now, holding.utc_offset)}", "state"))
    elif status.live:
        pieces.append(("LIVE", "state"))
    elif holding.last is not None:
        pieces.append((f"as of {clock(holding.last, holding.utc_offset)}", "warn"))
    else:
        pieces.append(("waiting", "soft"))
    return pieces


def moment(epoch: float, utc_offset: int) -> str:
    """A time with its day, in the log's own offset (minutes): `Nov 21 18:02:11`."""
    return f"{datetime.fromtimestamp(epoch, timezone(timedelta(minutes=utc_offset))):%b %d %H:%M:%S}"


def brief(number: float) -> str:
    """A number that does not change with every breath: two digits or less, and k for thousands."""
    if number >= 10000:
        return f"{number / 1000:.0f}k"
    if number >= 10:
        step = 5 if number < 100 else 10 if number < 1000 else 100
        return f"{round(number / step) * step:,}"
    return f"{number:.1f}".removesuffix(".0")


def totals_query(where: Slice, span: Span) -> Query:
    """The question behind the second line."""
    return Query(
        measures=(*TOTALS, "connections.rate", "connections.trend", "top.host", "distinct.host"),
        where=where,
        span=span,
        buckets=TREND,
    )


def totals(table: Table, width: int, ascii_only: bool) -> list[Piece]:
    """The second line: connections with their trend, and what became of them in percent."""
    if not table.rows:
        return []
    of = dict(zip(table.columns, table.rows[0], strict=True))
    per_second, trend = of["connections.rate"], of["connections.trend"]
    pieces: list[Piece] = [("connections " if width >= 100 else "conn ", "soft")]
    pieces.append((rate(per_second) if isinstance(per_second, int | float) else "?", "key"))
    if isinstance(trend, tuple):
        if width < 100:
            trend = tuple(sum(pair) for pair in zip(trend[::2], trend[1::2], strict=False))
        pieces.append(("  " + bars(trend, TREND, ascii_only), "trend"))
    told: list[tuple[str, str, str]] = []
    for name in ("refused", "accepted", "deferred", "greylisted"):
        share = percent(of[name], of["connections"])
        if share and (of[name] or name in ("refused", "accepted")):
            told.append((name, share, "bad" if name == "refused" else "key"))
    if isinstance(of["clients"], int):
        told.insert(2, ("clients", f"{of['clients']:,}", "key"))
    for name, figure, ink in told:
        if sum(width_of(text) for text, _ in pieces) + len(name) + len(figure) + 6 > width:
            break
        pieces += [(f"   {name} ", "soft"), (figure, ink)]
    return pieces


def host_of(table: Table) -> str:
    """The server that wrote the log: the one that wrote most of it, and how many others there are."""
    if not table.rows:
        return ""
    host, many = table.rows[0][table.columns.index("top.host")], table.rows[0][table.columns.index("distinct.host")]
    if not host:
        return ""
    return str(host) + (f" +{many - 1}" if isinstance(many, int) and many > 1 else "")


def warnings(status: Status, width: int, ascii_only: bool) -> list[Piece]:
    """The third line: what makes the numbers less than the truth. Empty when all is well."""
    counts = status.holding.counts
    said: list[Piece] = []
    if status.backfilled is not None:
        full, part = ("#", "-") if ascii_only else ("━", "─")
        cells = min(30, max(8, width // 6))
        done = int(cells * min(1.0, status.backfilled))
        said += [
            ("reading older lines ", "soft"),
            (full * done, "trend"),
            (part * (cells - done), "rule"),
            (f" {100 * status.backfilled:.0f}%", "key"),
        ]
    told: list[str] = []
    if counts.get("lost"):
        told.append(f"counts are low by at least {counts['lost']:,}: syslog dropped lines")
    if counts.get("missing", 0) > 0:
        told.append(f"{counts['missing']:,} missing of syslog's sequence: lost on the way, or kept elsewhere")
    if status.holding.evicted:
        since = status.holding.first
        from_when = f", complete since {clock(since, status.holding.utc_offset)}" if since is not None else ""
        told.append(f"{status.holding.evicted:,} events beyond --max-events let go{from_when}")
    if status.unparsed:
        told.append(f"{status.unparsed:,} lines not understood: `mailtop report --unknown`")
    if counts.get("cut"):
        told.append(f"{counts['cut']:,} lines cut for their length")
    told.extend(status.notes)
    for text in told:
        said.append(("   " if said else "", ""))
        said.append(("! " + plain(text, ascii_only), "warn"))
    return said


class Keys(Line):
    """The last line: what the keys do. With something to say, it says that until the next key."""

    def __init__(self, hints: Sequence[tuple[str, str]], *, ascii_only: bool = False, id: str | None = None) -> None:  # noqa: A002
        super().__init__(ascii_only=ascii_only, id=id)
        self._hints = tuple(hints)
        self._message = ""
        self._ink = ""

    def tell(self, message: str, ink: str = "good") -> None:
        """Say one thing; an empty message brings the keys back."""
        message = plain(message, self.ascii_only)
        if (message, ink) != (self._message, self._ink):
            self._message, self._ink = message, ink
            self.refresh()

    @property
    def message(self) -> str:
        """What it says, if anything."""
        return self._message

    def render_line(self, y: int) -> Strip:
        """The keys that fit, the most important first."""
        width = self.size.width
        if self._message:
            return self.strip([(" " + self._message, self._ink)], width)
        pieces: list[Piece] = []
        used = 1
        gap = 3 if width >= 100 else 2
        for key, label in self._hints:
            if used + width_of(key) + width_of(label) + 1 > width:
                break
            pieces += [(" " * (gap if pieces else 1), "soft"), (key, "hotkey"), (f" {label}", "soft")]
            used += width_of(key) + width_of(label) + 1 + gap
        return self.strip(pieces, width)
