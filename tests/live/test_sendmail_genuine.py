"""The kept logs of a real Sendmail: what mailtop counts in them is what the clients counted.

fixtures/sendmail/genuine has one log of Sendmail's own LogLevel and one of the first that names who connected. Nothing
here runs a mail server; test_sendmail.py does the same to one that is running.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.live.sendmail_agreement import (
    FATES,
    QUESTIONS,
    Event,
    Sent,
    connections,
    connections_seen,
    fates_seen,
    queue_ids,
    queue_ids_seen,
    verdicts,
)

GENUINE = Path(__file__).resolve().parents[2] / "fixtures" / "sendmail" / "genuine"
LOGS = sorted(GENUINE.glob("*.log"))
NAMES = [log.stem for log in LOGS]


def _run(*words: str) -> str:
    command = [sys.executable, "-m", "mailtop", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@cache
def events(log: Path) -> list[Event]:
    return [json.loads(line) for line in _run("events", str(log)).splitlines()]


@cache
def report(log: Path) -> Any:
    return json.loads(_run("report", "--json", str(log)))


@cache
def sent(log: Path) -> Sent:
    told: Sent = json.loads(log.with_suffix(".sent.json").read_text())
    return told


def test_there_are_genuine_logs() -> None:
    assert len(LOGS) >= 2
    assert sum("level9" in name for name in NAMES) == 1


@pytest.mark.parametrize("log", LOGS, ids=NAMES)
@pytest.mark.parametrize("question", QUESTIONS)
def test_events_say_what_clients_saw(log: Path, question: str) -> None:
    truth, seen = QUESTIONS[question]
    assert truth(sent(log))
    assert seen(events(log)) == truth(sent(log))


@pytest.mark.parametrize("log", LOGS, ids=NAMES)
def test_every_queued_message_is_known_by_its_client(log: Path) -> None:
    assert queue_ids(sent(log))
    assert queue_ids(sent(log)) <= queue_ids_seen(events(log))


@pytest.mark.parametrize("log", LOGS, ids=NAMES)
def test_every_line_is_understood(log: Path) -> None:
    assert [e["text"] for e in events(log) if e["kind"] == "unparsed"] == []


@pytest.mark.parametrize("log", LOGS, ids=NAMES)
def test_the_report_counts_refused_and_deferred_sessions_as_clients_do(log: Path) -> None:
    totals = report(log)["totals"]
    helo = sum(1 for e in events(log) if e["kind"] == "reject" and "Invalid domain name" in e["text"])
    seen = Counter({name: totals[name]["sessions"] for name in ("refused", "deferred")})
    # the session with a bad HELO is refused for EXPN too
    assert helo <= 1
    assert seen == verdicts(sent(log))


@pytest.mark.parametrize("log", LOGS, ids=NAMES)
def test_deliveries_end_as_their_next_hop_made_them(log: Path) -> None:
    assert fates_seen(events(log)) == FATES


def test_connections_are_counted_from_level_10_on() -> None:
    log = next(log for log in LOGS if "level10" in log.stem)
    assert connections_seen(events(log)) == connections(sent(log))
    assert report(log)["totals"]["connections"]["sessions"] == len(sent(log)["sessions"])


@pytest.mark.parametrize("log", LOGS, ids=NAMES)
def test_what_looks_like_fields_makes_none(log: Path) -> None:
    assert {e["client"] for e in events(log)} & {"192.0.2.9"} == set()
    quoted = {e["sender"] for e in events(log) if e["sender"] and "evil.example" in e["sender"]}
    assert all(sender.endswith("@nx.example") for sender in quoted)
    assert quoted
