"""head: the headers of a block of lines: when each was written, whose it is, and where its text begins.

A plain header is `STAMP HOST TAG[PID]: `, all stamps of a block of one shape. Its parts are few: minutes and tags
repeat from line to line. So each distinct part is found by comparing words, learnt once through `mailtop.record` (by
the `Headers` that all ways of reading share), and written to all lines that have it. Other lines are left alone.
"""

from typing import Final, NamedTuple, Protocol

import numpy as np

from mailtop.ingest.bulk.block import MASKS, WORD, Array, Block
from mailtop.ingest.bulk.distinct import LONGEST, of_words, pieces

PID_OCTETS: Final = 8
STAMP_3164: Final = 15
"""octets of `Nov 21 17:47:39`; an ISO stamp has 19, then perhaps a fraction, then the offset"""


class Known(Protocol):
    """What is remembered of headers."""

    @property
    def cut(self) -> int:
        """Where a stamp's time ends: STAMP_3164, or where an ISO stamp's offset begins."""

    def origin_of(self, key: bytes, line: bytes) -> int:
        """The number of whose lines have these octets between stamp and `: `; -1 where the line must be read alone."""

    def minute_of(self, key: bytes, line: bytes) -> int | None:
        """Microseconds since 1970 at which this minute (the stamp up to it) began, by its own clock."""


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
    cut = known.cut
    first = block.first_mark
    opening, closing = block.marks[first], block.marks[np.minimum(first + 1, block.last_mark)]
    text = closing + 3
    size = opening - (block.start + cut)
    plain = (
        (first + 2 <= block.last_mark) & (size > 2) & (size <= WORD * LONGEST) & (closing - opening <= PID_OCTETS + 1)
    )
    plain &= (block.octets[opening] == ord("[")) & (block.octets[closing] == ord("]")) & block.equal(closing, b"]: ")
    time = _times(block, known, cut, plain)
    origin = np.full(len(block), -1, np.int64)
    lines = np.flatnonzero(plain)
    if len(lines):
        origin[lines] = _of_distinct(block, known, block.start[lines] + cut, opening[lines], closing[lines])
    return Heads(origin, time, text, first + 2)


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


def _times(block: Block, known: Known, cut: int, plain: Array) -> Array:
    """The time of each line; a line that has none is no longer `plain`."""
    start = block.start
    upto = 13 if cut == STAMP_3164 else 17
    keys = [block.words[start], block.words[start + 8] & MASKS[min(upto - 8, 8)]]
    if upto > 16:
        keys.append(block.words[start + 16] & MASKS[upto - 16])
    new = np.ones(len(start), np.bool_)
    new[1:] = keys[0][1:] != keys[0][:-1]
    for key in keys[1:]:
        new[1:] |= key[1:] != key[:-1]
    heads = np.flatnonzero(new)
    minutes = np.zeros(len(heads), np.int64)
    good = np.zeros(len(heads), np.bool_)
    for number, line in enumerate(heads.tolist()):
        begin = int(start[line])
        minute = known.minute_of(block.data[begin : begin + upto], block.line(line))
        if minute is not None:
            minutes[number], good[number] = minute, True
    which = np.cumsum(new) - 1
    seconds = block.digits(start + upto, 2)
    plain &= good[which] & (seconds >= 0) & (seconds <= 60)
    time: Array = minutes[which] + seconds * 1_000_000
    if cut > 20:
        fraction = block.digits(start + 20, cut - 20)
        plain &= (fraction >= 0) & (block.octets.take(start + 19, mode="clip") == ord("."))
        time += fraction * 10 ** (26 - cut)
    return time
