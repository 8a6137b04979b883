"""head: the headers of a block of lines: when each was written, whose it is, and where its text begins.

A plain header is `STAMP HOST TAG[PID]: `, all stamps of a block of one shape. Its parts are few: minutes and tags
repeat from line to line. So each distinct part is found by comparing words, learnt once through `mailtop.record` (by
the `Headers` that all ways of reading share), and written to all lines that have it. Other lines are left alone.

Of a log that Exim keeps itself, the header is the stamp and perhaps `[PID] `: `2026-11-21 17:51:43[.123][ +0100] `, all
of one shape too. Whether such a line is Exim's indeed its text says (`mailtop.record.exim_line`); the templates of
Exim's usual lines (`mailtop.mta.exim.shapes`) open with what no other's line does, and all other lines are read alone.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

import numpy as np

from mailtop.ingest.bulk.block import MASKS, WORD, Array, Block
from mailtop.ingest.bulk.distinct import LONGEST, of_words, pieces

PID_OCTETS: Final = 8
STAMP_3164: Final = 15
"""octets of `Nov 21 17:47:39`; an ISO stamp has 19, then perhaps a fraction, then the offset"""
STAMP_OWN: Final = 19
"""octets of `2026-11-21 17:51:43`"""


class OwnStamp(Protocol):
    """The stamp of Exim's own lines."""

    @property
    def fraction(self) -> bool:
        """Whether milliseconds are written."""

    @property
    def zone(self) -> bytes:
        """What is written of the zone."""

    @property
    def origin(self) -> int:
        """The number of whose lines have it."""


class Known(Protocol):
    """What is remembered of headers."""

    @property
    def cut(self) -> int:
        """Where a stamp's time ends: STAMP_3164, or where an ISO stamp's offset begins."""

    @property
    def own(self) -> OwnStamp | None:
        """The stamp of Exim's own lines, where there are such lines."""

    def origin_of(self, key: bytes, line: bytes) -> int:
        """The number of whose lines have these octets between stamp and `: `; -1 where the line must be read alone."""

    def minute_of(self, key: bytes, line: bytes) -> int | None:
        """Microseconds since 1970 at which this minute (the stamp up to it) began, by its own clock."""

    def own_minute(self, stamp: bytes, zone: bytes) -> int | None:
        """Likewise of a stamp of Exim's own."""


class Heads(NamedTuple):
    """Of each line of the block."""

    origin: Array
    """whose it is, -1 where the header is not a plain one"""
    time: Array
    """microseconds, less the UTC offset that an ISO stamp writes"""
    text: Array
    """where its text begins"""
    mark: Array
    """the first mark of its text"""


def read(block: Block, known: Known) -> Heads:
    """The plain headers of a block. `known.cut` must suit its lines: the others are left alone."""
    own = known.own
    if own is None:
        return _plain(block, known, None)
    heads, others = _own(block, known, own)
    if not others.any():
        return heads
    plain = _plain(block, known, others)
    return Heads(*(np.where(others, one, other) for one, other in zip(plain, heads, strict=True)))


def _plain(block: Block, known: Known, among: Array | None) -> Heads:
    """Headers as syslog daemons write them; `among` says of which lines, None: of all."""
    cut = known.cut
    first = block.first_mark
    opening, closing = block.marks[first], block.marks[np.minimum(first + 1, block.last_mark)]
    text = closing + 3
    size = opening - (block.start + cut)
    plain = (
        (first + 2 <= block.last_mark) & (size > 2) & (size <= WORD * LONGEST) & (closing - opening <= PID_OCTETS + 1)
    )
    plain &= (block.octets[opening] == ord("[")) & (block.octets[closing] == ord("]")) & block.equal(closing, b"]: ")
    if among is None:
        time = _times(block, known, cut, block.start, plain)
    else:
        time, some = np.zeros(len(block), np.int64), np.flatnonzero(plain & among)
        good = np.ones(len(some), np.bool_)
        time[some] = _times(block, known, cut, block.start[some], good)
        plain[:] = False
        plain[some] = good
    origin = np.full(len(block), -1, np.int64)
    lines = np.flatnonzero(plain)
    if len(lines):
        origin[lines] = _of_distinct(block, known, block.start[lines] + cut, opening[lines], closing[lines])
    return Heads(origin, time, text, first + 2)


