"""The window rolls, bounds hold, codes are taken back, and a store says what it lacks."""

import tracemalloc
from random import Random
from typing import Any

import pytest

from mailtop.query import Listing, Query, Span, Where
from mailtop.store import rolling, segment
from mailtop.store.memory import MemoryStore
from tests.store import reference
from tests.store.build import batch
from tests.store.streams import events


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Segments of 64 rows (or as many as is said), and tables that are compacted from the first code on."""
    size = getattr(request, "param", 64)
    monkeypatch.setattr(segment, "SEGMENT", size)
    monkeypatch.setattr(rolling, "SEGMENT", size)
    monkeypatch.setattr(rolling, "_SMALL", 1)


def fill(store: MemoryStore, rows: list[dict[str, Any]], each: int = 20) -> None:
    for first in range(0, len(rows), each):
        store.append(batch(rows[first : first + each], first))


QUESTIONS = (
    Query(("events", "refused", "accepted", "connections", "listed", "first", "last"), ("client",), limit=99),
    Query(("events", "clients", "events.trend", "top.sender", "last.helo"), ("why",), buckets=5),
    Query(("delivered", "bytes", "delay_p50"), ("client",), unit="events"),
    Query(("sessions", "connections", "refused")),
    Listing(("time", "client", "sender", "recipient", "verdict"), limit=20),
)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("seed", range(8))
def test_what_left_the_window_is_not_counted_but_still_joins(seed: int) -> None:
    rows = events(seed, 900)
    random = Random(seed)
    for at, row in enumerate(rows):  # many strings that die, and a log that takes hours
        row["time"] = 1_700_000_000 + at * 20.0
        if row.get("sender"):
            row["sender"] = f"user{at}@example.com"
        if row.get("client") == "192.0.2.77":
            row["client"] = f"203.0.113.{random.randrange(256)}"
    store = MemoryStore(window=3600.0)
    fill(store, rows)
    truth = reference.joined(rows)
    for query in QUESTIONS:
        got, wanted = store.ask(query), reference.ask(truth, query, {}, window=3600.0)
        assert (got.rows, got.totals, got.groups) == (wanted.rows, wanted.totals, wanted.groups)
    assert store.holding().events < 3600 / 20 + 64 + 20
    assert store.holding().evicted == 0
    assert len(store._tables.by_name["sender"]) < 200
    assert store.ask(Query(("events",))).truncated == "only the last 1 hours are kept"
    assert store.ask(Query(("events",), span=Span(60.0))).truncated is None


@pytest.mark.usefixtures("small")
def test_settling_while_the_window_rolls_and_codes_change() -> None:
    rows = [dict(row, time=1_700_000_000 + at * 20.0) for at, row in enumerate(events(5, 1500))]
    for at, row in enumerate(rows):
        if row.get("helo"):
            row["helo"] = f"host{at}.example"
        if row.get("message_id"):  # who spoke of a message that left the window knew more
            row["message_id"] += str(at // 100)
    store = MemoryStore(window=7200.0)
    half = 600
    for first in range(half, 900, 20):
        store.append(batch(rows[first : first + 20], first))
    for first in (*range(300, half, 20), *range(0, 300, 20)):
        store.append(batch(rows[first : first + 20], first))
    tail = iter(range(900, 1500, 20))
    for _ in store.settle():
        for first in tail:
            store.append(batch(rows[first : first + 20], first))
            break
    for first in tail:
        store.append(batch(rows[first : first + 20], first))
    forward = MemoryStore(window=7200.0)
    fill(forward, rows)
    for query in QUESTIONS:
        assert store.ask(query).rows == forward.ask(query).rows


@pytest.mark.usefixtures("small")
def test_the_bound_on_events_lets_the_oldest_go_and_says_so() -> None:
    rows = [{"kind": "connect", "time": 1_700_000_000.0 + at, "client": "192.0.2.1"} for at in range(1000)]
    store = MemoryStore(window=None, max_events=300)
    fill(store, rows)
    held = store.holding()
    assert 300 - 64 < held.events <= 300
    assert held.evicted == 1000 - held.events
    table = store.ask(Query(("events",)))
    assert table.rows == ((held.events,),)
    assert table.truncated is not None
    assert f"{held.evicted} older events" in table.truncated
    assert store.ask(Query(("events",), span=Span(100.0))).truncated is None


@pytest.mark.parametrize("small", [4096], indirect=True)
def test_memory_is_flat_while_strangers_stream_through(small: None) -> None:
    def stream(first: int) -> None:
        rows = [
            {"kind": "reject", "time": 1e9 + at * 0.1, "client": f"198.18.{at >> 8 & 255}.{at & 255}", "reply": "550",
             "helo": f"host{at}.example", "session": f"mx1 smtpd[{at % 50}]", "daemon": "smtpd", "host": "mx1"}
            for at in range(first, first + 2000)
        ]  # fmt: skip
        store.append(batch(rows, first))

    store = MemoryStore(window=600.0, max_events=20_000)
    for _ in store.settle():
        pass
    sizes = []
    tracemalloc.start()
    try:
        for first in range(0, 120_000, 2000):
            stream(first)
            if first % 30_000 == 28_000:
                sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert max(sizes[1:]) < 1.25 * sizes[1]


def test_an_empty_store_answers() -> None:
    store = MemoryStore()
    assert store.holding().last is None
    assert store.ask(Query(("refused", "last", "refused.rate", "delay_p50"))).rows == ((0, None, None, None),)
    assert store.ask(Query(("refused", "top.why", "refused.trend"), ("client",), buckets=2)).rows == ()
    assert store.ask(Listing(("time", "why"))).rows == ()
    assert list(store.settle()) == []


def test_a_batch_without_events_still_counts_lines_and_grows_the_version() -> None:
    store = MemoryStore()
    before = store.holding().version
    empty = batch([])
    empty.counts = {"lines": 5, "noise": 5}
    store.append(empty)
    assert store.holding().counts["noise"] == 5
    assert store.holding().version > before


@pytest.mark.parametrize(
    "query",
    [
        Query(("refuse",)),
        Query(("refused",), ("colour",)),
        Query(("refused",), order="accepted"),
        Query(("refused.trend",)),
        Query(("first.trend",), buckets=3),
        Query(("top.colour",)),
        Query(("refused",), having="delay_p50"),
        Query(("refused",), where=(Where("colour", "red"),)),
        Query(("refused",), where=(Where("client", "no network", "in"),)),
        Query(("refused",), where=(Where("helo", "192.0.2.0/24", "in"),)),
        Query(("refused",), where=(Where("helo", None, "has"),)),
        Query(("refused.trend",), ("client",), order="refused.trend", buckets=2),
        Query(("refused",), unit="lines"),  # type: ignore[arg-type]
        Listing(("colour",)),
    ],
)
def test_unknown_names_are_errors(query: Query | Listing) -> None:
    store = MemoryStore()
    store.append(batch([{"kind": "connect", "time": 1.0, "client": "192.0.2.1"}]))
    with pytest.raises(ValueError, match=r".+"):
        store.ask(query)


def test_a_column_that_is_no_part_of_the_schema_is_an_error() -> None:
    with pytest.raises(ValueError, match="colour"):
        MemoryStore().append(batch([{"kind": "connect", "time": 1.0, "colour": "red"}]))


def test_sources_and_rotation() -> None:
    store = MemoryStore()
    row = {"kind": "connect", "client": "192.0.2.1", "daemon": "smtpd", "host": "mx1", "session": "mx1 smtpd[1]"}
    store.append(batch([{**row, "time": 1.0}], source="b.log"))
    store.append(batch([{**row, "time": 2.0, "kind": "reject", "reply": "550"}], source="b.log", file=1))
    store.append(batch([{**row, "time": 3.0, "kind": "disconnect"}], source="a.log"))
    store.append(batch([{**row, "time": 0.5}], source="-", file=-1))
    places = store.ask(Listing(("source", "file", "offset", "time"))).rows
    assert places == (("a.log", 0, 0, 3.0), ("b.log", 1, 0, 2.0), ("b.log", 0, 0, 1.0), ("-", -1, 0, 0.5))
    assert store.ask(Query(("sessions",))).rows == ((2,),)
    assert store.ask(Query(("events",), where=(Where("source", "b.log"),))).rows == ((2,),)


def test_two_sources_settle_by_time() -> None:
    """A filter's log names queue IDs only; read before the mail log, it learns the client when all is settled."""
    accept = {"kind": "accept", "time": 5.0, "client": "192.0.2.1", "queue_id": "Q1", "host": "mx1", "daemon": "smtpd"}
    verdict = {"kind": "filter", "time": 6.0, "queue_id": "Q1", "host": "mx1", "daemon": "rspamd"}
    store = MemoryStore()
    store.append(batch([verdict], source="filter.log"))
    store.append(batch([{**accept, "time": 7.0, "queue_id": "Q2"}], first=1))
    store.append(batch([accept], first=0))
    for _ in store.settle():
        pass
    assert store.ask(Listing(("client", "queue_id"))).rows[1] == ("192.0.2.1", "Q1")


