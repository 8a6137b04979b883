"""A batch numbers its own strings; what the store makes of it does not depend on how."""

from array import array
from random import Random
from typing import Any

import pytest

from mailtop.batch import Batch, Strings
from mailtop.query import Listing, Query
from mailtop.store.memory import MemoryStore
from tests.store.build import batch
from tests.store.streams import events

FIELDS = ("time", "host", "client", "queue_id", "session", "kind", "zone", "reason", "size", "delay", "delays")


def answers(made: Batch) -> list[Any]:
    store = MemoryStore(window=None)
    store.append(made)
    listed = store.ask(Listing(FIELDS, limit=10_000)).rows
    counted = store.ask(Query(("connections", "refused", "accepted", "bytes"), ("client",), limit=1000)).rows
    return [listed, counted]


def renumbered(column: Strings, random: Random) -> Strings:
    """The same texts for the same rows: every text twice among the values, rows in another order."""
    values = [*column.values, *column.values]
    codes = [code + random.choice((0, len(column.values))) for code in column.codes]
    rows = list(range(len(codes))) if column.rows is None else list(column.rows)
    order = random.sample(range(len(rows)), len(rows))
    return Strings(values, array("I", [codes[at] for at in order]), array("I", [rows[at] for at in order]))


@pytest.mark.parametrize("seed", range(8))
def test_texts_may_come_twice_and_rows_in_any_order(seed: int) -> None:
    rows = events(seed, 300)
    plain, other = batch(rows), batch(rows)
    for name, column in other.columns.items():
        if isinstance(column, Strings):
            other.columns[name] = renumbered(column, Random(seed))
    assert answers(other) == answers(plain)


@pytest.mark.parametrize("seed", range(4))
def test_a_batch_may_be_larger_than_what_is_left_of_a_segment(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = events(seed, 300)
    wanted = answers(batch(rows))
    for name in ("segment", "columns"):
        monkeypatch.setattr(f"mailtop.store.{name}.SEGMENT", 70)
    assert answers(batch(rows)) == wanted


def test_what_is_kept_between_questions_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailtop.store.ask.KEPT_ROWS", 10)
    rows = events(3, 400)
    asked = [
        Query(("connections", "refused", "sessions.trend", "last", "top.why"), by, buckets=5, unit=unit)
        for by in ((), ("client",), ("reason",), ("verdict", "host"))
        for unit in ("events", "sessions", "clients")
    ]
    plain, expecting = MemoryStore(window=None), MemoryStore(window=None)
    for store in (plain, expecting):
        store.append(batch(rows))
    expecting.expect_questions()
    for query in [*asked, *asked]:
        assert expecting.ask(query) == plain.ask(query)
    for store in (plain, expecting):
        store.append(batch(rows[:50], 1000))
    assert expecting.ask(asked[0]) == plain.ask(asked[0])


def test_totals_that_nobody_wants_are_not_worked_out() -> None:
    store = MemoryStore(window=None)
    store.append(batch(events(5, 200)))
    query = Query(("refused", "refused.trend", "top.why", "last.client"), ("reason",), buckets=4)
    whole = store.ask(query)
    part = store.ask(Query(query.measures, query.by, buckets=4, drawn_totals=False))
    assert part.rows == whole.rows
    assert part.totals == (None, whole.total("refused"), None, None, None)
    assert whole.total("refused.trend") is not None
