"""Strings of a log may be shown; addresses have one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtop.ingest.clean import VALUE_LIMIT, clean, clean_all
from mailtop.ingest.columns import address


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"plain", "plain"),
        (b"\x1b[2J", "\\x1b[2J"),
        (b"a\x00b\x07", "a\\x00b\\x07"),
        ("a\u202eb".encode(), "a\\u202eb"),
        ("\u200b\u2028\ufeff".encode(), "\\u200b\\u2028\\ufeff"),
        ("\x9b31m".encode(), "\\x9b31m"),
        (b"\x9b31m", "\N{REPLACEMENT CHARACTER}31m"),
        ("Grüße".encode(), "Grüße"),
        ("\U000e0041".encode(), "\\U000e0041"),
    ],
)
def test_what_a_terminal_would_obey_becomes_visible(value: bytes, shown: str) -> None:
    assert clean(value) == shown


def test_long_values_are_cut_and_say_so() -> None:
    assert clean(b"x" * 10_000) == "x" * (VALUE_LIMIT - 1) + "\N{HORIZONTAL ELLIPSIS}"
    assert len(clean("\U0001f600".encode() * 10_000)) == VALUE_LIMIT
    assert clean_all([b"y" * 10_000, b"z"])[0].endswith("\N{HORIZONTAL ELLIPSIS}")


@given(st.binary())
def test_cleaning_never_raises_and_leaves_nothing_that_acts(value: bytes) -> None:
    text = clean(value)
    assert len(text) <= VALUE_LIMIT
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in text)
    assert not set(text) & set("\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2069\ufeff")


@given(st.lists(st.binary(max_size=20)))
def test_all_at_once_is_the_same_as_one_by_one(values: list[bytes]) -> None:
    assert clean_all(values) == [clean(value) for value in values]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"192.0.2.1", "192.0.2.1"),
        (b"2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        (b"IPv6:2001:db8::1", "2001:db8::1"),
        (b"::ffff:192.0.2.1", "192.0.2.1"),
        (b"fe80::1%eth0", "fe80::1"),
        (b"unknown", None),
        (b"", None),
        (b"192.0.2.300", None),
        (b"\xff\x00", None),
        (b"2001:db8::1::2", None),
    ],
)
def test_addresses(value: bytes, expected: str | None) -> None:
    assert address(value) == expected
