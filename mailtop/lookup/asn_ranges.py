"""The readers of tables of address ranges: iptoasn's TSV, and the CSV files of several publishers.

In: text, plain or packed (lookup/asn_input.py tells); out: rows (family, base, length, asn), a range split into the
prefixes that make it up, and the names, put into a dict that the caller gives. Taken are

- iptoasn.com: `START<tab>END<tab>ASN<tab>COUNTRY<tab>NAME`, addresses or (its u32 files) decimal numbers;
- CSV with a header that names its columns, in any order: a prefix (network, cidr, prefix, range) or two ends (start_ip,
  ip_start, range_start, start; end_ip, ...), a number (asn, autonomous_system_number, as_number), a name (as_name,
  autonomous_system_organization, organization, org, name): MaxMind's GeoLite2 ASN, IPinfo Lite;
- CSV without a header: PREFIX,ASN[,NAME], START,END,ASN[,NAME] (DB-IP, ip-location-db) or START,END,PREFIX,ASN[,NAME]
  (IP2Location).

A number may be written AS15169. No number, 0 or `-` is a range that nobody announces, and is left out. Anything else
that does not fit is refused with its line's number (AsnTableError).

BUGS: the prefixes are those that a range splits into, not those that were announced. A decimal number below 2**32 is
taken for IPv4.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from mailtop.lookup.address import parse
from mailtop.lookup.asn_file import AsnTableError
from mailtop.lookup.asn_input import MAX_ASN, MAX_PREFIXES, Row, clean, lines, shown

_COLUMNS: Final = {
    "prefix": ("network", "cidr", "prefix", "range"),
    "start": ("start_ip", "ip_start", "range_start", "start", "ip_from"),
    "end": ("end_ip", "ip_end", "range_end", "end", "ip_to"),
    "asn": ("asn", "autonomous_system_number", "as_number"),
    "name": ("as_name", "autonomous_system_organization", "organization", "org", "name", "as_description"),
}
_NOBODY: Final = ("", "-", "0", "none")

Network = tuple[int, int, int]  # family, first, last
Fields = Callable[[Sequence[str]], tuple[Network | None, str, str]]  # cells -> range, AS, name


def read_tsv(path: Path, names: dict[int, str]) -> Iterator[Row]:
    """Yield the rows of an iptoasn file; the first name of an AS goes into `names`."""
    cells = ((at, _text(line).split("\t")) for at, line in lines(path) if line.strip())
    yield from _rows(path, cells, lambda row: (_between(row[0], row[1]), row[2], row[4]), names)


def read_csv(path: Path, names: dict[int, str]) -> Iterator[Row]:
    """Yield the rows of a CSV file; the first name of an AS goes into `names`."""
    reader = csv.reader((_text(line) for _, line in lines(path)), strict=True)
    try:
        first = next(reader, [])
        fields = _headed(first)
        if fields is None:
            fields = _bare(first)
            yield from _rows(path, iter([(1, first)]), fields, names)
        cells = ((reader.line_num, row) for row in reader if row)
        yield from _rows(path, cells, fields, names)
    except csv.Error as error:
        raise AsnTableError(f"{path}:{reader.line_num}: not a line of a CSV table ({error})") from error


def _text(line: bytes) -> str:
    return line.decode("utf-8-sig", "replace").rstrip("\r\n")


def _rows(path: Path, table: Iterator[tuple[int, list[str]]], fields: Fields, names: dict[int, str]) -> Iterator[Row]:
    count = 0
    for at, cells in table:
        try:
            network, number, name = fields(cells)
        except IndexError:
            network, number, name = None, "", ""
        asn = _asn(number)
        if network is None or asn is None:
            line = "\t".join(cells).encode("utf-8", "replace")
            raise AsnTableError(f"{path}:{at}: not a line of a table of ranges: {shown(line)}")
        if asn == 0:
            continue
        if name and asn not in names:
            names[asn] = clean(name)
        family, first, last = network
        for base, length in split(first, last, 32 if family == 4 else 128):
            count += 1
            if count > MAX_PREFIXES:
                raise AsnTableError(f"{path}: more than {MAX_PREFIXES} prefixes")
            yield family, base, length, asn


def split(first: int, last: int, bits: int) -> Iterator[tuple[int, int]]:
    """Yield the fewest prefixes (base, length) that make up first..last in a space of `bits` bits; never length 0."""
    while first <= last:
        size = min(first & -first or 1 << (bits - 1), 1 << ((last - first + 1).bit_length() - 1), 1 << (bits - 1))
        yield first, bits - size.bit_length() + 1
        first += size


def _headed(row: Sequence[str]) -> Fields | None:
    """How to read the rows under this header; None where it is none."""
    known = [cell.strip().lower() for cell in row]
    at = {what: next((known.index(name) for name in words if name in known), None) for what, words in _COLUMNS.items()}
    prefix, start, end, asn, name = (at[what] for what in _COLUMNS)
    if asn is None or (prefix is None and (start is None or end is None)):
        return None
    named: Callable[[Sequence[str]], str] = (lambda cells: "") if name is None else (lambda cells: cells[name])
    if prefix is not None:
        return lambda cells: (network_of(cells[prefix]), cells[asn], named(cells))
    return lambda cells: (_between(cells[start or 0], cells[end or 0]), cells[asn], named(cells))


def _bare(row: Sequence[str]) -> Fields:
    """How to read rows like this first one, which has no header above it."""
    if row and "/" in row[0]:
        return lambda cells: (network_of(cells[0]), cells[1], cells[2] if len(cells) > 2 else "")
    asn = 3 if len(row) > 3 and "/" in row[2] else 2
    return lambda cells: (_between(cells[0], cells[1]), cells[asn], cells[asn + 1] if len(cells) > asn + 1 else "")


def _asn(text: str) -> int | None:
    """The number; 0 for nobody, None for what is no AS number."""
    text = text.strip().lower()
    if text in _NOBODY:
        return 0
    number = text.removeprefix("as")
    return int(number) if re.fullmatch("[0-9]{1,10}", number) and int(number) <= MAX_ASN else None


def _between(first: str, last: str) -> Network | None:
    one, two = _end(first), _end(last)
    if one is None or two is None or one[1] > two[1]:
        return None
    family = max(one[0], two[0])  # decimal: 0 to a number above 2**32 is IPv6
    return (family, one[1], two[1]) if one[0] == two[0] or first.strip().isdigit() else None


def _end(text: str) -> tuple[int, int] | None:
    text = text.strip()
    if re.fullmatch("[0-9]{1,39}", text):
        number = int(text)
        return (4 if number < 1 << 32 else 6, number) if number < 1 << 128 else None
    # An IPv4-mapped address is no place in the IPv6 space that a look-up could ever get to.
    parsed = parse(text)
    return (6, parsed[1] | 0xFFFF << 32) if parsed and parsed[0] == 4 and ":" in text else parsed


def network_of(text: str) -> Network | None:
    """The range of a prefix in CIDR notation, host bits cleared; None for what is none. Length 0 is none."""
    base, slash, length = text.strip().partition("/")
    parsed = _end(base)
    if parsed is None or not slash or not re.fullmatch("[0-9]{1,3}", length):
        return None
    bits = 32 if parsed[0] == 4 else 128
    host = bits - int(length)
    if not 0 <= host < bits:
        return None
    first = parsed[1] >> host << host
    return parsed[0], first, first + (1 << host) - 1
