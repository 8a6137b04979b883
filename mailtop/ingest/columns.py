"""columns: events to columns. Each field's distinct values are numbered, then cleaned once, not once a row.

In: the events of a batch, in order of their lines. Out: a `Strings` or `Numbers` for each field any of them has.
Everything that runs per row runs in C (zip, map, a dict that numbers what it has not seen), which is why the code
speaks of whole columns. Addresses, zones and paths get their one spelling here, on distinct values.

Limits: a number too large for its column is left out; a client that is no address is left out.
"""

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, compress, repeat
from socket import AF_INET6, inet_ntop, inet_pton
from typing import Final, NamedTuple

from mailtop.batch import Numbers, Strings
from mailtop.event import KINDS, SCHEMA, Event, Pass, Screen, Unparsed
from mailtop.ingest.clean import clean, clean_all, plain
from mailtop.mta.parser import Columns, Parse, Shape
from mailtop.mta.zones import masked, may_be_keyed, zone

CODES: Final = {kind: at for at, kind in enumerate(KINDS)}
"""event class -> index into `event.KIND_WORDS`"""
KIND_OF: Final = tuple(KINDS)
COUNTS: Final = frozenset(field.name for field in SCHEMA if field.shape == "count")
SECONDS: Final = frozenset(field.name for field in SCHEMA if field.shape == "seconds")
STAGES: Final = frozenset(field.name for field in SCHEMA if field.shape == "stages")

_OCTET: Final = rb"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
# One reading for each octet and no way back: with two, a list that ends in an IPv6 address takes hours to fail.
_IPV4S = re.compile(rb"(?:(?:%b\.){3}%b\n)*+" % (_OCTET, _OCTET)).fullmatch

Values = Sequence[bytes | None]
Part = tuple[list[int], Sequence[bytes]]
"""ascending rows, and the value of each"""
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


def _names(values: list[bytes]) -> Spelled:
    easy = plain(values)
    return (list(easy), False) if easy is not None else (list(clean_all(values)), True)


def _prose(values: list[bytes]) -> Spelled:
    if any(map(may_be_keyed, values)):
        return [clean(masked(value)) for value in values], True
    return _names(values)


def _zones(values: list[bytes]) -> Spelled:
    return [clean(zone(value)) or None for value in values], True


_SPELL: Final[Mapping[str, Callable[[list[bytes]], Spelled]]] = {
    "client": _addresses,
    "zone": _zones,
    "text": _prose,
}


class Bulk(NamedTuple):
    """Lines of one shape: their rows, and their texts to be read at once."""

    shape: Shape
    parse: Parse
    rows: list[int]
    texts: list[bytes]


