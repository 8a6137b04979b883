"""HashIndex: 64-bit keys to small numbers, many at once: an open-addressing table in two numpy arrays.

In: arrays of keys (string hashes, session keys, prefixes). Out: for each key its number, 1, 2, 3, ... in the order of
first `add`; 0 where it is not known. A Python dict costs some 100 bytes and 100 ns an entry; this costs 16 to 20 bytes
and is probed for a whole batch in a handful of array operations: at each step only the keys whose place is still
undecided go on to the next place (triangular steps, so that clusters do not grow).

Keys are removed by building another index from those that stay (`kept`).
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_SMALLEST: Final = 6
_GROWTH: Final = 1.25
_HANDFUL: Final = 12
"""keys that are followed one by one: another round of array operations costs more"""


def grown(values: Array, used: int, needed: int) -> Array:
    """`values` with room for `needed` entries, of which the first `used` are kept; the rest is not initialised."""
    if needed <= len(values):
        return values
    larger = np.empty(max(needed, int(len(values) * _GROWTH), 64), values.dtype)
    larger[:used] = values[:used]
    return larger


class HashIndex:
    """Keys (uint64) to numbers from 1 on."""

    def __init__(self) -> None:
        self._keys: Array = np.zeros(1, np.uint64)
        self.count = 0
        """how many keys there are; also the largest number"""
        self._clear(_SMALLEST)

    @property
    def keys(self) -> Array:
        """The key of each number; place 0 is unused."""
        return self._keys[: self.count + 1]

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return int(self._keys.nbytes + self._places.nbytes)

    def find(self, keys: Array) -> Array:
        """The number of each key (uint32), 0 where it is not known."""
        if not self.count or not len(keys):
            return np.zeros(len(keys), np.uint32)
        at = self._home(keys)
        found = self._places[at]
        open_ = ((found != 0) & (self._keys[found] != keys)).nonzero()[0]  # flatnonzero costs 4 us more
        todo, step = open_, 0
        while len(todo) > _HANDFUL:
            keys, step = keys[open_], step + 1
            at = (at[open_] + step) & self._mask
            numbers = self._places[at]
            found[todo] = numbers
            open_ = ((numbers != 0) & (self._keys[numbers] != keys)).nonzero()[0]
            todo = todo[open_]
        for row, key, place in zip(todo.tolist(), keys[open_].tolist(), at[open_].tolist(), strict=True):
            found[row] = self._walk(key, place, step)
        return found

    def _walk(self, key: int, at: int, step: int) -> int:
        """The number of a key that is in none of its first `step` + 1 places, the last of which is `at`."""
        while True:
            step += 1
            at = (at + step) & self._mask
            number: int = self._places.item(at)
            if not number or self._keys.item(number) == key:
                return number

    def add(self, keys: Array) -> Array:
        """The number of each key (uint32); keys not known before get the next ones."""
        found = self.find(keys)
        missing = (found == 0).nonzero()[0]
        if len(missing):
            new, order = keys[missing], None
            ordered = np.sort(new)
            if (ordered[1:] == ordered[:-1]).any():
                _, first, back = np.unique(new, return_index=True, return_inverse=True)
                rank = np.argsort(np.argsort(first))  # numbers go by first appearance
                new, order = new[np.sort(first)], rank[back.reshape(-1)]
            numbers = self.insert(new)
            found[missing] = numbers if order is None else numbers[order]
        return found

    def kept(self, numbers: Array) -> "HashIndex":
        """Another index of the keys with these numbers, numbered anew in this order."""
        other = HashIndex()
        other.insert(self._keys[numbers])
        return other

    def insert(self, new: Array) -> Array:
        """The numbers of keys that are distinct and not known yet."""
        first, self.count = self.count + 1, self.count + len(new)
        self._keys = grown(self._keys, first, self.count + 1)
        self._keys[first : self.count + 1] = new
        numbers = np.arange(first, self.count + 1, dtype=np.uint32)
        if self.count * 5 > len(self._places) * 3:
            self._clear(int(self.count * 5 // 3).bit_length())
            self._place(self.keys[1:], np.arange(1, self.count + 1, dtype=np.uint32))
        else:
            self._place(new, numbers)
        return numbers

    def _place(self, keys: Array, numbers: Array) -> None:
        at = self._home(keys)
        step = 0
        while len(numbers) > _HANDFUL:
            free = (self._places[at] == 0).nonzero()[0]
            self._places[at[free]] = numbers[free]  # of two that want one place, the last gets it
            lost = (self._places[at] != numbers).nonzero()[0]
            step += 1
            numbers = numbers[lost]
            at = (at[lost] + step) & self._mask
        for number, place in zip(numbers.tolist(), at.tolist(), strict=True):
            taken = step
            while self._places.item(place):
                taken += 1
                place = (place + taken) & self._mask
            self._places[place] = number

    def _home(self, keys: Array) -> Array:
        return ((keys * _GOLDEN) >> self._shift).astype(np.int64)

    def _clear(self, bits: int) -> None:
        bits = max(bits, _SMALLEST)
        self._places = np.zeros(1 << bits, np.uint32)
        self._mask = (1 << bits) - 1
        self._shift = np.uint64(64 - bits)
