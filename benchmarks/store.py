"""What the store in memory costs: bytes an event, microseconds a row, milliseconds a question; does it stay flat?

    python -m benchmarks.store [--events 2000000] [--stream 10000000] [--seed 1]

Batches are made directly, of a storm's mix: sessions of three events (connect, reject, disconnect) from clients that
mostly come once or a few times, a tenth of them messages that are accepted, queued and delivered. Run one thing at a
time: the figures are of this process alone, on whatever else the machine does.
"""

import argparse
import gc
import os
import random
import time
from array import array
from collections.abc import Iterator
from dataclasses import replace

from mailtop.batch import Batch, Numbers, Strings
from mailtop.event import KIND_WORDS
from mailtop.query import Query, Span, Where
from mailtop.store.memory import MemoryStore
from mailtop.views import OVERVIEW, VIEWS

KIND = {word: code for code, word in enumerate(KIND_WORDS)}
ROWS = 32_768
START = 1_700_000_000_000_000


class Columns:
    """One batch being made."""

    def __init__(self) -> None:
        self.kind = bytearray()
        self.time = array("q")
        self.values: dict[str, dict[str, int]] = {}
        self.codes: dict[str, array[int]] = {}
        self.rows: dict[str, array[int]] = {}
        self.delays = array("d")
        self.delay_rows = array("I")

    def add(self, kind: str, time: int, **fields: str) -> None:
        row = len(self.kind)
        self.kind.append(KIND[kind])
        self.time.append(time)
        for name, value in fields.items():
            known = self.values.setdefault(name, {})
            self.codes.setdefault(name, array("I")).append(known.setdefault(value, len(known)))
            self.rows.setdefault(name, array("I")).append(row)

    def batch(self, offset: int) -> Batch:
        count = len(self.kind)
        columns: dict[str, Strings | Numbers] = {}
        for name, values in self.values.items():
            rows = None if len(self.rows[name]) == count else self.rows[name]
            columns[name] = Strings(list(values), self.codes[name], rows)
        if self.delays:
            columns["delay"] = Numbers(self.delays, self.delay_rows)
        return Batch(
            source="mail.log", file=0, time=self.time, utc_offset=array("h", [0]) * count, kind=self.kind,
            offset=array("q", range(offset, offset + 150 * count, 150)), columns=columns,
            counts={"lines": count}, first_offset=offset, end_offset=offset + 150 * count,
        )  # fmt: skip


def address(number: int) -> str:
    """An address of 198.18.0.0/15 and above, scattered; every eighth is IPv6."""
    if number % 8 == 7:
        return f"2001:db8:{number >> 16 & 0xFFFF:x}:{number & 0xFFFF:x}::{number % 9 + 1:x}"
    mixed = number * 2654435761 & 0xFFFFFFF
    return f"{16 + (mixed >> 24)}.{mixed >> 16 & 255}.{mixed >> 8 & 255}.{mixed & 255}"


def batches(events: int, per_second: float, clients: int, seed: int, rows: int = ROWS) -> Iterator[Batch]:
    """Batches of about `rows` events, `events` in all; clients drawn so that `clients` different ones come over all
    events, evenly through time."""
    draw = random.Random(seed)
    made = offset = message = 0
    step = 1e6 / per_second
    while made < events:
        columns = Columns()
        while len(columns.kind) < rows:
            now = START + int((made + len(columns.kind)) * step)
            newest = 1 + int((made + len(columns.kind)) / events * clients)
            number = newest if draw.random() < 0.5 else draw.randrange(max(0, newest - 50_000), newest + 1)
            client, pid = address(number), draw.randrange(200)
            name = "unknown" if draw.random() < 0.5 else f"dyn-{number:x}.isp{number % 97}.example"
            common = {"host": "mx1", "mta": "postfix", "daemon": "smtpd", "client": client, "client_name": name}
            keyed = {**common, "session": f"mx1 postfix/smtpd[{pid}]"}
            columns.add("connect", now, **keyed)
            if draw.random() < 0.1:
                message += 1
                queue_id = f"{message:010X}"
                columns.add("accept", now + 100_000, **keyed, queue_id=queue_id)
                back = {"host": "mx1", "mta": "postfix", "queue_id": queue_id}
                where = "mx.example.org[192.0.2.1]:25"
                to = f"user{draw.randrange(900)}@example.org"
                sender = f"user{draw.randrange(5000)}@example.com"
                columns.add("queue", now + 120_000, **back, daemon="cleanup", message_id=f"<{message}@example.com>")
                columns.add("queue", now + 130_000, **back, daemon="qmgr", sender=sender)
                columns.delays.append(draw.randrange(500) / 100)
                columns.delay_rows.append(len(columns.kind))
                sent = {"daemon": "smtp", "status": "sent", "enhanced": "2.0.0", "recipient": to, "relay": where}
                columns.add("deliver", now + 150_000, **back, **sent)
                columns.add("remove", now + 160_000, **back, daemon="qmgr")
            else:
                listed = draw.random() < 0.6
                said = {"reply": "550", "enhanced": "5.1.1", "reason": "unknown_user"}
                if listed:
                    zone = draw.choice(("zen.example", "bl.example", "xbl.example"))
                    said = {"reply": "554", "enhanced": "5.7.1", "reason": "dnsbl", "zone": zone}
                said["sender"] = f"u{draw.randrange(300_000)}@spam{draw.randrange(2000)}.example"
                said["recipient"] = f"user{draw.randrange(900)}@example.org"
                said["helo"] = f"[{client}]" if draw.random() < 0.3 else f"host{number % 100_000}.example"
                columns.add("reject", now + 100_000, **keyed, stage="RCPT", **said)
            columns.add("disconnect", now + 200_000, **keyed)
        made += len(columns.kind)
        yield columns.batch(offset)
        offset += 150 * len(columns.kind)