class Table:
    """The events of a batch, grouped by kind: what the columns are made from."""

    def __init__(
        self, events: list[Event], rows: list[int], bulks: Iterable[Bulk], total: int, keep_text: bool
    ) -> None:
        """`rows`: of each event. `bulks`: the lines that are not events yet. `total`: rows in all."""
        self.total = total
        self.kinds = bytearray(total)
        self.parts: dict[str, list[Part]] = {}
        self._keep_text = keep_text
        self._arrays: dict[int, array[int]] = {}
        for bulk in bulks:
            if not bulk.rows:
                continue
            self._read(bulk, events, rows)
        in_order = sorted(range(len(rows)), key=rows.__getitem__)  # unusual lines came last
        events, rows = [events[at] for at in in_order], [rows[at] for at in in_order]
        codes = bytearray(map(CODES.__getitem__, map(type, events)))
        many = Counter(codes)
        order = sorted(range(len(events)), key=codes.__getitem__) if len(many) > 1 else list(range(len(events)))
        at = 0
        for code in sorted(many):
            some = order[at : at + many[code]]
            at += many[code]
            kind = KIND_OF[code]
            columns = zip(*map(events.__getitem__, some), strict=True)
            self._add(kind, list(map(rows.__getitem__, some)), zip(kind._fields, columns, strict=True))

    def _read(self, bulk: Bulk, events: list[Event], rows: list[int]) -> None:
        """Read the lines of a shape; those that are not of it become events one by one."""
        shape = bulk.shape
        kept = bulk.rows
        found = list(map(shape.match, bulk.texts))
        if not all(found):
            for match, row, text in zip(found, kept, bulk.texts, strict=True):
                if match is None:
                    event = bulk.parse(text)
                    events.append(Unparsed(text) if event is None or isinstance(event, list) else event)
                    rows.append(row)
            kept = list(compress(kept, found))
        groups = map(re.Match.groups, filter(None, found))
        if kept:
            made: Columns = dict(zip(shape.fields, zip(*groups, strict=True), strict=True))
            if shape.finish is not None:
                shape.finish(made)
            self._add(shape.kind, kept, made.items())

    def _add(self, kind: type[Event], rows: list[int], columns: Iterable[tuple[str, Values]]) -> None:
        """Rows of one kind, and what each column has for them."""
        code = CODES[kind]
        kinds = self.kinds
        for row in rows:
            kinds[row] = code
        for name, values in columns:
            if name == "text" and not self._keep_text:
                values = _short_texts(kind, values)
            part = present(rows, values)
            if part is not None:
                self.parts.setdefault(name, []).append(part)

    def column(self, name: str) -> Strings | Numbers | None:
        """The column of a field; None when no row has a value."""
        parts = self.parts[name]
        if name in COUNTS and name != "session":
            return self._counts(parts)
        if name in SECONDS or name in STAGES:
            return self._seconds(parts, 4 if name in STAGES else 1)
        return self.strings(parts, _SPELL.get(name, _names))

    def strings(self, parts: list[Part], spell: Callable[[list[bytes]], Spelled] = _names) -> Strings | None:
        """One column of text from the values of each kind of event."""
        number: defaultdict[bytes, int] = defaultdict()
        number.default_factory = number.__len__
        coded = [(rows, list(map(number.__getitem__, values))) for rows, values in parts]
        spelled, mixed = spell(list(number))
        values: list[str]
        if mixed and (None in spelled or len(set(spelled)) < len(spelled)):
            again, values = _unified(spelled)
            coded = [_recoded(rows, codes, again) for rows, codes in coded]
        else:
            values = spelled  # type: ignore[assignment]
        rows, codes = self._merged(coded)
        return Strings(values, codes, rows) if codes else None

    def _merged(self, coded: list[tuple[list[int], list[int]]]) -> tuple["array[int] | None", "array[int]"]:
        """The rows of all kinds, one kind after the other."""
        if len(coded) == 1:
            some, numbered = coded[0]
            return (None if len(some) == self.total else self._row_array(some)), array("I", numbered)
        rows, codes = array("I"), array("I")
        for some, numbered in coded:
            rows += self._row_array(some)
            codes.extend(numbered)
        return rows, codes

    def _row_array(self, rows: list[int]) -> "array[int]":
        """The rows as numbers; one array for all columns that a kind fills."""
        made = self._arrays.get(id(rows))
        if made is None or len(made) != len(rows):
            made = self._arrays[id(rows)] = array("I", rows)
        return made

    def _counts(self, parts: list[Part]) -> Numbers | None:
        rows, values = self._joined(parts)
        if b"".join(values).isdigit() and all(values) and max(map(len, values)) < 19:
            return Numbers(array("q", map(int, values)), rows)
        pairs = [(row, int(value)) for row, value in zip(rows, values, strict=True) if _is_count(value)]
        return (
            Numbers(array("q", [value for _, value in pairs]), array("I", [row for row, _ in pairs])) if pairs else None
        )

    def _seconds(self, parts: list[Part], width: int) -> Numbers | None:
        rows, values = self._joined(parts)
        flat = b"/".join(values).split(b"/")
        if len(flat) == width * len(rows):
            try:
                return Numbers(array("d", map(float, flat)), rows, width)
            except ValueError:
                pass
        timed = [
            (row, some) for row, value in zip(rows, values, strict=True) if (some := _seconds(value, width)) is not None
        ]
        flat_values = array("d", chain.from_iterable(some for _, some in timed))
        return Numbers(flat_values, array("I", [row for row, _ in timed]), width) if timed else None

    def _joined(self, parts: list[Part]) -> tuple["array[int]", list[bytes]]:
        """The rows and values of all kinds, one kind after the other."""
        rows, values = array("I"), list[bytes]()
        for some, of_kind in parts:
            rows += self._row_array(some)
            values += of_kind
        return rows, values


def _unified(spelled: list[str | None]) -> tuple[list[int | None], list[str]]:
    """Values that became the same, or nothing, through spelling: the new number of each, and the distinct ones."""
    number: dict[str, int] = {}
    again = [None if value is None else number.setdefault(value, len(number)) for value in spelled]
    return again, list(number)


def _recoded(rows: list[int], codes: list[int], again: list[int | None]) -> tuple[list[int], list[int]]:
    if None not in again:
        return rows, list(map(again.__getitem__, codes))  # type: ignore[arg-type]
    pairs = [(row, new) for row, code in zip(rows, codes, strict=True) if (new := again[code]) is not None]
    return [row for row, _ in pairs], [code for _, code in pairs]


def _is_count(value: bytes) -> bool:
    digits = value.removeprefix(b"-")
    return digits.isdigit() and len(digits) < 19


def _seconds(value: bytes, width: int) -> list[float] | None:
    parts = value.split(b"/")
    if len(parts) != width or not all(part.replace(b".", b"", 1).isdigit() for part in parts):
        return None
    return [float(part) for part in parts]


def _short_texts(kind: type[Event], column: Values) -> Values:
    """Without prose only the words stay: which test, which list of clients."""
    if kind is Pass:
        return column
    if kind is Screen:
        return [found[0] if value and (found := _TEST_NAME(value)) else None for value in column]
    return (None,) * len(column)


_TEST_NAME = re.compile(rb"[A-Z]*(?:[- ][A-Z]+\b)*").match


def present(rows: list[int], column: Values) -> Part | None:
    """The rows that have a value, and their values; None when none has."""
    if all(column):
        return rows, column  # type: ignore[return-value]
    if not any(column):
        return None
    return list(compress(rows, column)), list(filter(None, column))


def labels(of: list[int], values: Sequence[bytes | str | None]) -> Strings | None:
    """A column of the record's own fields: `of` numbers the row's origin, `values` has each origin's value."""
    codes: dict[str, int] = {}
    code_of = [
        codes.setdefault(clean(value) if isinstance(value, bytes) else value, len(codes)) if value else -1
        for value in values
    ]
    if not codes:
        return None
    if -1 not in code_of:
        return Strings(list(codes), array("I", map(code_of.__getitem__, of)))
    pairs = [(row, code) for row, origin in enumerate(of) if (code := code_of[origin]) >= 0]
    return Strings(list(codes), array("I", [code for _, code in pairs]), array("I", [row for row, _ in pairs]))


def constant(value: int, times: int, typecode: str) -> "array[int]":
    """An array of one number."""
    return array(typecode, repeat(value, times))
