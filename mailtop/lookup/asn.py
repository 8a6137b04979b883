"""Which AS announces an address: a packed table, array and bisect, nothing else.

In: addresses as text (see lookup/address.py for what is tolerated) or as numbers; out: the AS number and the longest
matching prefix, as pyasn gives them for the same table (benchmarks/asn.py compares the two on every prefix), and the
name of an AS. The table is the seed inside the package (mailtop/asn), or a file that lookup/asn_build.py made.

pyasn reads the text format into a radix tree: it needs a compiler to install, 117 MB, and a third of a second with the
interpreter lock held, during which a screen stands still. This table is 8 MB of sorted numbers, there in 55 ms,
and gives the lock up between its columns. Loading still reads 3 MB: do it outside the interface's thread.

BUGS: one AS per prefix; a prefix with several origins keeps the one its source chose. The data is as old as `date`
says. An address that nobody announces has no AS, nor have the reserved ones (`reserved` has the word for them).
"""

import os
import pkgutil
import socket
import struct
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

from mailtop.lookup.address import parse, reserved, text
from mailtop.lookup.asn_file import MAX_FILE, AsnTableError, Columns, unpack

__all__ = ["AsnEntry", "AsnTable", "AsnTableError", "load", "reserved"]

SEED: Final = "asn/seed.asn"
_MASK4: Final = [(1 << 32) - (1 << (32 - length)) for length in range(33)]
_MASK6: Final = [(1 << 128) - (1 << (128 - length)) for length in range(129)]
_LOWER: Final = (1 << 64) - 1
_unpack4 = struct.Struct("!I").unpack
_new = tuple.__new__  # a NamedTuple's own __new__ costs as much as the whole search


class AsnEntry(NamedTuple):
    """An answer: the AS and the longest matching prefix, as numbers; `prefix` is its text."""

    asn: int
    base: int
    length: int
    family: int  # 4 or 6

    @property
    def prefix(self) -> str:
        """The prefix in the usual spelling: 192.0.2.0/24, 2001:db8::/32."""
        return f"{text(self.family, self.base)}/{self.length}"


