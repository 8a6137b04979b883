"""The definitions of the store once more, in plain Python over a list of dicts: slow, and written to be read.

`joined(rows)` runs forward over rows (as in tests/store/build.py) and gives each a session, its client, its verdict;
`ask` answers a query over them. Tests compare the store's answers with these.
"""

import math
from collections import Counter, defaultdict
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from mailtop.query import Listing, Query, Slice, Table
from mailtop.store.fields import helo_family, relay_host

Row = dict[str, Any]
Networks = dict[str, tuple[int, str, str]]
"""address -> AS, its name, prefix"""
ODD = ("198.51.100.80", "127.255.255.254")
"""answers that are no listing"""
MARK = ("", "refused", "deferred", "greylisted", "warned", "accepted")
SERVERS = {
    "smtpd", "postscreen", "dnsblog", "tlsproxy", "exim", "exim4", "sendmail", "sm-mta", "sm-acceptingconnections",
}  # fmt: skip


def service(daemon: str | None) -> str | None:
    if daemon is None:
        return None
    parts = daemon.split("/")
    if parts[-1] not in SERVERS:
        return "other"
    if len(parts) == 1:
        return "mx"
    return "submission" if parts[-2] in ("submission", "submissions", "smtps") else "other"


def verdict(row: Row) -> str | None:
    if row["kind"] == "reject":
        first = (row.get("reply") or " ")[0]
        if first not in "12345":
            first = (row.get("enhanced") or "5")[0]
        if first != "4":
            return "refused"
        return "greylisted" if row.get("reason") == "greylist" else "deferred"
    if row["kind"] == "warn":
        return "warned"
    return "accepted" if row["kind"] == "accept" and row.get("client") else None


def joined(rows: list[Row]) -> list[Row]:
    """Copies of the rows, in order, with session (any distinct numbers), client, verdict, handed and, for drops, reason
    and zone."""
    out: list[Row] = []
    state = _State()
    for place, given in enumerate(rows):
        row = dict(given, place=place, us=round(given["time"] * 1_000_000), verdict=verdict(given), handed=False)
        row["key"] = given.get("session")
        row["logged_client"] = given.get("client")
        if row.get("queue_id") == "NOQUEUE":
            row["queue_id"] = None
        state.session(row)
        if row["kind"] == "accept" and row.get("client"):
            row["verdict"] = "accepted"
        state.message(row)
        state.screen(row)
        out.append(row)
    return out


def loopback(row: Row) -> bool:
    address = row["logged_client"]
    return bool(address and ip_address(address).is_loopback)


