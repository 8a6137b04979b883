"""Intake: a batch's columns with the store's codes, and what the joins need to know of rows.

In: a `Batch`, as a reader sent it, or rows of a segment. Out: an `Intake`, which has columns and `Rows` (`intake`), or
`Rows` alone (`rows_of`). A batch numbers its own strings, and in those numbers its rows are brought together.

Not kept: `text` but for what postscreen's tests and passes are called; `line` (`offset` leads to the line).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from mailtop.batch import Batch, Numbers, Strings
from mailtop.event import KIND_WORDS
from mailtop.store.hashing import Array
from mailtop.store.ordering import Together
from mailtop.store.rows import Rows, line_verdicts
from mailtop.store.segment import CODED, COUNTED, DTYPES, TIMED, Some
from mailtop.store.strings import hashes
from mailtop.store.tables import MX, POSTSCREEN, SMTPD, Tables

NOQUEUE: Final = "NOQUEUE"
"""Postfix's word for a message that has no queue ID yet"""

_NAMED_TEXT: Final = np.zeros(256, np.bool_)
_NAMED_TEXT[[KIND_WORDS.index("screen"), KIND_WORDS.index("pass")]] = True
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


TEXTS: Final = frozenset({"session", "message_id", *CODED})
NUMBERS: Final = frozenset({"delays", *COUNTED, *TIMED})


def check(batch: Batch) -> None:
    """ValueError for a column that is no part of the schema."""
    for name, column in batch.columns.items():
        if name not in (TEXTS if isinstance(column, Strings) else NUMBERS):
            raise ValueError(f"batch: unknown column: {name}")


@dataclass(slots=True)
class Intake:
    """A batch in the store's codes."""

    columns: dict[str, Some]
    """the values of those rows that have one, by column"""
    rows: Rows


def intake(batch: Batch, tables: Tables, at: Array) -> Intake:
    """Code a batch's strings. `at`: the addresses its rows will have."""
    count = len(batch)
    made: dict[str, Some] = {
        "time": Some(None, np.frombuffer(batch.time, np.int64)),
        "kind": Some(None, np.frombuffer(batch.kind, np.uint8)),
        "offset": Some(None, np.frombuffer(batch.offset, np.int64)),
        "utc_offset": Some(None, np.frombuffer(batch.utc_offset, np.int16)),
    }
    if batch.repeat is not None:
        made["extra"] = Some(_rows(batch.repeat), np.maximum(_values(batch.repeat), 1) - 1)
    known: dict[str, Array] = {}
    for name, column in batch.columns.items():
        if isinstance(column, Numbers):
            values, rows = _values(column), _rows(column)
            if name != "delays":
                made[name] = Some(rows, values)
            else:
                wide = values.reshape(-1, column.width)
                made.update((f"delays.{place}", Some(rows, wide[:, place])) for place in range(column.width))
            continue
        if name in _HASHED:
            known[name] = hashes(column.values)
        else:
            known[name] = tables.by_name[name].codes(column.values)
            if name == "queue_id" and NOQUEUE in column.values:
                codes = known[name]
                codes[codes == codes[column.values.index(NOQUEUE)]] = 0
        made[_HASHED.get(name, name)] = Some(_rows(column), known[name][np.frombuffer(column.codes, np.uint32)])
    if "text" in made:
        rows, values = made["text"]
        named = _NAMED_TEXT[made["kind"].values if rows is None else made["kind"].values[rows]]
        made["text"] = Some(named.nonzero()[0] if rows is None else rows[named], values[named])

    def get(name: str) -> Array | None:
        return made[name].dense(name, count) if name in made else None

    def group(name: str, of_host: bool) -> Together:
        column = batch.columns.get(name)
        if not isinstance(column, Strings):
            return Together.by(np.zeros(count, np.uint64))
        host = batch.columns.get("host") if of_host else None
        if name in _HASHED:
            keys = known[name]
        else:
            keys = np.where(known[name] > 0, tables.by_name[name].hashes[known[name]], np.uint64(0))
        return _grouped(column, keys, host if isinstance(host, Strings) else None, tables, count)

    return Intake(
        made,
        _made(get, count, tables, at, group("session", False), group("client", True), group("queue_id", True),
              group("message_id", False)),
    )  # fmt: skip


