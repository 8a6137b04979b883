"""A real Exim, read by mailtop while it works: what both ends counted must be the same.

The lab (fixtures/lab/exim.py) runs in private namespaces as root and takes about twenty seconds. Without root, the
packages or an unpacked Exim these tests are skipped, and say how to get them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mailtop.report.sections import TOTALS
from tests.live.following import followed, missing
from tests.live.test_exim_genuine import (
    WITH_CONNECTIONS,
    Event,
    Sent,
    is_refusal,
    read,
)

pytestmark = [pytest.mark.mta, pytest.mark.timeout(240)]


@dataclass(frozen=True)
class Day:
    """One run of the lab: what clients saw, the finished log's events, and mailtop's totals by its end."""

    log: Path
    sent: Sent
    events: list[Event]
    live: dict[str, object]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    if lack := missing("exim"):
        pytest.skip(lack)
    out = tmp_path_factory.mktemp("lab")
    log = out / "mainlog"
    ran = followed(log, "exim.py", str(out), "--live")
    assert (out / "sent.json").exists(), ran.said
    return Day(log, json.loads((out / "sent.json").read_text()), read(log), ran.live)


@pytest.mark.parametrize("question", WITH_CONNECTIONS)
def test_events_say_what_clients_saw(day: Day, question: str) -> None:
    truth, seen = WITH_CONNECTIONS[question]
    assert truth(day.sent)
    assert seen(day.events) == truth(day.sent)


def test_what_was_followed_live_is_what_the_finished_log_says(day: Day) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "mailtop", "report", "--json", str(day.log)], capture_output=True, text=True, check=True
    )
    totals = json.loads(run.stdout)["totals"]
    assert {name: totals[name]["sessions"] for name in TOTALS} == day.live


def _verdicts(session: dict[str, Any]) -> set[str]:
    """How the report counts a session: by what it was refused with."""
    return {
        "refused" if reply["reply"] >= 500 else "greylisted" if "greylisted" in reply["text"] else "deferred"
        for reply in session["replies"]
        if is_refusal(reply) or "too many recip" in reply["text"]
    }


def test_live_sessions_are_the_clients_sessions(day: Day) -> None:
    """With ports in the log each connection is one session, and no session is counted twice."""
    sessions = day.sent["sessions"]
    crowded = sum(any(r["reply"] == 421 and r["stage"] == "CONNECT" for r in s["replies"]) for s in sessions)
    probe = 1
    verdicts = Counter(word for session in sessions for word in _verdicts(session))
    assert day.live["connections"] == len(sessions) - crowded + probe
    assert day.live["accepted"] == sum(1 for session in sessions if session["accepted"])
    assert {word: day.live[word] for word in ("refused", "deferred", "greylisted")} == verdicts
