#!/usr/bin/env python3
"""Memory of all of mailtop's processes with the screen up, while a log grows to millions of events.

    memory.py [--marks 1000000,2000000,10000000] [--mailtop COMMAND] [--seed N]

Writes generated lines to a temporary log that the screen follows, waits at each mark until the processes are at rest,
and prints their memory (PSS) together. Whether memory is bounded is seen where the lines go past `--max-events`.
"""

import argparse
import shlex
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from processes import Terminal, memory, processor

from mailtop.demo import Traffic, rfc3164
from mailtop.demo.feed import local_offset

REST = 0.15
"""share of one processor below which the processes count as at rest"""

PATIENCE = 600.0
"""seconds to wait for rest"""


def main() -> int:
    """Grow the log and print."""
    parser = argparse.ArgumentParser(description="Memory with the screen up.")
    parser.add_argument("--marks", default="1000000,2000000,10000000")
    parser.add_argument("--mailtop", default=f"{sys.executable} -m mailtop --window all")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    marks = sorted(map(int, options.marks.split(",")))
    begin = time.time() - 6 * 86400
    traffic = Traffic(options.seed, begin, marks[-1] / 6.6 / (5 * 86400), rfc3164(local_offset(begin)))
    print(f"{'lines':>12}{'log MB':>9}{'memory MB':>11}{'cpu s':>9}")
    with tempfile.TemporaryDirectory(prefix="mailtop-memory-") as folder:
        log = Path(folder, "mail.log")
        with log.open("w", encoding="ascii") as out:
            out.write(traffic.until(begin + 60))
            out.flush()
            terminal = Terminal([*shlex.split(options.mailtop), str(log)])
            try:
                at = begin + 60
                for mark in marks:
                    while traffic.tally.lines < mark:
                        at += 60
                        out.write(traffic.until(at))
                        if not terminal.listen(0.002):
                            print("mailtop has ended", file=sys.stderr)
                            return 1
                    out.flush()
                    rest(terminal)
                    size = log.stat().st_size / 1e6
                    used, cpu = memory(terminal.pid) / 1e6, processor(terminal.pid)
                    print(f"{traffic.tally.lines:12,}{size:9.0f}{used:11.0f}{cpu:9.1f}", flush=True)
                    terminal.chunks.clear()
            finally:
                terminal.close()
    return 0


def rest(terminal: Terminal) -> None:
    """Wait until the processes have hardly anything to do."""
    deadline = time.perf_counter() + PATIENCE
    terminal.listen(2.0)
    while time.perf_counter() < deadline:
        before, began = processor(terminal.pid), time.perf_counter()
        terminal.listen(2.0)
        if processor(terminal.pid) - before < REST * (time.perf_counter() - began):
            return


if __name__ == "__main__":
    sys.exit(main())
