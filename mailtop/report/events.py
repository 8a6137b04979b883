"""Events as JSON lines: one object for each event, its keys the schema in the schema's order.

In: batches of columns, what joins their lines (session numbers, the client of a queue ID), a table of AS numbers. Out:
text, a line for each row. Absent is null, so that every object has every key; `compact` leaves those out.

`time` is ISO 8601 with the event's own offset, with microseconds where any stamp of the batch has a fraction. `delays`
is a list of four numbers. The text of each distinct value is made once for a batch and each line is put together from
such pieces, which is several times as fast as an object for each event.
"""

import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import Any, Final, Protocol, TextIO

from mailtop.batch import Batch, Numbers, Strings
from mailtop.event import KIND_WORDS, LOOKED_UP_FIELDS, SCHEMA

AT_ONCE: Final = 1000
"""lines handed to the stream in one piece"""

FIELDS: Final = tuple(field.name for field in SCHEMA)


class Entry(Protocol):
    """What announces an address; `mailtop.lookup.asn.AsnEntry` is one."""

    @property
    def asn(self) -> int:
        """the number"""

    @property
    def prefix(self) -> str:
        """the announced network"""


class Networks(Protocol):
    """A table of AS numbers; `mailtop.lookup.asn.AsnTable` is one."""

    def lookup(self, address: str) -> Entry | None:
        """Who announces an address."""

    def name(self, asn: int) -> str | None:
        """The name of a number."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What other lines say of a batch's rows."""

    sessions: Sequence[int | None] = ()
    """the number of each row's SMTP session; empty when nobody numbers them"""
    clients: Mapping[int, str] = field(default_factory=dict)
    """the client of rows that do not name it themselves, by row"""


NOTHING: Final = Joined()


def rows(batch: Batch, joined: Joined = NOTHING, networks: Networks | None = None) -> Iterator[dict[str, Any]]:
    """Each event as an object with every key of the schema."""
    return map(json.loads, lines(batch, joined, networks))


def lines(
    batch: Batch, joined: Joined = NOTHING, networks: Networks | None = None, compact: bool = False
) -> Iterator[str]:
    """Each event as one line of JSON, without the line's end."""
    if not len(batch):
        return iter(())
    client = _client(batch, joined)
    made = _of_record(batch)
    if client is not None:
        made["client"] = client
        if networks is not None:
            made |= _announced(client, networks)
    if joined.sessions:
        values = sorted({number for number in joined.sessions if number is not None})
        at = {number: code for code, number in enumerate(values)}
        pairs = [(row, at[number]) for row, number in enumerate(joined.sessions) if number is not None]
        made["session"] = _Pieces([str(value) for value in values], *_unzipped(pairs))
    for name in FIELDS:
        if name not in made and name != "session":
            column = batch.columns.get(name)
            if column is not None:
                made[name] = _strings(column) if isinstance(column, Strings) else _numbers(column)
    return _woven(_times(batch), made, len(batch), compact)


@dataclass(frozen=True, slots=True)
class _Pieces:
    """A column as JSON: the text of distinct values, each row's code, and the rows (None: all)."""

    values: Sequence[str]
    codes: Iterable[int]
    at: Iterable[int] | None = None


def _woven(times: list[str], made: Mapping[str, _Pieces], count: int, compact: bool) -> Iterator[str]:
    """Put the columns' pieces together, row by row."""
    columns: list[Iterable[str]] = [times]
    same = ""  # what all rows have alike, of neighbouring columns
    for name in FIELDS[1:]:
        pieces = made.get(name)
        absent = "" if compact else f',"{name}":null'
        if pieces is None or (pieces.at is None and len(pieces.values) == 1):
            same += absent if pieces is None else f',"{name}":{pieces.values[0]}'
            continue
        if same:
            columns.append([same] * count)
            same = ""
        texts = [f',"{name}":{value}' for value in pieces.values]
        if pieces.at is None:
            columns.append(map(texts.__getitem__, pieces.codes))
        else:
            cells = [absent] * count
            for row, code in zip(pieces.at, pieces.codes, strict=True):
                cells[row] = texts[code]
            columns.append(cells)
    columns.append([same + "}"] * count)
    return map("".join, zip(*columns, strict=True))


