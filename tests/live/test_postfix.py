"""A real Postfix, read by mailtop while it works: what both ends counted must be the same.

The lab (fixtures/lab, docs/lab.md) runs in private namespaces as root and takes about a minute. Without
root or the packages these tests are skipped, and say how to get them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailtop.report.sections import TOTALS
from tests.live.agreement import QUESTIONS, Event, Sent, queue_ids, queue_ids_seen
from tests.live.following import followed, missing

SCENARIOS = ("submission", "soft", "drop")
pytestmark = [pytest.mark.mta, pytest.mark.timeout(240)]


@dataclass(frozen=True)
class Day:
    """One run of the lab: its finished log, what clients saw, and what mailtop had counted by its end."""

    log: Path
    sent: Sent
    events: list[Event]
    live: dict[str, object]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    if lack := missing("namespace"):
        pytest.skip(lack)
    out = tmp_path_factory.mktemp("lab")
    log = out / "mail.log"
    words = [word for name in SCENARIOS for word in ("--scenario", name)]
    ran = followed(log, "run.py", str(out), "--one-log", *words)
    assert (out / "sent.json").exists(), ran.said
    run = subprocess.run(
        [sys.executable, "-m", "mailtop", "events", str(log)], capture_output=True, text=True, check=True
    )
    events = [json.loads(line) for line in run.stdout.splitlines()]
    return Day(log, json.loads((out / "sent.json").read_text()), events, ran.live)


@pytest.mark.parametrize("question", QUESTIONS)
def test_events_say_what_clients_saw(day: Day, question: str) -> None:
    truth, seen = QUESTIONS[question]
    assert truth(day.sent)
    assert seen(day.events, day.sent) == truth(day.sent)


def test_every_queued_message_is_known_by_its_client(day: Day) -> None:
    assert queue_ids(day.sent)
    assert queue_ids(day.sent) <= queue_ids_seen(day.events)


def test_what_was_followed_live_is_what_the_finished_log_says(day: Day) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "mailtop", "report", "--json", str(day.log)], capture_output=True, text=True, check=True
    )
    totals = json.loads(run.stdout)["totals"]
    assert {name: totals[name]["sessions"] for name in TOTALS} == day.live


def test_live_connections_are_the_clients_connections(day: Day) -> None:
    asked = Counter(s["service"] in ("submission", "smtps") for s in day.sent["sessions"])
    assert (day.live["connections"], day.live["submissions"]) == (asked[False], asked[True])
