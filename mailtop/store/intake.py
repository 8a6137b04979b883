"""Intake: a batch's columns with the store's codes, and what the joins need to know of rows.

In: a `Batch`, as a reader sent it, or rows of a segment. Out: arrays with a value for every row (`columns`), and
`Rows` (`rows_of`).

Not kept: `text` but for what postscreen's tests and passes are called; `line` (`offset` leads to the line).
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from mailtop.batch import Batch, Numbers, Strings
from mailtop.event import KIND_WORDS
from mailtop.store.columns import ABSENT
from mailtop.store.hashing import Array
from mailtop.store.rows import Rows, line_verdicts
from mailtop.store.segment import CODED, COUNTED, DTYPES, TIMED
from mailtop.store.strings import hashes
from mailtop.store.tables import MX, POSTSCREEN, SMTPD, Tables

NOQUEUE: Final = "NOQUEUE"
"""Postfix's word for a message that has no queue ID yet"""

_NAMED_TEXT: Final = (KIND_WORDS.index("screen"), KIND_WORDS.index("pass"))
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


TEXTS: Final = frozenset({"session", "message_id", *CODED})
NUMBERS: Final = frozenset({"delays", *COUNTED, *TIMED})


def check(batch: Batch) -> None:
    """ValueError for a column that is no part of the schema."""
    for name, column in batch.columns.items():
        if name not in (TEXTS if isinstance(column, Strings) else NUMBERS):
            raise ValueError(f"batch: unknown column: {name}")


def columns(batch: Batch, tables: Tables) -> dict[str, Array]:
    """The batch as arrays of one length, its strings coded."""
    rows = len(batch)
    out: dict[str, Array] = {
        "time": np.frombuffer(batch.time, np.int64),
        "kind": np.frombuffer(bytes(batch.kind), np.uint8),
        "offset": np.frombuffer(batch.offset, np.int64),
        "utc_offset": np.frombuffer(batch.utc_offset, np.int16),
    }
    if batch.repeat is not None:
        repeat = _numbers(batch.repeat, rows, 1)
        out["extra"] = np.maximum(repeat, 1) - 1
    for name, column in batch.columns.items():
        if isinstance(column, Strings):
            if name == "session":
                out["key"] = _spread(hashes(column.values), column, rows)
            elif name == "message_id":
                out["message"] = _spread(hashes(column.values), column, rows)
            else:
                codes = tables.by_name[name].codes(column.values)
                if name == "queue_id" and NOQUEUE in column.values:
                    codes[column.values.index(NOQUEUE)] = 0
                out[name] = _spread(codes, column, rows)
        elif name != "delays":
            out[name] = _numbers(column, rows, ABSENT if name in COUNTED else float("nan"))
        else:
            spread = [Numbers(column.values[place :: column.width], column.rows) for place in range(column.width)]
            out.update((f"delays.{place}", _numbers(one, rows, float("nan"))) for place, one in enumerate(spread))
    if "text" in out:
        out["text"] = np.where(np.isin(out["kind"], _NAMED_TEXT), out["text"], 0)
    return out


def _spread(values: Array, column: Strings, rows: int) -> Array:
    coded = values[np.frombuffer(column.codes, np.uint32)]
    if column.rows is None:
        return coded
    full = np.zeros(rows, values.dtype)
    full[np.frombuffer(column.rows, np.uint32)] = coded
    return full


def _numbers(column: Numbers, rows: int, default: int | float) -> Array:
    dtype = np.float64 if column.values.typecode == "d" else np.int64
    values = np.frombuffer(column.values, dtype)
    if column.rows is None:
        return values
    full = np.full(rows, default, dtype)
    full[np.frombuffer(column.rows, np.uint32)] = values
    return full


def rows_of(get: Callable[[str], Array | None], count: int, tables: Tables, at: Array) -> Rows:
    """What joins need of `count` rows whose columns `get` gives (None where no row has one); `client` as logged."""

    def column(name: str) -> Array:
        values = get(name)
        return np.zeros(count, DTYPES[name]) if values is None else values

    kind = column("kind")
    client, queue, daemon, reason = column("client"), column("queue_id"), column("daemon"), column("reason")
    host = tables.by_name["host"].hashes[column("host")] * _MIX
    digit = tables.reply_digit.of(column("reply"))
    if get("enhanced") is not None:
        digit = np.where(digit == 0, tables.enhanced_digit.of(column("enhanced")), digit)
    role = tables.roles.of(daemon)
    return Rows(
        time=column("time"),
        kind=kind,
        key=column("key"),
        client=client,
        peer=np.where(client > 0, tables.client.hashes[client] ^ host, np.uint64(0)),
        queue=np.where(queue > 0, tables.by_name["queue_id"].hashes[queue] ^ host, np.uint64(0)),
        message=column("message"),
        zone=column("zone"),
        screener=role == POSTSCREEN,
        server=(role == SMTPD) & (tables.service.of(daemon) == MX),
        dnsbl=reason == tables.dnsbl,
        loopback=tables.client.loopback(client),
        verdict=line_verdicts(kind, digit, reason == tables.greylist, client),
        at=at,
    )
