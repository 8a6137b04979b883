"""The kept log of a real OpenSMTPD: what mailtop counts in it is what the clients counted.

fixtures/lab/opensmtpd.py made it. Its lines name sessions, and only the first of a session its client.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

GENUINE = Path(__file__).resolve().parents[2] / "fixtures" / "opensmtpd" / "genuine"
LOG = GENUINE / "6.8.0p2.log"
SENT: dict[str, Any] = json.loads(LOG.with_suffix(".sent.json").read_text())


def _run(*words: str) -> str:
    command = [sys.executable, "-m", "mailtop", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@cache
def events() -> list[dict[str, Any]]:
    return [json.loads(line) for line in _run("events", str(LOG)).splitlines()]


def clients() -> dict[int, str]:
    """Session -> client."""
    return {e["session"]: e["client"] for e in events() if e["kind"] == "connect"}


def of_clients(kind: str) -> list[dict[str, Any]]:
    """Events of a kind in sessions that a client opened; bounces come in over another."""
    return [e for e in events() if e["kind"] == kind and e["session"] in clients()]


def test_every_line_is_understood() -> None:
    assert [e["text"] for e in events() if e["kind"] == "unparsed"] == []


def test_connections_are_the_clients() -> None:
    assert Counter(clients().values()) == Counter(s["client"] for s in SENT["sessions"])


def test_refusals_are_the_clients_by_reply_and_stage() -> None:
    told = Counter((s["client"], str(r["reply"])) for s in SENT["sessions"] for r in s["replies"] if r["reply"] >= 400)
    assert told
    assert Counter((clients()[e["session"]], e["reply"]) for e in of_clients("reject")) == told


def test_accepted_messages_are_the_clients() -> None:
    told = {(s["client"], queue_id) for s in SENT["sessions"] for queue_id in s["accepted"]}
    assert told
    assert {(clients()[e["session"]], e["queue_id"]) for e in of_clients("accept")} == told


def test_hangups_are_the_clients() -> None:
    told = Counter(s["client"] for s in SENT["sessions"] if s["ended"] == "hangup" or s["name"] == "says a password")
    assert Counter(clients()[e["session"]] for e in of_clients("hangup")) == told


def test_the_report_counts_as_clients_do() -> None:
    totals = json.loads(_run("report", "--json", str(LOG)))["totals"]
    accepted = sum(len(s["accepted"]) for s in SENT["sessions"])
    assert totals["connections"]["sessions"] == len(SENT["sessions"])
    assert totals["accepted"]["events"] == accepted
    assert totals["accepted"]["clients"] == len({s["client"] for s in SENT["sessions"] if s["accepted"]})


def test_deliveries_end_as_their_next_hop_made_them() -> None:
    fates = {
        e["recipient"]: e["status"] for e in events() if e["kind"] == "deliver" and "example.net" in e["recipient"]
    }
    assert fates == {
        "carl@relay.example.net": "sent", "carl@hard.example.net": "bounced", "carl@soft.example.net": "deferred",
    }  # fmt: skip
