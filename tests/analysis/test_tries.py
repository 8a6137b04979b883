"""A client's tries: sessions close together are one, and what followed a 4xx is told."""

import pytest

from mailtop.analysis.tries import TRIES_MEASURES, Tries, tries
from mailtop.query import Table


def table(*sessions: tuple[float | None, int, int, int], groups: int | None = None) -> Table:
    rows = tuple((number, *session) for number, session in enumerate(sessions))
    return Table(("session", *TRIES_MEASURES), rows, (), len(rows) if groups is None else groups)


@pytest.mark.parametrize(
    ("sessions", "said"),
    [
        ([], Tries(0, None, False, None, False, True)),
        ([(10.0, 0, 0, 0)], Tries(1, None, False, None, False, True)),
        ([(None, 0, 0, 0)], Tries(0, None, False, None, False, True)),
        # newest first, as it is answered; 10, 12 and 16 are one try though 10 and 16 are further apart
        ([(300.0, 0, 0, 1), (16.0, 0, 0, 0), (12.0, 0, 1, 0), (10.0, 0, 0, 0)],
         Tries(2, 290.0, True, 290.0, True, True)),
        ([(10.0, 0, 0, 0), (15.0, 1, 0, 0)], Tries(2, 5.0, True, None, False, True)),
        ([(10.0, 1, 0, 0), (70.0, 1, 0, 0), (200.0, 0, 0, 0)], Tries(3, 95.0, True, 60.0, False, True)),
        # what was accepted before the 4xx says nothing of what came after
        ([(10.0, 0, 0, 1), (70.0, 0, 1, 0)], Tries(2, 60.0, True, None, False, True)),
    ],
)  # fmt: skip
def test_tries(sessions: list[tuple[float | None, int, int, int]], said: Tries) -> None:
    assert tries(table(*sessions)) == said


def test_what_was_not_seen_is_told() -> None:
    assert not tries(table((10.0, 0, 0, 0), groups=9)).complete
