"""A monitor that holds invented rows and answers by plain Python: what a screen shows can be told before it is shown.

`FakeMonitor.groups` maps a field to rows of measures; a question by that field gets those rows, filtered by what the
slice says of that field, ordered and limited. A question without a field gets the sum. Nothing here is mailtop's own
arithmetic: a screen is tested, not a store.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network
from typing import Any

from mailtop.monitor import Status
from mailtop.query import Holding, Listing, Query, Slice, Span, Table, Value
from mailtop.source.readback import Lost

NOW = 1_795_284_131.0
"""2026-11-21 18:02:11 UTC"""


@dataclass(frozen=True)
class Settings:
    """What a user would have settled."""

    show: float | None = 300.0
    delay: float = 1.0
    export_dir: str = "."
    ascii: bool = False
    mouse: bool | None = False
    theme: str | None = None


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class FakeMonitor:
    """See the module."""

    groups: dict[str, list[dict[str, Value]]] = field(default_factory=dict)
    events: list[dict[str, Value]] = field(default_factory=list)
    state: Status = field(
        default_factory=lambda: Status(
            ("/var/log/mail.log",), True, NOW, 0.0, 0, 96.0, None, Holding(1000, NOW - 3600, NOW, 0, 0, 1), ()
        )
    )
    asked: list[Query | Listing] = field(default_factory=list)
    raw: dict[int, str] = field(default_factory=dict)
    changed: bool = True
    closed: bool = False
    still: bool = False

    hint: Callable[[], object] | None = None

    def when_arrived(self, hint: Callable[[], object] | None) -> None:
        self.hint = hint

    def pump(self, budget: float = 0.02) -> bool:
        changed, self.changed = self.changed, False
        return changed

    def status(self) -> Status:
        return self.state

    def span(self, seconds: float | None) -> Span:
        return Span(seconds, self.state.now)

    def stand_still(self, on: bool) -> None:
        self.still = on

    def line(self, source: str, file: int, offset: int) -> str | None:
        return self.raw.get(offset)

    def lines(self, places: Sequence[tuple[str, int, int]]) -> list[str | None]:
        return [self.line(*place) for place in places]

    def lost(self, source: str, file: int, offset: int) -> Lost:
        return Lost(f"the file {source} is gone", True)

    def close(self) -> None:
        self.closed = True

    def arrive(self, events: int = 1) -> None:
        """Something came in."""
        holding = self.state.holding
        self.state = replace(
            self.state, holding=replace(holding, events=holding.events + events, version=holding.version + 1)
        )
        self.changed = True

    def ask(self, query: Query | Listing) -> Table:
        self.asked.append(query)
        until = query.span.until or NOW
        since = until - (query.span.seconds or 3600)
        if isinstance(query, Listing):
            rows = [tuple(event.get(name) for name in query.fields) for event in held(self.events, query.where)]
            return Table(query.fields, tuple(rows[query.skip : query.skip + query.limit]), (), len(rows), since, until)
        columns = (*query.by, *query.measures)
        if not query.by:
            clients = held(self.groups.get("client", []), query.where)
            row = tuple(_sum(clients, name, query.buckets) for name in query.measures)
            return Table(columns, (row,) if clients else (), row if clients else (), 1, since, until)
        by = query.by[0]
        groups = held(self.groups.get(by, []), query.where)
        groups = [group for group in groups if not query.having or group.get(query.having)]
        groups.sort(key=lambda group: str(group[by]))
        groups.sort(key=lambda group: _weight(group.get(query.order)), reverse=query.descending)
        cells = tuple(tuple(_cell(group, name, query.buckets) for name in columns) for group in groups[: query.limit])
        totals = (None, *(_sum(groups, name, query.buckets) for name in query.measures))
        return Table(columns, cells, totals, len(groups), since, until)


def held(rows: Iterable[dict[str, Value]], where: Slice) -> list[dict[str, Value]]:
    """Rows of which every part of the slice holds; a part about a field that a row has not says nothing of it."""
    return [row for row in rows if all(_holds(row, part) for part in where if part.field in row)]


def _holds(row: dict[str, Value], part: Any) -> bool:
    value = row[part.field]
    if part.how == "in":
        holds = ip_address(str(value)) in ip_network(part.value)
    elif part.how == "has":
        holds = part.value.lower() in str(value).lower()
    else:
        holds = (None if value is None else str(value)) == part.value
    return bool(holds != part.negate)


def _weight(value: Value) -> Any:
    return value if isinstance(value, int | float) else 0


def _cell(group: dict[str, Value], name: str, buckets: int) -> Value:
    if name.endswith(".trend"):
        shape = group.get("shape", (1, 2, 3, 4, 3, 2))
        many = group.get(name.removesuffix(".trend"), 0)
        assert isinstance(shape, tuple)
        assert isinstance(many, int)
        return tuple(shape[i * len(shape) // buckets] * many // 10 for i in range(buckets))
    if name.endswith(".rate"):
        many = group.get(name.removesuffix(".rate"), 0)
        assert isinstance(many, int)
        return many / 300
    return group.get(name)


def _sum(groups: list[dict[str, Value]], name: str, buckets: int) -> Value:
    cells = [_cell(group, name, buckets) for group in groups]
    if name.endswith(".trend"):
        return tuple(sum(column) for column in zip(*(cell for cell in cells if isinstance(cell, tuple)), strict=True))
    numbers = [cell for cell in cells if isinstance(cell, int | float)]
    if name in ("first", "last"):
        return (min if name == "first" else max)(numbers, default=None)
    if name == "clients":
        return len(groups)
    if name.startswith(("top.", "last.")):
        return next((cell for cell in cells if cell is not None), None)
    if name.startswith("distinct."):
        return len({cell for group in groups if (cell := group.get(name.removeprefix("distinct."))) is not None})
    return sum(numbers)


def client(address: str, connections: int, refused: int, **more: Value) -> dict[str, Value]:
    """A client's row."""
    row: dict[str, Value] = {
        "client": address,
        "prefix": address.rsplit(".", 1)[0] + ".0/24" if "." in address else "2001:db8::/64",
        "host": "mx1",
        "top.host": "mx1",
        "connections": connections,
        "sessions": connections,
        "refused": refused,
        "deferred": 0,
        "greylisted": 0,
        "accepted": connections - refused,
        "warned": 0,
        "hung_up": 0,
        "auth_failed": 0,
        "first": NOW - 2000,
        "last": NOW - 4,
        "top.asn": 64500,
        "top.as_name": "EXAMPLE-NET",
        "top.why": "dnsbl:zen.example.org" if refused else None,
        "last.client_name": "unknown",
        "last.prefix": address.rsplit(".", 1)[0] + ".0/24" if "." in address else "2001:db8::/64",
    }
    return row | more


