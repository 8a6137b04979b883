"""The packed AS-number table on disk, and in memory as columns.

In: bytes of a packed file; out: `Columns`, and the other way round. The sentence for a file that is not one is in
`AsnTableError`: empty, an HTML page, cut short or damaged. Format of the project's own, version 1:

    8 bytes   magic
    4+4+4     little endian: length of the header, its CRC-32, CRC-32 of all that follows it
    header    JSON: version, date, source, licence, prefixes, sections [[name, bytes stored, bytes unpacked], ...]
    sections  in the order of the header

A section is one column as byte planes (the first bytes of all its numbers, then the second ones, least significant
first), compressed with zlib. Sorted numbers have long runs in their upper planes, and slice assignment puts planes
together in one C loop each: no Python per row, no hold on the interpreter lock above a few milliseconds. That was
measured against the two obvious ways to a smaller file, on the 732,482 prefixes of the seed: differences of the
starts save 5 % of the file and cost 50 ms more at each start, lzma saves 16 % and costs 85 ms more. Only the names
are lzma (a fifth smaller than with zlib): they are unpacked, outside the lock, when the first one is asked for.

BUGS: the checksums find accidents; a file that was forged with good ones is believed.
"""

import json
import lzma
import struct
import sys
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

MAGIC: Final = b"\x89MTASN\r\n"  # not text, and a transfer that rewrites line ends breaks it
VERSION: Final = 1
MAX_FILE: Final = 64 << 20  # bytes of a packed file
MAX_SECTION: Final = 128 << 20  # bytes of a column once unpacked: no small file may ask for all memory
_HEAD: Final = struct.Struct("<8sIII")

# Columns of numbers in the file, and their array types; `asns`, a short one, is stored as differences.
_NUMBERS: Final = {
    "v4_starts": "I", "v4_codes": "I", "v6_starts": "Q", "v6_codes": "I",
    "fine_keys": "Q", "fine_lows": "Q", "fine_codes": "I", "asns": "I",
}  # fmt: skip


class AsnTableError(ValueError):
    """A file that is no AS-number table, or a damaged one: the message is one line for the user."""


@dataclass(frozen=True, slots=True)
class Meta:
    """Where a table comes from: shown wherever an AS is, since routes age."""

    date: str  # of the data, ISO 8601, or "unknown"
    source: str
    licence: str
    prefixes: int  # rows in the data, twice-named prefixes once


@dataclass(frozen=True, slots=True)
class Columns:
    """The table. Interval i begins at starts[i] and ends before starts[i + 1]; starts[0] is 0.

    A code is index << 8 | length: asns[index] announces the prefix of that length; code 0: nobody announces it.
    v6_starts are upper 64 bits. A key found in fine_keys has prefixes finer than /64: there the rows of that key say,
    by the lower 64 bits, and v6_codes says nothing.
    """

    meta: Meta
    v4_starts: "array[int]"
    v4_codes: "array[int]"
    v6_starts: "array[int]"
    v6_codes: "array[int]"
    fine_keys: "array[int]"
    fine_lows: "array[int]"
    fine_codes: "array[int]"
    asns: "array[int]"  # sorted; asns[0] is 0
    packed_names: bytes  # lzma of the names in the order of asns, one after the other, UTF-8
    name_lengths: bytes  # bytes of each; 0: unknown

    def names(self) -> bytes:
        """Unpack the names (about 45 ms, without the interpreter lock)."""
        unpacker = lzma.LZMADecompressor(format=lzma.FORMAT_XZ)
        try:
            names = unpacker.decompress(self.packed_names, max_length=sum(self.name_lengths) + 1)
        except lzma.LZMAError as error:
            raise AsnTableError(f"AS-number table: its names are damaged ({error})") from error
        if not unpacker.eof or len(names) != sum(self.name_lengths):
            raise AsnTableError("AS-number table: its names are damaged (cut short)")
        return names


def pack(columns: Columns) -> bytes:
    """Return the file for `columns`; the same columns give the same bytes with the same zlib and lzma."""
    parts: dict[str, tuple[bytes, int]] = {}
    for name, kind in _NUMBERS.items():
        column = getattr(columns, name)
        if name == "asns":
            column = array(kind, [b - a for a, b in zip([0, *column], column, strict=False)])
        planes = _to_planes(column)
        parts[name] = zlib.compress(planes, 9), len(planes)
    parts["name_lengths"] = zlib.compress(columns.name_lengths, 9), len(columns.name_lengths)
    parts["packed_names"] = columns.packed_names, len(columns.packed_names)
    header = json.dumps({
        "version": VERSION, "date": columns.meta.date, "source": columns.meta.source,
        "licence": columns.meta.licence, "prefixes": columns.meta.prefixes,
        "sections": [[name, len(stored), raw] for name, (stored, raw) in parts.items()],
    }).encode()  # fmt: skip
    body = b"".join(stored for stored, _ in parts.values())
    return _HEAD.pack(MAGIC, len(header), zlib.crc32(header), zlib.crc32(body)) + header + body


