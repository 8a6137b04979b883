"""columns: events to columns. Each field's distinct values are numbered, then cleaned once, not once a row.

In: the events of a batch, in order of their lines. Out: a `Strings` or `Numbers` for each field any of them has.
Everything that runs per row runs in C (zip, map, a dict that numbers what it has not seen), which is why the code
speaks of whole columns. Addresses, zones and paths get their one spelling here, on distinct values.

Limits: a number too large for its column is left out; a client that is no address is left out.
"""

from __future__ import annotations  # array[int] is no type at run time before Python 3.12

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, compress
from socket import AF_INET6, inet_ntop, inet_pton
from typing import Any, Final, Protocol

from mailtop.batch import Numbers, Strings
from mailtop.event import KINDS, SCHEMA, Event, Pass, Screen, Unparsed
from mailtop.ingest.clean import clean, clean_all, plain
from mailtop.mta.zones import masked, may_be_keyed, zone

CODES: Final = {kind: at for at, kind in enumerate(KINDS)}
"""event class -> index into `event.KIND_WORDS`"""
KIND_OF: Final = tuple(KINDS)
COUNTS: Final = frozenset(field.name for field in SCHEMA if field.shape == "count")
SECONDS: Final = frozenset(field.name for field in SCHEMA if field.shape == "seconds")
STAGES: Final = frozenset(field.name for field in SCHEMA if field.shape == "stages")

_OCTET: Final = rb"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
# One reading for each octet and no way back: with two, a list that ends in an IPv6 address takes hours to fail.
_IPV4S = re.compile(rb"(?>(?:(?:%b\.){3}%b\n)*)" % (_OCTET, _OCTET)).fullmatch

Values = Sequence[bytes | None]


class Part(Protocol):
    """What rows of one kind have of one field."""

    @property
    def rows(self) -> array[int]:
        """Each once, typecode I."""

    @property
    def values(self) -> Sequence[bytes]:
        """What they have: of each row, or each distinct one at least once."""

    def spread(self, typecode: str, numbers: Sequence[Any], width: int = 1) -> array[Any]:
        """A number (or `width` of them) for each of `values` -> that of each row."""


Spread = Callable[[list[int]], "tuple[array[int] | None, array[int]]"]
"""A number for each origin -> the rows whose origin has one that is not ABSENT (None: all rows), and it, typecode I."""


class PerRow:
    """A part whose values are those of its rows, one by one."""

    def __init__(self, rows: array[int], values: Sequence[bytes]) -> None:
        self.rows = rows
        self.values = values

    def spread(self, typecode: str, numbers: Sequence[Any], width: int = 1) -> array[Any]:
        """The numbers as they are."""
        return array(typecode, numbers if width == 1 else chain.from_iterable(numbers))


ABSENT: Final = 0xFFFFFFFF
"""a code that stands for no value"""
Spelled = tuple[list[str | None], bool]
"""distinct values as text (None: left out), and whether two of them may have become the same"""


def address(value: bytes) -> str | None:
    """An IP address in its one spelling: no `IPv6:`, no zone id, IPv4 in IPv6 as IPv4. None when it is no address."""
    text = value.decode("ascii", "replace").strip()
    if text[:5].lower() == "ipv6:":
        text = text[5:]
    text = text.partition("%")[0]
    if ":" not in text:
        return text if text and _IPV4S(text.encode("utf-8", "replace") + b"\n") else None
    try:
        packed = inet_pton(AF_INET6, text)
    except (OSError, ValueError):
        return None
    if packed[:12] == b"\0" * 10 + b"\xff\xff":
        return ".".join(map(str, packed[12:]))
    return inet_ntop(AF_INET6, packed)


def _addresses(values: list[bytes]) -> Spelled:
    plain4 = [value for value in values if b":" not in value]
    joined = b"\n".join([*plain4, b""])
    if not _IPV4S(joined):
        return [address(value) for value in values], True
    if len(plain4) == len(values):
        return list(joined.decode("ascii").split("\n")[:-1]), False
    return [address(value) if b":" in value else value.decode("ascii") for value in values], True


