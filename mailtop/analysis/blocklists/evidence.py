"""evidence: what a store says about DNS lists, asked once for all detectors.

In: something that answers queries (a store, a monitor), a slice and a span; and, for the texts of refusals and of
failed lookups, something that gives a raw line back by source, file and offset. Out: `Evidence`.

A list's **hits** are clients that it named (a listing in the log) or on whose account it turned mail away.
**Parallel** evidence is that of programs that ask every list about every client (dnsblog for postscreen, rspamd);
there a client that a list did not name is known not to be listed. Everything else stops at the first list that names
the client, so that later lists are not asked.

LIMITS: `ZONES` lists, `PAIRS` clients of all lists together and as many clients of the server, `SAMPLES` lines of each
list. What was cut is said in `Evidence.cut`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from mailtop.query import EVERYTHING, Listing, Query, Slice, Span, Table, Value, Where

ZONES: Final = 500
PAIRS: Final = 200_000
SAMPLES: Final = 4
"""lines read back of each list: what a dying list says it says to everyone"""
SAMPLED: Final = 50
"""lists of which lines are read back, the most active ones"""
STEP: Final = 900.0
"""seconds of a step of the trends"""
STEPS: Final = 2976
"""31 days of these"""
DAY: Final = 86400.0
DAYS: Final = 31

Ask = Callable[[Query | Listing], Table]
Line = Callable[[str, int, int], str | None]
Parallel = str
"""who asked: `dnsblog` or `rspamd`"""


@dataclass(frozen=True, slots=True)
class Hits:
    """The clients that one list hit, each with the time of its first and its newest hit."""

    first: dict[str, float] = field(default_factory=dict)
    last: float = 0.0

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that the detectors look at."""

    since: float
    until: float
    zones: tuple[str, ...] = ()
    """seen in the log, in the order of their names"""
    configured: tuple[str, ...] = ()
    """in the configuration, where it is known"""
    answers: dict[str, dict[str, int]] = field(default_factory=dict)
    """zone -> answer -> clients that got it"""
    named: dict[Parallel, dict[str, Hits]] = field(default_factory=dict)
    """parallel evidence: who asked -> zone -> the clients it named"""
    odd: dict[str, Hits] = field(default_factory=dict)
    """zone -> clients about whom it gave an answer that is no listing"""
    decided: dict[str, Hits] = field(default_factory=dict)
    """zone -> the clients that were turned away on its word"""
    hits: dict[str, Hits] = field(default_factory=dict)
    """zone -> both, and the clients of whom it was only warned"""
    tested: dict[Parallel, frozenset[str]] = field(default_factory=dict)
    """who asked -> the clients about whom it asked"""
    accepted: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """client -> messages accepted from it without authentication, in each of the days before `until`, oldest first"""
    failed: dict[str, frozenset[str]] = field(default_factory=dict)
    """zone -> clients about whom smtpd could not ask it"""
    put_off: frozenset[str] = frozenset()
    """clients that got `450 4.7.1 Client host rejected: Service unavailable`"""
    step: float = STEP
    sessions: tuple[int, ...] = ()
    """in each step of time"""
    failures: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """zone -> lookups that failed, in each step"""
    texts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """zone -> what the list said of some of the newest clients it refused, each client once"""
    faults: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """zone -> some of the newest lines about lookups that failed"""
    cut: tuple[str, ...] = ()


def gather(
    ask: Ask,
    line: Line | None = None,
    where: Slice = (),
    span: Span = EVERYTHING,
    configured: Sequence[str] = (),
) -> Evidence:
    """Ask everything. Without `line` there are no texts, and D3 and D7 have nothing to say."""
    cut: list[str] = []

    def pairs(what: str, measure: str, *more: Where) -> Table:
        measures = (measure, "first", "last")
        table = ask(Query(measures, ("zone", "client"), (*where, *more), span, "events", limit=PAIRS, having=measure))
        if table.groups > len(table.rows):
            cut.append(f"{what}: {len(table.rows):,} of {table.groups:,}")
        return table

    zones = ask(Query(("events", "first", "last"), ("zone",), (*where, _ZONED), span, "events", limit=ZONES))
    if zones.groups > len(zones.rows):
        cut.append(f"lists: {len(zones.rows)} of {zones.groups}")
    whole = ask(Query(("events", "first"), (), where, span, "events"))
    first = whole.rows[0][1] if whole.rows else None
    since = float(first) if isinstance(first, int | float) else zones.until
    until = zones.until
    days = min(DAYS, int((until - since) / DAY) + 1)
    steps = max(1, min(STEPS, round((until - since) / STEP)))
    stretch = Span(until - since + 1.0, until)  # a span is open at its beginning

    named = {
        who: _hits(pairs("listings", "listed", *_LISTED, Where("daemon", who, "has"))) for who in ("dnsblog", "rspamd")
    }
    decided = _hits(pairs("refusals", "turned_away", _ZONED))
    listed = _hits(pairs("listings", "listed", *_LISTED))
    warned = _hits(pairs("warnings", "warned", _ZONED))
    names = tuple(sorted(str(zone) for zone in zones.column("zone")))
    accepted = ask(
        Query(
            ("accepted.trend", "accepted"), ("client",), (*where, *_UNKNOWN_USERS), Span(days * DAY, until), "events",
            buckets=days, order="accepted", having="accepted", limit=PAIRS,
        )
    )  # fmt: skip
    traffic = ask(Query(("sessions.trend",), (), where, stretch, "sessions", buckets=steps))
    failing = ask(
        Query(
            ("lookup_errors.trend", "lookup_errors"), ("zone",), where, stretch, "events",
            buckets=steps, order="lookup_errors", having="lookup_errors", limit=ZONES,
        )
    )  # fmt: skip
    failed = pairs("failures", "lookup_errors", Where("daemon", "smtpd", "has"))
    put_off = ask(
        Query(("deferred",), ("client",), (*where, *_PUT_OFF), span, "events", having="deferred", limit=PAIRS)
    )
    busiest = [str(row[0]) for row in zones.rows][:SAMPLED]
    return Evidence(
        since=since,
        until=until,
        zones=names,
        configured=tuple(configured),
        answers=_answers(ask(Query(("clients",), ("zone", "answer"), (*where, *_LISTED), span, limit=PAIRS))),
        named=named,
        odd=_hits(pairs("odd answers", "list_errors", *_LISTED)),
        decided=decided,
        hits=_together(_together(decided, listed), warned),
        tested=_tested(ask, where, span),
        accepted={str(row[0]): row[1] for row in accepted.rows if isinstance(row[1], tuple)},
        failed=_clients(failed),
        put_off=frozenset(str(client) for client in put_off.column("client")),
        step=stretch.seconds / steps if stretch.seconds else STEP,
        sessions=_trend(traffic.rows[0][0]) if traffic.rows else (),
        failures={str(row[0]): _trend(row[1]) for row in failing.rows},
        texts={} if line is None else _sampled(ask, line, (*where, *_TURNED), span, busiest),
        faults={} if line is None else _sampled(ask, line, (*where, *_FAULTS), span, busiest),
        cut=tuple(dict.fromkeys(cut)),
    )