def unpack(data: bytes, where: str) -> Columns:
    """Return the columns of a packed file. `where` is its name for the message of AsnTableError."""
    header, body = _split(data, where)
    columns: dict[str, Any] = {}
    try:
        for name, piece in _sections(header, body):  # one at a time: the planes of one column are gone at the next
            columns[name] = _from_planes(piece, _NUMBERS[name]) if name in _NUMBERS else piece
        columns["asns"] = array("I", accumulate(columns["asns"]))
        meta = Meta(str(header["date"]), str(header["source"]), str(header["licence"]), int(header["prefixes"]))
        table = Columns(meta=meta, **columns)
    except (KeyError, TypeError, ValueError, OverflowError, zlib.error) as error:
        raise AsnTableError(f"{where}: damaged AS-number table ({error})") from error
    if fault := _fault(table):
        raise AsnTableError(f"{where}: damaged AS-number table ({fault})")
    return table


def _split(data: bytes, where: str) -> tuple[dict[str, Any], memoryview]:
    if not data:
        raise AsnTableError(f"{where}: the file is empty: not an AS-number table")
    if not data.startswith(MAGIC):
        raise AsnTableError(f"{where}: not a packed AS-number table (it begins with {data[:12]!r})")
    try:
        _, length, header_crc, body_crc = _HEAD.unpack_from(data)
    except struct.error as error:
        raise AsnTableError(f"{where}: AS-number table cut short in its header") from error
    raw, body = data[_HEAD.size : _HEAD.size + length], memoryview(data)[_HEAD.size + length :]
    if zlib.crc32(raw) != header_crc or zlib.crc32(body) != body_crc:
        raise AsnTableError(f"{where}: damaged or cut short AS-number table (wrong checksum)")
    try:
        header = json.loads(raw)
        version = header["version"]
    except (ValueError, KeyError, TypeError) as error:
        raise AsnTableError(f"{where}: damaged AS-number table ({error})") from error
    if version != VERSION:
        raise AsnTableError(f"{where}: AS-number table of version {version}; this mailtop reads version {VERSION}")
    return header, body


def _sections(header: dict[str, Any], body: memoryview) -> Iterator[tuple[str, bytes]]:
    at = 0
    for name, stored, size in header["sections"]:
        if size > MAX_SECTION:
            raise ValueError(f"section {name} of {size} bytes")
        piece = body[at : at + stored]
        at += stored
        unpacked = bytes(piece) if name == "packed_names" else zlib.decompressobj().decompress(piece, size + 1)
        if len(unpacked) != size:
            raise ValueError(f"section {name} has not {size} bytes")
        yield name, unpacked


def _fault(columns: Columns) -> str | None:
    for name in ("v4", "v6"):
        starts, codes = getattr(columns, f"{name}_starts"), getattr(columns, f"{name}_codes")
        if len(starts) != len(codes) or not starts or starts[0] != 0:
            return f"{name} columns do not fit"
    if not len(columns.fine_keys) == len(columns.fine_lows) == len(columns.fine_codes):
        return "columns of fine prefixes do not fit"
    if len(columns.asns) != len(columns.name_lengths) or not columns.asns or columns.asns[0] != 0:
        return "AS numbers do not fit"
    return None


def _to_planes(column: "array[int]") -> bytes:
    raw, size = column.tobytes(), column.itemsize
    order = range(size) if sys.byteorder == "little" else range(size - 1, -1, -1)
    return b"".join(raw[plane::size] for plane in order)


def _from_planes(planes: bytes, kind: str) -> "array[int]":
    column = array(kind)
    size = column.itemsize
    count, rest = divmod(len(planes), size)
    if rest:
        raise ValueError("a column does not fit its numbers")
    raw = bytearray(len(planes))
    for plane in range(size):
        at = plane if sys.byteorder == "little" else size - 1 - plane
        raw[at::size] = planes[plane * count : (plane + 1) * count]
    column.frombytes(raw)
    return column
