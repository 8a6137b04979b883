"""What belongs together, one hazard at a time, as a postmaster would tell it."""

from typing import Any

import pytest

from mailtop.query import Listing, Query, Where
from mailtop.store.memory import MemoryStore
from tests.store.build import batch

ALICE, BOB = "192.0.2.1", "198.51.100.2"
Row = dict[str, Any]


def store(*rows: Row) -> MemoryStore:
    made = MemoryStore(window=None)
    made.append(batch([{"host": "mx1", **row} for row in rows]))
    return made


def count(held: MemoryStore, *measures: str, unit: Any = "sessions") -> tuple[Any, ...]:
    return held.ask(Query(measures, unit=unit)).rows[0]


def listed(held: MemoryStore, *fields: str) -> list[tuple[Any, ...]]:
    return list(reversed(held.ask(Listing(fields)).rows))


def smtpd(kind: str, time: float, client: str | None = ALICE, pid: int = 1, **more: Any) -> Row:
    return {"kind": kind, "time": time, "client": client, "daemon": "smtpd", "session": f"mx1 smtpd[{pid}]", **more}


def screen(kind: str, time: float, client: str = ALICE, port: int = 1, **more: Any) -> Row:
    peer = f"[{client}]:{port}"
    return {"kind": kind, "time": time, "client": client, "daemon": "postscreen", "session": peer, **more}


def test_a_process_serves_one_session_after_the_other() -> None:
    held = store(
        smtpd("connect", 0), smtpd("reject", 1, reply="554"), smtpd("reject", 1, reply="554"), smtpd("disconnect", 2),
        smtpd("connect", 3, BOB), smtpd("disconnect", 4, BOB),
    )  # fmt: skip
    assert count(held, "sessions", "connections", "refused") == (2, 2, 1)
    assert count(held, "refused", unit="events") == (2,)


def test_a_session_ends_by_silence_where_its_end_was_lost() -> None:
    held = store(smtpd("connect", 0), smtpd("reject", 3601, reply="554"), smtpd("reject", 3602, reply="554"))
    assert count(held, "sessions") == (2,)


def test_lines_without_a_key_are_the_clients_until_a_minutes_silence() -> None:
    mail = {"daemon": "sm-mta", "client": ALICE, "kind": "reject", "reply": "550"}
    held = store({**mail, "time": 0}, {**mail, "time": 59}, {**mail, "time": 118}, {**mail, "time": 179})
    assert count(held, "sessions") == (2,)


def test_a_dns_lists_answer_belongs_to_the_clients_open_session() -> None:
    answer = {"kind": "listed", "daemon": "dnsblog", "client": ALICE, "zone": "zen.test", "time": 700}
    held = store(screen("connect", 0), answer, screen("disconnect", 701))
    assert count(held, "sessions", "listed") == (1, 1)


def test_a_refusal_that_does_not_name_the_client_is_its_sessions() -> None:
    held = store(smtpd("connect", 0), smtpd("reject", 1, None, reply="554"))
    assert listed(held, "client") == [(ALICE,), (ALICE,)]


def test_the_client_of_a_queue_id_until_it_is_given_away_again() -> None:
    back = {"daemon": "qmgr", "queue_id": "Q1"}
    held = store(
        smtpd("connect", 0), smtpd("accept", 1, queue_id="Q1"),
        {"kind": "queue", "time": 2, **back}, {"kind": "deliver", "time": 3, "status": "sent", **back},
        {"kind": "remove", "time": 4, **back}, {"kind": "queue", "time": 5, **back},
        smtpd("accept", 6, BOB, 2, queue_id="Q1"), {"kind": "queue", "time": 7, **back},
        {"kind": "queue", "time": 7 + 7 * 86400, **back},
    )  # fmt: skip
    assert listed(held, "client") == [*[(ALICE,)] * 5, (None,), (BOB,), (BOB,), (None,)]
    assert count(held, "delivered") == (1,)


def test_queue_ids_are_each_hosts_own() -> None:
    held = MemoryStore()
    held.append(batch([
        {**smtpd("accept", 0, queue_id="Q1"), "host": "mx1"},
        {"kind": "queue", "time": 1, "queue_id": "Q1", "host": "mx2", "daemon": "qmgr"},
    ]))  # fmt: skip
    assert listed(held, "client") == [(ALICE,), (None,)]


@pytest.mark.parametrize(("wait", "connections"), [(99, 1), (101, 2)])
def test_handed_over_by_postscreen(wait: float, connections: int) -> None:
    held = store(screen("connect", 0), screen("pass", 1, text="OLD"), smtpd("connect", 1 + wait))
    assert count(held, "connections", "passed") == (connections, 1)