_ZONED: Final = Where("zone", None, negate=True)
_LISTED: Final = (Where("kind", "listed"),)
_TURNED: Final = (Where("verdict", "refused", more=("deferred", "warned")), Where("kind", "reject", more=("warn",)))
_FAULTS: Final = (Where("kind", "lookup_error"),)
_UNKNOWN_USERS: Final = (Where("verdict", "accepted"), Where("sasl_user", None))
_PUT_OFF: Final = (Where("reply", "450"), Where("enhanced", "4.7.1"), Where("reason", "server"))


def _tested(ask: Ask, where: Slice, span: Span) -> dict[Parallel, frozenset[str]]:
    """About whom all lists were asked. postscreen asks of nobody whom it remembers or always lets through."""

    def clients(*more: Where) -> frozenset[str]:
        table = ask(Query(("events",), ("client",), (*where, *more), span, "events", limit=PAIRS))
        return frozenset(str(client) for client in table.column("client"))

    screener = Where("daemon", "postscreen", "has")
    remembered = clients(screener, Where("kind", "pass"), Where("text", "OLD", more=("ALLOWLISTED",)))
    new = clients(screener, Where("kind", "pass"), Where("text", "NEW"))
    connected = clients(screener, Where("kind", "connect"))
    return {
        "dnsblog": connected - (remembered - new),
        "rspamd": clients(Where("daemon", "rspamd", "has"), Where("kind", "filter")),
    }


def _sampled(ask: Ask, line: Line, where: Slice, span: Span, zones: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Of each list some of its newest lines, one of each client."""
    found = {}
    for zone in zones:
        table = ask(Listing(("client", "source", "file", "offset"), (*where, Where("zone", zone)), span, SAMPLES * 8))
        places = {row[0]: row[1:] for row in reversed(table.rows)}
        lines = [_line(line, place) for place in list(places.values())[-SAMPLES:]]
        if some := tuple(text for text in lines if text):
            found[zone] = some
    return found


def _line(line: Line, place: Sequence[Value]) -> str | None:
    source, file, offset = place
    if not (isinstance(source, str) and isinstance(file, int) and isinstance(offset, int)):
        return None
    return line(source, file, offset)


def _hits(table: Table) -> dict[str, Hits]:
    """Rows of zone, client, count, first, last."""
    firsts: dict[str, dict[str, float]] = {}
    lasts: dict[str, float] = {}
    for zone, client, _, first, last in table.rows:
        if isinstance(first, int | float) and isinstance(last, int | float):
            firsts.setdefault(str(zone), {})[str(client)] = float(first)
            lasts[str(zone)] = max(lasts.get(str(zone), 0.0), float(last))
    return {zone: Hits(clients, lasts[zone]) for zone, clients in firsts.items()}


def _together(one: dict[str, Hits], other: dict[str, Hits]) -> dict[str, Hits]:
    made = {}
    for zone in one.keys() | other.keys():
        a, b = one.get(zone, Hits()), other.get(zone, Hits())
        firsts = {**a.first, **{client: min(at, a.first.get(client, at)) for client, at in b.first.items()}}
        made[zone] = Hits(firsts, max(a.last, b.last))
    return made


def _answers(table: Table) -> dict[str, dict[str, int]]:
    made: dict[str, dict[str, int]] = {}
    for zone, answer, clients in table.rows:
        made.setdefault(str(zone), {})[str(answer)] = clients if isinstance(clients, int) else 0
    return made


def _clients(table: Table) -> dict[str, frozenset[str]]:
    made: dict[str, set[str]] = {}
    for row in table.rows:
        made.setdefault(str(row[0]), set()).add(str(row[1]))
    return {zone: frozenset(clients) for zone, clients in made.items()}


def _trend(value: Value) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else ()
