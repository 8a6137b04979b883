"""Intervals against the definition of a longest match, on every address of a six-bit address space."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mailtop.lookup.intervals import flatten

BITS = 6
PREFIXES = st.lists(st.tuples(st.integers(0, 63), st.integers(1, BITS), st.integers(1, 3)), max_size=12)


def _longest(prefixes: list[tuple[int, int, int]], address: int) -> tuple[int, int | None]:
    best: tuple[int, int | None] = (0, None)
    for base, length, value in prefixes:
        host = BITS - length
        if base >> host == address >> host and length >= best[0]:
            best = length, value
    return best


@given(PREFIXES)
def test_every_address_has_its_longest_match(prefixes: list[tuple[int, int, int]]) -> None:
    flat = flatten(prefixes, BITS)
    for address in range(64):
        start, length, value = max(row for row in flat if row[0] <= address)
        assert (length, value) == _longest(prefixes, address), (address, start)


@given(PREFIXES)
def test_intervals_are_sorted_begin_at_zero_and_are_as_few_as_can_be(prefixes: list[tuple[int, int, int]]) -> None:
    flat = flatten(prefixes, BITS)
    starts = [row[0] for row in flat]
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert starts[-1] < 64
    assert all(a[1:] != b[1:] for a, b in pairwise(flat))


def test_no_prefix_is_one_hole() -> None:
    assert flatten([], 128) == [(0, 0, None)]


def test_the_last_of_two_equal_prefixes_wins_host_bits_or_not() -> None:
    assert flatten([(0b100000, 2, "a"), (0b101111, 2, "b")], BITS) == [
        (0, 0, None),
        (0b100000, 2, "b"),
        (0b110000, 0, None),
    ]
