"""Batches from rows written as dicts, for tests: `batch([{"kind": "connect", "client": "192.0.2.1", ...}, ...])`.

`time` is in seconds (any fraction). `offset` is the row's number times 100 where it is not given, so that batches cut
from one list of rows fit together. A value of None is absent.
"""

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from mailtop.batch import Batch, Numbers, Strings
from mailtop.event import KIND_WORDS

LINE = 100
"""bytes of a line, as far as these offsets go"""
COUNTS = ("rank", "size")
NOT_COLUMNS = ("time", "kind", "offset", "repeat", "utc_offset", "delay", "delays", *COUNTS)

Row = Mapping[str, Any]


def batch(rows: Sequence[Row], first: int = 0, source: str = "mail.log", file: int = 0) -> Batch:
    """Rows number `first` and following of a file as one batch."""
    made = Batch(
        source=source,
        file=file,
        time=array("q", [round(row["time"] * 1_000_000) for row in rows]),
        utc_offset=array("h", [row.get("utc_offset", 0) for row in rows]),
        kind=bytearray(KIND_WORDS.index(row["kind"]) for row in rows),
        offset=array("q", [(first + at) * LINE for at in range(len(rows))]),
        counts={"lines": len(rows)},
        first_offset=first * LINE,
        end_offset=(first + len(rows)) * LINE,
    )
    repeats = [(at, row["repeat"]) for at, row in enumerate(rows) if row.get("repeat")]
    if repeats:
        made.repeat = Numbers(array("q", [n for _, n in repeats]), array("I", [at for at, _ in repeats]))
    for name in sorted({name for row in rows for name in row if name not in NOT_COLUMNS and row[name] is not None}):
        some = [(at, row[name]) for at, row in enumerate(rows) if row.get(name) is not None]
        numbers: dict[str, int] = {}
        codes = array("I", [numbers.setdefault(value, len(numbers)) for _, value in some])
        made.columns[name] = Strings(list(numbers), codes, _rows(some, rows))
    for name in (*COUNTS, "delay", "delays"):
        some = [(at, row[name]) for at, row in enumerate(rows) if row.get(name) is not None]
        if some:
            flat = [part for _, value in some for part in (value if name == "delays" else (value,))]
            typed: array[int] | array[float] = array("q", flat) if name in COUNTS else array("d", flat)
            made.columns[name] = Numbers(typed, _rows(some, rows), 4 if name == "delays" else 1)
    return made


def _rows(some: Sequence[tuple[int, Any]], rows: Sequence[Row]) -> "array[int] | None":
    return None if len(some) == len(rows) else array("I", [at for at, _ in some])
