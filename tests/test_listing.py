"""What an answer of a DNS list says: RFC 5782 2.3, RFC 6471 3.3, and what operators say by an address."""

import pytest

from mailtop.listing import WORDS, is_listing, meaning


@pytest.mark.parametrize(
    ("zone", "answer", "says"),
    [
        ("bl.test", "127.0.0.2", "listed"),
        ("bl.test", "127.0.0.1", "listed"),
        ("bl.test", "127.255.254.3", "listed"),
        ("bl.test", "127.0.0.255", "listed"),
        ("bl.test", "127.255.255.254", "refused"),
        ("bl.test", "127.255.255.252", "refused"),
        ("bl.test", "127.255.255.255", "limited"),
        ("bl.test", "198.51.100.80", "outside"),
        ("bl.test", "128.0.0.2", "outside"),
        ("multi.uribl.com", "127.0.0.1", "refused"),
        ("key.multi.uribl.com", "127.0.0.1", "refused"),
        ("notmulti.uribl.com", "127.0.0.1", "listed"),
        ("multi.surbl.org", "127.0.0.1", "refused"),
        ("multi.surbl.org", "127.0.0.8", "listed"),
        ("dbl.spamhaus.org", "127.0.1.255", "refused"),
        ("zen.spamhaus.org", "127.0.1.255", "listed"),
        ("list.dnswl.org", "127.0.0.255", "limited"),
        ("list.dnswl.org", "127.0.10.3", "limited"),
        ("list.dnswl.org", "127.0.10.0", "listed"),
        ("list.dnswl.org", "127.0.5.3", "listed"),
    ],
)
def test_meaning(zone: str, answer: str, says: str) -> None:
    assert meaning(zone, answer) == says
    assert is_listing(zone, answer) == (says == "listed")


@pytest.mark.parametrize(
    "answer", ["127", "127.0.0", "127.0.0.2.3", "127.0.0.256", "127.0.0.-1", "127.0.0.٢", "::1", "x", "127.0.0.0002"]
)
def test_what_is_no_address_in_127_is_outside(answer: str) -> None:
    assert meaning("bl.test", answer) == "outside"


def test_an_answer_that_the_log_does_not_give_is_a_listing() -> None:
    assert is_listing("bl.test", "")


def test_what_has_words_is_no_listing() -> None:
    assert not any(is_listing("bl.test", answer) for answer in WORDS)
