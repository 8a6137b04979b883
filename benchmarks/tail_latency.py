#!/usr/bin/env python3
"""How long a line takes from its writer into the store, while the log is rotated; and whether any is lost or doubled.

    tail_latency.py [--rate LINES_A_SECOND] [--seconds S] [--rotations N] [--pulse S] [--by-pulse] [--ask]

A process of its own appends genuine-shaped lines, each stamped with the microsecond of its writing, and rotates the log
N times of each kind: by renaming it (it goes on in the old file for a while), by copying and truncating it, by deleting
and creating it. Here the real reading process follows, and the store is fed when something has come, as the screen
does. A line counts as arrived when the store has it. `--ask` also asks all views of the first screen once a second, as
drawing does.

Exits 1 when a line was lost or doubled, or p99 was not below 100 ms (5,000 lines a second or fewer).
"""

import argparse
import os
import shutil
import subprocess
import sys
import threading
import time
from array import array
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mailtop.batch import Batch
from mailtop.demo import Traffic, rfc3339
from mailtop.ingest.inbox import Readers
from mailtop.ingest.messages import Follow
from mailtop.ingest.reader import Reader
from mailtop.monitor import Monitor
from mailtop.store.memory import MemoryStore
from mailtop.tui.app import PULSE
from mailtop.views import OVERVIEW, VIEWS

POOL = 20_000
"""different lines, written again and again"""

TICK = 0.002
"""seconds between two writes"""

HELD = 0.1
"""seconds for which a renamed file is still written to"""

SETTLE = 3.0
"""seconds without a line after which no more is expected"""

STAMP = 32
"""octets of `2026-11-21T17:47:39.123456+00:00`"""

LIMIT = 100.0
"""milliseconds that 99 of 100 lines may take"""


def main() -> int:
    """Write, follow, compare."""
    options = arguments()
    if options.write:
        Writer(Path(options.write), options).run()
        return 0
    with TemporaryDirectory(prefix="mailtop-latency-") as folder:
        log = Path(folder, "mail.log")
        log.touch()
        arrived, lag, busy = follow(log, options)
        written = array("q", Path(folder, "written").read_bytes())
        rotated = Path(folder, "rotated").read_text(encoding="ascii")
    return show(arrived, written, lag, busy, rotated, options.rate)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="From a line's writing into the store, through rotations.")
    parser.add_argument("--rate", type=int, default=5000, help="lines a second (default 5000)")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rotations", type=int, default=10, help="of each kind")
    parser.add_argument("--pulse", type=float, default=PULSE, help=f"seconds between two looks (default {PULSE})")
    parser.add_argument("--by-pulse", action="store_true", help="look once a pulse, not when something has come")
    parser.add_argument("--ask", action="store_true", help="ask the first screen's views once a second")
    parser.add_argument("--write", metavar="LOG", help=argparse.SUPPRESS)
    return parser.parse_args()


# -- the writing process -----------------------------------------------------------------------------------------------


class Writer:
    """Appends to `log` at a steady rate, and rotates it."""

    def __init__(self, log: Path, options: argparse.Namespace) -> None:
        self.log, self.options = log, options
        self.bodies = eventful_lines()
        self.stamps = array("q")
        self.fd = self.open()
        self.reopen_at: float | None = None
        self.done: Counter[str] = Counter()

    def run(self) -> None:
        """Write for the seconds asked for, evenly, catching up when it was held up."""
        begin = time.time()
        kinds = [self.rename, self.copytruncate, self.recreate] * self.options.rotations
        every = self.options.seconds / (len(kinds) + 1)
        while (spent := time.time() - begin) < self.options.seconds:
            self.append(min(int(spent * self.options.rate) - len(self.stamps), self.options.rate))
            if self.reopen_at is not None and spent >= self.reopen_at:
                self.reopen_at = None
                self.reopen()
            if sum(self.done.values()) < len(kinds) and spent >= every * (1 + sum(self.done.values())):
                kind = kinds[sum(self.done.values())]
                kind()
                self.done[kind.__name__] += 1
                if kind == self.rename:
                    self.reopen_at = spent + HELD
            time.sleep(TICK)
        (self.log.parent / "rotated").write_text(" ".join(f"{name} {n}" for name, n in self.done.items()), "ascii")
        (self.log.parent / "written").write_bytes(self.stamps.tobytes())

    def append(self, count: int) -> None:
        """Write `count` lines at once, each with a stamp of its own."""
        if count <= 0:
            return
        now = max(time.time_ns() // 1000, self.stamps[-1] + 1 if self.stamps else 0)
        second, text = -1, b""
        parts: list[bytes] = []
        for stamp in range(now, now + count):
            if stamp // 1_000_000 != second:
                second = stamp // 1_000_000
                text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S.").encode()
            body = self.bodies[len(self.stamps) % len(self.bodies)]
            parts.append(b"%b%06d+00:00%b" % (text, stamp % 1_000_000, body))
            self.stamps.append(stamp)
        os.write(self.fd, b"".join(parts))

    def rename(self) -> None:
        """logrotate's default; the writer is told later."""
        self.shift()
        self.log.rename(self.log.with_name("mail.log.1"))

    def copytruncate(self) -> None:
        """logrotate's copytruncate, with nothing written in between."""
        self.shift()
        shutil.copy(self.log, self.log.with_name("mail.log.1"))
        os.truncate(self.log, 0)

    def recreate(self) -> None:
        """Deleted, and created anew."""
        self.log.unlink()
        self.reopen()

    def shift(self) -> None:
        """log.1 becomes log.2; nothing older is kept."""
        if (old := self.log.with_name("mail.log.1")).exists():
            old.rename(self.log.with_name("mail.log.2"))

    def reopen(self) -> None:
        """Go on in what is under the path."""
        os.close(self.fd)
        self.fd = self.open()

    def open(self) -> int:
        """The log, for appending."""
        return os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)


