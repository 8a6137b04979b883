"""A lab that runs, and mailtop following the log that it writes: what every live test begins with."""

import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mailtop.config import Config
from mailtop.ingest.inbox import Readers
from mailtop.ingest.plan import cut, following, pasts
from mailtop.monitor import Monitor
from mailtop.query import Query
from mailtop.report.sections import TOTALS
from mailtop.source.series import series
from mailtop.store.memory import MemoryStore

LAB = Path(__file__).resolve().parents[2] / "fixtures" / "lab"


def missing(module: str) -> str:
    """Why a lab's script cannot run here; empty when it can."""
    asked = subprocess.run(
        [sys.executable, "-c", f"import {module}; print({module}.missing())"],
        cwd=LAB,
        capture_output=True,
        text=True,
        check=True,
    )
    return asked.stdout.strip()


@dataclass(frozen=True)
class Ran:
    """A lab's run: what mailtop had counted by its end, in sessions, and what the lab's script printed."""

    live: dict[str, object]
    said: str


def followed(log: Path, script: str, *words: str) -> Ran:
    """Run a lab's script that writes `log`, and read the log meanwhile, to its last byte."""
    log.touch()
    command = [sys.executable, str(LAB / script), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as lab:
        try:
            live = _counted(log, lab)
        finally:
            lab.kill()
        return Ran(live, lab.stdout.read() if lab.stdout else "")


def _counted(log: Path, lab: subprocess.Popen[str]) -> dict[str, object]:
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
