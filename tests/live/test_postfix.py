"""A real Postfix, read by mailtop while it works: what both ends counted must be the same.

The lab (fixtures/lab, docs/lab.md) runs in private namespaces as root and takes about a minute. Without
root or the packages these tests are skipped, and say how to get them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailtop.config import Config
from mailtop.ingest.inbox import Readers
from mailtop.ingest.plan import cut, following, pasts
from mailtop.monitor import Monitor
from mailtop.query import Query
from mailtop.report.sections import TOTALS
from mailtop.source.series import series
from mailtop.store.memory import MemoryStore
from tests.live.agreement import QUESTIONS, Event, Sent, queue_ids, queue_ids_seen

LAB = Path(__file__).resolve().parents[2] / "fixtures" / "lab"
SCENARIOS = ("submission", "soft", "drop")
pytestmark = [pytest.mark.mta, pytest.mark.timeout(240)]


def _missing() -> str:
    """Why the lab cannot run here; empty when it can."""
    asked = subprocess.run(
        [sys.executable, "-c", "import namespace; print(namespace.missing())"],
        cwd=LAB,
        capture_output=True,
        text=True,
        check=True,
    )
    return asked.stdout.strip()


@dataclass(frozen=True)
class Day:
    """One run of the lab: its finished log, what clients saw, and what mailtop had counted by its end."""

    log: Path
    sent: Sent
    events: list[Event]
    live: dict[str, object]


def _followed(log: Path, lab: subprocess.Popen[str]) -> dict[str, object]:
    """Reads the log while the lab writes it; the totals once it has ended and every byte was read."""
    config = Config()
    logs = series([str(log)])
    found = pasts(logs[0], config.window, 0.0)
    readers = Readers(cut(found, newest_first=True), following(logs, found), 1)
    try:
        monitor = Monitor(MemoryStore(config.window, config.max_events), readers, (str(log),))
        while lab.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                lab.wait(0.1)
            monitor.pump(0.1)
        written = log.read_bytes().count(b"\n")
        while readers.followed < written or monitor.pump(0.1):
            monitor.pump(0.1)
        totals = monitor.ask(Query(TOTALS, unit="sessions"))
        return {name: totals.total(name) for name in TOTALS}
    finally:
        readers.close()


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    if lack := _missing():
        pytest.skip(lack)
    out = tmp_path_factory.mktemp("lab")
    log = out / "mail.log"
    log.touch()
    words = [word for name in SCENARIOS for word in ("--scenario", name)]
    command = [sys.executable, str(LAB / "run.py"), str(out), "--one-log", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as lab:
        try:
            live = _followed(log, lab)
        finally:
            lab.kill()
        said = lab.stdout.read() if lab.stdout else ""
    assert (out / "sent.json").exists(), said
    run = subprocess.run(
        [sys.executable, "-m", "mailtop", "events", str(log)], capture_output=True, text=True, check=True
    )
    events = [json.loads(line) for line in run.stdout.splitlines()]
    return Day(log, json.loads((out / "sent.json").read_text()), events, live)


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