def eventful_lines() -> list[bytes]:
    """What follows the stamp, of lines that each make one event."""
    text = Traffic(1, 0.0, 200.0, rfc3339(0), bots=2000).until(POOL / 800).encode()
    reader = Reader("pool", 0, 0.0)
    batches = [*reader.feed(text, 0), reader.batch()]
    starts = [offset for batch in batches for offset in batch.offset]
    return [text[start + STAMP : text.index(b"\n", start) + 1] for start in starts]


# -- the reading side --------------------------------------------------------------------------------------------------


class Timed(MemoryStore):
    """A store that notes when it had which line."""

    def __init__(self) -> None:
        super().__init__(3600.0, 5_000_000)
        self.stamps = array("q")
        self.times = array("q")

    def append(self, batch: Batch) -> None:
        """Take in a batch, and note the time afterwards."""
        super().append(batch)
        now = time.time_ns() // 1000
        self.stamps.extend(batch.time)
        self.times.extend(array("q", [now]) * len(batch))


def follow(log: Path, options: argparse.Namespace) -> tuple[Timed, float, float]:
    """What arrived, the largest lag in seconds, and the part of the time in which this process was busy."""
    store = Timed()
    readers = Readers((), Follow((str(log),), (0,)), 0)
    monitor = Monitor(store, readers, (str(log),))
    words = [sys.executable, __file__, "--write", str(log), "--rate", str(options.rate)]
    words += ["--seconds", str(options.seconds), "--rotations", str(options.rotations)]
    come = threading.Event()
    readers.when_arrived(come.set)
    largest, last_change, asked, began = 0.0, time.monotonic(), 0.0, time.monotonic()
    try:
        with subprocess.Popen(words) as writer:
            while writer.poll() is None or time.monotonic() - last_change < SETTLE:
                if not options.by_pulse:
                    come.wait(options.pulse)
                    come.clear()
                else:
                    time.sleep(options.pulse)
                if monitor.pump():
                    last_change = time.monotonic()
                if options.ask and time.monotonic() - asked >= 1.0:
                    asked = time.monotonic()
                    for name in OVERVIEW:
                        monitor.ask(VIEWS[name].query(span=monitor.span(600.0)))
                if writer.poll() is None and store.stamps:
                    largest = max(largest, time.time() - store.stamps[-1] / 1e6)
    finally:
        readers.close()
    for note in monitor.status().notes:
        print(f"note: {note}")
    return store, largest, time.process_time() / (time.monotonic() - began)


def show(arrived: Timed, written: "array[int]", lag: float, busy: float, rotated: str, rate: int) -> int:
    """Print what was found; the exit code."""
    took = sorted((at - stamp) / 1000 for stamp, at in zip(arrived.stamps, arrived.times, strict=True))
    seen, wanted = Counter(arrived.stamps), Counter(written)
    lost, doubled = sum((wanted - seen).values()), sum((seen - wanted).values())
    print(f"lines written {len(written):,}, arrived {len(took):,}, lost {lost:,}, doubled {doubled:,}; {rotated}")
    if not took:
        return 1
    p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
    print(f"append -> in the store, ms: p50 {p50:.1f}  p99 {p99:.1f}  max {took[-1]:.1f}")
    print(f"largest lag seen at a pulse {lag:.2f} s; this process was busy {busy:.0%} of the time")
    late = sum(stamp > written[-1] - 1_000_000 for stamp in arrived.stamps)
    print(f"kept up: {'yes' if took[-1] < 1000 else 'no'} ({late:,} lines in the last second, {rate:,} asked for)")
    return int(bool(lost or doubled or (rate <= 5000 and p99 >= LIMIT)))


if __name__ == "__main__":
    sys.exit(main())
