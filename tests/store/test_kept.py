"""Selections that are kept between questions: the last ones used, so that panes which ask about the same rows find them
once however many stretches of time were asked about before."""

import pytest

from mailtop.ingest.reader import Reader
from mailtop.query import Query, Span, Where
from mailtop.store import ask, selection
from mailtop.store.memory import MemoryStore

BEGIN = 1_795_000_000.0


def stored() -> MemoryStore:
    reader = Reader("mail.log", 0, BEGIN)
    text = "".join(
        f"2026-11-18T11:{second // 60:02}:{second % 60:02}+00:00 mx1 postfix/smtpd[7]: connect from unknown[192.0.2.{second % 200}]\n"  # noqa: E501
        for second in range(600)
    )
    store = MemoryStore(None, 10**6)
    for batch in (*reader.feed(text.encode(), 0), reader.batch()):
        store.append(batch)
    return store


def test_the_last_selections_are_kept_however_many_there_were_before(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    spanning = selection.spanning
    monkeypatch.setattr(ask, "spanning", lambda *given: found.append(given[1:3]) or spanning(*given))  # type: ignore[func-returns-value]
    store = stored()
    last = store.holding().last
    assert last is not None
    for moment in range(3 * ask.KEPT_SELECTIONS):
        span = Span(60.0, last - moment)
        tables = [store.ask(Query(("connections",), (by,), span=span)) for by in ("client", "prefix", "helo")]
        tables.append(store.ask(Query(("connections",), (), (Where("client", "192.0.2.1"),), span)))
        assert tables[0].groups == 60
    assert len(found) == 3 * ask.KEPT_SELECTIONS
    assert len(store._asker._kept) == ask.KEPT_SELECTIONS


def test_one_that_is_used_again_and_again_is_not_let_go() -> None:
    store = stored()
    always = Query(("connections",))
    for moment in range(3 * ask.KEPT_SELECTIONS):
        store.ask(always)
        store.ask(Query(("connections",), span=Span(60.0, BEGIN + moment)))
    held = next(reversed(list(store._asker._kept.values())[:-1]))
    assert held.count == 600
