"""A real Postfix behind a private journald, followed through journalctl while its clients talk to it.

What mailtop had counted by the end is what the clients counted, and what the same lines say as a text file.
"""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.live.agreement import QUESTIONS, Event, Sent

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "fixtures" / "lab"
SCENARIOS = ("submission", "soft", "drop")
pytestmark = [pytest.mark.mta, pytest.mark.timeout(240)]


def _missing() -> str:
    """Why the lab cannot run here; empty when it can."""
    asked = [sys.executable, "-c", "import journald; print(journald.missing())"]
    return subprocess.run(asked, cwd=LAB, capture_output=True, text=True, check=True).stdout.strip()


@dataclass(frozen=True)
class Day:
    """One run of the lab."""

    log: Path
    """the journal as text"""
    sent: Sent
    live: dict[str, Any]
    events: list[Event]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    if lack := _missing():
        pytest.skip(lack)
    out = tmp_path_factory.mktemp("journal")
    words = [word for name in SCENARIOS for word in ("--scenario", name)]
    reader = [sys.executable, "-m", "tests.live.journal_reader"]
    command = [sys.executable, str(LAB / "journald.py"), str(out), *words, "--", *reader]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=200)
    assert ran.returncode == 0, ran.stderr
    log = out / "mail.log"
    asked = [sys.executable, "-m", "mailtop", "events", str(log)]
    events = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    sent = json.loads((out / "sent.json").read_text())
    return Day(log, sent, json.loads(ran.stdout), [json.loads(line) for line in events.splitlines()])


def test_live_connections_are_the_clients_connections(day: Day) -> None:
    asked = Counter(s["service"] in ("submission", "smtps") for s in day.sent["sessions"])
    totals = day.live["totals"]
    assert (totals["connections"], totals["submissions"]) == (asked[False], asked[True])
    assert min(asked[False], asked[True]) > 5


def test_what_was_followed_is_what_a_report_reads_of_it_afterwards(day: Day) -> None:
    assert day.live["report"] == day.live["totals"]


def test_the_journal_says_what_the_same_lines_say_as_text(day: Day) -> None:
    asked = [sys.executable, "-m", "mailtop", "report", "--json", str(day.log)]
    ran = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    totals = json.loads(ran.stdout)["totals"]
    assert day.live["totals"] == {name: totals[name]["sessions"] for name in day.live["totals"]}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_lines_say_what_clients_saw(day: Day, question: str) -> None:
    truth, seen = QUESTIONS[question]
    assert truth(day.sent)
    assert seen(day.events, day.sent) == truth(day.sent)


def test_everything_was_understood_while_it_was_written(day: Day) -> None:
    assert day.live["sources"] == ["journal"]
    assert (day.live["live"], day.live["unparsed"], day.live["notes"]) == (True, 0, [])
