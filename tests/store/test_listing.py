"""Listings page by page: what a screen of raw lines asks for, and never more than it shows."""

from random import Random
from typing import Any

import pytest

from mailtop.query import Listing, Where
from mailtop.store.memory import MemoryStore
from tests.store.build import batch

CONNECT: dict[str, Any] = {"kind": "connect", "daemon": "smtpd", "host": "mx1"}


def filled(times: list[float]) -> MemoryStore:
    """A store of connections at these times, in this order."""
    store = MemoryStore(window=None)
    store.append(batch([{**CONNECT, "time": time, "client": f"192.0.2.{at % 7}"} for at, time in enumerate(times)]))
    return store


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("where", [(), (Where("client", "192.0.2.3"),), (Where("client", "192.0.2.3", negate=True),)])
def test_pages_put_together_are_the_whole(ordered: bool, where: tuple[Where, ...]) -> None:
    times = [float(at // 3) for at in range(500)]
    if not ordered:
        Random(4).shuffle(times)
    store = filled(times)
    fields = ("time", "client", "offset")
    whole = store.ask(Listing(fields, where, limit=1000))
    assert whole.groups == len(whole.rows) > 50
    pages = [store.ask(Listing(fields, where, limit=17, skip=skip)) for skip in range(0, 600, 17)]
    assert sum((page.rows for page in pages), ()) == whole.rows
    assert all(page.groups == whole.groups for page in pages)


def test_a_page_beyond_the_end_is_empty() -> None:
    store = filled([1.0, 2.0, 3.0])
    assert store.ask(Listing(("time",), limit=5, skip=3)).rows == ()
    assert store.ask(Listing(("time",), limit=5, skip=10**9)).rows == ()
    assert store.ask(Listing(("time",), limit=5, skip=2)).rows == ((1.0,),)
    assert MemoryStore().ask(Listing(("time",), skip=2)).rows == ()


@pytest.mark.parametrize("page", [Listing(("time",), skip=-1), Listing(("time",), limit=-1)])
def test_less_than_nothing_is_an_error(page: Listing) -> None:
    with pytest.raises(ValueError, match="less than nothing"):
        filled([1.0]).ask(page)


def test_a_line_that_gave_several_events_is_one_row() -> None:
    store = MemoryStore(window=None)
    rows = [{**CONNECT, "time": 1.0, "kind": kind} for kind in ("connect", "listed", "reject", "disconnect")]
    made = batch(rows)
    made.offset[1] = made.offset[2] = made.offset[0]
    store.append(made)
    fields = ("kind", "offset")
    assert store.ask(Listing(fields, lines=True)).rows == (("disconnect", 300), ("connect", 0))
    assert store.ask(Listing(fields, lines=True)).groups == 2
    sliced = store.ask(Listing(fields, (Where("kind", "connect", negate=True),), lines=True))
    assert sliced.rows == (("disconnect", 300), ("listed", 0))
    assert len(store.ask(Listing(fields)).rows) == 4


def test_equal_offsets_of_different_files_are_different_lines() -> None:
    store = MemoryStore(window=None)
    store.append(batch([{**CONNECT, "time": 1.0}]))
    store.append(batch([{**CONNECT, "time": 2.0}], file=1))
    store.append(batch([{**CONNECT, "time": 3.0}], source="other.log"))
    assert store.ask(Listing(("time",), lines=True)).groups == 3


def test_a_streams_lines_have_no_place_and_are_not_taken_for_one() -> None:
    store = MemoryStore(window=None)
    made = batch([{**CONNECT, "time": 1.0}, {**CONNECT, "time": 2.0}], source="-", file=-1)
    made.offset[1] = made.offset[0]
    store.append(made)
    assert store.ask(Listing(("time",), lines=True)).groups == 2
