#!/usr/bin/env python3
"""How long it takes from the command to the first full screen, on a small log and on a large one.

    first_screen.py [--mailtop COMMAND] [--rounds N] [--timeout SECONDS] LOG...

The screen is full when every marker stands on it (regular expressions over the rows of a 120x40 terminal): the titles
of the first panes and a client's address. The bytes are kept with their times and played into a terminal emulator
afterwards, so that the measuring does not slow down what it measures. Two processors' worth of other work on the
machine makes every figure larger; compare runs, not machines.
"""

import argparse
import re
import shlex
import sys
import time
from pathlib import Path
from statistics import median

import pyte
from processes import Terminal, memory, processor

MARKERS = (r"Top clients", r"Reject reasons", r"DNS blocklists", r"\d+\.\d+\.\d+\.\d+|[0-9a-f]+:[0-9a-f:]+::")


def main() -> int:
    """Measure each log."""
    parser = argparse.ArgumentParser(description="Time to the first full screen.")
    parser.add_argument("logs", metavar="LOG", nargs="+")
    parser.add_argument("--mailtop", default=f"{sys.executable} -m mailtop")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--timeout", type=float, default=60.0)
    options = parser.parse_args()
    print(f"{'log':30}{'MB':>8}{'wall s':>9}{'cpu s':>9}{'mem MB':>9}")
    failed = 0
    for log in options.logs:
        runs = [once([*shlex.split(options.mailtop), log], options.timeout) for _ in range(options.rounds)]
        full = [run for run in runs if run is not None]
        size = Path(log).stat().st_size / 1e6
        if len(full) < len(runs):
            failed = 1
            print(f"{Path(log).name:30}{size:8.1f}  no full screen in {options.timeout:.0f} s")
            continue
        wall, cpu, size_of = (median(values) for values in zip(*full, strict=True))
        print(f"{Path(log).name:30}{size:8.1f}{wall:9.2f}{cpu:9.2f}{size_of / 1e6:9.0f}")
    return failed


def once(command: list[str], timeout: float) -> tuple[float, float, float] | None:
    """Wall seconds, processor seconds and bytes of memory at the first full screen; None when there is none."""
    terminal = Terminal(command)
    spent: list[tuple[float, float]] = []
    try:
        while not all(re.search(marker, plain(terminal)) for marker in MARKERS):
            alive = terminal.listen(0.05)
            now = time.perf_counter() - terminal.began
            spent.append((now, processor(terminal.pid)))
            if not alive or now > timeout:
                return None
        used = float(memory(terminal.pid))
        terminal.listen(1.0)
        spent.append((time.perf_counter() - terminal.began, processor(terminal.pid)))
    finally:
        terminal.close()
    screen = pyte.Screen(120, 40)
    stream = pyte.ByteStream(screen)
    for at, data in terminal.chunks:
        stream.feed(data)
        if full(screen):
            return at, next(cpu for when, cpu in spent if when >= at), used
    return None


def plain(terminal: Terminal) -> str:
    """What has been written, without escapes: enough to know when to look closely."""
    written = b"".join(data for _, data in terminal.chunks)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written.decode("utf-8", "replace"))


def full(screen: pyte.Screen) -> bool:
    """Whether every marker stands on the screen."""
    text = "\n".join(screen.display)
    return all(re.search(marker, text) for marker in MARKERS)


if __name__ == "__main__":
    sys.exit(main())
