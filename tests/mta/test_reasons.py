"""The table from a refusal's words to its reason class."""

import pytest

from mailtop.mta.reasons import CACHE_LIMIT, TABLE, reason
from mailtop.smtp import REASONS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"Recipient address rejected: Greylisted for 5 minutes", b"greylist"),
        (b"Recipient address rejected: Policy Rejection- Please try later.", b"greylist"),
        (b"Greylisting in action, please come back later", b"greylist"),
        (b"Recipient address rejected: temporarily greylisted", b"greylist"),
        (b"Grey-listed, try again in 300 seconds", b"greylist"),
        (b"Try again later", b"other"),
        (b"Recipient address rejected: try again later", b"policy"),
        (b"Client host rejected: Try again later", b"access"),
        (b"Please come back later", b"other"),
        (b"Please try again in 5 minutes", b"other"),
        (b"Service unavailable - try again later", b"server"),
        (b"Recipient address rejected: unverified address: Address lookup failed", b"server"),
        (b"Client host rejected: cannot find your reverse hostname", b"rdns"),
        (b"Server configuration error", b"server"),
    ],
)
def test_transient_texts(text: bytes, expected: bytes) -> None:
    assert reason(text, transient=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"Try again later", b"other"),
        (b"Sender address rejected: undeliverable address: unknown", b"sender"),
        (b"Sender address rejected: need fully-qualified address", b"sender"),
        (b"Helo command rejected: Host not found", b"helo"),
        (b"Client host rejected: Access denied", b"access"),
        (b"Client host rejected: Generic hostname, use your ISP's relay", b"dynamic"),
        (b"Must issue a STARTTLS command first", b"tls"),
        (b"Message contains a virus (Eicar-Test-Signature)", b"virus"),
        (b"DMARC policy says no", b"dmarc"),
        (b"Blocked by SpamAssassin", b"content"),
    ],
)
def test_permanent_texts(text: bytes, expected: bytes) -> None:
    assert reason(text, transient=False) == expected


def test_unknown_words_get_the_default() -> None:
    assert reason(b"zzz", transient=False) == b"other"
    assert reason(b"zzz", transient=False, default=b"content") == b"content"


def test_every_row_is_a_reason_class_and_has_words() -> None:
    assert {name for name, _ in TABLE} <= set(REASONS)
    assert all(word and word == word.lower() for _, row in TABLE for word in row)


def test_what_is_remembered_is_bounded() -> None:
    from mailtop.mta import reasons

    for number in range(CACHE_LIMIT + 10):
        reason(b"text %d" % number, transient=False)
    assert len(reasons._known[False]) <= CACHE_LIMIT