def names(values: list[bytes]) -> Spelled:
    """Values of no shape of their own, cleaned."""
    easy = plain(values)
    return (list(easy), False) if easy is not None else (list(clean_all(values)), True)


def _prose(values: list[bytes]) -> Spelled:
    if any(map(may_be_keyed, values)):
        return [clean(masked(value)) for value in values], True
    return names(values)


def _zones(values: list[bytes]) -> Spelled:
    return [clean(zone(value)) or None for value in values], True


_SPELL: Final[Mapping[str, Callable[[list[bytes]], Spelled]]] = {
    "client": _addresses,
    "zone": _zones,
    "text": _prose,
}


class Table:
    """The events of a batch, grouped by kind: what the columns are made from."""

    def __init__(self, total: int, keep_text: bool) -> None:
        """`total`: rows in all."""
        self.total = total
        self.kinds = bytearray(total)
        self.parts: dict[str, list[Part]] = {}
        self.unknown: list[PerRow] = []
        """rows that are not understood, and their texts"""
        self._keep_text = keep_text

    def add_events(self, events: list[Event], rows: list[int]) -> None:
        """Events, and the row of each, ascending."""
        codes = bytearray(map(CODES.__getitem__, map(type, events)))
        many = Counter(codes)
        order = sorted(range(len(events)), key=codes.__getitem__) if len(many) > 1 else list(range(len(events)))
        at = 0
        for code in sorted(many):
            some = order[at : at + many[code]]
            at += many[code]
            kind = KIND_OF[code]
            columns = zip(*map(events.__getitem__, some), strict=True)
            named = zip(kind._fields, columns, strict=True)
            self._add(kind, array("I", map(rows.__getitem__, some)), named)

    def _add(self, kind: type[Event], rows: array[int], columns: Iterable[tuple[str, Values]]) -> None:
        """Rows of one kind, and what each column has for them."""
        code = CODES[kind]
        kinds = self.kinds
        for row in rows:
            kinds[row] = code
        for name, values in columns:
            if kind is Unparsed:
                self.unknown.append(PerRow(rows, [value or b"" for value in values]))
            if name == "text" and not self._keep_text:
                values = _short_texts(kind, values)
            if all(values):
                self.put(name, PerRow(rows, values))  # type: ignore[arg-type]
            elif any(values):
                self.put(name, PerRow(array("I", compress(rows, values)), list(filter(None, values))))

    def put(self, name: str, part: Part) -> None:
        """What some rows have of a field."""
        self.parts.setdefault(name, []).append(part)

    def column(self, name: str) -> Strings | Numbers | None:
        """The column of a field; None when no row has a value."""
        parts = self.parts[name]
        if name in COUNTS and name != "session":
            return _numbers(parts, "q", _count)
        if name in SECONDS:
            return _numbers(parts, "d", _seconds)
        if name in STAGES:
            return _numbers(parts, "d", _stages, 4)
        return self.strings(parts, _SPELL.get(name, names))

    def strings(self, parts: Sequence[Part], spell: Callable[[list[bytes]], Spelled] = names) -> Strings | None:
        """One column of text from the values of each kind of event."""
        number: defaultdict[bytes, int] = defaultdict()
        number.default_factory = number.__len__
        numbered = [list(map(number.__getitem__, part.values)) for part in parts]
        spelled, mixed = spell(list(number))
        values: list[str]
        left_out = False
        if mixed and (None in spelled or len(set(spelled)) < len(spelled)):
            again, values = _unified(spelled)
            numbered = [list(map(again.__getitem__, numbers)) for numbers in numbered]
            left_out = None in spelled
        else:
            values = spelled  # type: ignore[assignment]
        rows, codes = array("I"), array("I")
        for part, numbers in zip(parts, numbered, strict=True):
            rows += part.rows
            codes += part.spread("I", numbers)
        if left_out and ABSENT in codes:
            rows, codes = _present(rows, codes)
        if not codes:
            return None
        return Strings(values, codes, None if len(parts) == 1 and len(rows) == self.total else rows)


