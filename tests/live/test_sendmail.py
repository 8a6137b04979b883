"""A real Sendmail, followed by mailtop while it works: what both ends counted must be the same.

fixtures/lab/sendmail.py runs it in private namespaces, from Debian's packages, which are fetched with apt-get and
unpacked (they cannot be installed beside Postfix). It takes a minute and root; without them this is skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
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

LAB = Path(__file__).resolve().parents[2] / "fixtures" / "lab"
CACHE = os.environ.get("MAILTOP_LAB_CACHE", "/var/cache/mailtop-lab")
pytestmark = [pytest.mark.mta, pytest.mark.timeout(240)]


@dataclass(frozen=True)
class Day:
    """One run of the lab: its finished log, what clients saw, and what mailtop had counted by its end."""

    log: Path
    sent: Sent
    events: list[Event]
    live: dict[str, object]


def _missing() -> str:
    asked = subprocess.run(
        [sys.executable, "-c", "import namespace; print(namespace.missing())"],
        cwd=LAB, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return asked.stdout.strip()


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
    command = [sys.executable, str(LAB / "sendmail.py"), str(out), "--level", "10", "--log", log.name, "--cache", CACHE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as lab:
        try:
            live = _followed(log, lab)
        finally:
            lab.kill()
        said = lab.stdout.read() if lab.stdout else ""
    if "cannot be fetched" in said:
        pytest.skip(said.strip().splitlines()[-1])
    told = log.with_suffix(".sent.json")
    assert told.exists(), said
    run = subprocess.run(
        [sys.executable, "-m", "mailtop", "events", str(log)], capture_output=True, text=True, check=True
    )
    return Day(log, json.loads(told.read_text()), [json.loads(line) for line in run.stdout.splitlines()], live)


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
