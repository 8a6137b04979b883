"""Batch: events as columns, the one value that crosses from a process that reads to the one that answers.

A batch is plain data (arrays of machine numbers, and each distinct string once), cheap to send through a pipe and
cheap to append to a store. Strings are numbered within the batch only: neither side has to remember the other's
numbers, so a reader keeps no state that grows with the log.

Every string in a batch has passed `clean`: a log's strings are written by attackers, and this is the one gate.
"""

from __future__ import annotations  # array[int] is no type at run time before Python 3.12

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field


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
    line limit), lost (syslog itself says it dropped so many)"""
    first_offset: int = 0
    end_offset: int = 0
    """the stretch of the file that this batch covers"""
    read_at: float = 0.0
    """the reader's clock when the newest line was read, epoch seconds: the age of the answer"""

    def __len__(self) -> int:
        return len(self.kind)
