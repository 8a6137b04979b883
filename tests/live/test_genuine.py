"""The kept logs of a real Postfix: what mailtop counts in them is what the clients counted.

fixtures/postfix/genuine holds each scenario's log beside what its clients saw (docs/lab.md). Nothing here
runs a mail server; test_postfix.py does the same to one that is running.
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

from tests.live.agreement import QUESTIONS, Event, Sent, queue_ids, queue_ids_seen, verdicts

GENUINE = Path(__file__).resolve().parents[2] / "fixtures" / "postfix" / "genuine"
LOGS = sorted(GENUINE.glob("*.log"))
NAMES = [log.stem.split("-", 1)[1] for log in LOGS]

# What mailtop does not get right yet. Strict: who mends one must take it off this list.
KNOWN: dict[tuple[str, str], str] = {}
"""(question, scenario) -> why it is expected to fail"""


def _cases(*questions: str) -> list[Any]:
    """Every question to every log; those in KNOWN are expected to fail."""
    return [
        pytest.param(
            log,
            question,
            id=f"{name}-{question}",
            marks=[pytest.mark.xfail(reason=KNOWN[question, name])] if (question, name) in KNOWN else [],
        )
        for log, name in zip(LOGS, NAMES, strict=True)
        for question in questions
    ]


def _run(*words: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "mailtop", *words], capture_output=True, text=True, check=True, timeout=60
    ).stdout


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
    assert len(LOGS) >= 10


@pytest.mark.parametrize(("log", "question"), _cases(*QUESTIONS))
def test_events_say_what_clients_saw(log: Path, question: str) -> None:
    truth, seen = QUESTIONS[question]
    assert seen(events(log), sent(log)) == truth(sent(log))


@pytest.mark.parametrize("log", LOGS, ids=NAMES)
def test_every_queued_message_is_known_by_its_client(log: Path) -> None:
    assert queue_ids(sent(log)) <= queue_ids_seen(events(log))


@pytest.mark.parametrize("log", LOGS, ids=NAMES)
def test_every_line_of_a_mail_server_is_understood(log: Path) -> None:
    assert [e["text"] for e in events(log) if e["kind"] == "unparsed"] == []
    assert report(log)["meta"]["counts"].get("unparsed", 0) == 0


@pytest.mark.parametrize(("log", "question"), _cases("refusals"))
def test_the_report_counts_refusals_as_clients_do(log: Path, question: str) -> None:
    totals = report(log)["totals"]
    seen = Counter({name: totals[name]["sessions"] for name in ("refused", "deferred", "greylisted")})
    assert seen == verdicts(sent(log))


@pytest.mark.parametrize("log", LOGS, ids=NAMES)
def test_the_report_counts_connections_as_clients_do(log: Path) -> None:
    asked = Counter(s["service"] in ("submission", "smtps") for s in sent(log)["sessions"])
    inner = sum(1 for e in events(log) if e["kind"] == "connect" and e["client"] == "127.0.0.1")
    totals = report(log)["totals"]
    assert totals["submissions"]["sessions"] == asked[True]
    assert totals["connections"]["sessions"] - inner == asked[False]


@pytest.mark.parametrize(("log", "question"), _cases("forged"))
def test_nothing_that_was_forged_names_a_sender_or_recipient(log: Path, question: str) -> None:
    named = [(e["line"], e[field]) for e in events(log) for field in ("sender", "recipient", "helo")]
    assert [(n, value) for n, value in named if "forged" in (value or "") and not _said(log, value)] == []


def _said(log: Path, value: str) -> bool:
    """Whether some client gave this very value as its own (an attacker may write what he likes)."""
    return any(
        value.replace("?", "") in _harmless(r["command"]) for s in sent(log)["sessions"] for r in s["replies"]
    )


def _harmless(command: str) -> str:
    """What smtpd(8) makes of a HELO: `?` for each character that could be taken for syntax."""
    return "".join("" if c in ' <>();@,"\\?' else c for c in command) + command


FATES = {
    "carl@relay.example.net": "sent",
    "carl@hard.example.net": "bounced",
    "carl@data.example.net": "bounced",
    "carl@rude.example.net": "bounced",  # whose answer says status=sent
    "carl@pipebad.example.net": "bounced",
    "carl@nx.example.net": "bounced",
    "carl@nullmx.example.net": "bounced",
    "carl@lmtp.example.net": "sent",
    "carl@pipeok.example.net": "sent",
    "carl@waste.example.net": "sent",
    "carl@soft.example.net": "deferred",
    "carl@lost.example.net": "deferred",
    "carl@refused.example.net": "deferred",
    "carl@silent.example.net": "deferred",
    "carl@pipetemp.example.net": "deferred",
    "carl@far.example.net": "deferred",
    "zoe@virtual.example.org": "sent",
}


@pytest.mark.parametrize("recipient", FATES)
def test_deliveries_end_as_their_next_hop_made_them(recipient: str) -> None:
    log = next(log for log in LOGS if log.stem.endswith("delivery"))
    fates = {e["status"] for e in events(log) if e["kind"] == "deliver" and e["recipient"] == recipient}
    assert fates == {FATES[recipient]}


def test_what_was_put_off_to_the_end_has_expired() -> None:
    log = next(log for log in LOGS if log.stem.endswith("delivery"))
    put_off = {r for r, fate in FATES.items() if fate == "deferred"}
    late = {e["queue_id"] for e in events(log) if e["kind"] == "deliver" and e["recipient"] in put_off}
    expired = {e["queue_id"] for e in events(log) if e["status"] == "expired"}
    assert late
    assert late <= expired
