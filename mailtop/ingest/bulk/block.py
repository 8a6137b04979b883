"""block: the octets of many lines as arrays, and where in them the marks are.

In: whole lines, each with its newline. Out: for each line its first and last place; the places of all marks (newline
and the brackets and quotes of `MARKS`), which no field of a usual line may hold; and questions that are asked of
many places at once: what stands here (`equal`), where is the next such octet (`until`), how far do octets of a class
go (`run`, `within`, `all_of`), what are these digits (`digits`).

Eight octets are compared at once, as one number (`words`), whatever their alignment.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

MARKS: Final = b'\n[]<>"'
"""octets that mark where a field begins or ends"""
WORD: Final = 8
"""octets compared at once"""
CHUNK: Final = 1 << 17
"""octets in which marks are looked for at once: with what is made of them they stay in a processor's cache"""
PADDING: Final = 128
"""octets behind the block, so that no question asked near its end leaves it; more than the longest literal"""

_U64 = np.uint64
_ONES: Final = _U64(0x0101010101010101)
_HIGHS: Final = _U64(0x8080808080808080)
MASKS: Final = np.array([(1 << (8 * octets)) - 1 for octets in range(WORD + 1)], np.uint64)
"""by how many octets count, the first ones of a word"""


BLANK: Final = ord(" ")
_BLANKS: Final = _ONES * _U64(BLANK)


def _nulls(words: Array) -> Array:
    """The highest bit of each null octet of a word; above the first one, others may be set as well."""
    found: Array = (words - _ONES) & ~words & _HIGHS
    return found


def _eight(octet: int) -> np.uint64:
    """A word of the same octet eight times."""
    return _U64(octet * 0x0101010101010101)


_LOWS: Final = _eight(0x7F)


def _between(words: Array, first: int, last: int) -> Array:
    """The highest bit of each octet from `first` to `last`, which are of ASCII; no other bit."""
    low = words & _LOWS
    found: Array = (low + _eight(0x80 - first)) & (_eight(0x80 + last) - low) & ~words & _HIGHS
    return found


def _invisible(words: Array) -> Array:
    """Blanks and control characters; above the first, others may be set as well, here and below."""
    found: Array = (words - _eight(0x21)) & ~words & _HIGHS
    return found


def _unsaid(words: Array) -> Array:
    return _invisible(words) | _nulls((words & _eight(0xFE)) ^ _eight(ord("(")))


def _no_path(words: Array) -> Array:
    return _unsaid(words) | _nulls(words ^ _eight(ord(":")))


def _no_name(words: Array) -> Array:
    return _unsaid(words) | _nulls(words ^ _eight(ord("="))) | _between(words, ord("A"), ord("Z"))


def _no_digit(words: Array) -> Array:
    return ~_between(words, ord("0"), ord("9")) & _HIGHS


def _no_letter_or_digit(words: Array) -> Array:
    return _no_digit(words) & ~_between(words | _eight(0x20), ord("a"), ord("z"))


def _no_address(words: Array) -> Array:
    said = _between(words, ord("0"), ord(":")) | _between(words | _eight(0x20), ord("a"), ord("f"))
    return ~(said | _between(words, ord("."), ord("."))) & _HIGHS


STOPS: Final[dict[str, Callable[[Array], Array]]] = {
    "v": _invisible,
    "s": _unsaid, "a": _no_path, "n": _no_name, "d": _no_digit, "w": _no_letter_or_digit,
    "h": _no_address,
}  # fmt: skip
"""for each class of octets, what is not of it: the highest bit of the first such octet of a word is the lowest set"""


def _octets_below(lowest: Array) -> Array:
    """How many octets of a word are below the one whose highest bit is the only one set."""
    count: Array = (((lowest >> _U64(7)) - _U64(1)) & _ONES) * _ONES >> _U64(56)
    return count.astype(np.int64)


def _marks(octets: Array) -> Array:
    """Where marks are."""
    marked = octets == MARKS[0]
    also = np.empty_like(marked)
    for octet in MARKS[1:]:
        marked |= np.equal(octets, octet, out=also)
    return np.flatnonzero(marked)


