"""The command that makes a packed AS-number table: python -m mailtop.lookup.asn_build IN NAMES OUT.

In: IN, prefixes, and NAMES, the names of the AS numbers, in the formats of lookup/asn_input.py; out: OUT, the format of
lookup/asn_file.py, put in place in one rename, so that a reader sees the old table or the new one. The same input gives
the same bytes. What the table says about itself comes from --date, --source and --licence; what is not given is
"unknown". A fault is one line on stderr and exit status 2; OUT is then as it was.

BUGS: takes 400 MB of memory and ten seconds for 700,000 prefixes: it is for makers of tables.
"""

import argparse
import lzma
import os
import sys
from array import array
from collections.abc import Iterable, Mapping
from pathlib import Path

from mailtop.lookup.asn_file import AsnTableError, Columns, Meta, pack
from mailtop.lookup.asn_input import Row, read_dat, read_names
from mailtop.lookup.intervals import flatten

_LOWER = (1 << 64) - 1
Intervals = list[tuple[int, int, int | None]]


def build(rows: Iterable[Row], names: Mapping[int, str], date: str, source: str, licence: str) -> Columns:
    """Return the columns of the table that `rows` (family, base, length, asn) and `names` make.

    The last of two rows with the same prefix wins. AsnTableError where there is no row at all.
    """
    by_family: dict[int, dict[tuple[int, int], int]] = {4: {}, 6: {}}
    for family, base, length, asn in rows:
        host = (32 if family == 4 else 128) - length
        by_family[family][base >> host << host, length] = asn
    count = sum(map(len, by_family.values()))
    if not count:
        raise AsnTableError("no prefix in the input: not a prefix table")
    asns = sorted({0, *names, *by_family[4].values(), *by_family[6].values()})
    index = {asn: at for at, asn in enumerate(asns)}
    v4 = flatten(((base, length, asn) for (base, length), asn in by_family[4].items()), 32)
    v6 = flatten(((base, length, asn) for (base, length), asn in by_family[6].items()), 128)
    fine, coarse = _split(v6)
    texts = [names.get(asn, "").encode() for asn in asns]
    return Columns(
        meta=Meta(date, source, licence, count),
        v4_starts=array("I", [row[0] for row in v4]),
        v4_codes=_codes(v4, index),
        v6_starts=array("Q", [row[0] >> 64 for row in coarse]),
        v6_codes=_codes(coarse, index),
        fine_keys=array("Q", [row[0] >> 64 for row in fine]),
        fine_lows=array("Q", [row[0] & _LOWER for row in fine]),
        fine_codes=_codes(fine, index),
        asns=array("I", asns),
        packed_names=lzma.compress(b"".join(texts), preset=9 | lzma.PRESET_EXTREME),
        name_lengths=bytes(map(len, texts)),
    )


def _codes(rows: Intervals, index: Mapping[int, int]) -> "array[int]":
    return array("I", [index[asn or 0] << 8 | length for _, length, asn in rows])


def _split(rows: Intervals) -> tuple[Intervals, Intervals]:
    """Return (fine, coarse): the /64s inside which the AS changes, whole; and the rest, by upper 64 bits.

    The coarse rows go on after each fine /64 with what holds there.
    """
    keys = {start >> 64 for start, _, _ in rows if start & _LOWER}
    fine: Intervals = []
    coarse: Intervals = []
    for at, (start, length, asn) in enumerate(rows):
        end = rows[at + 1][0] if at + 1 < len(rows) else 1 << 128
        first, last = start >> 64, (end - 1) >> 64
        if first in keys:
            fine.append((start, length, asn))
        if not start & _LOWER:
            coarse.append((start, length, asn))
        elif last > first:
            coarse.append(((first + 1) << 64, length, asn))
        if last > first and last in keys:  # and end is inside that /64: its first row begins here
            fine.append((last << 64, length, asn))
    return fine, coarse


def write(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one rename; raises OSError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o644)  # published data: what root puts in place is for every user
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m mailtop.lookup.asn_build", description=__doc__.split("\n")[0])
    parser.add_argument("prefixes", metavar="IN", type=Path, help="pyasn's text format (.dat), or that in gzip or xz")
    parser.add_argument("names", metavar="NAMES", type=Path, help='JSON, {"asn": "name"}, or that in gzip or xz')
    parser.add_argument("out", metavar="OUT", type=Path)
    for word in ("date", "source", "licence"):
        parser.add_argument(f"--{word}", default="unknown", help=f"the data's {word}, shown with every answer")
    given = parser.parse_args(arguments)
    try:
        columns = build(read_dat(given.prefixes), read_names(given.names), given.date, given.source, given.licence)
        data = pack(columns)
        write(given.out, data)
    except (AsnTableError, OSError) as error:
        sys.stderr.write(f"mailtop: {error}\n")
        return 2
    sys.stdout.write(
        f"{given.out}: {columns.meta.prefixes} prefixes, {len(columns.asns) - 1} AS numbers, {len(data)} bytes\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
