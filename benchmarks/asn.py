"""The AS-number table against pyasn: the same answers on every prefix? and at what price?

    python benchmarks/asn.py [--dat FILE] [--quick]

In: the seed table of the package, or the prefixes of --dat (pyasn's text format, plain or compressed), which are packed
first: then the comparison covers the packing too. Out: lines on stdout; exit status 1 where one answer differs.

Answers are compared at four addresses of every prefix (the first, the last, the one before, the one after) and at a
million random addresses of each family; --quick takes every hundredth. Time and memory of loading are measured in a
process for each of the two, since what one leaves in memory would be the other's gain. Rates are measured in turns in
one process, and told as the median of the rounds' ratios: a busy machine slows both.

BUGS: pyasn keeps an object for each prefix that was ever asked for; the rounds after the first have it for nothing.
"""

import argparse
import json
import multiprocessing
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from mailtop.lookup.address import text
from mailtop.lookup.asn import AsnTable, load
from mailtop.lookup.asn_build import build
from mailtop.lookup.asn_file import pack
from mailtop.lookup.asn_input import read_dat

LOOKUPS = 300_000
ROUNDS = 7
DICE = random.Random(3)
Prefix = tuple[int, int, int]  # family, base, length


def _rss() -> float:
    """Resident memory in MB (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def _opener(kind: str, path: str | None) -> Callable[[], Any]:
    if kind == "mailtop":
        return lambda: load(path)
    import pyasn

    return lambda: pyasn.pyasn(path)


def _announced(prefixes: list[Prefix], family: int) -> list[str]:
    """Return random addresses of random prefixes: an address that nobody announces is answered sooner."""
    dice, bits = random.Random(1), 32 if family == 4 else 128
    chosen = dice.choices([prefix for prefix in prefixes if prefix[0] == family], k=LOOKUPS)
    return [text(family, base | dice.getrandbits(128) & ((1 << (bits - length)) - 1)) for _, base, length in chosen]


def _price(kind: str, path: str | None, v4: list[str], v6: list[str], out: "multiprocessing.Queue[str]") -> None:
    """Load and ask in this fresh process; put the figures as JSON. `MB after` is with all that asking has left."""
    opened = _opener(kind, path)
    before, start = _rss(), time.process_time()
    table = opened()
    figures = {"load ms": (time.process_time() - start) * 1e3, "MB": _rss() - before}
    for addresses in (v4, v6):
        for address in addresses:
            table.lookup(address)
    figures["MB after"] = _rss() - before
    if isinstance(table, AsnTable):
        numbers = [int.from_bytes(map(int, address.split("."))) for address in v4]
        start = time.process_time()
        table.lookup_packed(numbers)
        figures["packed/s"] = len(numbers) / (time.process_time() - start)
        before, start = _rss(), time.process_time()
        table.name(table.asns[1])
        figures["names ms"] = (time.process_time() - start) * 1e3
        figures["names MB"] = _rss() - before
    out.put(json.dumps(figures))


def _priced(kind: str, path: str | None, v4: list[str], v6: list[str]) -> dict[str, float]:
    fresh = multiprocessing.get_context("spawn")
    out: multiprocessing.Queue[str] = fresh.Queue()
    child = fresh.Process(target=_price, args=(kind, path, v4, v6, out))
    child.start()
    figures: dict[str, float] = json.loads(out.get())
    child.join()
    return figures


def _rates(table: AsnTable, reference: Any, sets: dict[str, list[str]]) -> None:
    """Ask both in turns; print each one's best rate, and the median of the ratios."""
    for name, addresses in sets.items():
        rounds = []
        for _ in range(ROUNDS):
            rates = []
            for lookup in (table.lookup, reference.lookup):
                start = time.process_time()
                for address in addresses:
                    lookup(address)
                rates.append(len(addresses) / (time.process_time() - start))
            rounds.append(rates)
        ours, theirs = (max(rates) for rates in zip(*rounds, strict=True))
        ratio = median(mine / other for mine, other in rounds)
        print(f"{name:16} {ours:12,.0f}/s   pyasn {theirs:12,.0f}/s   ratio {ratio:.2f}")


