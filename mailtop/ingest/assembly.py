"""assembly: what was read of some lines, put together as one batch.

In: what every row has from its record (`Heads`) and what its event says (`columns.Table`). Out: a `Batch`. Both ways
of reading end here: line by line (`mailtop.ingest.reader`) and by the block (`mailtop.ingest.bulk`).
"""

from __future__ import annotations  # array[int] is no type at run time before Python 3.12

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mailtop.batch import Batch, Numbers, Strings, Unknowns
from mailtop.ingest import columns
from mailtop.ingest.headers import Origin
from mailtop.ingest.unknown import unknowns
from mailtop.record import Clock

LOCAL_SPAN: Final = 7 * 86_400 * 1_000_000
"""microseconds of log in which the clock is put forward and back again by no government yet"""


@dataclass(slots=True)
class Heads:
    """What rows have from their records."""

    origins: list[Origin]
    of: array[int]
    """typecode I: of each row, which of `origins` it is from"""
    spread: columns.Spread
    time: array[int]
    span: tuple[int, int] | None
    """the first and last time; None without a row"""
    offset: array[int]
    line: array[int] | None
    repeats: list[tuple[int, int]]
    """rows that syslog repeated, and how often"""


@dataclass(slots=True)
class Stretch:
    """Which part of which file it was, and what became of its lines."""

    source: str
    file: int
    first: int
    end: int
    counts: Mapping[str, int]
    read_at: float


def assembled(stretch: Stretch, heads: Heads, table: columns.Table, clock: Clock) -> Batch:
    """The batch."""
    origins = heads.origins
    made: dict[str, Strings | Numbers | None] = {
        "host": columns.labels(heads.spread, [origin.host for origin in origins]),
        "mta": columns.labels(heads.spread, [origin.mta for origin in origins]),
        "daemon": columns.labels(heads.spread, [origin.daemon for origin in origins]),
        "session": _sessions(table, heads),
    }
    for name in table.parts:
        made[name] = table.column(name)
    return Batch(
        source=stretch.source,
        file=stretch.file,
        time=heads.time,
        utc_offset=_utc_offsets(heads, clock),
        kind=table.kinds,
        offset=heads.offset,
        line=heads.line,
        repeat=_repeats(heads.repeats),
        columns={name: column for name, column in made.items() if column is not None},
        counts=dict(stretch.counts),
        unknown=_unknown(stretch, heads, table.unknown),
        first_offset=stretch.first,
        end_offset=stretch.end,
        read_at=stretch.read_at,
    )


def _unknown(stretch: Stretch, heads: Heads, parts: Sequence[columns.PerRow]) -> Unknowns | None:
    """The templates of what was not understood."""
    lines = (
        (origin.mta, origin.daemon, text, heads.offset[row], heads.time[row])
        for part in parts
        for row, text in zip(part.rows, part.values, strict=True)
        for origin in (heads.origins[heads.of[row]],)
    )
    return unknowns(stretch.source, stretch.file, lines) if parts else None


def _sessions(table: columns.Table, heads: Heads) -> Strings | None:
    """What tells sessions apart: the process, or what the event itself says, both under the host."""
    processes = [origin.session for origin in heads.origins]
    said = _said(table, heads)
    if said is None:
        return columns.labels(heads.spread, processes)
    by_process = columns.labels(heads.spread, processes, len(said.values))
    return said if by_process is None else columns.both(said, by_process, table.total)


def _said(table: columns.Table, heads: Heads) -> Strings | None:
    """The sessions that events themselves name."""
    parts = table.parts.pop("session", [])
    hosts = {origin.host for origin in heads.origins}
    if not parts or len(hosts) == 1:
        prefix = b"".join(hosts) + b" "
        return table.strings(parts, lambda values: columns.names([prefix + value for value in values]))
    whole = []
    for part in parts:
        which = part.spread("I", range(len(part.values)))
        hosted = [
            heads.origins[heads.of[row]].host + b" " + part.values[at] for row, at in zip(part.rows, which, strict=True)
        ]
        whole.append(columns.PerRow(part.rows, hosted))
    return table.strings(whole)


def _utc_offsets(heads: Heads, clock: Clock) -> array[int]:
    known = {origin.utc_offset for origin in heads.origins}
    if None in known and heads.span:
        first, last = heads.span
        local = {clock.offset(moment / 1_000_000) for moment in (first, last)}
        known = known - {None} | local
        if last - first > LOCAL_SPAN:
            known |= {None}
    if len(known) <= 1:
        return columns.constant(next(iter(known), 0) or 0, len(heads.of), "h")
    minutes: dict[int, int] = {}
    answer = array("h")
    for number, moment in zip(heads.of, heads.time, strict=True):
        offset = heads.origins[number].utc_offset
        if offset is None:
            minute = moment // 60_000_000
            offset = minutes.get(minute)
            if offset is None:
                offset = minutes[minute] = clock.offset(minute * 60)
        answer.append(offset)
    return answer


def _repeats(repeats: list[tuple[int, int]]) -> Numbers | None:
    if not repeats:
        return None
    rows, values = zip(*repeats, strict=True)
    return Numbers(array("q", values), array("I", rows))
