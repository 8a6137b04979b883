"""The store's answers against the same definitions in plain Python: any stream, any cut, any order of older pieces."""

from itertools import pairwise
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mailtop.query import MEASURES, Listing, Query, Span, Table, Where
from mailtop.store.fields import NAMES
from mailtop.store.memory import MemoryStore
from tests.store import reference
from tests.store.build import LINE, batch
from tests.store.streams import CLIENTS, FIELDS, NETWORKS, stream

COUNTING = tuple(
    name for name in MEASURES if name not in ("first", "last", "bytes") and not name.startswith("delay")
)
BY = tuple(name for name in NAMES if name not in ("session", "offset", "line", "file", "delays"))
ALL = (
    *MEASURES,
    *(f"{name}.trend" for name in COUNTING),
    *(f"{name}.rate" for name in COUNTING),
    *(f"{form}.{name}" for form in ("top", "last", "distinct") for name in BY),
)


class Announced:
    def __init__(self, asn: int, prefix: str) -> None:
        self.asn, self.prefix = asn, prefix


class Networks:
    """The networks of tests/store/streams.py."""

    def lookup(self, address: str) -> Announced | None:
        known = NETWORKS.get(address)
        return None if known is None else Announced(known[0], known[2])

    def name(self, asn: int) -> str | None:
        return next((name for number, name, _ in NETWORKS.values() if number == asn), None)


TEXTS = (
    None, None, *CLIENTS, "mx1", "554", "refused", "accepted", "mx", "dnsbl:zen.test", "64496", "1", "3",
    *(text for values in FIELDS.values() for text in values),
)  # fmt: skip
NETS = ("192.0.2.0/26", "192.0.2.0/24", "0.0.0.0/0", "2001:db8::/48", "2001:db8::2/127", "::/0", "::1/128")


def where(random: Random) -> Where:
    pick, negate = random.choice, random.random() < 0.5
    how = pick(("is", "is", "has", "in"))
    if how == "in":
        more = tuple(random.sample(NETS, pick((0, 0, 2))))
        return Where(pick(("client", "network", "prefix")), pick(NETS), "in", negate, more)
    if how == "has":
        return Where(pick(NAMES), pick(("test", "N", "ü", "192", "0", "5", "dns", "")), "has", negate)
    return Where(pick(NAMES), pick(TEXTS), "is", negate, tuple(random.sample(TEXTS, pick((0, 0, 1, 3)))))


def span(random: Random) -> Span:
    until = random.choice((None, None, 1_700_000_000.0, 1_700_000_100.5, 1_700_050_000.0))
    return Span(random.choice((None, 1.0, 100.0, 5000.0, 500_000.0)), until)


def question(random: Random) -> Query:
    measures = tuple(random.sample(ALL, random.randint(1, 6)))
    by = tuple(random.sample(BY, random.choice((0, 1, 1, 2))))
    orders = [*by, *(name for name in measures if not name.endswith(".trend"))]
    return Query(
        measures=measures,
        by=by,
        where=tuple(where(random) for _ in range(random.choice((0, 0, 1, 2)))),
        span=span(random),
        unit=random.choice(("events", "sessions", "clients")),
        buckets=random.randint(1, 7),
        order=random.choice(orders) if orders else measures[0],
        descending=random.random() < 0.6,
        limit=random.randint(1, 5),
        having=random.choice(("", "", *COUNTING, "bytes")),
    )


def cut(rows: list[Any], cuts: list[int]) -> list[tuple[int, list[Any]]]:
    edges = sorted({0, len(rows), *(place % (len(rows) + 1) for place in cuts)})
    return [(low, rows[low:high]) for low, high in pairwise(edges)]


def same(got: Table, wanted: Table) -> None:
    assert got.columns == wanted.columns
    assert got.groups == wanted.groups
    assert got.rows == wanted.rows
    assert got.totals == wanted.totals
    assert (got.since, got.until) == (wanted.since, wanted.until)


@settings(max_examples=60, deadline=None)
@given(stream(), st.lists(st.integers(0, 99), max_size=6), st.integers(0, 2**32))
def test_queries(rows: list[Any], cuts: list[int], seed: int) -> None:
    random = Random(seed)
    store = MemoryStore(window=None, networks=Networks())
    for first, some in cut(rows, cuts):
        store.append(batch(some, first))
    truth = reference.joined(rows)
    for query in [question(random) for _ in range(6)]:
        same(store.ask(query), reference.ask(truth, query, NETWORKS))