def _edges(prefixes: Iterable[Prefix]) -> Iterator[str]:
    for family, base, length in prefixes:
        bits = 32 if family == 4 else 128
        host = bits - length
        base = base >> host << host
        last = base + (1 << host) - 1
        for number in {base - 1, base, last, last + 1}:
            if 0 <= number < 1 << bits:
                yield text(family, number)


def _mismatches(table: AsnTable, reference: Any, addresses: Iterable[str]) -> tuple[int, int]:
    """Return (addresses compared, answers that differ); shows the first few."""
    count = wrong = 0
    for address in addresses:
        entry = table.lookup(address)
        ours = (entry.asn, entry.prefix) if entry else (None, None)
        count += 1
        if ours != (theirs := reference.lookup(address)):
            wrong += 1
            if wrong <= 5:
                print(f"  {address}: {ours}, pyasn {theirs}")
    return count, wrong


def _compare(table: AsnTable, reference: Any, prefixes: list[Prefix], step: int) -> int:
    dice = random.Random(2)
    total = 0
    for name, addresses in (
        ("edges of prefixes", _edges(prefixes[::step])),
        ("random IPv4", (text(4, dice.getrandbits(32)) for _ in range(1_000_000 // step))),
        ("random IPv6", (text(6, 0b001 << 125 | dice.getrandbits(125)) for _ in range(1_000_000 // step))),
    ):
        count, wrong = _mismatches(table, reference, addresses)
        print(f"{name}: {count} addresses, {wrong} answers differ")
        total += wrong
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dat", type=Path, help="prefixes in pyasn's text format instead of the seed")
    parser.add_argument("--quick", action="store_true", help="compare every hundredth prefix")
    given = parser.parse_args()
    with TemporaryDirectory() as directory:
        dat, packed = Path(directory, "table.dat"), Path(directory, "table.asn")
        if given.dat:
            rows = list(read_dat(given.dat))
            packed.write_bytes(pack(build(rows, {}, "unknown", given.dat.name, "unknown")))
            table, path = load(packed), str(packed)
        else:
            table, path = load(), None
            rows = [(entry.family, entry.base, entry.length, entry.asn) for entry in table.prefixes()]
        dat.write_text("".join(f"{text(family, base)}/{length}\t{asn}\n" for family, base, length, asn in rows))
        prefixes = [row[:3] for row in rows]
        print(
            f"{len(table)} prefixes, table of {table.date}, {len(table.v4_starts)} + {len(table.v6_starts)} intervals"
        )
        addresses = _announced(prefixes, 4), _announced(prefixes, 6)
        ours, theirs = _priced("mailtop", path, *addresses), _priced("pyasn", str(dat), *addresses)
        for name, value in ours.items():
            ratio = f"   pyasn {theirs[name]:12,.1f}   ratio {value / theirs[name]:.3f}" if name in theirs else ""
            print(f"{name:9} {value:12,.1f}{ratio}")
        reference = _opener("pyasn", str(dat))()
        drawn = [(text(4, DICE.getrandbits(32)), text(6, 0b001 << 125 | DICE.getrandbits(125))) for _ in range(LOOKUPS)]
        random4, random6 = zip(*drawn, strict=True)
        _rates(table, reference, {
            "IPv4, announced": addresses[0], "IPv6, announced": addresses[1],
            "IPv4, random": list(random4), "IPv6, random": list(random6),
            "both, announced": [*addresses[0], *addresses[1]],
        })  # fmt: skip
        return 1 if _compare(table, reference, prefixes, 100 if given.quick else 1) else 0


if __name__ == "__main__":
    sys.exit(main())
