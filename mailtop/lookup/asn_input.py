"""The readers of published AS data: what others' files say, as rows.

In: pyasn's text format (`PREFIX<tab>ASN` per line, comments with `;` or `#`), plain or compressed with gzip or xz;
pyasn's names file (JSON, {"asn": "name"}), the same. Out: rows (family, base, length, asn), and a dict of names.
The compression is told by the first bytes, not by the name. A file that is something else, an HTML page for one, is
refused with the number of its first bad line (AsnTableError).

Bounded: MAX_PREFIXES rows, MAX_LINE bytes a line, MAX_NAMES_FILE bytes of names; beyond them the file is refused.
"""

import gzip
import io
import json
import lzma
import re
import zlib
from collections.abc import Iterator
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
    try:
        with _open(path) as file:
            for at, line in enumerate(iter(lambda: file.readline(MAX_LINE), b""), 1):
                if line[:1] in b";#" or not line.strip():
                    continue
                row = _dat_row(line)
                if row is None:
                    raise AsnTableError(f"{path}:{at}: not a line of a prefix table: {line[:60]!r}")
                count += 1
                if count > MAX_PREFIXES:
                    raise AsnTableError(f"{path}: more than {MAX_PREFIXES} prefixes")
                yield row
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise AsnTableError(f"{path}: cannot be read: {error}") from error


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
    """Return the names of a pyasn names file: made printable, one line, at most MAX_NAME bytes each."""
    try:
        with _open(path) as file:
            data = file.read(MAX_NAMES_FILE + 1)
        if len(data) > MAX_NAMES_FILE:
            raise AsnTableError(f"{path}: longer than {MAX_NAMES_FILE >> 20} MB: not a file of AS names")
        names = {int(asn): _clean(name) for asn, name in json.loads(data).items()}
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise AsnTableError(f"{path}: cannot be read: {error}") from error
    except AsnTableError:
        raise
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise AsnTableError(f'{path}: not a file of AS names, {{"asn": "name"}} ({error})') from error
    return {asn: name for asn, name in names.items() if name and 0 < asn <= MAX_ASN}


def _clean(name: str) -> str:
    # Names are free text of registrants. The soft hyphen is there as a dash that went through a bad conversion.
    shown = "".join(char if char.isprintable() else " " for char in name.replace("\xad", "-"))
    return " ".join(shown.split()).encode("utf-8", "replace")[:MAX_NAME].decode("utf-8", "ignore")


def _open(path: Path) -> io.BufferedReader:
    with path.open("rb") as file:
        first = file.read(6)
    if first[:2] == b"\x1f\x8b":
        return io.BufferedReader(gzip.GzipFile(path, "rb"))
    if first == b"\xfd7zXZ\0":
        return io.BufferedReader(lzma.LZMAFile(path, "rb"))
    return path.open("rb")