def test_two_passes_two_hand_overs_and_a_third_that_came_by_itself() -> None:
    held = store(
        screen("connect", 0), screen("pass", 0), screen("connect", 0, port=2), screen("pass", 0, port=2),
        smtpd("connect", 1), smtpd("connect", 1, pid=2), smtpd("connect", 1, pid=3), smtpd("connect", 1, BOB, pid=4),
    )  # fmt: skip
    assert count(held, "connections") == (4,)


def test_passed_after_the_handshake_must_come_back() -> None:
    held = store(
        screen("connect", 0), screen("reject", 1, reply="450", reason="greylist"), screen("pass", 1, text="NEW"),
        screen("disconnect", 1), smtpd("connect", 2),
    )  # fmt: skip
    assert count(held, "connections", "greylisted", "refused") == (2, 1, 0)


def test_dropped_by_postscreen_is_refused_on_the_first_lists_word() -> None:
    answer = {"kind": "listed", "daemon": "dnsblog", "client": ALICE, "time": 1}
    held = store(
        screen("connect", 0), {**answer, "zone": "zen.test"}, {**answer, "zone": "bl.test"},
        screen("screen", 2, reason="dnsbl", rank=5), screen("disconnect", 2),
    )  # fmt: skip
    table = held.ask(Query(("refused",), ("why",), having="refused"))
    assert table.rows == (("dnsbl:zen.test", 1),)
    assert listed(held, "verdict")[-1] == ("refused",)


def test_dropped_for_early_talk_names_no_list() -> None:
    answer = {"kind": "listed", "daemon": "dnsblog", "client": ALICE, "time": 1, "zone": "zen.test"}
    held = store(screen("connect", 0), answer, screen("screen", 2, reason="protocol"), screen("disconnect", 2))
    assert listed(held, "why")[-1] == ("protocol",)


@pytest.mark.parametrize("answered", ["pass", "reject", "hangup"])
def test_not_dropped_when_answered_passed_or_hung_up(answered: str) -> None:
    held = store(
        screen("connect", 0), screen("screen", 1, reason="dnsbl"), screen(answered, 2, reply="450"),
        screen("disconnect", 2),
    )  # fmt: skip
    assert count(held, "refused", unit="events") == (0,)


@pytest.mark.parametrize(("filter_", "accepted"), [("127.0.0.1", 1), ("::1", 1), (BOB, 2)])
def test_a_content_filter_hands_the_message_back(filter_: str, accepted: int) -> None:
    def cleanup(time: float, queue_id: str) -> Row:
        return {"kind": "queue", "time": time, "daemon": "cleanup", "queue_id": queue_id, "message_id": "m@example.com"}

    held = store(
        smtpd("accept", 0, queue_id="Q1"), cleanup(0, "Q1"),
        {**smtpd("accept", 5, filter_, 2, queue_id="Q2"), "daemon": "10025/smtpd"}, cleanup(5, "Q2"),
    )  # fmt: skip
    assert count(held, "accepted", unit="events") == (accepted,)


def test_mail_from_this_host_that_was_not_seen_before_is_accepted() -> None:
    again = {"kind": "queue", "time": 0, "daemon": "cleanup", "queue_id": "Q1", "message_id": "m"}
    held = store(smtpd("accept", 0, "127.0.0.1", queue_id="Q1"), again, again)
    assert count(held, "accepted") == (1,)


def test_mail_of_local_users_is_never_accepted() -> None:
    held = store({"kind": "accept", "time": 0, "daemon": "exim", "queue_id": "Q1", "sender": "root@mx1.example"})
    assert count(held, "accepted", unit="events") == (0,)


def test_submission_and_filters_ports_are_no_connections() -> None:
    held = store(
        {**smtpd("connect", 0), "daemon": "submission/smtpd"}, {**smtpd("connect", 0, pid=2), "daemon": "smtps/smtpd"},
        {**smtpd("connect", 0, "127.0.0.1", 3), "daemon": "10025/smtpd"}, smtpd("connect", 0, pid=4),
    )  # fmt: skip
    assert count(held, "connections", "submissions") == (1, 2)


