"""Follows the journal as the screen does until $LAB_DONE exists and all has been read; prints the totals as JSON.

Run by fixtures/lab/journald.py, inside its namespace.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from time import sleep, time

from mailtop.ingest.opening import choose, readers
from mailtop.monitor import Monitor
from mailtop.query import Query
from mailtop.report.sections import TOTALS
from mailtop.source import journal
from mailtop.store.memory import MemoryStore


def main() -> int:
    """Exit code."""
    done = Path(os.environ["LAB_DONE"])
    given = choose((), from_journal=True)
    with readers(given, 3600.0, time(), follow=True) as reading:
        monitor = Monitor(MemoryStore(None, 10**6), reading, given.names)
        written: int | None = None
        while written is None or monitor.status().holding.counts.get("lines", 0) < written:
            if not monitor.pump(0.1):
                sleep(0.02)
            if written is None and done.exists():
                entries = subprocess.run(journal.command(), capture_output=True, check=True).stdout
                written = entries.count(b"\n")
        while monitor.pump(0.1):
            pass
        report = [sys.executable, "-m", "mailtop", "report", "--journal", "--json"]
        said = json.loads(subprocess.run(report, capture_output=True, check=True).stdout)
        totals = monitor.ask(Query(TOTALS, unit="sessions"))
        status = monitor.status()
    told = {
        "sources": status.sources,
        "live": status.live,
        "unparsed": status.unparsed,
        "notes": status.notes,
        "report": {name: said["totals"][name]["sessions"] for name in TOTALS},
        "totals": {name: totals.total(name) for name in TOTALS},
    }
    json.dump(told, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
