"""Abuse: what a slice did, as plain text ready to be pasted into a mail to an abuse desk.

In: whoever answers and reads lines back, a slice, a span. Out: text that ends in a newline, of at most about MOST
octets:

    Abuse report: 203.0.113.77, AS64500 EXAMPLE-NET

    Address       203.0.113.77
    Network       203.0.113.0/24, AS64500 EXAMPLE-NET
    Seen          2026-11-21T16:40:02+00:00 to 2026-11-21T18:02:11+00:00
    Sessions      1,204, of which refused 1,204
    Turned away   dnsbl:zen.example.org 1,180 (554 5.7.1), unknown_user 20 (550 5.1.1)
    Server        mx1

    Log lines (2 of 1,204, the newest). Their time stamps are local time, UTC+00:00.

    Nov 21 18:02:10 mx1 postfix/smtpd[292]: NOQUEUE: reject: RCPT from unknown[203.0.113.77]: 554 5.7.1 ...

A slice of many clients lists the worst of them, each with its AS and its times. What an abuse desk needs is in it:
addresses, times with their offset from UTC (the stamps of RFC 3164 have neither offset nor year), the lines as they
were written: those that refuse, or fail a test or a sign-on; all, where there are none. Keys of paid lists are masked
in them, nothing else: recipients' addresses are in them. The AS's contact is not: nobody is asked for it.
"""

from typing import Final, Protocol

from mailtop.query import EVERYTHING, Listing, Query, Slice, Span, Table, Value, Where
from mailtop.report.export import iso

LINES: Final = 30
"""raw lines of a report"""

CLIENTS: Final = 20
"""addresses of a report, where there are several"""

REASONS: Final = 6

EVIDENCE: Final[Slice] = (
    Where("kind", "reject", more=("warn", "screen", "auth")),
    Where("status", "ok", negate=True),
)
"""the lines that tell what was wrong: not those that only end a session, nor a sign-on that succeeded"""

MOST: Final = 32_768
"""octets: a mail that is read, and a clipboard that takes it"""

LABEL: Final = 14
"""cells of what stands at the left"""

COUNTED: Final = ("refused", "deferred", "greylisted", "warned", "accepted", "auth_failed", "hung_up")
"""what sessions are counted by"""

WHO: Final = (
    "first", "last", "sessions", *COUNTED, "distinct.client", "top.client", "last.client_name", "top.network",
    "distinct.asn", "top.asn", "top.as_name", "top.host", "distinct.host",
)  # fmt: skip


class Source(Protocol):
    """Who answers, and reads lines back: a `mailtop.monitor.Monitor`."""

    def ask(self, query: Query | Listing) -> Table:
        """The answer."""

    def line(self, source: str, file: int, offset: int) -> str | None:
        """A raw line, cleaned; None when it cannot be read back."""


def abuse_text(
    core: Source, where: Slice = (), span: Span = EVERYTHING, *, lines: int = LINES, most: int = MOST
) -> str:
    """The report: `lines` raw lines at most, `most` octets. ValueError for a field that is not known."""
    said = core.ask(Query(WHO, where=where, span=span))
    listing = _listing(core, where, span, lines)
    offset = next((row["utc_offset"] for row in listing[0]), 0)
    minutes = offset if isinstance(offset, int) else 0
    of = dict(zip(said.columns, said.rows[0], strict=True)) if said.rows else {}
    if not of or not of.get("first"):
        return f"Abuse report: nothing is known of {_words(where)}\n"
    many = of["distinct.client"] != 1
    clients = _clients(core, where, span, minutes) if many else []
    head = [f"Abuse report: {_about(of, where)}", "", *_who(of, where, minutes), *_reasons(core, where, span), *clients]
    return _bounded([_safe(line) for line in head], listing, core, minutes, most)


def _about(of: dict[str, Value], where: Slice) -> str:
    """The first line: it may become the mail's subject."""
    if of["distinct.client"] == 1:
        return f"{of['top.client']}{_announced(of, ', ')}"
    clients = of["distinct.client"]
    who = f"{clients:,} addresses" if isinstance(clients, int) and clients else _words(where)
    return f"{who}{_announced(of, ' of ') if of['distinct.asn'] == 1 else ''}"


def _announced(of: dict[str, Value], before: str) -> str:
    """The AS and its name, as far as they are known."""
    if not of.get("top.asn"):
        return ""
    return f"{before}AS{of['top.asn']} {of.get('top.as_name') or ''}".rstrip()


def _who(of: dict[str, Value], where: Slice, minutes: int) -> list[str]:
    told = []
    if of["distinct.client"] == 1:
        told.append(("Address", str(of["top.client"])))
        if of["last.client_name"]:
            told.append(("Name", f"{of['last.client_name']} (as the mail server found it)"))
        if of["top.network"]:
            told.append(("Network", f"{of['top.network']}{_announced(of, ', ')}"))
    if of["distinct.client"] != 1 or len(where) > 1:
        told.append(("Selected by", _words(where)))
    told.append(("Seen", f"{_iso(of['first'], minutes)} to {_iso(of['last'], minutes)}"))
    counts = [f"{name.replace('_', ' ')} {of[name]:,}" for name in COUNTED if isinstance(of[name], int) and of[name]]
    told.append(("Sessions", f"{of['sessions']:,}" + (f", of which {', '.join(counts)}" if counts else "")))
    hosts = of["distinct.host"]
    if of["top.host"]:
        told.append(("Server", f"{of['top.host']}" + (f" and {hosts - 1:,} more" if isinstance(hosts, int) and hosts > 1
                                                       else "")))  # fmt: skip
    return [_told(label, text) for label, text in told]