def test_greylisting_is_neither_refused_nor_deferred() -> None:
    held = store(
        smtpd("reject", 0, reply="450", reason="greylist"), smtpd("reject", 0, reply="450", reason="rdns"),
        smtpd("reject", 0, reply="550", reason="rdns"), smtpd("warn", 0, reply="550", reason="rdns"),
    )  # fmt: skip
    measures = ("refused", "deferred", "greylisted", "warned", "turned_away")
    assert count(held, *measures, unit="events") == (1, 1, 1, 1, 3)


def test_syslogs_repeats_are_as_many_events() -> None:
    held = store(smtpd("reject", 0, reply="550", repeat=7), smtpd("reject", 0, reply="550"))
    assert count(held, "refused", "events", unit="events") == (8, 8)
    assert count(held, "refused") == (1,)


def test_noqueue_is_no_queue_id() -> None:
    held = store(smtpd("reject", 0, reply="550", queue_id="NOQUEUE"))
    assert listed(held, "queue_id") == [(None,)]
    assert held.ask(Query(("events",), where=(Where("queue_id", "NOQUEUE"),))).rows == ((0,),)


def cleanup(time: float, queue_id: str, message_id: str = "<m@example.com>") -> Row:
    return {"kind": "queue", "time": time, "daemon": "cleanup", "queue_id": queue_id, "message_id": message_id}


def spoken(time: float, **more: Any) -> Row:
    return {"kind": "filter", "time": time, "daemon": "spamd", "status": "spam", **more}


def test_a_verdict_that_knows_the_message_id_alone_is_the_clients() -> None:
    held = store(
        smtpd("connect", 0), smtpd("accept", 1, queue_id="Q1"), cleanup(1, "Q1"), smtpd("disconnect", 2),
        spoken(200, message_id="<m@example.com>"), spoken(201, message_id="<other@example.com>"),
        spoken(1 + 86400, message_id="<m@example.com>"), spoken(2 + 86400, message_id="<m@example.com>"),
    )  # fmt: skip
    assert listed(held, "client")[-4:] == [(ALICE,), (None,), (ALICE,), (None,)]
    assert count(held, "sessions", "accepted") == (1, 1)


def test_a_verdict_on_a_message_that_two_clients_sent_is_the_last_ones() -> None:
    held = store(
        smtpd("accept", 0, queue_id="Q1"), cleanup(0, "Q1"), spoken(1, message_id="<m@example.com>"),
        smtpd("accept", 2, BOB, 2, queue_id="Q2"), cleanup(2, "Q2"), spoken(3, message_id="<m@example.com>"),
    )  # fmt: skip
    assert [row for row in listed(held, "kind", "client") if row[0] == "filter"] == [("filter", ALICE), ("filter", BOB)]


@pytest.mark.parametrize(
    "known",
    [{"queue_id": "Q1"}, {"message_id": "<m@example.com>"}, {"queue_id": "Q7", "message_id": "<m@example.com>"}],
)
def test_a_verdict_after_the_queue_is_no_session_of_its_own(known: Row) -> None:
    held = store(
        smtpd("connect", 0), smtpd("accept", 1, queue_id="Q1"), cleanup(1, "Q1"), smtpd("disconnect", 2),
        spoken(900, client=ALICE, **known),
    )  # fmt: skip
    assert count(held, "sessions") == (1,)


@pytest.mark.parametrize("known", [{"queue_id": "Q1"}, {}])
@pytest.mark.parametrize("first", [ALICE, "127.0.0.1"])
def test_amavis_hands_a_message_back_and_speaks_of_it(first: str, known: Row) -> None:
    said = {**spoken(6, message_id="<m@example.com>", **known), "daemon": "amavis"}
    held = store(
        smtpd("accept", 0, first, queue_id="Q1"), cleanup(0, "Q1"),
        {**smtpd("accept", 5, "127.0.0.1", 2, queue_id="Q2"), "daemon": "10025/smtpd"}, cleanup(5, "Q2"),
        said, {"kind": "remove", "time": 7, "daemon": "qmgr", "queue_id": "Q1"},
    )  # fmt: skip
    assert count(held, "accepted", unit="events") == (1,)
    assert listed(held, "client")[4] == ((first if known or first == ALICE else None),)


def test_what_a_filter_says_of_a_list_is_the_clients_listing() -> None:
    held = store(
        smtpd("connect", 0), smtpd("accept", 1, queue_id="Q1"),
        {**spoken(2, client=ALICE, queue_id="Q1"), "daemon": "rspamd"},
        {"kind": "listed", "time": 2, "daemon": "rspamd", "client": ALICE, "zone": "zen.spamhaus.org"},
    )  # fmt: skip
    assert count(held, "sessions", "listed") == (1, 1)
