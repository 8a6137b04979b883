"""A report for an abuse desk: who, when with which offset, what for, and the lines; bounded, and harmless."""

from typing import Any, NamedTuple

import pytest

from mailtop.query import Span, Where
from mailtop.report.abuse import CLIENTS, LINES, MOST, abuse_text
from mailtop.store.memory import MemoryStore
from tests.store.build import LINE, batch

BEGIN = 1_795_280_400.0
"""2026-11-21 17:00:00 UTC"""


class Announced(NamedTuple):
    """Who announces an address."""

    asn: int
    prefix: str


class Networks:
    """Everything in 203.0.113.0/24 is announced by AS64500, 198.51.100.0/24 by AS64501."""

    def lookup(self, address: str) -> Announced | None:
        if address.startswith("203.0.113."):
            return Announced(64500, "203.0.113.0/24")
        return Announced(64501, "198.51.100.0/24") if address.startswith("198.51.100.") else None

    def name(self, asn: int) -> str | None:
        return {64500: "EXAMPLE-NET"}.get(asn)


class Core:
    """A store and the lines of one file, by number."""

    def __init__(self, rows: list[dict[str, Any]], lines: dict[int, str] | None = None) -> None:
        self.store = MemoryStore(window=None, networks=Networks())
        self.store.append(batch(rows))
        self.ask = self.store.ask
        self.lines = {n: f"line {n} of {row.get('client')}" for n, row in enumerate(rows)} if lines is None else lines

    def line(self, source: str, file: int, offset: int) -> str | None:
        return self.lines.get(offset // LINE)


def refusal(second: int, client: str = "203.0.113.77", **more: Any) -> dict[str, Any]:
    """A refusal by a list."""
    return {
        "kind": "reject", "time": BEGIN + second, "client": client, "daemon": "smtpd", "host": "mx1", "reply": "554",
        "enhanced": "5.7.1", "reason": "dnsbl", "zone": "zen.example.org", "session": f"mx1 smtpd[{second}]",
        "utc_offset": 60, **more,
    }  # fmt: skip


def connect(second: int, client: str = "203.0.113.77") -> dict[str, Any]:
    """The connection before it."""
    return {**refusal(second, client), "kind": "connect", "reply": None, "enhanced": None, "reason": None, "zone": None}


ONE = (Where("client", "203.0.113.77"),)


def test_one_address() -> None:
    rows = [row for n in range(3) for row in (connect(60 * n), {**refusal(60 * n), "client_name": "unknown"})]
    rows.append({**refusal(200), "reason": "unknown_user", "zone": None, "reply": "550", "enhanced": "5.1.1"})
    rows.append(refusal(300, "203.0.113.99"))
    assert abuse_text(Core(rows), ONE) == (
        "Abuse report: 203.0.113.77, AS64500 EXAMPLE-NET\n"
        "\n"
        "Address       203.0.113.77\n"
        "Name          unknown (as the mail server found it)\n"
        "Network       203.0.113.0/24, AS64500 EXAMPLE-NET\n"
        "Seen          2026-11-21T18:00:00+01:00 to 2026-11-21T18:03:20+01:00\n"
        "Sessions      4, of which refused 4\n"
        "Server        mx1\n"
        "Turned away   dnsbl:zen.example.org 3 (554 5.7.1), unknown_user 1 (550 5.1.1)\n"
        "\n"
        "Log lines (all 4). Their time stamps are local time, UTC+01:00.\n"
        "\n"
        "line 1 of 203.0.113.77\n"
        "line 3 of 203.0.113.77\n"
        "line 5 of 203.0.113.77\n"
        "line 6 of 203.0.113.77\n"
    )


def test_of_many_addresses_the_worst_are_listed_each_with_its_network_and_times() -> None:
    rows = [refusal(n, f"203.0.113.{1 + n % (10 + n // 10)}") for n in range(400)]
    rows += [refusal(401, "198.51.100.1"), refusal(402, "192.0.2.1")]
    text = abuse_text(Core(rows))
    clients = {row["client"] for row in rows}
    assert text.startswith(f"Abuse report: {len(clients)} addresses\n")
    assert "Selected by   everything\n" in text
    assert f"Addresses, the worst {CLIENTS} of {len(clients)}:" in text
    listed = [line for line in text.splitlines() if "  turned away " in line]
    assert len(listed) == CLIENTS
    assert all(line.endswith("  AS64500 EXAMPLE-NET") and "+01:00 to 2026-11-21T18" in line for line in listed)
    counts = [int(line.split("turned away ")[1].split()[0]) for line in listed]
    assert counts == sorted(counts, reverse=True)
    assert f"Log lines ({LINES} of 402, the newest)" in text
    assert text.count("\nline ") == LINES
    assert text.endswith("line 401 of 192.0.2.1\n")
    of_one = abuse_text(Core(rows), (Where("asn", "64500"),))
    assert of_one.startswith(f"Abuse report: {len(clients) - 2} addresses of AS64500 EXAMPLE-NET\n")
    assert "Selected by   asn 64500\n" in of_one


def test_what_was_not_turned_away_is_told_by_all_its_lines() -> None:
    failed = [{**connect(n), "kind": "auth", "status": "failed", "sasl_user": "bob"} for n in range(3)]
    text = abuse_text(Core(failed), ONE)
    assert "auth failed 3" in text
    assert "Turned away" not in text
    assert text.count("\nline ") == 3


def test_lines_are_those_that_tell_what_was_wrong() -> None:
    """A session that postscreen dropped is refused at its end: the line that says so says nothing."""
    screen = {"daemon": "postscreen", "reply": None, "enhanced": None, "reason": None, "zone": None}
    pregreet = {**refusal(1), **screen, "kind": "screen", "reason": "protocol", "session": "mx1 postscreen[1]"}
    rows = [
        {**pregreet, "kind": "connect", "reason": None, "time": BEGIN},
        pregreet,
        {**pregreet, "kind": "disconnect", "reason": None, "time": BEGIN + 2},
        {**connect(9), "kind": "auth", "status": "ok", "sasl_user": "bob"},
        {**connect(10), "kind": "auth", "status": "failed", "sasl_user": "bob"},
    ]
    text = abuse_text(Core(rows), ONE)
    assert text.endswith("Log lines (all 2). Their time stamps are local time, UTC+01:00.\n\n"
                         "line 1 of 203.0.113.77\nline 4 of 203.0.113.77\n")  # fmt: skip


def test_only_the_span_is_told() -> None:
    text = abuse_text(Core([refusal(60 * n) for n in range(10)]), ONE, Span(120.0, BEGIN + 300))
    assert "Seen          2026-11-21T18:04:00+01:00 to 2026-11-21T18:05:00+01:00\n" in text
    assert text.count("\nline ") == 2


def test_lines_of_two_offsets_have_their_own_times() -> None:
    text = abuse_text(Core([refusal(0, utc_offset=120), refusal(7200)]), ONE)
    assert "Each is preceded by its time." in text
    assert "\n2026-11-21T19:00:00+02:00  line 0 of" in text
    assert "\n2026-11-21T20:00:00+01:00  line 1 of" in text
    west = abuse_text(Core([refusal(0, utc_offset=-210)]), ONE)
    assert "local time, UTC-03:30." in west


def test_lines_that_are_gone_are_counted() -> None:
    rows = [refusal(n) for n in range(5)]
    text = abuse_text(Core(rows, {0: "zero", 4: "four"}), ONE)
    assert "Log lines (2 of 5, the newest). " in text
    assert "3 could not be read back.\n\nzero\nfour\n" in text
    assert abuse_text(Core(rows, {}), ONE).endswith("\n\nNo log line could be read back.\n")


@pytest.mark.parametrize("most", [1500, 5000, MOST])
def test_it_is_bounded_and_keeps_the_newest_lines(most: int) -> None:
    rows = [refusal(n, f"203.0.113.{n}") for n in range(40)]
    text = abuse_text(Core(rows, {n: f"{n:03} " + "é" * 2000 for n in range(40)}), most=most, lines=40)
    head = text.partition("\nLog lines")[0] if "\nLog lines" in text else text
    assert len(text.encode()) <= max(most, len(head.encode()) + 40)
    if most == MOST:
        assert "\n039 " in text
        assert "\n000 " not in text


def test_nothing_known() -> None:
    assert abuse_text(Core([connect(0)]), (Where("client", "192.0.2.9"),)) == (
        "Abuse report: nothing is known of client 192.0.2.9\n"
    )


@pytest.mark.parametrize("evil", ["\x1b]2;owned\x07", "a\nFrom: forged", "\u202egro.elpmaxe", "x\r\ny"])
def test_one_value_is_one_line_and_steers_nothing(evil: str) -> None:
    rows = [refusal(0, client_name=evil, host=evil, zone=evil)]
    text = abuse_text(Core(rows, {0: evil}), (*ONE, Where("helo", evil, "has", negate=True)))
    assert all(line.isprintable() for line in text.split("\n"))
    assert text.count("\n") == abuse_text(Core([refusal(0, client_name="x")]), (*ONE, ONE[0])).count("\n")
