"""Servers whose lines name less than Postfix's: an acceptance without client, a delivery by a process with a key."""

from typing import Any

from mailtop.query import Listing, Query
from mailtop.store.memory import MemoryStore
from tests.store.build import batch

ALICE = "192.0.2.1"
Row = dict[str, Any]


def store(*rows: Row) -> MemoryStore:
    made = MemoryStore(window=None)
    made.append(batch([{"host": "mx1", **row} for row in rows]))
    return made


def test_an_acceptance_that_names_its_session_alone_is_its_clients() -> None:
    of = {"daemon": "smtpd", "session": "mx1 08d856b172f69c5c"}
    held = store(
        {"kind": "connect", "time": 0, "client": ALICE, **of},
        {"kind": "accept", "time": 1, "client": None, "queue_id": "4296f490", **of},
    )
    assert held.ask(Query(("accepted",), unit="sessions")).rows[0] == (1,)
    assert held.ask(Listing(("client",))).rows[0] == (ALICE,)


def test_an_acceptance_of_a_session_without_client_is_nobodys() -> None:
    held = store({"kind": "accept", "time": 1, "client": None, "queue_id": "4296f490", "session": "mx1 08d8"})
    assert held.ask(Query(("accepted",), unit="events")).rows[0] == (0,)


def test_a_delivery_belongs_to_its_messages_session_whatever_process_logs_it() -> None:
    serves, delivers = "mx1 sm-mta[10]", "mx1 sm-mta[11]"
    held = store(
        {"kind": "accept", "time": 0, "client": ALICE, "queue_id": "A1", "daemon": "sm-mta", "session": serves},
        {"kind": "deliver", "time": 1, "client": None, "queue_id": "A1", "daemon": "sm-mta", "session": delivers,
         "status": "sent"},
    )  # fmt: skip
    assert held.ask(Query(("sessions", "delivered"), unit="sessions")).rows[0] == (1, 1)
    sessions = {row[0] for row in held.ask(Listing(("session",))).rows}
    assert len(sessions) == 1


def test_a_delivery_of_a_message_from_before_the_log_keeps_its_process() -> None:
    held = store({"kind": "deliver", "time": 1, "client": None, "queue_id": "A1", "session": "mx1 sm-mta[11]"})
    assert held.ask(Query(("sessions",), unit="sessions")).rows[0] == (1,)