class AsnTable:
    """A loaded table; it does not change, and threads may share it.

    The sorted columns are public for callers with a faster search over many numbers, e.g.
    `index = numpy.searchsorted(numpy.frombuffer(t.v4_starts, "u4"), numbers, "right") - 1`, then
    `code = v4_codes[index]`, `asns[code >> 8]`, `code & 255` for the prefix's length; 0 means no AS. For IPv6 the same
    with the upper 64 bits, but first ask `fine`: for the few keys in it, (lower 64 bits' starts, codes) decide.
    """

    def __init__(self, columns: Columns) -> None:
        self.date = columns.meta.date
        self.source = columns.meta.source
        self.licence = columns.meta.licence
        self.v4_starts, self.v4_codes = columns.v4_starts, columns.v4_codes
        self.v6_starts, self.v6_codes = columns.v6_starts, columns.v6_codes
        self.asns = columns.asns
        self.fine: dict[int, tuple[array[int], array[int]]] = {}
        for key, low, code in zip(columns.fine_keys, columns.fine_lows, columns.fine_codes, strict=True):
            starts, codes = self.fine.setdefault(key, (array("Q"), array("I")))
            starts.append(low)
            codes.append(code)
        self._columns = columns
        self._names: tuple[bytes, array[int]] | None = None

    def __len__(self) -> int:
        """The number of prefixes in the data the table was made from."""
        return self._columns.meta.prefixes

    def lookup(self, address: str) -> AsnEntry | None:
        """Return the AS and the longest matching prefix; None where nobody announces it or the text is no address."""
        if ":" in address:
            return self._lookup_other(address)
        try:  # a plain dotted quad takes the short way
            number = _unpack4(socket.inet_pton(socket.AF_INET, address))[0]
        except (OSError, ValueError):
            return self._lookup_other(address)
        code = self.v4_codes[bisect_right(self.v4_starts, number) - 1]
        if not code:
            return None
        length = code & 255
        return _new(AsnEntry, (self.asns[code >> 8], number & _MASK4[length], length, 4))

    def _lookup_other(self, address: str) -> AsnEntry | None:
        parsed = parse(address)
        if parsed is None:
            return None
        family, number = parsed
        if family == 4:
            code = self.v4_codes[bisect_right(self.v4_starts, number) - 1]
            mask = _MASK4
        else:
            code = self._code6(number)
            mask = _MASK6
        if not code:
            return None
        length = code & 255
        return _new(AsnEntry, (self.asns[code >> 8], number & mask[length], length, family))

    def _code6(self, number: int) -> int:
        upper = number >> 64
        fine = self.fine.get(upper)
        if fine is None:
            return self.v6_codes[bisect_right(self.v6_starts, upper) - 1]
        starts, codes = fine
        return codes[bisect_right(starts, number & _LOWER) - 1]

    def lookup_packed(self, numbers: Iterable[int]) -> "array[int]":
        """Return the AS numbers (0: none) of IPv4 addresses given as 32-bit numbers, in their order."""
        starts, codes, asns = self.v4_starts, self.v4_codes, self.asns
        return array("I", [asns[codes[bisect_right(starts, number) - 1] >> 8] for number in numbers])

    def lookup_packed6(self, numbers: Iterable[int]) -> "array[int]":
        """Return the AS numbers (0: none) of IPv6 addresses given as 128-bit numbers, in their order."""
        asns = self.asns
        return array("I", [asns[self._code6(number) >> 8] for number in numbers])

    def name(self, asn: int) -> str | None:
        """Return the name of an AS, None where the table has none. The first call unpacks the names: about 50 ms."""
        at = bisect_left(self.asns, asn)
        if asn <= 0 or at == len(self.asns) or self.asns[at] != asn:
            return None
        if self._names is None:  # two threads at once do the work twice, to the same end
            self._names = self._columns.names(), array("I", accumulate(self._columns.name_lengths))
        names, ends = self._names
        return names[ends[at - 1] : ends[at]].decode("utf-8", "replace") or None

    def prefixes(self) -> Iterator[AsnEntry]:
        """Yield every prefix that an address can match, IPv4 first; one that a longer one cuts in two comes twice."""
        for start, end, code in _spans(self.v4_starts, self.v4_codes, 1 << 32):
            yield from self._blocks(start, end, code, 32, 4)
        fine = [(key << 64 | low, code) for key, (lows, codes) in self.fine.items()
                for low, code in zip(lows, codes, strict=True)]  # fmt: skip
        base = [(key << 64, code) for key, code in zip(self.v6_starts, self.v6_codes, strict=True)
                if key not in self.fine]  # fmt: skip
        rows = sorted(base + fine)
        for start, end, code in _spans([row[0] for row in rows], [row[1] for row in rows], 1 << 128):
            yield from self._blocks(start, end, code, 128, 6)

    def _blocks(self, start: int, end: int, code: int, bits: int, family: int) -> Iterator[AsnEntry]:
        if code:
            size = 1 << (bits - (code & 255))
            for base in range(start // size * size, end, size):
                yield AsnEntry(self.asns[code >> 8], base, code & 255, family)


def _spans(starts: Iterable[int], codes: Iterable[int], end: int) -> Iterator[tuple[int, int, int]]:
    starts = list(starts)
    return zip(starts, [*starts[1:], end], codes, strict=True)


def load(path: str | os.PathLike[str] | None = None) -> AsnTable:
    """Return the table in the packed file `path`, or the seed of the package; AsnTableError says why it cannot.

    About 55 ms of processor time, in steps that give the interpreter lock up; call it outside the interface's thread.
    """
    where = os.fspath(path) if path is not None else "the seed table"
    try:
        data = pkgutil.get_data("mailtop", SEED) if path is None else _read(Path(path))
    except OSError as error:
        raise AsnTableError(f"{where}: cannot be read: {error.strerror or error}") from error
    return AsnTable(unpack(data or b"", where))


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise AsnTableError(f"{path}: longer than {MAX_FILE >> 20} MB: not an AS-number table")
    return data
