"""Sealed columns give back exactly what went in, in few bytes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtop.store.columns import ABSENT, encode, encode_steps
from mailtop.store.hashing import Array


def back(values: Array, default: int | float = 0, apart: bool = False) -> None:
    column = encode(values, default, apart)
    if column is None:
        assert np.array_equal(values, np.full(len(values), default), equal_nan=values.dtype.kind == "f")
    else:
        assert np.array_equal(column.dense(), values, equal_nan=values.dtype.kind == "f")
        assert column.nbytes <= values.nbytes + 2 * len(values)


@given(st.lists(st.sampled_from((0, 0, 0, 1, 255, 256, 65_536, 2**32 - 1)), min_size=1), st.booleans())
def test_codes(values: list[int], apart: bool) -> None:
    back(np.array(values, np.uint32), apart=apart)


@given(st.lists(st.integers(0, 2**64 - 1) | st.just(0), min_size=1))
def test_hashes(values: list[int]) -> None:
    back(np.array(values, np.uint64))


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1), st.sampled_from((1, 1000, 1_000_000)))
def test_times(values: list[int], unit: int) -> None:
    back(np.array(values, np.int64) // unit * unit)
    steps = encode_steps(np.array(values, np.int64))
    assert steps.dense().tolist() == values


@given(st.lists(st.just(ABSENT) | st.integers(-5, 10**12), min_size=1))
def test_counts_that_may_be_absent(values: list[int]) -> None:
    back(np.array(values, np.int64), ABSENT)


@given(st.lists(st.just(float("nan")) | st.floats(0, 1e300) | st.integers(0, 10**7).map(lambda n: n / 100), min_size=1))
def test_seconds(values: list[float]) -> None:
    back(np.array(values), float("nan"))


@given(st.lists(st.integers(-720, 840), min_size=1))
def test_offsets_of_time_zones(values: list[int]) -> None:
    back(np.array(values, np.int16))


@pytest.mark.parametrize(
    ("values", "most"),
    [
        (np.zeros(60_000, np.uint32) + 7, 1),  # one value
        (1_700_000_000_000_000 + np.arange(60_000) * 1_000_000, 2 * 60_000),  # a log with whole seconds
        (1_700_000_000_000_000 + np.arange(60_000) * 40_123, 4 * 60_000),  # microseconds, 40 minutes
        (np.where(np.arange(60_000) % 10, 0, 300_000).astype(np.uint32), 3 * 6_000),  # a tenth of the rows
    ],
)
def test_how_many_bytes(values: Array, most: int) -> None:
    column = encode(values)
    assert column is not None
    assert column.nbytes <= most


def test_outliers_stand_apart() -> None:
    sessions = (5_000_000 + np.arange(60_000) // 3).astype(np.uint32)
    sessions[::1000] = 17
    column = encode(sessions, apart=True)
    assert column is not None
    assert column.nbytes < 2 * 60_000 + 60 * 8
    assert np.array_equal(column.dense(), sessions)


def test_offsets_cost_two_bytes() -> None:
    offsets = np.cumsum(np.full(60_000, 180)) + 2**40
    assert encode_steps(offsets).nbytes == 1
    offsets[1::2] += 77
    assert encode_steps(offsets).nbytes <= 2 * 60_000
    assert np.array_equal(encode_steps(offsets).dense(), offsets)
