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
import struct
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final, NamedTuple

from mailtop.lookup.address import parse, reserved, text
from mailtop.lookup.asn_file import MAX_FILE, AsnTableError, Columns, unpack

__all__ = ["AsnEntry", "AsnTable", "AsnTableError", "load", "reserved"]

SEED: Final = "asn/seed.asn"
FINE: Final = 255
"""the code of an IPv6 /64 with prefixes finer than that: no AS, and no length that a prefix could have"""
DENSE: Final = 64
"""intervals in an IPv6 /16 above which its /24s are found by their octet"""
_MASK4: Final = [(1 << 32) - (1 << (32 - length)) for length in range(33)]
_MASK6: Final = [(1 << 128) - (1 << (128 - length)) for length in range(129)]
_MASK64: Final = [_MASK6[length] >> 64 for length in range(129)]
_LOWER: Final = (1 << 64) - 1
_AF4, _AF6 = int(AF_INET), int(AF_INET6)  # an enum member as an argument costs more than a number
_unpack4 = struct.Struct("!I").unpack
_unpack6 = struct.Struct("!Q8x").unpack


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


class _Found(AsnEntry):
    """An AsnEntry made of one tuple: a NamedTuple's own __new__ costs as much as the whole search."""

    __slots__ = ()
    __new__ = tuple.__new__  # type: ignore[assignment]


_found: Callable[[tuple[int, int, int, int]], AsnEntry] = _Found


class AsnTable:
    """A loaded table; it does not change, and threads may share it.

    The sorted columns are public for callers with a faster search over many numbers, e.g.
    `index = numpy.searchsorted(numpy.frombuffer(t.v4_starts, "u4"), numbers, "right") - 1`, then
    `code = v4_codes[index]`, `asns[code >> 8]`, `code & 255` for the prefix's length; 0 means no AS. For IPv6 the same
    with the upper 64 bits, but first ask `fine`: for the few keys in it, (lower 64 bits' starts, codes) decide.
    """

    def __init__(self, columns: Columns) -> None:
        """Take `columns` over: they must not be packed afterwards."""
        self.date = columns.meta.date
        self.source = columns.meta.source
        self.licence = columns.meta.licence
        self.v4_starts, self.v4_codes = columns.v4_starts, columns.v4_codes
        self.asns = columns.asns
        self.fine: dict[int, tuple[array[int], array[int]]] = {}
        for key, low, code in zip(columns.fine_keys, columns.fine_lows, columns.fine_codes, strict=True):
            starts, codes = self.fine.setdefault(key, (array("Q"), array("I")))
            starts.append(low)
            codes.append(code)
        self.v6_starts, self.v6_codes = columns.v6_starts, columns.v6_codes
        _mark(self.v6_starts, self.v6_codes, sorted(self.fine))
        # Where each /16 (IPv6: /24) begins among the starts, by /8 (/16), made when one is first asked for: half of the
        # steps of a bisect over the whole column would miss the processor's cache.
        self._blocks4: list[array[int] | None] = [None] * 256
        self._blocks6: dict[bytes, list[int]] = {}  # lists: faster, and few
        self._rows6 = dict(_rows(self.v6_starts, self.v6_codes))
        self._columns = columns
        self._names: tuple[bytes, array[int]] | None = None

    def __len__(self) -> int:
        """The number of prefixes in the data the table was made from."""
        return self._columns.meta.prefixes

    def lookup(self, address: str) -> AsnEntry | None:
        """Return the AS and the longest matching prefix; None where nobody announces it or the text is no address."""
        # The plain spellings go the short way, written out and on octets: a call, or a shift of a number of 64 bits,
        # costs a twentieth of the whole look-up.
        try:
            if ":" in address:
                packed = inet_pton(_AF6, address)
                places = self._blocks6.get(top := packed[:2])
                if places is None:
                    return self._lookup_sparse(address, top) if top in self._rows6 else None
                upper = _unpack6(packed)[0]
                at = packed[2]
                code = self.v6_codes[bisect_right(self.v6_starts, upper, places[at], places[at + 1]) - 1]
                if not code:
                    return None
                length = code & 255
                if length > 64:
                    return self._lookup_other(address)
                return _found((self.asns[code >> 8], (upper & _MASK64[length]) << 64, length, 6))
            packed = inet_pton(_AF4, address)
        except (OSError, ValueError):
            return self._lookup_other(address)
        number = _unpack4(packed)[0]
        block = self._blocks4[packed[0]] or self._block4(packed[0])
        at = packed[1]
        code = self.v4_codes[bisect_right(self.v4_starts, number, block[at], block[at + 1]) - 1]
        if not code:
            return None
        length = code & 255
        return _found((self.asns[code >> 8], number & _MASK4[length], length, 4))

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
        return _found((self.asns[code >> 8], number & mask[length], length, family))

    def _block4(self, top: int) -> "array[int]":
        block = self._blocks4[top] = _block(self.v4_starts, top << 24, 16)
        return block

    def _lookup_sparse(self, address: str, top: bytes) -> AsnEntry | None:
        """Answer for an IPv6 /16 without a block, which is made where there are rows enough to be worth it.

        Not for others: made-up addresses must not fill the memory with blocks.
        """
        if self._rows6[top] <= DENSE:
            return self._lookup_other(address)
        self._blocks6[top] = _block(self.v6_starts, int.from_bytes(top, "big") << 48, 40).tolist()
        return self.lookup(address)

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


def _block(starts: "array[int]", base: int, shift: int) -> "array[int]":
    """Return 257 places: those of the 256 cells of 1 << shift numbers from `base` on in `starts`, and the end."""
    edges = range(base, base + (257 << shift), 1 << shift)
    low, high = bisect_left(starts, base), bisect_left(starts, edges[-1])
    return array("I", [bisect_left(starts, edge, low, high) for edge in edges])


def _rows(starts: "array[int]", codes: "array[int]") -> Iterator[tuple[bytes, int]]:
    """Yield the first two octets of each IPv6 /16 with anything announced in it, and how many of `starts` lie there.

    ::/16 comes always, as a sparse one: IPv4-mapped addresses need the closer look.
    """
    at = 0
    while at < len(starts):
        top = starts[at] >> 48
        end = bisect_left(starts, (top + 1) << 48, at)
        yield top.to_bytes(2, "big"), end - at if top else 0
        after = (starts[end] >> 48) if end < len(starts) else 1 << 16
        if codes[end - 1]:  # a prefix that goes on over whole /16s
            yield from ((spanned.to_bytes(2, "big"), 0) for spanned in range(top + 1, after))
        at = end


def _mark(starts: "array[int]", codes: "array[int]", keys: Iterable[int]) -> None:
    """Give each of the sorted `keys`, upper 64 bits, a row of code FINE; in place, since a copy would cost 3 MB."""
    missing = []
    for key in keys:
        at = bisect_left(starts, key)
        if at < len(starts) and starts[at] == key:
            codes[at] = FINE
        else:
            missing.append((at, key))
    end = len(starts)
    starts.extend([0] * len(missing))
    codes.extend([0] * len(missing))
    for shift in range(len(missing), 0, -1):  # from the end on: each piece moves by what is missing before it
        at, key = missing[shift - 1]
        starts[at + shift : end + shift] = starts[at:end]
        codes[at + shift : end + shift] = codes[at:end]
        starts[at + shift - 1], codes[at + shift - 1] = key, FINE
        end = at


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
