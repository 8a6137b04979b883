"""Keys of paid lists appear nowhere; queries are split into client and list."""

import pytest

from mailtop.mta.zones import masked, split_query, zone

KEY = b"abcdefghij0123456789abcdef"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (b"Zen.Example.", b"zen.example"),
        (b"list.test=127.0.0.[2..4]", b"list.test"),
        (KEY + b".zen.dq.spamhaus.net", b"zen.dq.spamhaus.net"),
        (KEY + b".dbl.dq.spamhaus.net", b"dbl.dq.spamhaus.net"),
        (KEY + b".combined.mail.abusix.zone", b"combined.mail.abusix.zone"),
        (b"zen.dq.spamhaus.net", b"zen.dq.spamhaus.net"),
    ],
)
def test_zone_has_one_spelling_and_no_key(name: bytes, expected: bytes) -> None:
    assert zone(name) == expected


def test_key_is_masked_in_prose() -> None:
    text = (
        b"5.113.0.203."
        + KEY
        + b".zen.dq.spamhaus.net: RBL lookup error: name=5.113.0.203."
        + KEY
        + b".zen.dq.spamhaus.net"
    )
    assert KEY not in masked(text)
    assert masked(text).count(b"***.zen.dq.spamhaus.net") == 2


def test_key_is_masked_in_capitals() -> None:
    assert KEY.upper() not in masked(b"blocked using " + KEY.upper() + b".ZEN.DQ.SPAMHAUS.NET; x")


def test_query_of_an_ipv4_client() -> None:
    assert split_query(b"5.113.0.203.zen.test") == (b"203.0.113.5", b"zen.test")


def test_query_of_a_domain_under_an_unknown_list_is_not_guessed() -> None:
    assert split_query(b"spam.example.rhs.test") == (None, None)
