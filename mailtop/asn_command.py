"""asn: the commands for the table of AS numbers: which one is in use, a newer one, and what it says of an address.

    mailtop asn                         the table in use: where it is, its day, source and licence
    mailtop asn update [URL|FILE...]    make a new table of published data, check it, put it in the place of the old one
    mailtop asn lookup IP...            the AS number, name and prefix of addresses; --json

In: the settled options, and as arguments all that is outside: the environment, the clock, the fetcher, whether this is
root. Out: an exit code; 2, with one line on standard error, where the new table cannot be had or taken: the old one is
then as it was, for the new one is put in place by one rename, after all checks. Where tables lie: lookup/asn_place.py.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from mailtop.lookup import asn_check, asn_place
from mailtop.lookup.address import LONGEST, parse, reserved
from mailtop.lookup.asn import AsnTable, AsnTableError
from mailtop.lookup.asn_build import write
from mailtop.lookup.asn_fetch import Fetched, fetch, is_url
from mailtop.lookup.asn_file import pack, unpack
from mailtop.lookup.asn_update import Given, columns

PUBLISHED: Final = "https://iptoasn.com/data/ip2asn-combined.tsv.gz"
"""what `mailtop asn update` fetches when nothing is named: in the public domain (PDDL 1.0), made anew every hour"""
_LICENCES: Final = {PUBLISHED: "PDDL 1.0"}

Fetch = Callable[[str, Path], Fetched]


def run(
    command: str,
    options: Mapping[str, Any],
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.time,
    fetcher: Fetch = fetch,
    system: Path = asn_place.SYSTEM,
    root: bool | None = None,
) -> int:
    """Run `asn`, `asn update` or `asn lookup`; the exit code."""
    root = os.geteuid() == 0 if root is None else root
    try:
        if command == "asn update":
            return _update(options, environ, clock(), fetcher, system, root)
        used = asn_place.in_use(environ, clock(), system)
        for note in used.notes:
            _tell(note)
        if command == "asn lookup":
            return _lookup(options, used.table)
        return _status(used, clock())
    except AsnTableError as error:
        _tell(str(error))
        return 2


def _tell(text: str) -> None:
    sys.stderr.write(f"mailtop: {text}\n")


def _status(used: asn_place.InUse, now: float) -> int:
    table = used.table
    days = asn_place.age(table, now)
    told = (
        ("table", str(used.path) if used.path else "the seed of the package"),
        ("date", table.date + ("" if days is None else f" ({days} days ago)")),
        ("source", table.source),
        ("licence", table.licence),
        ("prefixes", f"{len(table):,}"),
        ("AS numbers", f"{len(table.asns) - 1:,}"),
    )
    sys.stdout.writelines(f"{name:<11} {text}\n" for name, text in told)
    return 0


def _update(
    options: Mapping[str, Any], environ: Mapping[str, str], now: float, fetcher: Fetch, system: Path, root: bool
) -> int:
    place = asn_place.target(environ, root, system)
    old = asn_place.in_use(environ, now, system).table
    sources = options.get("sources") or [PUBLISHED]
    with TemporaryDirectory(prefix="mailtop-asn-") as folder:
        files = [_given(text, Path(folder, str(at)), now, fetcher) for at, text in enumerate(sources)]
        names = options.get("names")
        path = _given(names, Path(folder, "names"), now, fetcher).path if names else None
        licence = _LICENCES.get(sources[0], "unknown") if len(sources) == 1 else "unknown"
        made = columns(files, path, old, licence, options.get("date"))
    data = pack(made)
    table = AsnTable(unpack(data, str(place)))  # what is checked is what will be read
    if not options.get("unchecked") and (fault := asn_check.fault(table, old)):
        raise AsnTableError(f"{sources[0]}: not taken: {fault}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        write(place, data)
    except OSError as error:
        raise AsnTableError(f"{place}: cannot be written: {error.strerror or error}") from error
    sys.stdout.write(f"{place}: {len(table):,} prefixes, {len(table.asns) - 1:,} AS numbers, data of {table.date}\n")
    return 0


def _given(text: str, folder: Path, now: float, fetcher: Fetch) -> Given:
    """The file that an argument names; what a URL names is fetched into `folder`."""
    if is_url(text):
        folder.mkdir()
        path, day = fetcher(text, folder)
        return Given(path, text, day or _day(now))
    path = Path(text)
    try:
        return Given(path, path.name, _day(path.stat().st_mtime))
    except OSError as error:
        raise AsnTableError(f"{text}: cannot be read: {error.strerror or error}") from error


def _day(epoch: float) -> str:
    return f"{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d}"


def _lookup(options: Mapping[str, Any], table: AsnTable) -> int:
    _tell(f"AS numbers of {table.date}, from {table.source} ({table.licence})")
    bad = 0
    for address in _addresses(options["addresses"]):
        if parse(address) is None:
            _tell(f"{address[:LONGEST]!a} is no IP address")
            bad += 1
            continue
        answer = told(table, address)
        sys.stdout.write((json.dumps(answer, ensure_ascii=False) if options.get("json") else _line(answer)) + "\n")
    return 2 if bad else 0


def _addresses(given: Iterable[str]) -> Iterator[str]:
    for address in given:
        if address == "-":
            yield from (line.strip() for line in iter(lambda: sys.stdin.readline(4096), "") if line.strip())
        else:
            yield address


def told(table: AsnTable, address: str) -> dict[str, Any]:
    """Return what the table says of an address: the event schema's words, and `reserved`; null where there is none."""
    entry = table.lookup(address)
    return {
        "address": address,
        "asn": entry.asn if entry else None,
        "as_name": table.name(entry.asn) if entry else None,
        "network": entry.prefix if entry else None,
        "reserved": reserved(address),
    }


def _line(answer: Mapping[str, Any]) -> str:
    if answer["asn"] is None:
        said = f"{answer['reserved']}, announced by nobody" if answer["reserved"] else "announced by nobody"
    else:
        said = f"AS{answer['asn']:<10} {answer['network']:<20} {answer['as_name'] or '(no name known)'}"
        said += f" ({answer['reserved']})" if answer["reserved"] else ""
    return f"{answer['address']:<15} {said}"