class _State:
    def __init__(self) -> None:
        self.count = 0
        self.keys: dict[str, Row] = {}
        self.peers: dict[tuple[Any, str], Row] = {}
        self.queue: dict[tuple[Any, str], Row] = {}
        self.seen: dict[str, tuple[Any, int]] = {}
        self.whose: dict[str, tuple[int, Row]] = {}
        self.passed: defaultdict[tuple[Any, str], list[tuple[int, int]]] = defaultdict(list)
        self.screened: defaultdict[int, Row] = defaultdict(
            lambda: {"failed": set(), "answered": False, "zone": None, "over": False}
        )

    def new(self) -> int:
        self.count += 1
        return self.count

    def session(self, row: Row) -> None:
        key, client, now = row["key"], row["logged_client"], row["us"]
        peer = (row.get("host"), client)
        row["session"] = None
        if key:
            held = self.keys.get(key)
            if row["kind"] == "connect" or held is None or held["over"] or now - held["us"] > 3600_000_000:
                held = self.keys[key] = {"session": self.new(), "client": None}
            held["us"], held["over"] = now, row["kind"] == "disconnect"
            held["client"] = client or held["client"]
            row["session"], row["client"] = held["session"], held["client"]
            if client:
                self.peers[peer] = {
                    "us": now, "session": row["session"],
                    "open": None if held["over"] else row["session"], "open_us": now,
                }  # fmt: skip
        elif client:
            held = self.peers.get(peer)
            if held and held["open"] and now - held["open_us"] <= 3600_000_000:
                row["session"] = held["open"]
            elif held and now - held["us"] <= 60_000_000:
                row["session"] = held["session"]
            else:
                row["session"] = self.new()
            before = held or {"open": None, "open_us": 0}
            self.peers[peer] = dict(before, us=now, session=row["session"])

    def message(self, row: Row) -> None:
        spoken = row["kind"] == "filter"
        giver = self.queued(row, spoken) if row.get("queue_id") else None
        if not row.get("message_id"):
            return
        if giver is None and (spoken or not row.get("queue_id")):
            when, giver = self.whose.get(row["message_id"], (0, None))
            if giver is not None and row["us"] - when <= 86400_000_000:
                self.follow(row, giver, spoken)
        elif giver is not None and not loopback(giver):
            self.whose[row["message_id"]] = (row["us"], giver)

    def follow(self, row: Row, giver: Row, spoken: bool) -> None:
        row["client"] = row.get("client") or giver.get("client")
        moved = row["kind"] in ("queue", "deliver", "remove")
        if row["session"] is None or ((moved or (spoken and not row["key"])) and giver["session"]):
            row["session"] = giver["session"]

    def queued(self, row: Row, spoken: bool) -> Row | None:
        name = (row.get("host"), row["queue_id"])
        if row["kind"] == "accept":
            self.queue[name] = row
        giver = self.queue.get(name)
        if giver is not None and row["us"] - giver["us"] > 6 * 86400_000_000:
            giver = None
        if giver is not None:
            self.follow(row, giver, spoken)
        if row.get("message_id") and not spoken:
            before, when = self.seen.get(row["message_id"], (None, 0))
            again = before not in (None, name) and row["us"] - when <= 86400_000_000
            if again and giver is not None and loopback(giver):
                giver["verdict"] = None
            self.seen[row["message_id"]] = (name, row["us"])
        if row["kind"] == "remove":
            self.queue.pop(name, None)
        return giver

    def screen(self, row: Row) -> None:
        kind, screener = row["kind"], row.get("daemon") == "postscreen"
        peer = (row.get("host"), row["logged_client"])
        if row["logged_client"]:
            if kind == "pass":
                self.passed[peer].append((row["us"], row["session"]))
            elif kind == "disconnect" and screener:
                self.passed[peer] = [one for one in self.passed[peer] if one[1] != row["session"]]
            elif kind == "connect" and row.get("daemon") == "smtpd":
                self.passed[peer] = [one for one in self.passed[peer] if row["us"] - one[0] <= 100_000_000]
                if self.passed[peer]:
                    self.passed[peer].pop(0)
                    row["handed"] = True
        if row["session"] is None:
            return
        held = self.screened[row["session"]]
        if held["over"]:
            return
        if kind == "listed" and row.get("zone"):
            held["zone"] = held["zone"] or row["zone"]
        if not screener:
            return
        if kind == "screen":
            held["failed"].add("dnsbl" if row.get("reason") == "dnsbl" else "protocol")
        elif kind in ("pass", "reject", "hangup"):
            held["answered"] = True
        elif kind == "disconnect":
            held["over"] = True
            if held["failed"] and not held["answered"]:
                row["verdict"] = "refused"
                row["reason"] = "dnsbl" if "dnsbl" in held["failed"] else "protocol"
                row["zone"] = held["zone"] if row["reason"] == "dnsbl" else None


def site(address: str) -> Any:
    """What a distinct client is."""
    known = ip_address(address)
    return int(known) >> 64 if isinstance(known, IPv6Address) else address


def prefix(address: str) -> str:
    return str(ip_network(f"{address}/{64 if ':' in address else 24}", strict=False))


def place(one: Any, name: str) -> Any:
    """What values of a field are put in order by: prefixes by number, IPv4 first."""
    return (":" in one, int(ip_network(one).network_address)) if name == "prefix" else one


def value(row: Row, name: str, networks: Networks) -> Any:
    """The value of any field of a joined row."""
    client = row.get("client")
    match name:
        case "time":
            return row["us"] / 1e6
        case "repeat":
            return row.get("repeat") or 1
        case "service":
            return service(row.get("daemon"))
        case "why":
            reason, zone = row.get("reason"), row.get("zone")
            return f"dnsbl:{zone}" if reason == "dnsbl" and zone else reason
        case "prefix":
            return prefix(client) if client else None
        case "asn" | "as_name" | "network":
            known = networks.get(client) if client else None
            return None if known is None else known[("asn", "as_name", "network").index(name)]
        case "sender_domain" | "recipient_domain":
            path = row.get(name.removesuffix("_domain")) or ""
            return path.rpartition("@")[2].strip("<>").lower() or None if "@" in path else None
        case "relay_host":
            return relay_host(row["relay"]) or None if row.get("relay") else None
        case "helo_family":
            return helo_family(row["helo"]) or None if row.get("helo") else None
        case "text":
            return row.get("text") if row["kind"] in ("screen", "pass") else None
        case "line":
            return None
        case "source" | "file" | "offset":
            return {"source": "mail.log", "file": 0, "offset": row["place"] * 100}[name]
        case "utc_offset":
            return row.get("utc_offset", 0)
        case _:
            return row.get(name)


