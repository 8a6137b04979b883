"""columns: events to columns. Each field's distinct values are numbered, then cleaned once, not once a row.

In: the events of a batch, in order of their lines. Out: a `Strings` or `Numbers` for each field any of them has.
Everything that runs per row runs in C (zip, map, a dict that numbers what it has not seen), which is why the code
speaks of whole columns. Addresses, zones and paths get their one spelling here, on distinct values.

Limits: a number too large for its column is left out; a client that is no address is left out.
"""

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, compress, repeat
from operator import itemgetter
from socket import AF_INET6, inet_ntop, inet_pton
from typing import Final

from mailtop.batch import Numbers, Strings
from mailtop.event import KINDS, SCHEMA, Event, Pass, Screen
from mailtop.ingest.clean import clean, clean_all
from mailtop.mta.zones import masked, zone

CODES: Final = {kind: at for at, kind in enumerate(KINDS)}
"""event class -> index into `event.KIND_WORDS`"""
COUNTS: Final = frozenset(field.name for field in SCHEMA if field.shape == "count")
SECONDS: Final = frozenset(field.name for field in SCHEMA if field.shape == "seconds")
STAGES: Final = frozenset(field.name for field in SCHEMA if field.shape == "stages")
NUMBER_LIMIT: Final = 2**62

_IPV4S = re.compile(rb"(?:(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\n)*").fullmatch

Values = Sequence[bytes | None]
Part = tuple[Sequence[int], Sequence[bytes]]
"""rows, and the value of each"""


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


def _addresses(values: list[bytes]) -> list[str | None]:
    joined = b"\n".join([*values, b""])
    if _IPV4S(joined):
        return list(joined.decode("ascii").split("\n")[:-1])
    return [address(value) for value in values]


def _paths(values: list[bytes]) -> list[str | None]:
    return list(clean_all(values))


def _prose(values: list[bytes]) -> list[str | None]:
    return [clean(masked(value)) for value in values] if any(map(_may_be_keyed, values)) else list(clean_all(values))


def _may_be_keyed(value: bytes) -> bool:
    return b"abusix" in value or b".dq." in value or b"invaluement" in value or b"datafeed" in value


def _zones(values: list[bytes]) -> list[str | None]:
    return [clean(zone(value)) or None for value in values]


_SPELL: Final[dict[str, Callable[[list[bytes]], list[str | None]]]] = {
    "client": _addresses,
    "zone": _zones,
    "text": _prose,
}


def strings(parts: list[Part], total: int, spell: Callable[[list[bytes]], list[str | None]]) -> Strings | None:
    """One column of text from the values of each kind of event; None when nothing is left."""
    number: defaultdict[bytes, int] = defaultdict()
    number.default_factory = number.__len__
    coded = [(rows, list(map(number.__getitem__, values))) for rows, values in parts]
    spelled = spell(list(number))
    values, again = _unify(spelled)
    if again is not None:
        coded = [_recoded(rows, codes, again) for rows, codes in coded]
    rows, codes = _merged(coded, total)
    if not codes:
        return None
    return Strings(values, codes, rows)


def _unify(spelled: list[str | None]) -> tuple[list[str], list[int | None] | None]:
    """Values that became the same, or nothing, through spelling: the distinct ones, and the new number of each."""
    if None not in spelled and len(set(spelled)) == len(spelled):
        return [value for value in spelled if value is not None], None
    number: dict[str, int] = {}
    again = [None if value is None else number.setdefault(value, len(number)) for value in spelled]
    return list(number), again


def _recoded(rows: Sequence[int], codes: list[int], again: list[int | None]) -> tuple[list[int], list[int]]:
    pairs = [(row, new) for row, code in zip(rows, codes, strict=True) if (new := again[code]) is not None]
    return [row for row, _ in pairs], [code for _, code in pairs]


def _merged(coded: Sequence[tuple[Sequence[int], list[int]]], total: int) -> tuple["array[int] | None", "array[int]"]:
    """Bring the rows of several kinds into one ascending order."""
    if len(coded) == 1:
        rows, codes = coded[0]
    else:
        cells = [-1] * total
        for some, values in coded:
            for row, code in zip(some, values, strict=True):
                cells[row] = code
        rows = [row for row, code in enumerate(cells) if code >= 0]
        codes = cells if len(rows) == total else [code for code in cells if code >= 0]
    return (None if len(rows) == total else array("I", rows)), array("I", codes)


