"""The kept logs of a real Exim: what mailtop counts in them is what the clients counted.

fixtures/exim/genuine holds each scenario's mainlog beside what its clients saw (fixtures/lab/exim.py). Nothing here
runs a mail server; test_exim.py asks the same of one that is running.

What no log can tell is left out of the question on both sides, and said here:
- A complaint about a command's form (500 to 504) is no refusal, but for HELO, whose argument is judged; an address
  without a domain is such a complaint.
- Of recipients over the limit Exim logs one, whatever their number.
- The end of a session and its beginning are logged with +smtp_connection; of a session that the daemon refuses because
  there are too many, the refusal is all.
- The lab's own probe, by which it learns that the server is there, has the server's address.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

GENUINE = Path(__file__).resolve().parents[2] / "fixtures" / "exim" / "genuine"
LOGS = sorted(GENUINE.glob("*.log"))
STAGES = ("CONNECT", "HELO", "MAIL", "RCPT", "ETRN", "DATA", "END-OF-MESSAGE")
PROBE = "192.0.2.25"

Event = dict[str, Any]
Sent = dict[str, Any]
Counts = Counter[Any]


def is_refusal(reply: dict[str, Any]) -> bool:
    """Whether a reply is one that Exim logs as a refusal."""
    form = 500 <= reply["reply"] <= 504 and reply["stage"] != "HELO"
    return reply["reply"] >= 400 and reply["stage"] in STAGES and not form and "too many recip" not in reply["text"]


def rejects(sent: Sent) -> Counts:
    """Refusals by client, stage, permanent or not, and at RCPT recipient."""
    return Counter(
        (s["client"], r["stage"], r["reply"] // 100, r.get("recipient"))
        for s in sent["sessions"]
        for r in s["replies"]
        if is_refusal(r)
    )


def rejects_seen(events: list[Event]) -> Counts:
    return Counter(
        (e["client"], e["stage"], int(e["reply"][0]), e["recipient"] if e["stage"] == "RCPT" else None)
        for e in events
        if e["kind"] == "reject" and not (e["text"] or "").startswith(("too many recipients", "unqualified"))
    )


def accepted(sent: Sent) -> Counts:
    """Queue IDs that clients were told."""
    return Counter((s["client"], ident) for s in sent["sessions"] for ident in s["accepted"])


def accepted_seen(events: list[Event]) -> Counts:
    return Counter((e["client"], e["queue_id"]) for e in events if e["kind"] == "accept")


def auth_failures(sent: Sent) -> Counts:
    """AUTH that was answered with a failure, by client."""
    replies = [(s["client"], r) for s in sent["sessions"] for r in s["replies"]]
    return Counter(client for client, reply in replies if reply["stage"] == "AUTH" and reply["reply"] > 400)


def auth_failures_seen(events: list[Event]) -> Counts:
    return Counter(e["client"] for e in events if e["kind"] == "auth" and e["status"] == "failed")


def connections(sent: Sent) -> Counts:
    """Sessions by client."""
    return Counter(s["client"] for s in sent["sessions"])


def connections_seen(events: list[Event]) -> Counts:
    return Counter(
        e["client"]
        for e in events
        if e["client"] != PROBE and (e["kind"] == "connect" or "too many connections" in (e["text"] or ""))
    )


def hangups(sent: Sent) -> Counts:
    """By client, sessions that it left without QUIT while the server would have gone on."""
    return Counter(s["client"] for s in sent["sessions"] if s["ended"] == "hangup")


def hangups_seen(events: list[Event]) -> Counts:
    """The same from the log; not the sessions that the server ended."""
    ended = ("too many", "SMTP command timeout")
    return Counter(
        e["client"]
        for e in events
        if e["kind"] == "hangup" and e["client"] != PROBE and not (e["text"] or "").startswith(ended)
    )


Question = tuple[Callable[[Sent], Counts], Callable[[list[Event]], Counts]]
ALWAYS: dict[str, Question] = {
    "rejects": (rejects, rejects_seen),
    "accepted": (accepted, accepted_seen),
    "auth_failures": (auth_failures, auth_failures_seen),
}
WITH_CONNECTIONS: dict[str, Question] = {
    **ALWAYS,
    "connections": (connections, connections_seen),
    "hangups": (hangups, hangups_seen),
}


def read(log: Path) -> list[Event]:
    """What `mailtop events` says of a log."""
    command = [sys.executable, "-m", "mailtop", "events", str(log)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [json.loads(line) for line in run.stdout.splitlines()]


@cache
def _read(log: Path) -> tuple[Sent, list[Event]]:
    return json.loads(log.with_suffix(".sent.json").read_text("utf-8")), read(log)


def _questions(log: Path) -> dict[str, Question]:
    return ALWAYS if "default" in log.name or "delivery" in log.name else WITH_CONNECTIONS


@pytest.mark.parametrize(
    ("log", "question"), [pytest.param(log, q, id=f"{log.stem}-{q}") for log in LOGS for q in _questions(log)]
)
def test_events_say_what_clients_saw(log: Path, question: str) -> None:
    sent, events = _read(log)
    truth, seen = WITH_CONNECTIONS[question]
    assert seen(events) == truth(sent)


def test_there_is_something_to_agree_on() -> None:
    everything = [_read(log)[0] for log in LOGS]
    assert len(LOGS) >= 8
    for truth, _ in WITH_CONNECTIONS.values():
        assert sum(sum(truth(sent).values()) for sent in everything) >= 4


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_everything_is_understood(log: Path) -> None:
    _, events = _read(log)
    assert not [e["text"] for e in events if e["kind"] == "unparsed"]


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.stem)
def test_helo_is_what_the_client_said(log: Path) -> None:
    sent, events = _read(log)
    said = {
        (s["client"], r["command"].partition(" ")[2])
        for s in sent["sessions"]
        for r in s["replies"]
        if r["stage"] == "HELO" or r["command"].startswith("EHLO")
    } | {("198.51.100.40", "early.example")}
    assert {(e["client"], e["helo"]) for e in events if e["helo"] and e["client"]} <= said


def test_a_rejectlog_alone_has_the_rejections_of_its_mainlog() -> None:
    mainlog = _read(GENUINE / "4.96-content.log")[1]
    kinds = [e for e in mainlog if e["kind"] == "reject" and e["text"] != "fakereject"]
    alone = [e for e in read(GENUINE / "4.96-content.rejectlog") if e["kind"] == "reject"]
    assert alone
    assert rejects_seen(alone) == rejects_seen(kinds)


def test_zones_are_those_that_were_asked() -> None:
    events = _read(GENUINE / "4.96-refusals.log")[1]
    named = Counter(e["zone"] for e in events if e["kind"] in ("reject", "warn") and e["zone"])
    assert named == {"zen.test": 3, "dbl.test": 1, "bl.test": 2}
    assert {e["zone"] for e in events if e["kind"] == "lookup_error"} == {"dead.test"}
    assert {(e["zone"], e["answer"]) for e in events if e["kind"] == "listed"} == {
        ("parked.test", "198.51.100.80"),
        ("bl.test", "127.0.0.2"),
    }