def counts(row: Row, measure: str) -> bool:
    """Does the row count for a measure?"""
    kind, status = row["kind"], row.get("status")
    match measure:
        case "events" | "sessions" | "clients":
            return True
        case "connections":
            return kind == "connect" and service(row.get("daemon")) == "mx" and not row["handed"]
        case "submissions":
            return kind == "connect" and service(row.get("daemon")) == "submission"
        case "refused" | "deferred" | "greylisted" | "warned" | "accepted":
            return bool(row["verdict"] == measure)
        case "turned_away":
            return row["verdict"] in ("refused", "deferred", "greylisted")
        case "screened":
            return bool(kind == "screen")
        case "passed":
            return bool(kind == "pass")
        case "hung_up":
            return bool(kind == "hangup")
        case "auth_failed":
            return bool(kind == "auth" and status == "failed")
        case "auth_ok":
            return bool((kind == "auth" and status == "ok") or (kind == "accept" and row.get("sasl_user")))
        case "listed":
            return bool(kind == "listed" and row.get("answer") not in ODD)
        case "list_errors":
            return bool(kind == "listed" and row.get("answer") in ODD)
        case "lookup_errors":
            return bool(kind == "lookup_error")
        case "delivered":
            return bool(kind == "deliver" and status == "sent")
        case "postponed":
            return bool(kind == "deliver" and status == "deferred")
        case "bounced":
            expired = kind == "queue" and status == "expired"
            return bool(expired or (kind == "deliver" and status in ("bounced", "expired")))
        case "unparsed":
            return bool(kind == "unparsed")
        case "envelope":
            return kind == "accept" or row.get("stage") in ("MAIL", "RCPT", "DATA", "END-OF-MESSAGE")
    raise KeyError(measure)


def count(rows: list[Row], measure: str, unit: str) -> int:
    rows = [row for row in rows if counts(row, measure)]
    if measure in ("events", "sessions", "clients"):
        unit = measure
    if unit == "events":
        return sum(row.get("repeat") or 1 for row in rows)
    if unit == "sessions":
        return len({row["session"] for row in rows if row["session"] is not None})
    return len({site(row["client"]) for row in rows if row.get("client")})


