"""What was read and what it lacks: shares of the right whole, no figure without a count behind it."""

import pytest

from mailtop.analysis.reading import FIGURES, Reading, share
from mailtop.query import Holding


def reading(**counts: int) -> Reading:
    return Reading(Holding(counts=counts))


def test_shares_are_of_the_mail_programs_lines_and_of_all() -> None:
    one = reading(lines=1000, foreign=300, damaged=100, noise=200, unparsed=60)
    assert (one.own, one.understood_share, one.foreign_share) == (600, 0.9, 0.3)


def test_nothing_read_has_no_share() -> None:
    assert (reading().understood_share, reading().foreign_share) == (None, None)
    assert reading(lines=5, foreign=5).understood_share is None


def test_figures_are_those_that_are_documented() -> None:
    figures = Reading(Holding(evicted=3), gaps=("a: gone",), lag=2.5, lag_bytes=7).figures()
    assert list(figures) == list(FIGURES)
    assert (figures["evicted"], figures["gaps"], figures["lag_seconds"], figures["unread_bytes"]) == (
        3, ["a: gone"], 2.5, 7,
    )  # fmt: skip


def test_what_is_lacking_is_said_in_numbers() -> None:
    one = reading(damaged=1, cut=2, lost=3, missing=4)
    assert [line.split()[0] for line in one.lacks()] == ["1", "2", "3", "4"]
    assert reading(lines=5, damaged=0, missing=-1).lacks() == []
    assert Reading(Holding(), lag=61.2, lag_bytes=4096).lacks() == [
        "4,096 octets have been written and not read, 61 s behind"
    ]


@pytest.mark.parametrize(
    ("part", "said"), [(1, "100"), (0, "0"), (0.99999, "99.99"), (1e-9, "0.01"), (0.5, "50.00"), (0.98765, "98.77")]
)
def test_all_is_said_only_of_all_and_nothing_only_of_nothing(part: float, said: str) -> None:
    assert share(part) == said