PLACES = ("session", "source", "file", "offset")
FIELDS_LISTED = tuple(name for name in NAMES if name not in PLACES)


@settings(max_examples=60, deadline=None)
@given(
    stream(), st.lists(st.integers(0, 99), max_size=6), st.integers(0, 2**32), st.integers(0, 80), st.integers(0, 90)
)
def test_listings(rows: list[Any], cuts: list[int], seed: int, limit: int, skip: int) -> None:
    random = Random(seed)
    parts = [part for part in (where(random), where(random)) if part.field not in PLACES]
    store = MemoryStore(window=None, networks=Networks())
    for first, some in cut(rows, cuts):
        store.append(batch(some, first))
    query = Listing(FIELDS_LISTED, tuple(parts), span(random), limit, skip)
    same(store.ask(query), reference.ask(reference.joined(rows), query, NETWORKS))
    places = store.ask(Listing(("offset", "file", "source"), limit=1))
    newest = max(range(len(rows)), key=lambda at: (round(rows[at]["time"] * 1e6), at))
    assert places.rows == ((newest * LINE, 0, "mail.log"),)


def dump(store: MemoryStore) -> list[tuple[Any, ...]]:
    """All that the store knows of each row, in the order of the lines; sessions by first appearance."""
    names = (*FIELDS_LISTED, "session", "offset", "source", "file")
    rows = sorted(store.ask(Listing(names, limit=10**6)).rows, key=lambda row: (row[-2], row[-1], row[-3]))
    numbers: dict[Any, int] = {None: 0}
    return [(*row[:-4], numbers.setdefault(row[-4], len(numbers)), *row[-3:]) for row in rows]


def connections(store: MemoryStore) -> Table:
    return store.ask(Query(("connections", "accepted", "refused", "events"), ("client",), limit=10**6))


@settings(max_examples=80, deadline=None)
@given(stream(120), st.lists(st.integers(0, 199), max_size=12), st.integers(0, 2**32), st.booleans())
def test_any_order_of_pieces_settles_to_one_pass(rows: list[Any], cuts: list[int], seed: int, seal: bool) -> None:
    forward = MemoryStore(window=None)
    forward.append(batch(rows))
    store = MemoryStore(window=None)
    pieces = cut(rows, cuts)
    Random(seed).shuffle(pieces)
    for first, some in pieces:
        store.append(batch(some, first))
    if seal:
        for segment in store._runs.segments():
            segment.seal()
    for _ in store.settle():
        store.ask(Query(("sessions", "refused"), ("client",)))
    assert dump(store) == dump(forward)
    assert connections(store) == connections(forward)
    truth = reference.joined(rows)
    numbers: dict[Any, int] = {None: 0}
    assert [row[-4] for row in dump(store)] == [numbers.setdefault(row["session"], len(numbers)) for row in truth]


@settings(max_examples=80, deadline=None)
@given(stream(100), st.integers(0, 99), st.lists(st.integers(0, 99), max_size=8))
def test_newest_first_while_the_log_grows(rows: list[Any], live: int, cuts: list[int]) -> None:
    """The tail first, then older pieces newest first, each in two batches, while lines are still being added."""
    forward = MemoryStore(window=None)
    forward.append(batch(rows))
    start = live % len(rows)
    past = cut(rows[:start], cuts)
    tail = [(at, rows[at : at + 3]) for at in range(start, len(rows), 3)]
    store = MemoryStore(window=None)
    store.append(batch(tail[0][1], tail[0][0]))
    tail = tail[1:]
    for first, some in reversed(past):
        half = len(some) // 2
        store.append(batch(some[:half], first))
        if tail:
            store.append(batch(tail[0][1], tail.pop(0)[0]))
        store.append(batch(some[half:], first + half))
    for _ in store.settle():
        if tail:
            store.append(batch(tail[0][1], tail.pop(0)[0]))
    for first, some in tail:
        store.append(batch(some, first))
    assert dump(store) == dump(forward)
    assert connections(store) == connections(forward)
