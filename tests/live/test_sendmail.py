"""A real Sendmail, followed by mailtop while it works: what both ends counted must be the same.

fixtures/lab/sendmail.py runs it in private namespaces, from Debian's packages, which are fetched with apt-get and
unpacked (they cannot be installed beside Postfix). It takes a minute and root; without them this is skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailtop.report.sections import TOTALS
from tests.live.following import followed, missing
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

CACHE = os.environ.get("MAILTOP_LAB_CACHE", "/var/cache/mailtop-lab")
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
    ran = followed(log, "sendmail.py", str(out), "--level", "10", "--log", log.name, "--cache", CACHE)
    if "cannot be fetched" in ran.said:
        pytest.skip(ran.said.strip().splitlines()[-1])
    told = log.with_suffix(".sent.json")
    assert told.exists(), ran.said
    run = subprocess.run(
        [sys.executable, "-m", "mailtop", "events", str(log)], capture_output=True, text=True, check=True
    )
    return Day(log, json.loads(told.read_text()), [json.loads(line) for line in run.stdout.splitlines()], ran.live)


@pytest.mark.parametrize("question", QUESTIONS)
def test_events_say_what_clients_saw(day: Day, question: str) -> None:
    truth, seen = QUESTIONS[question]
    assert truth(day.sent)
    assert seen(day.events) == truth(day.sent)


def test_every_queued_message_is_known_by_its_client(day: Day) -> None:
    assert queue_ids(day.sent)
    assert queue_ids(day.sent) <= queue_ids_seen(day.events)
    assert fates_seen(day.events) == FATES


def test_live_totals_are_the_clients_own_counts(day: Day) -> None:
    wanted = verdicts(day.sent)
    assert (day.live["refused"], day.live["deferred"]) == (wanted["refused"], wanted["deferred"])
    assert day.live["connections"] == len(day.sent["sessions"])
    assert connections_seen(day.events) == connections(day.sent)


def test_what_was_followed_live_is_what_the_finished_log_says(day: Day) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "mailtop", "report", "--json", str(day.log)], capture_output=True, text=True, check=True
    )
    totals = json.loads(run.stdout)["totals"]
    assert {name: totals[name]["sessions"] for name in TOTALS} == day.live
