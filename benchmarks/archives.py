#!/usr/bin/env python3
"""A month of rotated logs: how fast archives are read back beside the same files unpacked, and whether a screen lives.

    archives.py [--lines N] [--files N] [--packing gz|bz2|xz|zst] [--rounds N] [--folder DIR]

A generated log (benchmarks/generate.py) is cut into FILES files, mail.log.FILES .. mail.log.1 and mail.log. Each round
reads them as a screen does, newest first, once plain and once packed, by turns. Told are seconds, processor seconds of
all processes, MB and lines a second, the longest time for which the process that draws was not free to do so, the ratio
of the two rates (median of the rounds), and whether both gave the same totals. Exit 1 when they did not.
"""

import argparse
import bz2
import gzip
import json
import lzma
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mailtop.ingest.opening import choose, readers
from mailtop.monitor import Monitor
from mailtop.query import Query
from mailtop.report.sections import TOTALS
from mailtop.store.memory import MemoryStore

FREE = 0.002
"""seconds between two looks, as a screen that has nothing else to do"""


class Run(NamedTuple):
    """One reading of all files."""

    wall: float
    cpu: float
    lines: int
    longest: float
    """seconds of the longest look"""
    totals: dict[str, object]


def zstd(data: bytes) -> bytes:
    """With the program of that name."""
    return subprocess.run(["zstd", "-qc"], input=data, capture_output=True, check=True).stdout


PACK: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd}


def main(words: list[str] | None = None) -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Archives beside plain files.")
    parser.add_argument("--lines", type=int, default=1_500_000)
    parser.add_argument("--files", type=int, default=30)
    parser.add_argument("--packing", choices=sorted(PACK), default="gz")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary directory)")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        octets = write(Path(folder), options.lines, options.files, options.packing)
        print(f"{'files':10}{'wall s':>9}{'cpu s':>9}{'MB/s':>9}{'lines/s':>12}{'longest look ms':>18}")
        runs: dict[str, list[Run]] = {"plain": [], options.packing: []}
        for _ in range(options.rounds):
            for kind, some in runs.items():
                some.append(run := read(Path(folder, kind, "mail.log")))
                print(
                    f"{kind:10}{run.wall:9.2f}{run.cpu:9.2f}{octets / run.wall / 1e6:9.1f}"
                    f"{run.lines / run.wall:12,.0f}{1000 * run.longest:18.0f}"
                )
    by_wall, by_cpu = (
        median(getattr(run, what) for run in runs["plain"])
        / median(getattr(run, what) for run in runs[options.packing])
        for what in ("wall", "cpu")
    )
    print(f"rate of {options.packing} / plain: {by_wall:.2f} by the clock, {by_cpu:.2f} by processor time")
    same = len({json.dumps(run.totals) for some in runs.values() for run in some}) == 1
    print("totals are the same" if same else "TOTALS DIFFER")
    for name in TOTALS if not same else ():
        print(name, {kind: [run.totals[name] for run in some] for kind, some in runs.items()})
    return not same


def write(folder: Path, lines: int, files: int, packing: str) -> int:
    """The files, plain and packed, each last changed when its last line was written; their octets."""
    log = folder / "whole"
    generate = [sys.executable, str(Path(__file__).with_name("generate.py")), "--lines", str(lines)]
    generate += ["--hours", str(24 * files), "--begin", "2026-10-20T00:00:00", "--iso", str(log)]
    subprocess.run(generate, check=True, stdout=subprocess.DEVNULL)
    text = log.read_bytes().splitlines(keepends=True)
    log.unlink()
    for kind in ("plain", packing):
        (folder / kind).mkdir()
    for at in range(files):
        part = b"".join(text[at * len(text) // files : (at + 1) * len(text) // files])
        age = files - 1 - at
        changed = time.mktime(time.strptime(part[part.rfind(b"\n", 0, -1) + 1 :][:19].decode(), "%Y-%m-%dT%H:%M:%S"))
        name = "mail.log" if age == 0 else f"mail.log.{age}"
        for path, data in (
            (folder / "plain" / name, part),
            (folder / packing / (name if age == 0 else f"{name}.{packing}"), part if age == 0 else PACK[packing](part)),
        ):
            path.write_bytes(data)
            os.utime(path, (changed, changed))
    return sum(map(len, text))


def read(log: Path) -> Run:
    """Read a log and what was rotated away from it, as a screen does, until all has been read and joined."""
    began, spent = time.perf_counter(), processor()
    longest = 0.0
    given = choose([str(log)], rotated=True)
    with readers(given, None, time.time(), follow=True) as reading:
        monitor = Monitor(MemoryStore(None, 100_000_000), reading, given.names)
        busy = True
        while busy or reading.backfilled() is not None:
            look = time.perf_counter()
            busy = monitor.pump()
            longest = max(longest, time.perf_counter() - look)
            time.sleep(FREE)
        wall = time.perf_counter() - began
        totals = monitor.ask(Query(TOTALS, unit="sessions"))
        lines = monitor.status().holding.counts["lines"]
    return Run(wall, processor() - spent, lines, longest, {name: totals.total(name) for name in TOTALS})


def processor() -> float:
    """Processor seconds of this process and of those of its children that have ended."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    sys.exit(main())