def rss() -> int:
    """Resident bytes of this process."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def show_memory(store: MemoryStore, before: int) -> None:
    held, parts = store.holding().events, store.nbytes
    total = sum(parts.values())
    gc.collect()
    grown = rss() - before
    largest = sorted(parts.items(), key=lambda part: -part[1])[:8]
    print(f"{held:>10,} events: {total / held:5.1f} bytes an event held; RSS grew by {grown / 1e6:.0f} MB")
    print("            " + "  ".join(f"{name} {size / held:.1f}" for name, size in largest))


def timed(label: str, store: MemoryStore, query: Query, times: int = 5) -> None:
    costs = []
    for _ in range(times):
        store._asker._version = -1  # nothing kept from the last time
        start = time.process_time()
        store.ask(query)
        costs.append(time.process_time() - start)
    print(f"    {label:<58} {1000 * min(costs):7.1f} ms")


def questions(store: MemoryStore) -> None:
    top = Query(("connections", "refused", "deferred", "accepted", "sessions", "connections.trend"), ("client",),
                buckets=30, order="refused", limit=20)  # fmt: skip
    timed("top 20 by client, 5 measures and a trend, all", store, top)
    timed("the same, five minutes", store, replace(top, span=Span(300.0)))
    series = tuple(f"{name}.trend" for name in ("connections", "refused", "deferred", "accepted", "sessions"))
    timed("series of 5 measures x 60 buckets, all", store, Query(series, buckets=60))
    timed("top 20 by reason, all", store, Query(("refused", "clients", "top.zone"), ("reason",), limit=20))
    timed("top 20 by /24, distinct clients, all", store, Query(("clients", "refused"), ("prefix",), limit=20))
    timed("HELO has 'host9', all", store, Query(("sessions", "clients"), where=(Where("helo", "host9", "has"),)))
    for name in VIEWS:
        timed(f"view {name}, five minutes", store, VIEWS[name].query(span=Span(300.0)))  # type: ignore[arg-type]


def overview(store: MemoryStore, more: Iterator[Batch]) -> None:
    """What a second of the first screen costs: new rows, then each pane asks once."""
    costs = []
    for batch in more:
        store.append(batch)
        start = time.process_time()
        for name in OVERVIEW:
            store.ask(VIEWS[name].query(span=Span(3600.0)))
        costs.append(time.process_time() - start)
    print(f"    the overview, each pane once {1000 * sorted(costs)[len(costs) // 2]:7.1f} ms")


def append_all(store: MemoryStore, source: Iterator[Batch]) -> tuple[int, float, float]:
    rows, cost, worst = 0, 0.0, 0.0
    for batch in source:
        start = time.process_time()
        store.append(batch)
        took = time.process_time() - start
        rows, cost, worst = rows + len(batch), cost + took, max(worst, took)
    return rows, cost, worst


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--stream", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    before = rss()
    print(f"RSS before: {before / 1e6:.0f} MB (Python, numpy, the store's code)")

    store = MemoryStore()
    append_all(store, batches(10_000, 25, 4_000, options.seed))
    print("10,000 events")
    for name in VIEWS:
        timed(f"view {name}", store, VIEWS[name].query())  # type: ignore[arg-type]
    overview(store, batches(3000, 5, 500, options.seed + 1, 100))
    small = append_all(MemoryStore(), batches(60_000, 25, 9_000, options.seed, 500))
    print(f"    append in batches of 500: {1e6 * small[1] / small[0]:.2f} us a row, worst {1000 * small[2]:.1f} ms")

    if options.events:
        for events in (options.events // 2, options.events):
            store = MemoryStore(window=None)
            rows, cost, worst = append_all(store, batches(events, 25, events // 5, options.seed))
            print(f"append in batches of {ROWS:,}: {1e6 * cost / rows:.2f} us a row, worst {1000 * worst:.1f} ms")
            for _ in store.settle():
                pass
            show_memory(store, before)
        questions(store)
    if options.stream:
        del store
        gc.collect()
        store = MemoryStore(window=80_000.0)
        print(f"{options.stream:,} events, {options.stream // 5:,} addresses, window 80,000 s, 25 events a second")
        for _ in store.settle():
            pass
        rows, most, cost = 0, 0, 0.0
        for batch in batches(options.stream, 25, options.stream // 5, options.seed):
            start = time.process_time()
            store.append(batch)
            cost += time.process_time() - start
            most = max(most, rss())
            if rows // 1_000_000 != (rows + len(batch)) // 1_000_000:
                held = store.holding().events
                now = f"RSS {rss() / 1e6:.0f} MB (most {most / 1e6:.0f})"
                print(f"    {rows + len(batch):>12,} rows: {held:>10,} held, {now}")
            rows += len(batch)
        print(f"    {1e6 * cost / rows:.2f} us a row")


if __name__ == "__main__":
    main()