_HASHED: Final = {"session": "key", "message_id": "message"}
"""columns of text that only serve to join lines, and their names in a segment"""


def _grouped(column: Strings, keys: Array, host: Strings | None, tables: Tables, count: int) -> Together:
    """Rows by the strings of a column, and by host: in the batch's own numbers. `keys`: of each string, 0 for one that
    means nothing."""
    labels = _numbered(column, keys, count)
    if host is None:
        return Together.of(labels, lambda rows: keys[labels[rows] - 1])
    hosts = tables.by_name["host"].hashes[tables.by_name["host"].codes(host.values)] * _MIX
    if len(hosts) == 1 and host.rows is None:
        return Together.of(labels, lambda rows: keys[labels[rows] - 1] ^ hosts[0])
    where = _numbered(host, hosts, count)
    hosts = np.concatenate([np.zeros(1, np.uint64), hosts])
    both = np.where(labels > 0, labels.astype(np.uint64) * np.uint64(len(hosts)) + where, np.uint64(0))
    return Together.of(both, lambda rows: keys[labels[rows] - 1] ^ hosts[where[rows]])


def _numbered(column: Strings, keys: Array, count: int) -> Array:
    """For each row the place of its string in the column, from 1, that of the first one where a string comes twice; 0
    where the row has none or its key is 0."""
    numbers = np.arange(1, len(keys) + 1, dtype=np.uint32)
    ordered = np.sort(keys)
    if (ordered[1:] == ordered[:-1]).any():
        _, first, same = np.unique(keys, return_index=True, return_inverse=True)
        numbers = numbers[first[same.reshape(-1)]]
    numbers[keys == 0] = 0
    return Some(_rows(column), numbers[np.frombuffer(column.codes, np.uint32)]).dense("", count)


def _rows(column: Strings | Numbers) -> Array | None:
    return None if column.rows is None else np.frombuffer(column.rows, np.uint32)


def _values(column: Numbers) -> Array:
    return np.frombuffer(column.values, np.float64 if column.values.typecode == "d" else np.int64)


def rows_of(get: Callable[[str], Array | None], count: int, tables: Tables, at: Array) -> Rows:
    """What joins need of `count` rows whose columns `get` gives (None where no row has one); `client` as logged."""

    def column(name: str) -> Array:
        values = get(name)
        return np.zeros(count, DTYPES[name]) if values is None else values

    host = tables.by_name["host"].hashes[column("host")] * _MIX

    def group(name: str) -> Together:
        codes = column(name)
        return Together.by(np.where(codes > 0, tables.by_name[name].hashes[codes] ^ host, np.uint64(0)))

    by_key, by_message = Together.by(column("key")), Together.by(column("message"))
    return _made(get, count, tables, at, by_key, group("client"), group("queue_id"), by_message)


def _made(
    get: Callable[[str], Array | None], count: int, tables: Tables, at: Array,
    by_key: Together, by_peer: Together, by_queue: Together, by_message: Together,
) -> Rows:  # fmt: skip
    def column(name: str) -> Array:
        values = get(name)
        return np.zeros(count, DTYPES[name]) if values is None else values

    kind, client, daemon, reason = column("kind"), column("client"), column("daemon"), column("reason")

    def soft(rows: Array) -> tuple[Array, Array]:
        digit = tables.reply_digit.of(column("reply")[rows])
        enhanced = get("enhanced")
        if enhanced is not None:
            digit = np.where(digit == 0, tables.enhanced_digit.of(enhanced[rows]), digit)
        return digit == 4, reason[rows] == tables.greylist

    roles, services = tables.roles.all(), tables.service.all()
    return Rows(
        time=column("time"),
        kind=kind,
        client=client,
        by_key=by_key,
        by_peer=by_peer,
        by_queue=by_queue,
        by_message=by_message,
        zone=column("zone"),
        screener=(roles == POSTSCREEN)[daemon],
        server=((roles == SMTPD) & (services == MX))[daemon],
        dnsbl=reason == tables.dnsbl,
        verdict=line_verdicts(kind, client, soft),
        at=at,
        loopback=tables.client.loopback,
    )