def measure_of(rows: list[Row], name: str, query: Query, since: int, until: int, networks: Networks) -> Any:
    """One cell: a measure over the rows of a group, in their order."""
    base, _, form = name.partition(".")
    if base == "top" and form:
        if form in ("reason", "why", "zone"):
            rows = [row for row in rows if row["verdict"] in MARK[1:5]]
        tally: Counter[Any] = Counter()
        for row in rows:
            if (one := value(row, form, networks)) is not None:
                tally[one] += row.get("repeat") or 1
        best = [one for one in tally if tally[one] == max(tally.values())]
        return min(best, key=lambda one: place(one, form), default=None)
    if base == "last" and form:
        newest = [row for row in rows if value(row, form, networks) is not None]
        return value(max(newest, key=lambda row: (row["us"], row["place"])), form, networks) if newest else None
    if base == "distinct":
        return len({one for row in rows if (one := value(row, form, networks)) is not None})
    if form == "trend":
        width = until - since
        inside: defaultdict[int, list[Row]] = defaultdict(list)
        for row in rows:
            inside[(row["us"] - since - 1) * query.buckets // max(width, 1)].append(row)
        return tuple(count(inside[place], base, query.unit) for place in range(query.buckets))
    if form == "rate":
        seconds = query.span.seconds or (until - since) / 1e6
        number = measure_of(rows, base, query, since, until, networks)
        return number / seconds if seconds > 0 else None
    if base in ("first", "last"):
        times = [row["us"] / 1e6 for row in rows]
        return (min if base == "first" else max)(times) if times else None
    if base.startswith("delay_"):
        delays = sorted(row["delay"] for row in rows if counts(row, "delivered") and row.get("delay") is not None)
        part = {"delay_p50": 0.5, "delay_p95": 0.95, "delay_max": 1.0}[base]
        return delays[math.ceil(len(delays) * part) - 1] if delays else None
    if base == "bytes":
        sizes: dict[Any, int] = {}
        for row in rows:
            if row["kind"] in ("queue", "accept") and row.get("size") is not None:
                sizes.setdefault(row.get("queue_id") or ("row", row["place"]), row["size"])
        return sum(sizes.values())
    return count(rows, base, query.unit)


def holds(row: Row, where: Slice, networks: Networks) -> bool:
    return all(
        any(_holds(row, part.field, part.how, wanted, networks) for wanted in part.values) != part.negate
        for part in where
    )


def _holds(row: Row, field: str, how: str, wanted: str | None, networks: Networks) -> bool:
    if how == "in":
        assert wanted is not None
        client = row.get("client")
        return bool(client) and ip_address(str(client)) in ip_network(wanted)
    one = value(row, field, networks)
    if wanted is None or one is None:
        return wanted is None and one is None
    if how == "has":
        return wanted.casefold() in _text(one).casefold()
    if isinstance(one, str | tuple):
        return _text(one) == wanted
    try:
        return bool(float(wanted) == one)
    except ValueError:
        return False


def _text(one: Any) -> str:
    if isinstance(one, tuple):
        return "/".join(f"{stage:g}" for stage in one)
    return f"{one:.15g}" if isinstance(one, float) else str(one)


def ask(rows: list[Row], query: Query | Listing, networks: Networks, window: float | None = None) -> Table:
    """The answer over joined rows. Where no connect is logged at all, the number of connections is unknown."""
    logged = not rows or any(row["kind"] == "connect" for row in rows)
    newest = max((row["us"] for row in rows), default=0)
    until = newest if query.span.until is None else round(query.span.until * 1e6)
    first = min((row["us"] for row in rows), default=0) - 1
    if window is not None and first < newest - round(window * 1e6):
        first = newest - round(window * 1e6)
    asked = None if query.span.seconds is None else until - round(query.span.seconds * 1e6)
    since = min(first if asked is None else max(asked, first), until)
    rows = [row for row in rows if since < row["us"] <= until and holds(row, query.where, networks)]
    ends = (since if asked is None else asked, until)
    if isinstance(query, Listing):
        rows.sort(key=lambda row: (row["us"], row["place"]), reverse=True)
        page = rows[query.skip : query.skip + query.limit]
        listed = tuple(tuple(value(row, name, networks) for name in query.fields) for row in page)
        return Table(query.fields, listed, (), len(rows), since / 1e6, until / 1e6)
    groups: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        key = tuple(value(row, name, networks) for name in query.by)
        if None not in key:
            groups[key].append(row)
    if not query.by:
        groups[()] = rows
    everything = sorted((row for some in groups.values() for row in some), key=lambda row: row["place"])
    columns = (*query.by, *query.measures)
    table = [
        (*key, *(measure_of(some, name, query, *ends, networks) for name in query.measures))
        for key, some in groups.items()
        if not query.having or measure_of(some, query.having, query, *ends, networks)
    ]
    table.sort(key=lambda cells: [place(one, name) for one, name in zip(cells, query.by, strict=False)])
    order = query.order or next(iter(query.measures), "")
    if order and query.by:
        at = columns.index(order)
        known = [cells for cells in table if cells[at] is not None]
        known.sort(key=lambda cells: place(cells[at], order), reverse=query.descending)
        table = known + [cells for cells in table if cells[at] is None]
    totals = tuple(measure_of(everything, name, query, *ends, networks) for name in query.measures)
    shown = [tuple(cells) for cells in (*table[: query.limit], (*(None for _ in query.by), *totals))]
    if not logged:
        counted = [name.startswith(("connections", "submissions")) for name in columns]
        shown = [tuple(None if of else one for of, one in zip(counted, cells, strict=True)) for cells in shown]
    return Table(columns, tuple(shown[:-1]), shown[-1], len(table), since / 1e6, until / 1e6)
