"""Orders: rows that have the same key brought together, each key's rows still in their order.

numpy sorts 16-bit numbers stably by radix, in a tenth of the time that longer ones take; so a key is sorted 16 bits at
a time, lowest first, as many times as it has 16-bit parts that differ. Where the keys of a batch are already numbered,
their numbers are sorted instead (`Together.of`): they mostly fit into 16 bits, hashes never do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from mailtop.store.hashing import Array

_FEW: Final = 1024
"""keys that are sorted faster as they are"""


def together(keys: Array) -> Array:
    """The order (indices) that brings equal unsigned keys together, stable."""
    if not len(keys):
        return np.zeros(0, np.int64)
    if len(keys) < _FEW:
        return np.argsort(keys, kind="stable")
    bits = int(keys.max()).bit_length()
    if bits <= 16:
        return np.argsort(keys.astype(np.uint8 if bits <= 8 else np.uint16), kind="stable")
    order = np.argsort((keys & keys.dtype.type(0xFFFF)).astype(np.uint16), kind="stable")
    for shift in range(16, bits, 16):
        part = (keys >> keys.dtype.type(shift)).astype(np.uint16)[order]
        order = order[np.argsort(part, kind="stable")]
    return order


def distinct(values: Array) -> Array:
    """The distinct values, ascending. (numpy's own loads numpy.ma first: 80 ms and some megabytes.)"""
    ordered = np.sort(values)
    return ordered[firsts(ordered)]


def firsts(ordered: Array) -> Array:
    """Which places of an ordered key begin another one (bool)."""
    first = np.empty(len(ordered), np.bool_)
    if len(ordered):
        first[0] = True
        np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def lasts(first: Array) -> Array:
    """Which places are the last of their key, given which are the first (bool)."""
    last = np.empty(len(first), np.bool_)
    if len(first):
        last[-1] = True
        last[:-1] = first[1:]
    return last


def latest(marked: Array) -> Array:
    """For each place, the nearest marked place at or before it. The first place must be marked."""
    return np.asarray(np.maximum.accumulate(np.where(marked, np.arange(len(marked)), 0)))


@dataclass(slots=True)
class Together:
    """The rows that have a key, those with the same key together, in their order; keys in no particular order."""

    rows: Array
    """indices of rows"""
    first: Array
    """bool for each place in `rows`: here begins another key"""
    heads: Array
    """the places where one begins"""
    keys: Array
    """uint64: the key at each of `heads`"""

    @classmethod
    def of(cls, labels: Array, keys: Callable[[Array], Array]) -> "Together":
        """`labels`: a whole number for each row, equal where keys are, 0 for a row that has none. `keys`: rows to their
        keys."""
        some = labels.nonzero()[0]
        some = some[together(labels if len(some) == len(labels) else labels[some])]
        ordered = labels[some]
        first = firsts(ordered)
        heads = first.nonzero()[0]
        return cls(some, first, heads, keys(some[heads]))

    @classmethod
    def by(cls, keys: Array) -> "Together":
        """By the keys themselves, 0 for a row that has none."""
        return cls.of(keys, keys.__getitem__)

    def without(self, left_out: Array) -> "Together":
        """The same but for some places (bool for each)."""
        which = self.which()[~left_out]
        first = firsts(which)
        heads = first.nonzero()[0]
        return Together(self.rows[~left_out], first, heads, self.keys[which[heads]])

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def ends(self) -> Array:
        """The last place of each key."""
        ends = np.empty_like(self.heads)
        if len(ends):
            ends[:-1] = self.heads[1:] - 1
            ends[-1] = len(self.rows) - 1
        return ends

    def which(self) -> Array:
        """For each place, the number of its key (its place in `heads`)."""
        return np.cumsum(self.first) - 1
