"""The readers of pyasn's files, and what all readers of published AS data share: what others' files say, as rows.

In: pyasn's text format (`PREFIX<tab>ASN` per line, comments with `;` or `#`), plain or compressed with gzip, bzip2 or
xz; names of ASes as pyasn keeps them (JSON, {"asn": "name"}) or as lists have them (`15169 GOOGLE, US` per line), the
same. Out: rows (family, base, length, asn), and a dict of names. The compression is told by the first bytes, not by the
name. A file that is something else, an HTML page for one, is refused with the number of its first bad line
(AsnTableError).

Bounded: MAX_PREFIXES rows, MAX_LINE bytes a line, MAX_NAMES_FILE bytes of names; beyond them the file is refused.
"""

import bz2
import gzip
import io
import json
import lzma
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from mailtop.lookup.address import parse
from mailtop.lookup.asn_file import AsnTableError

MAX_PREFIXES: Final = 4_000_000  # the global table has 1.3 million (2026)
MAX_LINE: Final = 4096
MAX_NAMES_FILE: Final = 64 << 20
MAX_ASN: Final = (1 << 32) - 1
MAX_NAME: Final = 255  # bytes of UTF-8: the packed table keeps a name's length in one

Row = tuple[int, int, int, int]  # family, base, length, asn


def read_dat(path: Path) -> Iterator[Row]:
    """Yield the rows of a file in pyasn's text format. Like pyasn, it takes no AS 0 and no prefix of length 0."""
    count = 0
    for at, line in lines(path):
        if line[:1] in b";#" or not line.strip():
            continue
        row = _dat_row(line)
        if row is None:
            raise AsnTableError(f"{path}:{at}: not a line of a prefix table: {shown(line)}")
        count += 1
        if count > MAX_PREFIXES:
            raise AsnTableError(f"{path}: more than {MAX_PREFIXES} prefixes")
        yield row


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file, numbered from 1, unpacked; AsnTableError where it cannot be read or unpacked.

    A longer line than MAX_LINE comes in pieces of that length, which no reader takes for a line of its format.
    """
    with reading(path), opened(path) as file:
        yield from enumerate(iter(lambda: file.readline(MAX_LINE), b""), 1)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what goes wrong with reading or unpacking `path` into an AsnTableError."""
    try:
        yield
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise AsnTableError(f"{path}: cannot be read: {error}") from error


def shown(line: bytes) -> str:
    """The beginning of a bad line, fit for a terminal, with the word for what it looks like."""
    return f"{line[:60]!r}" + (" (an HTML page?)" if line.lstrip()[:1] == b"<" else "")


def _dat_row(line: bytes) -> Row | None:
    found = re.fullmatch(rb"\s*([0-9A-Fa-f.:]+)/([0-9]{1,3})\s+([0-9]{1,10})\s*", line)
    if not found:
        return None
    parsed, length, asn = _network(found[1].decode("ascii")), int(found[2]), int(found[3])
    if parsed is None or not 0 < length <= (32 if parsed[0] == 4 else 128) or not 0 < asn <= MAX_ASN:
        return None
    return *parsed, length, asn


def _network(base: str) -> tuple[int, int] | None:
    # parse() takes ::ffff:192.0.2.0 for the IPv4 address it means; a /120 in that space would be no IPv4 prefix,
    # and no address that is looked up ever stays there.
    parsed = parse(base)
    return None if parsed is None or (":" in base and parsed[0] == 4) else parsed


def read_names(path: Path) -> dict[int, str]:
    """Return the names in a file of AS names: made printable, one line, at most MAX_NAME bytes each."""
    with reading(path), opened(path) as file:
        data = file.read(MAX_NAMES_FILE + 1)
    if len(data) > MAX_NAMES_FILE:
        raise AsnTableError(f"{path}: longer than {MAX_NAMES_FILE >> 20} MB: not a file of AS names")
    try:
        names = dict(_listed(data)) if re.match(rb"(?:AS)?\d", data) else _keyed(data)
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise AsnTableError(f'{path}: not a file of AS names, {{"asn": "name"}} ({error})') from error
    return {asn: name for asn, name in names.items() if name and 0 < asn <= MAX_ASN}


def _keyed(data: bytes) -> dict[int, str]:
    return {int(asn): clean(name) for asn, name in json.loads(data).items()}


def _listed(data: bytes) -> Iterator[tuple[int, str]]:
    for at, line in enumerate(data.splitlines(), 1):
        found = re.fullmatch(rb"(?:AS)?([0-9]{1,10})(?:[\s,|]+(.*))?", line.rstrip())
        if not found:
            raise ValueError(f"line {at}: {shown(line)}")
        yield int(found[1]), clean((found[2] or b"").decode("utf-8", "replace"))


def clean(name: str) -> str:
    """Return a name as it is kept: printable, one line, at most MAX_NAME bytes."""
    # Names are free text of registrants. The soft hyphen is there as a dash that went through a bad conversion.
    if not (name.isascii() and name.isprintable() and "  " not in name):
        name = "".join(char if char.isprintable() else " " for char in name.replace("\xad", "-"))
    return " ".join(name.split()).encode("utf-8", "replace")[:MAX_NAME].decode("utf-8", "ignore")


def opened(path: Path) -> io.BufferedReader:
    """Open a file, unpacked; the caller closes it."""
    with path.open("rb") as file:
        first = file.read(6)
    if first[:2] == b"\x1f\x8b":
        return io.BufferedReader(gzip.GzipFile(path, "rb"))
    if first[:3] == b"BZh":
        return io.BufferedReader(bz2.BZ2File(path, "rb"))
    if first == b"\xfd7zXZ\0":
        return io.BufferedReader(lzma.LZMAFile(path, "rb"))
    return path.open("rb")
