"""The report's text: what it covers comes first, it fits its width, and every figure is one of the store's answers."""

import json
import subprocess
import sys
from collections.abc import Iterable
from types import MappingProxyType

import pytest

from mailtop.query import EVERYTHING, Holding, Listing, Query, Table, Value
from mailtop.report import Reading, as_json, as_text
from mailtop.report.layout import cells, fitted, laid_out
from mailtop.report.sections import SECTIONS, TOTALS
from mailtop.views import Column

FIRST, LAST = 1_795_132_800.0, 1_795_154_400.0
HOLDING = Holding(
    events=4_000,
    first=FIRST,
    last=LAST,
    evicted=12,
    utc_offset=60,
    counts=MappingProxyType({"lines": 5_000, "foreign": 900, "unparsed": 41, "lost": 75, "damaged": 0}),
)
READING = Reading(HOLDING, ("/var/log/mail.log",), ("mail.log: rotated, nothing lost",))


class Told:
    """A store that answers every question with figures from the question itself, and keeps what it was asked."""

    def __init__(self, empty: bool = False) -> None:
        self.asked: list[Query] = []
        self._empty = empty

    def ask(self, query: Query | Listing) -> Table:
        assert isinstance(query, Query)
        self.asked.append(query)
        columns = (*query.by, *query.measures)
        rows: Iterable[tuple[Value, ...]] = ()
        if not self._empty:
            rows = (self._row(query, number) for number in range(min(3, query.limit) if query.by else 1))
        totals = tuple(None if name in query.by else 100_000 for name in columns)
        return Table(columns, tuple(rows), totals, 7, FIRST, LAST, None)

    def _row(self, query: Query, number: int) -> tuple[Value, ...]:
        cells: list[Value] = [f"{name} value {number}" for name in query.by]
        for at, name in enumerate(query.measures):
            if name.endswith(".trend"):
                cells.append(tuple(range(query.buckets)))
            elif name.startswith(("top.", "last.")):
                cells.append(None if number else 64_500 if name == "top.asn" else f"{name} of 日本")
            elif name in ("last", "first"):
                cells.append(LAST - 60 * number)
            elif name.startswith("delay"):
                cells.append(1.5)
            else:
                cells.append(1_000 * (at + 1) + number)
        return tuple(cells)


def test_it_says_first_what_it_covers_and_lacks() -> None:
    head = as_text(Told(), READING).split("\n\n")[0].split("\n")
    assert head == [
        "mailtop report: /var/log/mail.log",
        "2026-11-20T01:00:00+01:00 to 2026-11-20T07:00:00+01:00 (6h 00m)",
        "5,000 lines, 4,100 of the mail server, 99.00 % of them understood (41 not)",
        "900 lines of other programs, 18.00 % of all",
        "75 lines were dropped by syslog itself, as it says",
        "12 older events were left out by the limit of --max-events",
        "mail.log: rotated, nothing lost",
    ]


def test_all_lines_understood_is_said_only_when_all_are() -> None:
    one = Holding(first=FIRST, last=LAST, counts=MappingProxyType({"lines": 1_000_000, "unparsed": 1}))
    assert "99.99 % of them understood (1 not)" in as_text(Told(), Reading(one))
    none = Holding(first=FIRST, last=LAST, counts=MappingProxyType({"lines": 1_000_000}))
    assert "100 % of them understood (0 not)" in as_text(Told(), Reading(none))


def test_a_log_without_mail() -> None:
    empty = Reading(Holding(counts=MappingProxyType({"lines": 3, "foreign": 3})), ("-",))
    said = as_text(Told(empty=True), empty)
    assert "no event of a mail server" in said
    assert "3 lines, none of a mail server" in said
    assert "0 %" not in said


@pytest.mark.parametrize("width", [40, 80, 100, 200])
def test_tables_fit_the_width(width: int) -> None:
    said = as_text(Told(), READING, width=width)
    tables = said[said.index("Top clients") :]
    lines = [line for line in tables.split("\n") if not line.endswith(".")]
    assert max(cells(line) for line in lines) <= max(width, 52)
    assert all(line == line.rstrip() for line in lines)


def test_more_width_shows_more_columns() -> None:
    narrow, wide = as_text(Told(), READING, width=60), as_text(Told(), READING, width=200)
    assert "HOST" not in narrow
    assert "HOST" in wide


def test_ascii_is_ascii() -> None:
    said = as_text(Told(), READING, ascii_only=True)
    assert said.isascii()
    assert "@" in said


def test_the_three_totals_are_the_answers() -> None:
    line = next(line for line in as_text(Told(), READING).split("\n") if line.startswith("greylisted"))
    expected = f"{1_000 * (TOTALS.index('greylisted') + 1):,}"
    assert line.split() == ["greylisted", expected, expected, expected]


def test_json_has_the_figures_of_the_text() -> None:
    store = Told()
    said = json.loads(as_json(store, READING, limit=2))
    assert said["totals"]["refused"] == dict.fromkeys(("events", "sessions", "clients"), 6_000)
    assert said["meta"]["counts"]["lines"] == 5_000
    assert said["meta"]["first"] == "2026-11-20T01:00:00+01:00"
    assert list(said["views"]) == [view.name for view in SECTIONS]
    assert [row["client"] for row in said["views"]["clients"]["rows"]] == ["client value 0", "client value 1"]
    assert said["delivery"]["delay_p95"] == 1.5


def test_senders_and_recipients_are_those_of_what_was_turned_away() -> None:
    store = Told()
    as_text(store, READING)
    for field in ("sender", "recipient"):
        (query,) = [query for query in store.asked if query.by == (field,)]
        assert {where.field for where in query.where} == {"verdict"}


def test_trends_span_everything() -> None:
    """As many bars as the column is wide: else the oldest would be cut off."""
    store = Told()
    as_text(store, READING)
    assert all(query.span == EVERYTHING for query in store.asked)
    assert {query.buckets for query in store.asked if query.by == ("client",)} == {10}


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("mail", 6, "mail  "), ("mailserver", 6, "mails…"), ("日本語", 5, "日本…"), ("日本語", 4, "日… "), ("", 2, "  ")],
)
def test_a_cell_fills_its_width_exactly(text: str, width: int, shown: str) -> None:
    assert fitted(text, width) == shown
    assert cells(fitted(text, width)) == width


def test_room_left_over_goes_to_text_that_was_cut() -> None:
    columns = (Column("client", "IP", 8, priority=100), Column("refused", "REJ", 6, "count", 90))
    table = Table(("client", "refused"), (("2001:db8:1:2::3", 7),))
    assert laid_out(columns, table, 40)[1].split() == ["2001:db8:1:2::3", "7"]
    assert laid_out(columns, table, 13)[1].split() == ["2001:db…", "7"]


def test_neither_screen_nor_charts_are_loaded() -> None:
    code = "import sys, mailtop.report; print(sorted(sys.modules.keys() & {'textual', 'rich', 'plotext', 'dns'}))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=True)
    assert run.stdout == "[]\n"
