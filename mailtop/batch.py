"""Batch: events as columns, the one value that crosses from a process that reads to the one that answers.

A batch is plain data (arrays of machine numbers, and each distinct string once), cheap to send through a pipe and
cheap to append to a store. Strings are numbered within the batch only: neither side has to remember the other's
numbers, so a reader keeps no state that grows with the log.

Every string in a batch has passed `clean`: a log's strings are written by attackers, and this is the one gate.
"""

from __future__ import annotations  # array[int] is no type at run time before Python 3.12

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

UNKNOWN_LIMIT: Final = 256
"""templates of lines not understood that are kept; the rarest go when there are twice as many"""


@dataclass(slots=True)
class Strings:
    """A column of text. `values[codes[i]]` is the text of row `rows[i]`; `rows` is None when every row has one."""

    values: list[str]
    codes: array[int]
    """typecode I"""
    rows: array[int] | None = None
    """typecode I, each once, in any order"""


@dataclass(slots=True)
class Numbers:
    """A column of numbers, `width` of them a row. `rows` as in `Strings`."""

    values: array[float] | array[int]
    """typecode d for seconds, q for counts"""
    rows: array[int] | None = None
    width: int = 1


class Unknown(NamedTuple):
    """Lines of a mail program that are not understood and are of one template."""

    mta: str
    daemon: str
    template: str
    """`mailtop.ingest.unknown` says how it is made"""
    lines: int
    source: str
    file: int
    offset: int
    """where the newest of them begins: an example, to be read back"""
    first: int
    """microseconds since 1970 UTC"""
    last: int


class Unknowns:
    """Templates of lines not understood, counted. Bounded: of more than twice UNKNOWN_LIMIT, the rarest are let go.

    `dropped` counts the lines whose template was let go; held and dropped are all that were ever added. A template that
    comes back is counted anew, so that its count is the least that there were.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._held: dict[tuple[str, str, str], Unknown] = {}
        self._ranked: tuple[Unknown, ...] | None = ()

    def __len__(self) -> int:
        return len(self._held)

    def add(self, one: Unknown) -> None:
        """Count lines of one template."""
        self._ranked = None
        held = self._held.get(key := one[:3])
        if held is not None:
            place = one[4:7] if (one.last, one[4:7]) > (held.last, held[4:7]) else held[4:7]
            span = min(held.first, one.first), max(held.last, one.last)
            one = Unknown(*key, held.lines + one.lines, *place, *span)
        self._held[key] = one
        if len(self._held) > 2 * UNKNOWN_LIMIT:
            for rare in self.ranked()[UNKNOWN_LIMIT:]:
                self.dropped += rare.lines
                del self._held[rare[:3]]
            self._ranked = None

    def merge(self, other: Unknowns) -> None:
        """Count what another has counted."""
        for one in other._held.values():
            self.add(one)
        self.dropped += other.dropped

    def ranked(self) -> tuple[Unknown, ...]:
        """All that are held, the most frequent first."""
        if self._ranked is None:
            self._ranked = tuple(sorted(self._held.values(), key=lambda one: (-one.lines, *one[:3])))
        return self._ranked


@dataclass(slots=True)
class Batch:
    """A run of events, in the order of their lines.

    `columns` has an entry for each field of the schema that any row has, by name, besides the arrays below; also
    `session` (a Strings column: the key under which the log itself tells sessions apart, such as
    `mx1 postfix/smtpd[292]`; the store turns it into numbers), `message_id` (a join field), and `text` where the
    reader was asked to keep it.
    """

    source: str
    """the path, or `-`"""
    file: int
    """which opened file of the source (each rotation opens another; numbers grow with time); -1 for a stream that
    cannot be read again"""
    time: array[int]
    """typecode q: microseconds since 1970 UTC"""
    utc_offset: array[int]
    """typecode h: minutes east of UTC of the log's own clock"""
    kind: bytearray
    """index into `event.KIND_WORDS`"""
    offset: array[int]
    """typecode q: of the line's first byte in the file"""
    line: array[int] | None = None
    """typecode q: 1-based line number, where the reader began at the file's first byte"""
    repeat: Numbers | None = None
    """only rows that syslog repeated"""
    columns: dict[str, Strings | Numbers] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    """lines (read), foreign (no mail server's), noise (said nothing of mail), damaged (no header found), cut (over the
    line limit), lost (syslog itself says it dropped so many), missing (numbers left out of syslog's own sequence)"""
    unknown: Unknowns | None = None
    """what the events of kind unparsed look like; None when there are none"""
    first_offset: int = 0
    end_offset: int = 0
    """the stretch of the file that this batch covers"""
    read_at: float = 0.0
    """the reader's clock when the newest line was read, epoch seconds: the age of the answer"""

    def __len__(self) -> int:
        return len(self.kind)


def follows(before: Batch, after: Batch) -> bool:
    """Whether `after` goes on in the file where `before` ended, so that the two may be `joined`."""
    return (before.source, before.file, before.end_offset) == (after.source, after.file, after.first_offset)


def joined(batches: Sequence[Batch]) -> Batch:
    """Batches that follow on each other as one; `counts` are added up, `line` is left out."""
    first, last = batches[0], batches[-1]
    if len(some := [batch for batch in batches if len(batch)]) == 1:  # nothing to be put behind it
        whole = replace(some[0], line=None)
    else:
        whole = _laid_together(batches)
    counts: Counter[str] = Counter()
    unknown = Unknowns()
    for batch in batches:
        counts.update(batch.counts)
        if batch.unknown is not None:
            unknown.merge(batch.unknown)
    whole.counts, whole.read_at, whole.unknown = counts, last.read_at, unknown if len(unknown) else None
    whole.first_offset, whole.end_offset = first.first_offset, last.end_offset
    return whole


def _laid_together(batches: Sequence[Batch]) -> Batch:
    first = batches[0]
    whole = Batch(first.source, first.file, array("q"), array("h"), bytearray(), array("q"))
    for batch in batches:
        _add(whole, batch)
    return whole


def _add(whole: Batch, batch: Batch) -> None:
    """Put a batch's rows behind those of `whole`."""
    shift = len(whole)
    whole.time += batch.time
    whole.utc_offset += batch.utc_offset
    whole.kind += batch.kind
    whole.offset += batch.offset
    for name, column in batch.columns.items():
        rows = array("I", [row + shift for row in (range(len(batch)) if column.rows is None else column.rows)])
        held = whole.columns.get(name)
        if isinstance(column, Numbers):
            if not isinstance(held, Numbers):
                held = whole.columns[name] = Numbers(array(column.values.typecode), array("I"), column.width)
            held.values.extend(column.values)  # type: ignore[arg-type]
        else:
            if not isinstance(held, Strings):
                held = whole.columns[name] = Strings([], array("I"), array("I"))
            number = {value: code for code, value in enumerate(held.values)}
            codes = [number.setdefault(value, len(number)) for value in column.values]
            held.values = list(number)
            held.codes.extend(map(codes.__getitem__, column.codes))
        assert held.rows is not None
        held.rows += rows
    if batch.repeat is not None:
        rows = batch.repeat.rows if batch.repeat.rows is not None else array("I", range(len(batch)))
        if whole.repeat is None:
            whole.repeat = Numbers(array("q"), array("I"))
        assert whole.repeat.rows is not None
        whole.repeat.values.extend(batch.repeat.values)  # type: ignore[arg-type]
        whole.repeat.rows.extend(row + shift for row in rows)
