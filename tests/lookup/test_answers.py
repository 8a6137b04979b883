"""Filters of answers: each MTA's way of writing them, and that what cannot be read says why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtop.lookup.answers import SYNTAXES, FilterError, fault, matches


@pytest.mark.parametrize(
    ("syntax", "filter_", "yes", "no"),
    [
        ("postfix", "127.0.0.2", "127.0.0.2", "127.0.0.3"),
        ("postfix", "127.0.0.[2..11]", "127.0.0.11", "127.255.255.254"),
        ("postfix", "127.0.[0..255].[1;3..4]", "127.0.10.3", "127.0.10.2"),
        ("postfix", "127.[0;0].0.[10]", "127.0.0.10", "127.0.0.1"),
        ("exim", "=127.0.0.2,127.0.0.3", "127.0.0.3", "127.0.0.4"),
        ("exim", "==127.0.0.2", "127.0.0.2", "127.0.0.3"),
        ("exim", "!=127.0.0.10", "127.0.0.2", "127.0.0.10"),
        ("exim", "&0.0.0.6", "127.0.0.7", "127.0.0.2"),
        ("exim", "!&0.255.255.0", "127.0.0.2", "127.255.255.254"),
        ("exim", "=&0.0.0.4", "127.0.0.12", "127.0.0.2"),
        ("rspamd", "127.0.0.2", "127.0.0.2", "127.0.0.20"),
        ("rspamd", "127.0.0.4 127.0.0.5", "127.0.0.5", "127.0.0.6"),
        ("rspamd", "127%.0%.%d+%.[123]", "127.0.15.2", "127.0.15.255"),
        ("rspamd", "127.0.%d+.1", "127.0.200.1", "127.0.200.2"),
        ("rspamd", "bits 4", "127.0.0.6", "127.0.0.2"),
        ("spamassassin", "127.0.0.2", "127.0.0.2", "127.0.0.22"),
        ("spamassassin", r"^127\.0\.0\.[4567]$", "127.0.0.5", "127.0.0.50"),
        ("spamassassin", "8", "127.0.0.12", "127.0.0.4"),
        ("spamassassin", "2-4", "127.0.0.3", "127.0.0.5"),
        ("sendmail", "127.0.0.2.", "127.0.0.2", "127.0.0.3"),
        ("sendmail", "127.0.0.$-.", "127.0.0.9", "127.0.1.9"),
        ("sendmail", "$+", "127.0.1.9", "not one"),
        ("catalogue", "127.255.255.0/24", "127.255.255.254", "127.255.254.255"),
        ("catalogue", "outside 127.0.0.0/8", "198.51.100.80", "127.9.9.9"),
        ("catalogue", "127.0.10.0-3", "127.0.10.3", "127.0.10.4"),
        ("catalogue", "127.0.x.1", "127.0.77.1", "127.0.77.2"),
        ("catalogue", "bit 16", "127.0.0.48", "127.0.0.32"),
    ],
)
def test_which_answers_count(syntax: str, filter_: str, yes: str, no: str) -> None:
    assert matches(syntax, filter_, yes)
    assert not matches(syntax, filter_, no)


@pytest.mark.parametrize(
    "answer", ["", "127.0.0", "127.0.0.256", "127.0.0.2.", "1.2.3.4.5", "127.0.0.x", "::1", "\u0661.1.1.1"]
)
def test_what_is_no_answer_never_counts(answer: str) -> None:
    assert not matches("postfix", "", answer)
    assert not matches("postfix", "[0..255].[0..255].[0..255].[0..255]", answer)


@pytest.mark.parametrize(
    ("syntax", "filter_"),
    [
        ("postfix", "127.0.0"),
        ("postfix", "127.0.0.[2..11"),
        ("postfix", "127.0.0.[11..2]"),
        ("postfix", "127.0.0.[]"),
        ("postfix", "127.0.0.300"),
        ("postfix", "127.0.0.2 "),
        ("exim", "127.0.0.2"),
        ("exim", "=$acl_m_codes"),
        ("rspamd", "127.%b"),
        ("spamassassin", "127.(0"),
        ("postfix", "1" * 600),
        ("courier", "127.0.0.2"),
    ],
)
def test_what_cannot_be_read_says_why(syntax: str, filter_: str) -> None:
    assert fault(syntax, filter_)
    with pytest.raises(FilterError):
        matches(syntax, filter_, "127.0.0.2")


@given(st.sampled_from(SYNTAXES), st.text(alphabet="0123456789.[]();!&=-%d+*?$x/ bito", max_size=40))
def test_no_text_breaks_a_reader(syntax: str, text: str) -> None:
    if fault(syntax, text) is None:
        assert matches(syntax, text, "127.0.0.2") in (True, False)
