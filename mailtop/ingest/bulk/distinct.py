"""distinct: which pieces of a block say the same, found on their octets, so that each is cut out and cleaned once.

In: where each piece begins and ends. Out: a code for each, and for each code one piece that has it. Pieces are compared
eight octets at a time, whole: a mix of all their words only chooses with which other piece each is compared.
"""

from typing import Final

import numpy as np

from mailtop.ingest.bulk.block import MASKS, WORD, Array, Block

LONGEST: Final = 8
"""words of a piece that are compared here; what is longer is compared as bytes"""
ROUNDS: Final = 64
"""how often a piece is compared with another one, at most; then it counts as one of its own"""

_MASKS: Final = np.stack([MASKS[np.clip(np.arange(LONGEST * WORD + 1) - WORD * at, 0, WORD)] for at in range(LONGEST)])
"""for each word of a piece, by how long the piece is: which octets of the word are of it"""

_U64 = np.uint64
_MIX: Final = _U64(0x9E3779B97F4A7C15)


def distinct(block: Block, begin: Array, end: Array) -> tuple[Array, list[bytes]]:
    """The code of each piece (int64, counted from 0) and what each code says. Pieces must not be empty in number."""
    size = end - begin
    if int(size.max()) > LONGEST * WORD:
        return _by_bytes(block, begin, end)
    code, sample = of_words([*pieces(block, begin, end), size.view(np.uint64)], len(size))
    data = block.data
    first, last = begin[sample].tolist(), end[sample].tolist()
    return code, [data[one:other] for one, other in zip(first, last, strict=True)]


def pieces(block: Block, begin: Array, end: Array) -> list[Array]:
    """The octets of pieces as words, nulls behind their end. None is longer than LONGEST words."""
    size = end - begin
    parts = [block.words[begin] & _MASKS[0][size]]
    for at in range(1, int(size.max() + WORD - 1) // WORD):
        longer = np.flatnonzero(size > WORD * at)
        part = np.zeros(len(size), np.uint64)
        part[longer] = block.words[begin[longer] + WORD * at] & _MASKS[at][size[longer]]
        parts.append(part)
    return parts


def of_words(parts: list[Array], count: int) -> tuple[Array, Array]:
    """The code of each row of these columns of numbers, and for each code a row that has it."""
    if not parts:
        return np.zeros(count, np.int64), np.zeros(1, np.int64)
    mixed = parts[0] * _MIX
    for part in parts[1:]:
        mixed ^= mixed >> _U64(32)
        mixed = (mixed + part) * _MIX
    mixed = (mixed ^ (mixed >> _U64(32))) * _MIX
    bits = max(8, int(count - 1).bit_length() + 1)
    chosen = np.arange(count, dtype=np.int32)  # of each row, another one that says the same
    places = np.empty(1 << bits, np.int32)
    left = chosen.copy()
    for _ in range(ROUNDS):
        place = (mixed >> _U64(64 - bits)).astype(np.intp)
        places[place] = left
        other = places[place]
        same = parts[0] == parts[0][other] if len(left) == count else parts[0][left] == parts[0][other]
        for part in parts[1:]:
            same &= part == part[other] if len(left) == count else part[left] == part[other]
        if same.all():
            chosen[left] = other
            break
        chosen[left[same]] = other[same]
        left, mixed = left[~same], mixed[~same]
        mixed = (mixed ^ (mixed >> _U64(29))) * _MIX
    stands = np.zeros(count, np.bool_)
    stands[chosen] = True
    number = np.cumsum(stands) - 1
    return number[chosen], np.flatnonzero(stands)


def _by_bytes(block: Block, begin: Array, end: Array) -> tuple[Array, list[bytes]]:
    number: dict[bytes, int] = {}
    data = block.data
    codes = [
        number.setdefault(data[one:other], len(number)) for one, other in zip(begin.tolist(), end.tolist(), strict=True)
    ]
    return np.array(codes, np.int64), list(number)
