"""What no line of a log says is unknown, and not nought."""

from mailtop.query import Query
from mailtop.store.memory import MemoryStore
from tests.store.build import batch

REJECT = {"kind": "reject", "time": 0, "client": "192.0.2.1", "host": "mx1", "reply": "550"}
CONNECT = {"kind": "connect", "time": 1, "client": "192.0.2.2", "host": "mx1", "daemon": "smtpd"}
ASKED = Query(("connections", "connections.rate", "connections.trend", "refused"), buckets=2)


def test_connections_are_unknown_until_one_is_logged() -> None:
    store = MemoryStore(window=None)
    store.append(batch([REJECT]))
    assert store.ask(ASKED).rows[0] == (None, None, None, 1)
    assert store.ask(ASKED).totals == (None, None, None, 1)
    store.append(batch([CONNECT]))
    assert store.ask(ASKED).rows[0][0] == 1


def test_a_slice_without_connects_has_none_where_others_are_logged() -> None:
    store = MemoryStore(window=None)
    store.append(batch([REJECT, CONNECT]))
    by_client = store.ask(Query(("connections", "refused"), ("client",), order="client"))
    assert set(by_client.rows) == {("192.0.2.1", 0, 1), ("192.0.2.2", 1, 0)}


def test_nothing_read_is_nothing_unknown() -> None:
    assert MemoryStore(window=None).ask(Query(("connections",))).rows[0] == (0,)
