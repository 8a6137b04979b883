"""Whatever a client calls itself, Cyrus's parsers say who it was, or nothing; and no line makes them fail or wait."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailtop.event import Auth, Notice
from mailtop.mta import cyrus
from mailtop.mta.parser import Parse
from mailtop.mta.recognisers import recognise

PIECES = [
    b" SASL(-13): ", b"[192.0.2.99]", b"(", b") [", b"] [service=", b"login: ", b"badlogin: ", b" User logged in",
    b" ", b"x", b"plaintext ", b"\xff", b"SESSIONID=<", b"do_auth : auth failure: [user=",
]  # fmt: skip
ACCOUNTS = st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=8).map(b"".join)
CLIENT = b"203.0.113.9"


@given(ACCOUNTS)
@example(b"( SASL(-13): ) [")
def test_an_account_moves_into_no_other_field(account: bytes) -> None:
    for form in (
        b"badlogin: mx [203.0.113.9] plaintext %b SASL(-13): authentication failure: checkpass failed",
        b"badlogin: mx[203.0.113.9] PLAIN (%b) [SASL(-13): authentication failure]",
    ):
        event = cyrus.parse(form % account)
        assert isinstance(event, Auth)
        assert (event.client, event.client_name, event.status) == (CLIENT, b"mx", b"failed")
        assert event.sasl_user in (account, None)


@given(ACCOUNTS)
def test_who_was_let_in_is_ok(account: bytes) -> None:
    event = cyrus.parse(b"login: mx [203.0.113.9] %b plaintext+TLS User logged in SESSIONID=<mx-1>" % account)
    assert isinstance(event, Auth)
    assert (event.client, event.status, event.sasl_user) == (CLIENT, b"ok", account)


@given(ACCOUNTS, ACCOUNTS)
def test_saslauthd_names_the_account_or_nobody(account: bytes, realm: bytes) -> None:
    text = b"do_auth         : auth failure: [user=%b] [service=imap] [realm=%b] [mech=pam] [reason=x]"
    event = cyrus.parse_saslauthd(text % (account, realm))
    assert isinstance(event, Notice)
    assert event.sasl_user in (account, None)


@given(ACCOUNTS)
def test_no_text_makes_a_parser_fail(text: bytes) -> None:
    cyrus.parse(text)
    cyrus.parse_saslauthd(text)


@pytest.mark.parametrize("parse", [cyrus.parse, cyrus.parse_saslauthd])
@pytest.mark.parametrize(
    "head", [b"", b"badlogin: mx [203.0.113.9] ", b"login: mx [203.0.113.9] ", b"do_auth : auth failure: [user="]
)
def test_no_line_takes_long(parse: Parse, head: bytes) -> None:
    for piece in PIECES:
        line = head + piece * (65_536 // len(piece)) + b" x"
        begun = time.process_time()
        parse(line)
        assert time.process_time() - begun < 0.5, piece


@pytest.mark.parametrize(
    "tag", ["imap", "imaps", "cyrus/imap", "cyrus/lmtpunix", "timsieved", "saslauthd", "sieve", "cyrus"]
)
def test_tags_that_are_cyrus(tag: str) -> None:
    daemon = recognise(tag.encode())
    assert daemon is not None
    assert (daemon.mta, daemon.name) == ("cyrus", tag.rpartition("/")[2])
