"""What is marked in a line: whole values, wherever they stand, and nothing that only begins or ends like them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtop.query import Where
from mailtop.tui.cells import width_of
from mailtop.tui.marking import FOUND, MARK, marked, panned, values_of, wrapped


def found(text: str, *values: str, sought: str = "", ink: str = MARK) -> list[str]:
    """The parts of a text that have an ink."""
    return [part for part, its in marked(text, values, sought) if its == ink]


@pytest.mark.parametrize(
    ("text", "value", "times"),
    [
        ("from unknown[203.0.113.7]: 554 [203.0.113.7]", "203.0.113.7", 2),
        ("from unknown[203.0.113.77]", "203.0.113.7", 0),
        ("from unknown[203.0.113.7.5]", "203.0.113.7", 0),
        ("from unknown[3.203.0.113.7]", "203.0.113.7", 0),
        ("ended at 203.0.113.7.", "203.0.113.7", 1),
        ("H=(x) [203.0.113.7]:4711 F=<>", "203.0.113.7", 1),
        ("client=mail.example[2001:db8::25]", "2001:db8::2", 0),
        ("client=mail.example[2001:DB8::25]", "2001:db8::25", 1),
        ("4FxYz1abc: removed", "4FxYz1", 0),
        ("4FxYz1: removed", "4FxYz1", 1),
        ("helo=<[203.0.113.7]>", "[203.0.113.7]", 1),
        ("to=<info@example.org>", "info@example.org", 1),
        ("a.*b", ".*", 1),
    ],
)
def test_values_stand_alone(text: str, value: str, times: int) -> None:
    assert len(found(text, value)) == times


def test_the_longest_of_several_wins_and_what_is_sought_stands_over_all() -> None:
    assert found("mail.example.org", "mail", "mail.example.org") == ["mail.example.org"]
    assert found("mail.example.org", "mail.example.org", sought="EXAMPLE", ink=FOUND) == ["example"]
    assert found("mail.example.org", "mail.example.org", sought="EXAMPLE") == ["mail.", ".org"]
    assert found("a+b aab", sought="a+b", ink=FOUND) == ["a+b"]


def test_what_a_slice_says_of_its_lines() -> None:
    where = (
        Where("client", "203.0.113.7"), Where("client", "203.0.113.0/24", "in"), Where("helo", "x", negate=True),
        Where("reason", "dnsbl"), Where("why", "dnsbl:zen.example.org"), Where("sender", "<a@spam.example>"),
        Where("recipient", "info", "has"), Where("asn", "64500"), Where("sasl_user", None), Where("zone", "z"),
        Where("queue_id", "4FxYz1", more=("4FxYz2", None)),
    )  # fmt: skip
    assert values_of(where) == ("203.0.113.7", "zen.example.org", "a@spam.example", "info", "4FxYz1", "4FxYz2")


@given(st.text(max_size=80), st.lists(st.text(max_size=5), max_size=3), st.text(max_size=3), st.integers(0, 90))
def test_nothing_is_added_or_lost(text: str, values: list[str], sought: str, left: int) -> None:
    pieces = marked(text, [value for value in values if value], sought)
    assert "".join(part for part, _ in pieces) == text
    assert "".join(part for part, _ in panned(pieces, left)) == text[left:]


@given(st.text(st.sampled_from("ab漢字 "), max_size=200), st.integers(2, 30), st.integers(1, 6))
def test_wrapped_lines_fit_and_hold_all_or_say_that_they_do_not(text: str, width: int, rows: int) -> None:
    lines = wrapped(marked(text, ["ab"]), width, rows)
    joined = ["".join(part for part, _ in line) for line in lines]
    assert len(joined) <= rows
    assert all(width_of(line) <= width for line in joined)
    whole = "".join(joined)
    assert whole == text or (whole.endswith("…") and text.startswith(whole[:-1]))