def _reasons(core: Source, where: Slice, span: Span) -> list[str]:
    """What it was turned away for, in events."""
    table = core.ask(
        Query(
            ("turned_away", "top.reply", "top.enhanced"),
            ("why",),
            where,
            span,
            unit="events",
            order="turned_away",
            limit=REASONS,
            having="turned_away",
            drawn_totals=False,
        )
    )
    said = []
    for why, count, reply, enhanced in table.rows:
        codes = " ".join(str(code) for code in (reply, enhanced) if code)
        said.append(f"{why} {count:,}" + (f" ({codes})" if codes else ""))
    more = table.groups - len(table.rows)
    return [_told("Turned away", ", ".join(said) + (f", {more} more reasons" if more > 0 else ""))] if said else []


def _clients(core: Source, where: Slice, span: Span, minutes: int) -> list[str]:
    """The worst addresses of many."""
    table = core.ask(
        Query(
            ("turned_away", "sessions", "first", "last", "top.asn", "top.as_name"),
            ("client",),
            where,
            span,
            order="turned_away",
            limit=CLIENTS,
            drawn_totals=False,
        )
    )
    rows = []
    for row in table.rows:
        of = dict(zip(table.columns, row, strict=True))
        seen = f"{_iso(of['first'], minutes)} to {_iso(of['last'], minutes)}"
        did = f"{of['client']}  turned away {of['turned_away']:,} of {of['sessions']:,} sessions"
        rows.append(f"{did}  {seen}{_announced(of, '  ')}")
    few = f", the worst {len(rows)} of {table.groups:,}" if table.groups > len(rows) else ""
    return ["", f"Addresses{few}:", "", *rows] if rows else []


def _listing(core: Source, where: Slice, span: Span, lines: int) -> tuple[list[dict[str, Value]], int]:
    """Where the newest lines of evidence are, the newest first, and how many there are; of everything, where there is
    none."""
    for evidence in (EVIDENCE, ()):
        fields = ("time", "utc_offset", "source", "file", "offset")
        table = core.ask(Listing(fields, (*evidence, *where), span, lines, lines=True))
        if table.rows:
            break
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows], table.groups


def _bounded(
    head: list[str], listing: tuple[list[dict[str, Value]], int], core: Source, minutes: int, most: int
) -> str:
    """The head, and as many lines as there is room for, the oldest first."""
    rows, total = listing
    mixed = any(row["utc_offset"] != minutes for row in rows)
    room = most - sum(len(line.encode()) + 1 for line in head) - len(_SAID)
    kept: list[str] = []
    gone = 0
    for row in rows:
        found = _read(core, row)
        if found is None:
            gone += 1
            continue
        own = row["utc_offset"]
        stamp = f"{_iso(row['time'], own if isinstance(own, int) else minutes)}  " if mixed else ""
        line = stamp + _safe(found)
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept.append(line)
    if not kept:
        return "\n".join([*head, "", "No log line could be read back." if gone else "No log line fits."]) + "\n"
    few = f"{len(kept):,} of {total:,}, the newest" if len(kept) < total else f"all {total:,}"
    stamps = "Each is preceded by its time." if mixed else f"Their time stamps are local time, {_zone(minutes)}."
    lost = f" {gone:,} could not be read back." if gone else ""
    return "\n".join([*head, "", f"Log lines ({few}). {stamps}{lost}", "", *reversed(kept)]) + "\n"


_SAID: Final = " " * 160
"""what is said of the lines, and a little more"""


def _read(core: Source, row: dict[str, Value]) -> str | None:
    """A row's line."""
    source, file, offset = row["source"], row["file"], row["offset"]
    if not isinstance(source, str) or not isinstance(file, int) or not isinstance(offset, int):
        return None
    return core.line(source, file, offset)


def _zone(minutes: int) -> str:
    """UTC+01:00."""
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def _told(label: str, text: str) -> str:
    return f"{label:<{LABEL}}{text}"


def _iso(time: Value, minutes: int) -> str:
    return iso(time, minutes) if isinstance(time, int | float) else "unknown"


def _words(where: Slice) -> str:
    """A slice in words."""
    signs = {"is": " ", "in": " in ", "has": " with "}
    parts = [
        ("not " if part.negate else "")
        + part.field.replace("_", " ")
        + signs[part.how]
        + " or ".join(value or "unknown" for value in part.values)
        for part in where
    ]
    return ", ".join(parts) or "everything"


def _safe(text: str) -> str:
    """One line, whatever it holds."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)