def _numbers(parts: Sequence[Part], typecode: str, read: Callable[[bytes], Any], width: int = 1) -> Numbers | None:
    """One column of numbers; rows whose value is none are left out."""
    rows, numbers = array("I"), array(typecode)
    for part in parts:
        found = list(map(read, part.values))
        if None in found:
            part, found = _readable(part, found)
        rows += part.rows
        numbers += part.spread(typecode, found, width)
    return Numbers(numbers, rows, width) if rows else None


def _readable(part: Part, found: list[Any]) -> tuple[PerRow, list[Any]]:
    """The rows of a part that have a number, and it."""
    which = part.spread("I", [ABSENT if one is None else at for at, one in enumerate(found)])
    rows, kept = _present(part.rows, which)
    return PerRow(rows, ()), [found[at] for at in kept]


def _present(rows: array[int], codes: array[int]) -> tuple[array[int], array[int]]:
    """The rows that have a value."""
    pairs = [(row, code) for row, code in zip(rows, codes, strict=True) if code != ABSENT]
    return array("I", [row for row, _ in pairs]), array("I", [code for _, code in pairs])


def _unified(spelled: list[str | None]) -> tuple[list[int], list[str]]:
    """Values that became the same, or nothing, through spelling: the new number of each, and the distinct ones."""
    number: dict[str, int] = {}
    again = [ABSENT if value is None else number.setdefault(value, len(number)) for value in spelled]
    return again, list(number)


def _count(value: bytes) -> int | None:
    digits = value.removeprefix(b"-")
    return int(value) if digits.isdigit() and len(digits) < 19 else None


def _seconds(value: bytes) -> float | None:
    return float(value) if value.replace(b".", b"", 1).isdigit() else None


def _stages(value: bytes) -> list[float] | None:
    parts = value.split(b"/")
    if len(parts) != 4 or value.translate(None, b"0123456789./"):
        return None
    try:
        return list(map(float, parts))
    except ValueError:
        return None


def _short_texts(kind: type[Event], column: Values) -> Values:
    """Without prose only the words stay: which test, which list of clients."""
    if kind is Pass:
        return column
    if kind is Screen:
        return [found[0] if value and (found := _TEST_NAME(value)) else None for value in column]
    return (None,) * len(column)


_TEST_NAME = re.compile(rb"[A-Z]*(?:[- ][A-Z]+\b)*").match


def labels(spread: Spread, values: Sequence[bytes | str | None], shift: int = 0) -> Strings | None:
    """A column that follows from whose line it is: `values` has each origin's. Codes begin at `shift`."""
    number: dict[bytes | str, int] = {}
    codes = [shift + number.setdefault(value, len(number)) if value else ABSENT for value in values]
    if not number:
        return None
    rows, spread_out = spread(codes)
    return Strings([clean(value) if isinstance(value, bytes) else value for value in number], spread_out, rows)


def spread_by(of: Sequence[int]) -> Spread:
    """How numbers of origins become those of rows; `of` has each row's origin."""

    def spread(numbers: list[int]) -> tuple[array[int] | None, array[int]]:
        codes = array("I", map(numbers.__getitem__, of))
        return _present(array("I", range(len(codes))), codes) if ABSENT in numbers else (None, codes)

    return spread


def both(first: Strings, second: Strings, total: int) -> Strings:
    """Two columns that have no row in common, as one; the codes of the second begin where those of the first end."""
    rows = array("I")
    for column in (first, second):
        rows += array("I", range(total)) if column.rows is None else column.rows
    return Strings(first.values + second.values, first.codes + second.codes, rows)


def constant(value: int, times: int, typecode: str) -> array[int]:
    """An array of one number."""
    return array(typecode, [value]) * times