def _times(batch: Batch) -> list[str]:
    """The opening brace and the time of each row."""
    moments = list(zip(batch.time, batch.utc_offset, strict=True))
    fraction = any(moment % 1_000_000 for moment in batch.time)
    known: dict[tuple[int, int], tuple[str, str]] = {}
    for second, minutes in {(moment // 1_000_000, minutes) for moment, minutes in moments}:
        text = datetime.fromtimestamp(second, timezone(timedelta(minutes=minutes))).isoformat()
        known[second, minutes] = ('{"time":"' + text[:19], text[19:] + '"')
    if not fraction:
        whole = {(second * 1_000_000, minutes): "".join(parts) for (second, minutes), parts in known.items()}
        return list(map(whole.__getitem__, moments))
    out = []
    for moment, minutes in moments:
        second, micros = divmod(moment, 1_000_000)
        head, tail = known[second, minutes]
        out.append(f"{head}.{micros:06}{tail}")
    return out


def _of_record(batch: Batch) -> dict[str, _Pieces]:
    """Fields that every event has from its record."""
    made = {
        "kind": _Pieces([json.dumps(word) for word in KIND_WORDS], batch.kind),
        "source": _Pieces([json.dumps(batch.source, ensure_ascii=False)], [0] * len(batch)),
        "repeat": _repeats(batch),
    }
    if batch.line is not None:
        made["line"] = _each(batch.line)
    if batch.file >= 0:
        made["offset"] = _each(batch.offset)
    return made


def _each(numbers: Sequence[int]) -> _Pieces:
    """A column of distinct whole numbers."""
    return _Pieces(list(map(str, numbers)), range(len(numbers)))


def _repeats(batch: Batch) -> _Pieces:
    """How many times each event happened: once, unless syslog says otherwise."""
    if batch.repeat is None:
        return _Pieces(["1"], [0] * len(batch))
    counts = [1] * len(batch)
    at: Iterable[int] = range(len(batch)) if batch.repeat.rows is None else batch.repeat.rows
    for row, times in zip(at, batch.repeat.values, strict=True):
        counts[row] = int(times)
    return _each(counts)


def _strings(column: Strings) -> _Pieces:
    return _Pieces([json.dumps(value, ensure_ascii=False) for value in column.values], column.codes, column.rows)


def _numbers(column: Numbers) -> _Pieces:
    texts = [repr(value).removesuffix(".0") for value in column.values]
    if column.width > 1:
        width = column.width
        texts = [f"[{','.join(texts[at : at + width])}]" for at in range(0, len(texts), width)]
    return _Pieces(texts, range(len(texts)), column.rows)


def _client(batch: Batch, joined: Joined) -> _Pieces | None:
    """The client's address, from the line itself or from the line that gave out the queue ID."""
    column = batch.columns.get("client")
    if not isinstance(column, Strings):
        column = Strings([], array("I"), array("I"))
    own = _strings(column)
    if not joined.clients or column.rows is None:
        return own if column.codes else None
    values = {value: code for code, value in enumerate(column.values)}
    said = dict(zip(column.rows, column.codes, strict=True))
    for row, address in joined.clients.items():
        if row not in said:
            said[row] = values.setdefault(address, len(values))
    at, codes = _unzipped(sorted(said.items()))[::-1]
    return _Pieces([json.dumps(value, ensure_ascii=False) for value in values], codes, at)


def _announced(client: _Pieces, networks: Networks) -> dict[str, _Pieces]:
    """AS number, its name and the network of each client that has them; looked up once for each distinct one."""
    entries = [networks.lookup(json.loads(value)) for value in client.values]
    names: dict[int, str | None] = {}
    for entry in entries:
        if entry is not None and entry.asn not in names:
            names[entry.asn] = networks.name(entry.asn)
    said: dict[str, list[str | None]] = {
        "asn": [None if entry is None else str(entry.asn) for entry in entries],
        "as_name": [_quoted(None if entry is None else names[entry.asn]) for entry in entries],
        "network": [_quoted(None if entry is None else entry.prefix) for entry in entries],
    }
    codes = list(client.codes)
    at = list(range(len(codes)) if client.at is None else client.at)
    made = {}
    for name in LOOKED_UP_FIELDS:
        texts = said[name]
        pairs = [(row, code) for row, code in zip(at, codes, strict=True) if texts[code] is not None]
        made[name] = _Pieces([text or "null" for text in texts], *_unzipped(pairs))
    return made


def _quoted(text: str | None) -> str | None:
    return None if text is None else json.dumps(text, ensure_ascii=False)


def _unzipped(pairs: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Codes and rows of (row, code) pairs."""
    return [code for _, code in pairs], [row for row, _ in pairs]


def write(
    batches: Iterable[Batch],
    out: TextIO,
    join: Callable[[Batch], Joined] | None = None,
    networks: Networks | None = None,
    compact: bool = False,
) -> int:
    """Write the events of all batches, a line each; how many there were. `join` is asked once for each batch."""
    count = 0
    for batch in batches:
        joined = NOTHING if join is None else join(batch)
        ready = lines(batch, joined, networks, compact)
        while some := list(islice(ready, AT_ONCE)):
            out.write("\n".join(some) + "\n")
        count += len(batch)
    out.flush()
    return count
