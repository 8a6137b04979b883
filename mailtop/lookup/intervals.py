"""Prefixes into intervals: the one step that makes a longest-prefix match a single bisect.

In: prefixes (base, length, value) of one address family, in any order, nested or not, some with host bits set.
Out: intervals (start, length, value), sorted, that cover the whole address space without a gap. Every address in
an interval has that value as its longest match, and `address & mask(length)` is the prefix that matched; a hole
is (start, 0, None).

A prefix that occurs twice has the value of its last row, as in pyasn's radix tree. Two neighbours with the same
value and length become one interval: the mask still finds the prefix.

BUGS: a prefix that longer ones cover entirely leaves no trace, since no address can match it.
"""

from collections.abc import Iterable
from typing import TypeVar

Value = TypeVar("Value")


def flatten(prefixes: Iterable[tuple[int, int, Value]], bits: int) -> list[tuple[int, int, Value | None]]:
    """Return the sorted intervals of `prefixes` in an address space of `bits` bits (32 or 128).

    Lengths must lie in 1..bits; a length of 0 is the mark of a hole. No errors are raised for others: check before.
    """
    last: dict[tuple[int, int], Value] = {}
    for base, length, value in prefixes:
        host = bits - length
        last[base >> host << host, length] = value
    out: list[tuple[int, int, Value | None]] = [(0, 0, None)]
    open_: list[tuple[int, int, Value | None]] = [(1 << bits, 0, None)]  # (end, length, value), innermost last
    for base, length in sorted(last):
        while open_[-1][0] <= base:
            _close(open_, out)
        value = last[base, length]
        _append(out, base, length, value)
        open_.append((base + (1 << (bits - length)), length, value))
    while len(open_) > 1:
        _close(open_, out)
    if out[-1][0] == 1 << bits:
        out.pop()
    return out


def _close(open_: list[tuple[int, int, Value | None]], out: list[tuple[int, int, Value | None]]) -> None:
    """End the innermost prefix: what follows it belongs to the one around it."""
    end = open_.pop()[0]
    _append(out, end, *open_[-1][1:])


def _append(out: list[tuple[int, int, Value | None]], start: int, length: int, value: Value | None) -> None:
    if out[-1][0] == start:  # the interval before has no address left
        out.pop()
    if not out or out[-1][1:] != (length, value):
        out.append((start, length, value))