class Block:
    """Whole lines. `data` ends with a newline."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        padded = data + b"\n" * PADDING
        self.octets = np.frombuffer(padded, np.uint8, len(data))
        self.words: Array = np.ndarray((len(data) + PADDING - WORD,), np.uint64, padded, strides=(1,))
        """the eight octets from each place on, the first one lowest"""
        self.marks: Array = np.concatenate(
            [begin + _marks(self.octets[begin : begin + CHUNK]) for begin in range(0, len(data), CHUNK)]
        )
        ends = np.flatnonzero(self.octets[self.marks] == MARKS[0])
        self.last_mark: Array = ends
        """of each line: which mark its newline is"""
        self.first_mark: Array = np.concatenate([[0], ends[:-1] + 1])
        self.end: Array = self.marks[ends]
        """of each line: where its newline is"""
        self.start: Array = np.concatenate([[0], self.end[:-1] + 1])

    def __len__(self) -> int:
        return len(self.end)

    def line(self, at: int) -> bytes:
        """A line without its newline."""
        return self.data[self.start[at] : self.end[at]]

    def equal(self, places: Array, literal: bytes) -> Array:
        """Where the literal stands, as booleans."""
        found: Array | None = None
        for at in range(0, len(literal), WORD):
            part = literal[at : at + WORD]
            wanted = _U64(int.from_bytes(part, "little"))
            words = self.words[places + at if at else places]
            same = (words if len(part) == WORD else words & MASKS[len(part)]) == wanted
            found = same if found is None else found & same
        assert found is not None
        return found

    def until(self, places: Array, octet: int, limit: int) -> Array:
        """From each place on, where the octet stands next, with no blank before it; -1 where it does not within the
        next `limit`."""
        wanted = _ONES * _U64(octet)
        answer: Array | None = None
        left = np.empty(0, np.int64)
        for at in range(0, limit, WORD):
            here = places if answer is None else places[left] + at
            words = self.words[here]
            ends = _nulls(words ^ wanted)
            if octet != BLANK:
                ends |= _nulls(words ^ _BLANKS)
            found = np.where(ends != 0, here + _octets_below(ends & (~ends + _U64(1))), -1)
            if answer is None:
                answer = found
                left = np.flatnonzero(found < 0)
            else:
                answer[left] = found
                left = left[found < 0]
            if not len(left):
                break
        assert answer is not None
        return np.where(self.octets.take(answer, mode="clip") == octet, answer, -1) if octet != BLANK else answer

    def run(self, places: Array, ends: Array, kind: str, limit: int) -> Array:
        """From each place on, where the first octet is that is not of a class of `STOPS`, at the latest at the place's
        end; -1 where that is further than `limit`."""
        answer = ends.copy()
        left = np.flatnonzero(places < ends)
        here, stops = places[left], STOPS[kind]
        for _ in range(0, limit + 1, WORD):
            bits = stops(self.words[here])
            lowest = bits & (~bits + _U64(1))
            found = here + np.where(bits != 0, _octets_below(lowest), WORD)
            last = ends[left]
            on = (bits == 0) & (found < last)
            answer[left] = np.minimum(found, last)
            left, here = left[on], found[on]
            if not len(left):
                break
        answer[left] = -1
        return np.where(answer - places > limit, -1, answer)

    def within(self, places: Array, ends: Array, kind: str, limit: int) -> Array:
        """Whether all octets from each place to its end are of a class of `STOPS`, as booleans; no where there are none
        or more than `limit`."""
        sizes, stops = ends - places, STOPS[kind]
        good: Array = (sizes > 0) & (sizes <= limit)
        some = np.arange(len(places)) if good.all() else np.flatnonzero(good)
        here, left = places[some], sizes[some]
        for at in range(0, int(left.max(initial=0)), WORD):
            if at:
                more = np.flatnonzero(left > WORD)
                some, here, left = some[more], here[more] + WORD, left[more] - WORD
            bad = stops(self.words[here])
            if not bad.any():
                continue
            bad &= MASKS[np.minimum(left, WORD)]
            good[some[bad != 0]] = False
        return good

    def same(self, places: Array, others: Array, sizes: Array) -> Array:
        """Where so many octets are the same at two places, as booleans."""
        unlike = np.zeros(len(places), np.uint64)
        for at in range(0, int(sizes.max(initial=0)), WORD):
            count = (sizes - at).clip(0, WORD)
            some = np.flatnonzero(count)
            unlike[some] |= (self.words[places[some] + at] ^ self.words[others[some] + at]) & MASKS[count[some]]
        good: Array = unlike == 0
        return good

    def all_of(self, places: Array, count: int, kind: str) -> Array:
        """Whether the next `count` octets are of a class of `STOPS`, as booleans."""
        bad = np.zeros(len(places), np.uint64)
        for at in range(0, count, WORD):
            bad |= STOPS[kind](self.words[places + at]) & MASKS[min(count - at, WORD)]
        good: Array = bad == 0
        return good

    def digits(self, places: Array, count: int) -> Array:
        """The number that `count` digits from each place on make; -1 where there are others than digits."""
        value = np.zeros(len(places), np.int64)
        good = np.ones(len(places), np.bool_)
        for at in range(count):
            digit = self.octets.take(places + at, mode="clip") - np.uint8(48)
            good &= digit < 10
            value = value * 10 + digit
        return np.where(good, value, -1)