def _own(block: Block, known: Known, own: OwnStamp) -> tuple[Heads, Array]:
    """Headers of Exim's own log, and which lines have none."""
    start, first = block.start, block.first_mark
    size = STAMP_OWN + 4 * own.fraction + len(own.zone) + 1
    stamped = (block.end - start > size) & block.equal(start + 4, b"-") & block.equal(start + 7, b"-")
    stamped &= block.equal(start + 10, b" ") & block.equal(start + 13, b":") & block.equal(start + 16, b":")
    stamped &= block.equal(start + size - len(own.zone) - 1, own.zone + b" ")
    lines = np.flatnonzero(stamped)
    time = np.zeros(len(block), np.int64)
    good = np.ones(len(lines), np.bool_)
    begin = start[lines]
    if len(lines):
        upto = 17
        heads, which = _runs([block.words[begin], block.words[begin + 8]])
        base, has = _minutes(begin[heads], lambda at: known.own_minute(block.data[at : at + upto], own.zone))
        seconds = block.digits(begin + upto, 2)
        good = has[which] & (seconds >= 0) & (seconds <= 60)
        moment = base[which] + 1_000_000 * seconds
        if own.fraction:
            thousandths = block.digits(begin + STAMP_OWN + 1, 3)
            good &= (thousandths >= 0) & block.equal(begin + STAMP_OWN, b".")
            moment += 1_000 * thousandths
        time[lines] = moment
    stamped[lines] = good
    text, mark = start + size, first.copy()
    opening, closing = block.marks[first], block.marks[np.minimum(first + 1, block.last_mark)]
    digits = closing - opening - 1
    by_pid = stamped & (opening == text) & (digits > 0) & (digits <= PID_OCTETS) & block.equal(closing, b"] ")
    some = np.flatnonzero(by_pid)
    some = some[block.run(opening[some] + 1, closing[some], "d", PID_OCTETS) == closing[some]]
    some = some[block.octets[opening[some]] == ord("[")]
    text[some] = closing[some] + 2
    mark[some] += 2
    return Heads(np.where(stamped, own.origin, -1), time, text, mark), ~stamped


def _of_distinct(block: Block, known: Known, begin: Array, opening: Array, closing: Array) -> Array:
    """The origin of each header (its octets up to the pid, and the pid): asked once for each distinct one."""
    words = [
        *pieces(block, begin, opening),
        block.words[opening + 1] & MASKS[closing - opening - 1],
        ((opening - begin) * 256 + closing - opening).view(np.uint64),
    ]
    code, sample = of_words(words, len(begin))
    first, last, data = begin[sample].tolist(), closing[sample].tolist(), block.data
    answers = [
        known.origin_of(data[one : other + 1], data[data.rfind(b"\n", 0, one) + 1 : data.find(b"\n", other)])
        for one, other in zip(first, last, strict=True)
    ]
    origin: Array = np.array(answers, np.int64)[code]
    return origin


def _runs(keys: list[Array]) -> tuple[Array, Array]:
    """Where others than the same keys begin, and of each place which of those beginnings is its."""
    new = np.ones(len(keys[0]), np.bool_)
    new[1:] = keys[0][1:] != keys[0][:-1]
    for key in keys[1:]:
        new[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(new), np.cumsum(new) - 1


def _minutes(starts: Array, minute_of: Callable[[int], int | None]) -> tuple[Array, Array]:
    """The minute at which each of some lines was written, and whether it is known."""
    found = [minute_of(start) for start in starts.tolist()]
    return (
        np.array([0 if minute is None else minute for minute in found], np.int64),
        np.array([minute is not None for minute in found], np.bool_),
    )


def _times(block: Block, known: Known, cut: int, start: Array, plain: Array) -> Array:
    """The time of each line; a line that has none is no longer `plain`."""
    upto = 13 if cut == STAMP_3164 else 17
    keys = [block.words[start], block.words[start + 8] & MASKS[min(upto - 8, 8)]]
    if upto > 16:
        keys.append(block.words[start + 16] & MASKS[upto - 16])
    heads, which = _runs(keys)
    data = block.data
    minutes, good = _minutes(
        start[heads],
        lambda at: known.minute_of(data[at : at + upto], data[at : data.find(b"\n", at)]),
    )
    seconds = block.digits(start + upto, 2)
    plain &= good[which] & (seconds >= 0) & (seconds <= 60)
    time: Array = minutes[which] + seconds * 1_000_000
    if cut > 20:
        fraction = block.digits(start + 20, cut - 20)
        plain &= (fraction >= 0) & (block.octets.take(start + 19, mode="clip") == ord("."))
        time += fraction * 10 ** (26 - cut)
    return time
