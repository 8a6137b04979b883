"""StringTable: each distinct string of one field once, as UTF-8 bytes in one arena, and a small code for it.

In: a batch's distinct strings. Out: their codes; later the text of the few codes that an answer shows. Code 0 means
absent. A Python str in a dict costs 150 bytes; here a string costs its bytes and about 20 more.

Two strings are taken for the same when their 64-bit hashes are: Python's own str hash, SipHash under a key that is
drawn anew for each process, so that nobody who writes log lines can prepare a collision; by chance, two among five
million strings collide once in 1.5 million runs, and the damage is then one name shown for another. A process started
with PYTHONHASHSEED=0 has a known key.

Codes die when the window rolls on; `compact` drops them and says which code each survivor has now.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from mailtop.store.hashing import Array, HashIndex, grown
from mailtop.store.ordering import distinct

_SHORT: Final = 64
"""strings at a time that are looked for in `_words`"""
_WORDS: Final = 512
_SHOWN: Final = 1024
"""texts kept in `_shown`"""
_CHUNK: Final = 8
"""bytes compared at a time in `smallest`"""


def hashes(values: Sequence[str]) -> Array:
    """The 64-bit hash of each string (uint64)."""
    return np.fromiter(map(hash, values), np.int64, len(values)).view(np.uint64)


class StringTable:
    """Strings to codes and back."""

    def __init__(self) -> None:
        self._index = HashIndex()
        self._arena: Array = np.empty(256, np.uint8)
        self._ends: Array = np.zeros(1, np.uint32)
        self._words: dict[str, int] = {}
        """codes of some strings, for small batches: a dict is faster than arrays for a handful"""
        self._shown: dict[int, str] = {}
        """the text of some codes: answers show the same few again and again"""
        self.generation = 0
        """grows when codes change their meaning"""

    def __len__(self) -> int:
        """One more than the largest code."""
        return self._index.count + 1

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return int(self._index.nbytes + self._arena.nbytes + self._ends.nbytes)

    @property
    def hashes(self) -> Array:
        """The hash of each code; 0 for code 0."""
        return self._index.keys

    def codes(self, values: Sequence[str]) -> Array:
        """The code of each string (uint32); strings not seen before get one."""
        words = self._words
        if len(values) <= _SHORT and all(value in words for value in values):
            return np.array([words[value] for value in values], np.uint32)
        before = len(self)
        codes = self._index.add(hashes(values))
        if len(self) > before:
            at = (codes >= before).nonzero()[0]
            if len(at) > len(self) - before:  # a value came twice
                at = at[np.unique(codes[at], return_index=True)[1]]
            self._learn(list(values) if len(at) == len(values) else [values[i] for i in at.tolist()], before)
        if len(values) <= _SHORT and len(words) <= _WORDS:
            words.update(zip(values, codes.tolist(), strict=True))
        return codes

    def find(self, value: str) -> int:
        """The code of a string, 0 when it is not there."""
        return self._words.get(value) or int(self._index.find(hashes((value,)))[0])

    def text(self, code: int) -> str:
        """The string of a code above 0."""
        known = self._shown.get(code)
        if known is None:
            raw = self._arena[int(self._ends[code - 1]) : int(self._ends[code])].tobytes()
            known = raw.decode("utf-8", "surrogatepass")
            if len(self._shown) >= _SHOWN:
                self._shown.clear()
            self._shown[code] = known
        return known

    def texts(self, codes: Array) -> list[str]:
        """The string of each code."""
        return [self.text(code) for code in codes.tolist()]

    def smallest(self, codes: Array, wanted: int) -> Array:
        """Those `wanted` codes whose strings come first in order of code points (which is that of UTF-8), in order."""
        chosen, depth, rest = [], 0, codes
        while len(rest) > wanted > 0:
            heads = self._heads(rest, depth)
            limit = np.partition(heads, wanted - 1)[wanted - 1]
            sure = rest[heads < limit]
            chosen.append(sure)
            wanted -= len(sure)
            rest = rest[heads == limit]
            depth += _CHUNK
            if depth > 64:  # so much in common: compare them as they are
                break
        chosen.append(np.array(sorted(rest.tolist(), key=self.text)[:wanted], rest.dtype))
        return np.array(sorted(np.concatenate(chosen).tolist(), key=self.text), codes.dtype)

    def having(self, needle: str, since: int = 1) -> Array:
        """For each code from `since` on: does the string contain `needle`, case ignored?"""
        matches = np.zeros(max(0, len(self) - since), np.bool_)
        if not len(matches):
            return matches
        start = int(self._ends[since - 1])
        data = self._arena[start : int(self._ends[len(self) - 1])]
        ends = self._ends[since : len(self)].astype(np.int64) - start
        folded = needle.casefold()
        text, wanted = bytes(data).lower(), folded.encode("utf-8", "surrogatepass")
        at = text.find(wanted) if wanted else -1
        while at >= 0:
            which = int(np.searchsorted(ends, at, "right"))
            if at + len(wanted) <= ends[which]:
                matches[which] = True
                at = text.find(wanted, int(ends[which]))
            else:
                at = text.find(wanted, at + 1)
        other = distinct(np.searchsorted(ends, np.flatnonzero(data >= 0x80), "right"))  # bytes.lower knows ASCII only
        for which in other.tolist():
            matches[which] = folded in self.text(which + since).casefold()
        return matches if wanted else np.ones(len(matches), np.bool_)

    def compact(self, live: Array) -> Array:
        """Drop the codes that are not `live` (bool for each code); the new code of each old one (uint32)."""
        live = live.copy()
        live[0] = False
        lengths = np.diff(self._ends[: len(self)])
        kept = np.flatnonzero(live)
        self._arena = self._arena[: int(self._ends[len(self) - 1])][np.repeat(live[1:], lengths)]
        self._ends = np.concatenate([np.zeros(1, np.uint32), np.cumsum(lengths[kept - 1], dtype=np.uint32)])
        self._index = self._index.kept(kept)
        self._words, self._shown = {}, {}
        self.generation += 1
        remap = np.zeros(len(live), np.uint32)
        remap[kept] = np.arange(1, len(kept) + 1, dtype=np.uint32)
        return remap

    def _learn(self, new: list[str], first: int) -> None:
        joined = "".join(new)
        if joined.isascii():
            data = joined.encode("ascii")
            lengths = np.fromiter(map(len, new), np.uint32, len(new))
        else:
            encoded = [value.encode("utf-8", "surrogatepass") for value in new]
            data = b"".join(encoded)
            lengths = np.fromiter(map(len, encoded), np.uint32, len(new))
        used = int(self._ends[first - 1])
        self._arena = grown(self._arena, used, used + len(data))
        self._arena[used : used + len(data)] = np.frombuffer(data, np.uint8)
        self._ends = grown(self._ends, first, first + len(new))
        self._ends[first : first + len(new)] = used + np.cumsum(lengths, dtype=np.uint32)

    def _heads(self, codes: Array, depth: int) -> Array:
        """Eight bytes of each string from `depth` on as a number that sorts as they do."""
        starts = self._ends[codes - 1].astype(np.int64) + depth
        left = self._ends[codes].astype(np.int64) - starts
        heads = np.zeros(len(codes), np.uint64)
        last = int(self._ends[len(self) - 1]) - 1
        for place in range(_CHUNK):
            byte = self._arena[np.minimum(starts + place, last)].astype(np.uint64)
            byte[left <= place] = 0
            heads = (heads << np.uint64(8)) | byte
        return heads
