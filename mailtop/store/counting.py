"""Counting: distinct things in groups, the newest and the most frequent, on plain arrays. Group 0 counts nothing.

Distinct pairs of group and key (a session, a client) are counted without sorting: every key is given to one of the
groups that it occurs in, all keys at once; the rows whose key went to their own group are done, the few others (a
session with two reasons) go round again.
"""

from typing import Final

import numpy as np

from mailtop.store import ordering
from mailtop.store.hashing import Array

_ROUNDS: Final = 4
_FEW: Final = 2048
_SPARSE: Final = 16


def distinct(groups: Array | None, keys: Array, size: int, highest: int) -> tuple[Array, int]:
    """How many distinct keys each of `size` groups has, and all of them together. Key 0 is none; keys go up to
    `highest`. `groups` is None when all rows are of group 1."""
    if len(keys) and not keys.all():
        some = np.flatnonzero(keys)
        keys, groups = keys[some], None if groups is None else groups[some]
    if groups is not None and len(groups) and not groups.all():
        some = np.flatnonzero(groups)
        keys, groups = keys[some], groups[some]
    if not len(keys):
        return np.zeros(size, np.int64), 0
    if groups is not None and (keys[1:] > keys[:-1]).all():  # as the sessions of connects are
        return np.bincount(groups, minlength=size), len(keys)
    if len(keys) * _SPARSE < highest:
        return _sorted(groups, keys, size)
    if groups is None:
        seen = np.zeros(highest + 1, np.bool_)
        seen[keys] = True
        total = int(np.count_nonzero(seen))
        return np.array([0, total]), total
    counts = np.zeros(size, np.int64)
    total = -1
    for _ in range(_ROUNDS):
        owner = np.zeros(highest + 1, np.uint32)
        owner[keys] = groups
        counts += np.bincount(owner, minlength=size)
        if total < 0:
            total = int(np.count_nonzero(owner))
        rest = np.flatnonzero(owner[keys] != groups)
        if not len(rest):
            break
        groups, keys = groups[rest], keys[rest]
        if len(rest) < _FEW:
            counts += _sorted(groups, keys, size)[0]
            break
    else:
        counts += _sorted(groups, keys, size)[0]
    counts[0] = 0
    return counts, total


def _sorted(groups: Array | None, keys: Array, size: int) -> tuple[Array, int]:
    total = len(ordering.distinct(keys))
    if groups is None:
        return np.array([0, total]), total
    high = int(keys.max()) + 1 if len(keys) else 1
    pairs = ordering.distinct(groups.astype(np.int64) * high + keys)
    return np.bincount(pairs // high, minlength=size), total


def summed(groups: Array | None, weights: Array | None, count: int, size: int) -> tuple[Array, int]:
    """The sum of weights (1 each when None) of each group, and of all."""
    if groups is None:
        total = count if weights is None else int(weights.sum())
        return np.array([0, total]), total
    if weights is None:
        sums = np.bincount(groups, minlength=size)
    else:
        sums = np.rint(np.bincount(groups, weights, minlength=size)).astype(np.int64)
    sums[0] = 0
    return sums, int(sums.sum())


def percentiles(groups: Array, values: Array, size: int, parts: tuple[float, ...]) -> list[Array]:
    """Of each group the smallest value that at least this part of its values does not exceed; NaN for no values."""
    order = np.lexsort((values, groups))
    counts = np.bincount(groups, minlength=size)
    starts = np.cumsum(counts) - counts
    some = np.flatnonzero(counts)
    answers = []
    for part in parts:
        answer = np.full(size, np.nan)
        answer[some] = values[order[starts[some] + np.ceil(counts[some] * part).astype(np.int64) - 1]]
        answers.append(answer)
    return answers


def frequent(groups: Array, codes: Array, weights: Array | None, size: int, codes_size: int) -> list[Array]:
    """For each of `size` groups the codes that occur most in it (several when they occur as often; none for none)."""
    cells = size * codes_size
    pairs = groups.astype(np.int64) * codes_size + codes
    if cells <= 4 * len(pairs) + 65536:
        sums = np.bincount(pairs, weights, minlength=cells)
        pairs = np.flatnonzero(sums)
        sums = sums[pairs]
    elif weights is None:
        pairs, sums = np.unique(pairs, return_counts=True)
    else:
        pairs, back = np.unique(pairs, return_inverse=True)
        sums = np.bincount(back.reshape(-1), weights)
    of, code = pairs // codes_size, pairs % codes_size
    most = np.zeros(size, sums.dtype)
    np.maximum.at(most, of, sums)
    top = np.flatnonzero(sums == most[of])
    bounds = np.searchsorted(of[top], np.arange(size + 1))
    return [code[top[low:high]] for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)]
