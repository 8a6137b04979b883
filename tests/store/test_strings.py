"""String tables and what they stand on: every string comes back as it went in, before and after compaction."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtop.store.hashing import HashIndex
from mailtop.store.ordering import distinct, firsts, lasts, together
from mailtop.store.strings import StringTable

TEXTS = st.lists(st.text(max_size=20), max_size=40)


@given(st.lists(TEXTS, max_size=6), st.randoms(use_true_random=False))
def test_strings_come_back(batches: list[list[str]], random: Random) -> None:
    table, known = StringTable(), dict[str, int]()
    for values in batches:
        for value, code in zip(values, table.codes(values).tolist(), strict=True):
            assert known.setdefault(value, code) == code > 0
    assert {table.text(code): code for code in known.values()} == known
    assert all(table.find(value) == code for value, code in known.items())
    assert table.find("\x00 not there") == 0
    live = np.array([random.random() < 0.5 for _ in range(len(table))])
    remap = table.compact(live)
    kept = {value: int(remap[code]) for value, code in known.items() if live[code]}
    assert {value: table.find(value) for value in known} == {value: kept.get(value, 0) for value in known}
    assert all(table.text(code) == value for value, code in kept.items())
    again = table.codes(list(known))
    assert [table.text(code) for code in again.tolist()] == list(known)


@given(TEXTS, st.integers(0, 10))
def test_smallest_is_in_order_of_text(values: list[str], wanted: int) -> None:
    table = StringTable()
    codes = np.unique(table.codes(values))
    assert table.texts(table.smallest(codes, wanted)) == sorted(set(values))[:wanted]


def test_smallest_among_long_common_beginnings() -> None:
    table = StringTable()
    codes = table.codes([f"{'x' * 100}{n:03}" for n in range(300)])
    assert table.texts(table.smallest(codes, 2)) == ["x" * 100 + "000", "x" * 100 + "001"]


@given(TEXTS, st.text(max_size=3), st.integers(1, 5))
def test_having_is_a_search_without_case(values: list[str], needle: str, since: int) -> None:
    table = StringTable()
    table.codes(values)
    wanted = [needle.casefold() in table.text(code).casefold() for code in range(since, len(table))]
    assert table.having(needle, since).tolist() == wanted


def test_having_does_not_match_across_two_strings() -> None:
    table = StringTable()
    table.codes(["mail", "example", "Straße", "STRASSE"])
    assert table.having("lex").tolist() == [False, False, False, False]
    assert table.having("strasse").tolist() == [False, False, True, True]


def test_surrogates_are_kept() -> None:
    table = StringTable()
    (code,) = table.codes(["a\udcff"]).tolist()
    assert table.text(code) == "a\udcff"


@given(st.lists(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 5), max_size=50), max_size=8))
def test_index_numbers_by_first_appearance(batches: list[list[int]]) -> None:
    index, known = HashIndex(), dict[int, int]()
    for keys in batches:
        array = np.array(keys, np.uint64)
        assert index.find(array).tolist() == [known.get(key, 0) for key in keys]
        wanted = [known.setdefault(key, len(known) + 1) for key in keys]
        assert index.add(array).tolist() == wanted
    assert index.keys[1:].tolist() == list(known)


def test_index_grows_past_many_rebuilds() -> None:
    index = HashIndex()
    keys = np.arange(50_000, dtype=np.uint64)
    for start in range(0, len(keys), 7001):
        index.add(keys[start : start + 7001])
    assert index.find(keys).tolist() == list(range(1, 50_001))


@pytest.mark.parametrize("size", [0, 1, 50, 5000])
def test_together_is_a_stable_order(size: int) -> None:
    random = Random(size)
    for highest in (3, 2**16, 2**33, 2**64 - 1):
        few = [random.randint(0, highest) for _ in range(max(1, size // 5))]
        keys = np.array([random.choice(few) for _ in range(size)], np.uint64)
        order = together(keys)
        wanted = sorted(range(size), key=lambda at: (int(keys[at]), at))
        assert order.tolist() == wanted
        first = firsts(keys[order])
        assert int(first.sum()) == int(lasts(first).sum()) == len(distinct(keys)) == len(set(keys.tolist()))