def numbers(parts: list[Part], name: str) -> Numbers | None:
    """One column of numbers. Values that are none are left out."""
    rows = [row for some, _ in parts for row in some]
    values = [value for _, some in parts for value in some]
    if len(parts) > 1:
        order = sorted(range(len(rows)), key=rows.__getitem__)
        rows, values = [rows[at] for at in order], [values[at] for at in order]
    width = 4 if name in STAGES else 1
    if name in COUNTS:
        counted = [(row, int(value)) for row, value in zip(rows, values, strict=True) if _is_count(value)]
        kept: list[int] = [row for row, _ in counted]
        column: array[int] | array[float] = array("q", [value for _, value in counted])
    else:
        try:
            column = array("d", map(float, chain.from_iterable(map(_stages, values) if width > 1 else zip(values))))
            kept = rows
        except ValueError:
            timed = [(row, some) for row, value in zip(rows, values, strict=True) if (some := _seconds(value, width))]
            kept = [row for row, _ in timed]
            column = array("d", chain.from_iterable(some for _, some in timed))
    return Numbers(column, array("I", kept), width) if kept else None


def _is_count(value: bytes) -> bool:
    digits = value.removeprefix(b"-")
    return digits.isdigit() and len(digits) < 19


def _stages(value: bytes) -> list[bytes]:
    parts = value.split(b"/")
    if len(parts) != 4:
        raise ValueError("not four stages")
    return parts


def _seconds(value: bytes, width: int) -> list[float] | None:
    parts = value.split(b"/")
    if len(parts) != width or not all(part.replace(b".", b"", 1).isdigit() for part in parts):
        return None
    return [float(part) for part in parts]


def gather(events: list[Event], keep_text: bool) -> tuple[bytearray, dict[str, list[Part]]]:
    """The kind of each event, and for each field its parts, one for each kind that has it."""
    kinds = bytearray(map(CODES.__getitem__, map(type, events)))
    parts: dict[str, list[Part]] = {}
    many = Counter(kinds)
    order = sorted(range(len(events)), key=kinds.__getitem__) if len(many) > 1 else list(range(len(events)))
    at = 0
    classes = tuple(KINDS)
    for code in sorted(many):
        rows = order[at : at + many[code]]
        at += many[code]
        kind = classes[code]
        some = events if len(many) == 1 else itemgetter(*rows)(events) if len(rows) > 1 else (events[rows[0]],)
        for name, values in zip(kind._fields, zip(*some, strict=True), strict=True):
            column: Values = values
            if name == "text" and not keep_text:
                column = _short_texts(kind, values)
            part = present(rows, column)
            if part is not None:
                parts.setdefault(name, []).append(part)
    return kinds, parts


def _short_texts(kind: type[Event], column: Values) -> Values:
    """Without prose only the words stay: which test, which list of clients."""
    if kind is Pass:
        return column
    if kind is Screen:
        return [_TEST_NAME(value)[0] if value else None for value in column]  # type: ignore[index]
    return (None,) * len(column)


_TEST_NAME = re.compile(rb"[A-Z]*(?:[- ][A-Z]+)*").match


def present(rows: Sequence[int], column: Values) -> Part | None:
    """The rows that have a value, and their values; None when none has."""
    if all(column):
        return rows, column  # type: ignore[return-value]
    if not any(column) and b"" not in column:
        return None
    has = [value is not None for value in column]
    kept = list(compress(rows, has))
    return (kept, list(compress(column, has))) if kept else None  # type: ignore[arg-type]


def column(name: str, parts: list[Part], total: int) -> Strings | Numbers | None:
    """The column of a field of the schema."""
    if name in COUNTS or name in SECONDS or name in STAGES:
        return numbers(parts, name)
    return strings(parts, total, _SPELL.get(name, _paths))


def words(values: Iterable[bytes | str | None]) -> Strings | None:
    """A column with one value for every row (None: absent), as of the record's own fields."""
    listed = list(values)
    rows = range(len(listed))
    part = present(rows, [value.encode() if isinstance(value, str) else value for value in listed])
    return None if part is None else strings([part], len(listed), _paths)


def constant(value: int, times: int, typecode: str) -> "array[int]":
    """An array of one number."""
    return array(typecode, repeat(value, times))
