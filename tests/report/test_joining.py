"""Sessions and clients of events are those that the store finds, however small the part of the log that it holds."""

import json
from collections import defaultdict

from mailtop.demo import Traffic, rfc3339
from mailtop.ingest.reader import Reader
from mailtop.report.events import Joined, lines
from mailtop.store.memory import MemoryStore

BEGIN = 1_795_132_800.0


def log(minutes: int = 10) -> bytes:
    traffic = Traffic(5, BEGIN, 3.0, rfc3339(), bots=500)
    return (traffic.until(BEGIN + 60 * minutes) + traffic.rest()).encode()


def read(data: bytes, piece: int = 1 << 30, held: int = 1 << 16) -> list[dict[str, object]]:
    """The events of a log that is read in blocks of about `piece` octets."""
    reader, store, out, at, line = Reader("mail.log", 0, BEGIN), MemoryStore(None, held), [], 0, 1
    while at < len(data):
        end = data.find(b"\n", min(at + piece, len(data) - 1)) + 1
        for batch in [*reader.feed(data[at:end], at, line), reader.batch()]:
            store.append(batch)
            joined = Joined(*store.learnt("mail.log", len(batch)))
            out += [json.loads(text) for text in lines(batch, joined)]
        line += data[at:end].count(b"\n")
        at = end
    return out


def test_a_session_is_one_client_and_one_process() -> None:
    sessions = defaultdict(set)
    connects = 0
    for event in read(log()):
        if event["kind"] in ("connect", "disconnect", "reject", "accept", "hangup", "screen", "pass", "listed"):
            assert event["session"] is not None, event
            sessions[event["session"]].add(event["client"])
        connects += event["kind"] == "connect"
    assert len(sessions) == connects > 1000
    assert all(len(clients) == 1 for clients in sessions.values())


def test_a_delivery_has_the_client_that_gave_us_the_message() -> None:
    gave: dict[object, object] = {}
    joined = 0
    for event in read(log()):
        if event["kind"] == "accept":
            gave[event["queue_id"]] = (event["client"], event["session"])
        elif event["kind"] == "deliver" and event["queue_id"] in gave:
            assert (event["client"], event["session"]) == gave[event["queue_id"]]
            joined += 1
    assert joined > 100


def test_how_it_is_cut_into_batches_does_not_matter() -> None:
    data = log(3)
    assert read(data, 20_000) == read(data)


def test_what_the_store_lets_go_does_not_matter() -> None:
    data = log(5)
    assert read(data, 10_000, held=1000) == read(data)
