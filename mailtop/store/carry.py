"""Carry: what a join must remember from earlier rows, as a table from a 64-bit key to a few numbers.

Entries older than `keep` mean nothing to the rule that asks for them (the rule compares times itself), so they can be
dropped at any moment without changing an answer; that is what keeps the memory bounded by the rate of the traffic.
They are kept an hour longer than that, so that clocks that differ between hosts change nothing either. `MOST` entries
are the bound in any case: the oldest go first.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from mailtop.store.hashing import Array, HashIndex, grown

MOST: Final = 250_000
SLACK: Final = 3600 * 1_000_000
_LEAST: Final = 4096


@dataclass(frozen=True, slots=True)
class Found:
    """Keys that were looked up."""

    keys: Array
    places: Array
    """where each key's entry is, 0 where it has none yet"""
    known: Array
    """the entry that holds for it: 0, whose values are all 0, where there is none or it was removed"""


class Carry:
    """Keys to a time and named values."""

    def __init__(self, keep: int, **dtypes: type[np.generic]) -> None:
        self._keep = keep
        self._index = HashIndex()
        self._prune_at = _LEAST
        self._newest = -(2**63)
        self.time: Array = np.zeros(1, np.int64)
        """microseconds of the entry; the smallest number for one that was removed"""
        self.values: dict[str, Array] = {name: np.zeros(1, dtype) for name, dtype in dtypes.items()}

    def __len__(self) -> int:
        return self._index.count

    def find(self, keys: Array) -> "Found":
        """Look distinct keys up: good until the next `put`."""
        places = self._index.find(keys)
        if not len(self):
            return Found(keys, places, places)
        return Found(keys, places, np.where(self.time[places] == _GONE, np.uint32(0), places))

    def put(self, found: "Found", which: Array, time: Array, **values: Array) -> None:
        """Set the entries of those of the keys that `which` (indices) picks, in its order."""
        if not len(which):
            return
        entries = found.places[which]
        new = (entries == 0).nonzero()[0]
        if len(new):
            entries[new] = self._index.insert(found.keys[which[new]])
        size = self._index.count + 1
        if len(self.time) < size:
            used = len(self.time)
            self.time = grown(self.time, used, size)
            self.values = {name: grown(held, used, size) for name, held in self.values.items()}
            for held in self.values.values():
                held[used:] = 0  # codes are renumbered in place, and what was never set must be one
        self.time[entries] = time
        for name, new_values in values.items():
            self.values[name][entries] = new_values
        self._newest = max(self._newest, int(time.max()))
        if size > self._prune_at:
            self._prune()

    def held(self, name: str) -> Array:
        """The values of one name that are in use, to be read or changed in place."""
        return self.values[name][: len(self) + 1]

    def remove(self, found: "Found", which: Array) -> None:
        """Forget those of the keys that `which` (indices or bool) picks."""
        entries = found.places[which]
        self.time[entries[entries > 0]] = _GONE

    def _prune(self) -> None:
        time = self.time[: self._index.count + 1]
        oldest = max(self._newest - self._keep - SLACK, _GONE + 1)
        kept = np.flatnonzero(time[1:] >= oldest) + 1
        if len(kept) > MOST:
            kept = np.sort(kept[np.argsort(time[kept], kind="stable")[-MOST // 2 :]])
        self._index = self._index.kept(kept)
        rows = np.concatenate([np.zeros(1, np.int64), kept])
        self.time = self.time[rows]
        self.values = {name: held[rows] for name, held in self.values.items()}
        self._prune_at = max(_LEAST, 2 * len(kept))


_GONE: Final = -(2**63)
