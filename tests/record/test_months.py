"""Months in other languages: each name is one month, in both encodings, with or without its dot."""

import pytest

from mailtop.record import months
from mailtop.record.clock import Clock
from mailtop.record.stamp import stamp

CLOCK = Clock(1_795_283_259.0)  # 21 November 2026


def test_no_name_is_two_months() -> None:
    seen: dict[str, int] = {}
    for line in months._NAMES.splitlines():
        language, *names = line.split()
        assert len(names) == 12, language
        for at, name in enumerate(names, 1):
            assert seen.setdefault(name, at) == at, (language, name)


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("oct.", 10),
        ("Mär", 3),
        ("déc.", 12),
        ("DÉC", 12),
        ("août", 8),
        ("мая", 5),
        ("Ноя", 11),
        ("11月", 11),
        ("lis", 11),
    ],
)
def test_a_name_is_read_with_or_without_dot_in_any_case(word: str, number: int) -> None:
    assert months.month(word.encode()) == number


@pytest.mark.parametrize(("word", "number"), [("Mär", 3), ("déc.", 12), ("kesä", 6)])
def test_a_name_is_read_in_latin_1(word: str, number: int) -> None:
    assert months.month(word.encode("iso-8859-1")) == number


@pytest.mark.parametrize("word", [b"", b"x", b"Foo", b"\xff\xfe", b"nov" * 100])
def test_what_is_no_month_is_none(word: bytes) -> None:
    assert months.month(word) is None


@pytest.mark.parametrize(
    "line", ["21 nov 17:47:39 x", "Foo 1 00:00:00 hostname", "Jan: 1 00:00:00 hostname", "nov 31 17:47:39 x"]
)
def test_what_is_no_stamp_is_none(line: str) -> None:
    assert stamp(line.encode(), CLOCK) is None


def test_a_stamp_in_another_language_is_the_same_moment() -> None:
    known = stamp(b"Nov 21 17:47:39 mx1", CLOCK)
    assert known is not None
    for word in ("nov.", "marras", "Kas", "11月", "ноя", "Lis"):
        line = f"{word} 21 17:47:39 mx1".encode()
        found = stamp(line, CLOCK)
        assert found is not None
        assert (found.time, line[found.end :]) == (known.time, b"mx1")