def busy() -> FakeMonitor:
    """A monitor with something in each pane."""
    clients = [client(f"203.0.113.{n}", 1200 - 40 * n, 1100 - 40 * n) for n in range(1, 26)]
    clients += [client(f"198.51.100.{n}", 90 - n, 0) for n in range(1, 30)]
    reasons: list[dict[str, Value]] = [
        {"reason": name, "turned_away": n, "refused": n, "top.reply": "554", "clients": n // 7}
        for name, n in (("dnsbl", 4102), ("unknown_user", 1530), ("greylist", 611), ("helo", 288), ("rate", 140))
    ]
    zones: list[dict[str, Value]] = [
        {"zone": zone, "refused": n, "clients": n // 5, "listed": n, "lookup_errors": bad, "last": NOW - 1}
        for zone, n, bad in (("zen.example.org", 3811, 0), ("bl.example.net", 204, 0), ("gone.example.net", 0, 512))
    ]
    networks: list[dict[str, Value]] = [
        {"asn": 64500 + n, "top.as_name": f"EXAMPLE-{n}", "clients": 90 - 9 * n, "connections": 900 - 90 * n,
         "refused": 600 - 60 * n, "accepted": 10, "last": NOW - n, "top.why": "helo"}
        for n in range(9)
    ]  # fmt: skip
    events: list[dict[str, Value]] = [
        {"time": NOW - n, "client": f"203.0.113.{n % 25 + 1}", "reply": "554", "why": "dnsbl:zen.example.org",
         "helo": "ylmf-pc", "sender": "<>", "recipient": "info@example.org", "daemon": "smtpd", "kind": "reject",
         "source": "/var/log/mail.log", "file": 1, "offset": 100 * n}
        for n in range(60)
    ]  # fmt: skip
    why: list[dict[str, Value]] = [
        {"why": "dnsbl:zen.example.org", "turned_away": 980, "refused": 980, "top.reply": "554",
         "top.enhanced": "5.7.1", "last": NOW - 3},
        {"why": "unknown_user", "turned_away": 20, "refused": 20, "top.reply": "550", "top.enhanced": "5.1.1",
         "last": NOW - 60},
    ]  # fmt: skip
    values: dict[str, list[dict[str, Value]]] = {
        name: [
            {name: text, "sessions": n, "refused": n, "deferred": 0, "accepted": 0, "last": NOW - 9}
            for text, n in texts.items()
        ]
        for name, texts in {
            "helo": {"ylmf-pc": 1190, "[192.0.2.33]": 14},
            "sender": {"<>": 804, "a@spam.example": 210},
            "recipient": {"info@example.org": 201, "sales@example.org": 188},
        }.items()
    }
    return FakeMonitor(
        {"client": clients, "reason": reasons, "zone": zones, "asn": networks, "why": why, **values}, events
    )
