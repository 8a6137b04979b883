"""Published AS data into a packed table: which reader reads a file, and what the table says of itself.

In: one file or several that make one table (IPv4 and IPv6 apart, as some publish them), perhaps a file of names, the
table in use. Out: the `Columns` of the new table. The format is told by what is in the file, never by its name:

    a packed table of mailtop's own | MMDB | RIB in MRT | CSV | iptoasn's TSV | pyasn's text

plain or packed with gzip, bzip2 or xz. Where neither the data nor a file of names has any name, the names of the table
in use are kept. AsnTableError, one line, for anything that cannot be taken.

BUGS: a file says seldom how old it is; what is given for it (the server's word, the file's time) is believed.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from mailtop.lookup.asn import AsnTable
from mailtop.lookup.asn_binary import MMDB_MARK, is_rib, read_mmdb, read_rib
from mailtop.lookup.asn_build import build
from mailtop.lookup.asn_file import MAGIC, MAX_FILE, AsnTableError, Columns, unpack
from mailtop.lookup.asn_input import Row, opened, read_dat, read_names, reading, shown
from mailtop.lookup.asn_ranges import read_csv, read_tsv

_TAIL: Final = 128 << 10
"""bytes at the end of an MMDB in which its mark is (its specification, "Database Metadata")"""
_HEAD: Final = 4096
_STEP: Final = 1 << 20


class Given(NamedTuple):
    """A file to read, what the user knows it by, and its day (ISO 8601) where it does not tell that itself."""

    path: Path
    name: str
    day: str


def columns(
    files: Sequence[Given],
    names: Path | None = None,
    old: AsnTable | None = None,
    licence: str = "unknown",
    day: str | None = None,
) -> Columns:
    """Return the columns of the table that `files` make.

    `names` is a file of names, `old` the table that they are taken from when there are none at all; `day` (ISO 8601)
    goes before what the files say.
    """
    for given in files:
        if _head(given.path).startswith(MAGIC):
            if len(files) > 1 or names is not None:
                raise AsnTableError(f"{given.name}: a packed table is taken alone and as it is")
            with reading(given.path), given.path.open("rb") as file:
                return unpack(file.read(MAX_FILE + 1), given.name)
    known = read_names(names) if names is not None else {}
    found: dict[int, str] = {}
    parts = [_part(given, found) for given in files]
    rows = _ending((row for part, _ in parts for row in part), known, found, old)
    source = ", ".join(given.name for given in files)
    date = day or min(told for _, told in parts)  # as old as its oldest part
    return build(rows, known, date, source, licence)


def _part(given: Given, names: dict[int, str]) -> tuple[Iterable[Row], str]:
    """The rows of one file, and its day."""
    head = _head(given.path)
    if not head:
        raise AsnTableError(f"{given.name}: the file is empty: not an AS-number table")
    if is_rib(head):
        return read_rib(given.path)
    if _is_mmdb(given.path):
        return read_mmdb(given.path, names)
    return _text_reader(given, head, names), given.day


def _text_reader(given: Given, head: bytes, names: dict[int, str]) -> Iterator[Row]:
    first = next((line for line in head.splitlines() if line.strip() and line[:1] not in b";#"), b"")
    if head.startswith(b"PK\x03\x04"):
        raise AsnTableError(f"{given.name}: a zip archive: unpack it, and give the tables inside")
    if first.lstrip(b"\xef\xbb\xbf \t")[:1] == b"<":
        raise AsnTableError(f"{given.name}: an HTML page or XML, not a table: {shown(first)}")
    if first.count(b"\t") >= 2:
        return read_tsv(given.path, names)
    if b"," in first:
        return read_csv(given.path, names)
    return read_dat(given.path)


def _ending(rows: Iterable[Row], known: dict[int, str], found: dict[int, str], old: AsnTable | None) -> Iterator[Row]:
    """The rows; when they are through, and their names with them, `known` gets the names that it lacks."""
    yield from rows
    if not known and not found and old is not None:
        found = {asn: name for asn in old.asns if (name := old.name(asn))}
    for asn, name in found.items():
        known.setdefault(asn, name)


def _head(path: Path) -> bytes:
    with reading(path), opened(path) as file:
        return file.read(_HEAD)


def _is_mmdb(path: Path) -> bool:
    tail = b""
    with reading(path), opened(path) as file:
        if b"\0" not in file.peek(_HEAD)[:_HEAD]:  # a search tree begins with small numbers; text has no NUL
            return False
        while piece := file.read(_STEP):
            tail = (tail + piece)[-_TAIL:]
    return MMDB_MARK in tail
