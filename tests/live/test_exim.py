"""A real Exim, read by mailtop while it works: what both ends counted must be the same.

The lab (fixtures/lab/exim.py) runs in private namespaces as root and takes about twenty seconds. Without root, the
packages or an unpacked Exim these tests are skipped, and say how to get them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mailtop.config import Config
from mailtop.ingest.inbox import Readers
from mailtop.ingest.plan import cut, following, pasts
from mailtop.monitor import Monitor
from mailtop.query import Query
from mailtop.report.sections import TOTALS
from mailtop.source.series import series
from mailtop.store.memory import MemoryStore
from tests.live.test_exim_genuine import (
    WITH_CONNECTIONS,
    Event,
    Sent,
    is_refusal,
    read,
)

LAB = Path(__file__).resolve().parents[2] / "fixtures" / "lab"
pytestmark = [pytest.mark.mta, pytest.mark.timeout(240)]


def _missing() -> str:
    """Why the lab cannot run here; empty when it can."""
    asked = subprocess.run(
        [sys.executable, "-c", "import exim; print(exim.missing())"],
        cwd=LAB,
        capture_output=True,
        text=True,
        check=True,
    )
    return asked.stdout.strip()


@dataclass(frozen=True)
class Day:
    """One run of the lab: what clients saw, the finished log's events, and mailtop's totals by its end."""

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
    log = out / "mainlog"
    log.touch()
    command = [sys.executable, str(LAB / "exim.py"), str(out), "--live"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as lab:
        try:
            live = _followed(log, lab)
        finally:
            lab.kill()
        said = lab.stdout.read() if lab.stdout else ""
    assert (out / "sent.json").exists(), said
    return Day(log, json.loads((out / "sent.json").read_text()), read(log), live)


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
