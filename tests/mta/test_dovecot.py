"""Whatever a client calls itself, Dovecot's parsers say who it was, or nothing; and no line makes them fail or wait."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtop.event import Auth, Event, Notice, Unparsed
from mailtop.mta import dovecot
from mailtop.mta.dovecot import auth, login
from mailtop.mta.parser import Parse

PIECES = [
    b"user=<", b">, method=PLAIN", b", rip=192.0.2.99", b", lip=192.0.2.98", b", session=<abc>", b">", b"<", b", ",
    b"): ", b",192.0.2.99", b"(auth failed, 9 attempts in 1 secs)", b"Login: ", b" ", b"x", b"\xff", b"proxy(", b"pam(",
    b",<s>", b": Info: ", b"started proxying to 192.0.2.99:143: ", b"given password: ", b"msgid=", b"\0",
]  # fmt: skip
ACCOUNTS = st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=8).map(b"".join).map(
    lambda name: name.replace(b"\n", b"?")[:80]
)  # fmt: skip
CLIENT = b"203.0.113.9"
ABORTED = b"Login aborted: Connection closed (%b, %d attempts in 1 secs) (x): user=<bob>, rip=203.0.113.9"


def events(found: Event | list[Event] | None) -> list[Event]:
    return [] if found is None else found if isinstance(found, list) else [found]


@given(ACCOUNTS, st.integers(1, 12), st.booleans())
def test_an_account_moves_into_no_other_field(account: bytes, count: int, tls: bool) -> None:
    said = b"Disconnected (auth failed, %d attempts in 9 secs)" % count
    rest = b", method=PLAIN, rip=203.0.113.9, lip=198.51.100.1" + b", TLS" * tls + b", session=<u8mgXNBg>"
    found = events(dovecot.parse(b"imap-login: %b: user=<%b>%b" % (said, account, rest)))
    assert len(found) == count
    for event in found:
        assert isinstance(event, Auth)
        assert (event.client, event.status, event.text) == (CLIENT, b"failed", b"PLAIN " + said)
    assert [event.sasl_user for event in found if isinstance(event, Auth)] == [None] * (count - 1) + [account or None]


@given(ACCOUNTS)
def test_no_account_logs_itself_in_or_fails(account: bytes) -> None:
    head = b"Disconnected (no auth attempts in 9 secs): user=<"
    (event,) = events(login.parse(head + account + b">, rip=203.0.113.9, lip=198.51.100.1"))
    assert isinstance(event, Notice)
    assert event.client == CLIENT


@given(ACCOUNTS)
def test_the_address_may_come_first(account: bytes) -> None:
    (event,) = events(login.parse(b"Login: rip=203.0.113.9, lip=198.51.100.1, user=<" + account + b">"))
    assert isinstance(event, Auth)
    assert (event.client, event.status) == (CLIENT, b"ok")


@given(ACCOUNTS, st.sampled_from([b"unknown user", b"Password mismatch (given password: x,192.0.2.99): y)"]))
def test_an_auth_process_names_the_client_or_nobody(account: bytes, said: bytes) -> None:
    account = account.replace(b"given password: ", b"")
    for form in (b"auth: passwd-file(%b,203.0.113.9,<s+/=>): %b", b"auth(%b,203.0.113.9,sasl:plain)<s+/=>: sql: %b"):
        (event,) = events(dovecot.parse(form % (account, said)))
        assert isinstance(event, Notice)
        assert (event.client, event.sasl_user) in ((CLIENT, account or None), (CLIENT, None), (None, None))


@pytest.mark.parametrize("words", [b"given password: secret)", b"SHA1 of given password: secret)"])
def test_a_password_is_not_kept(words: bytes) -> None:
    (event,) = events(auth.parse(b"sql(bob,203.0.113.9): Password mismatch (" + words))
    assert isinstance(event, Notice)
    assert event.text is not None
    assert b"secret" not in event.text


@pytest.mark.parametrize(
    "head",
    [
        b"Login aborted: Connection closed (%b, 3 attempts in 9 secs) (%b): user=<bob>, rip=203.0.113.9",
        b"Disconnected: Inactivity (%b, 3 attempts in 9 secs): user=<bob>, rip=203.0.113.9",
    ],
)
@pytest.mark.parametrize("why", [b"auth failed", b"authorization failed", b"user disabled", b"invalid mechanism"])
def test_every_reason_with_a_number_is_so_many_failures(head: bytes, why: bytes) -> None:
    said = head.replace(b"%b", why)
    assert len(events(login.parse(said))) == 3


@pytest.mark.parametrize(("said", "why"), login.COUNTED.items())
def test_what_2_4_counts_has_its_own_reason(said: bytes, why: bytes) -> None:
    found = events(login.parse(ABORTED % (said, 2)))
    assert [event.reason for event in found if isinstance(event, Auth)] == [why, why]


@pytest.mark.parametrize("said", sorted(login.UNFINISHED))
def test_the_last_attempt_of_2_4_may_be_unfinished(said: bytes) -> None:
    found = events(login.parse(ABORTED % (said, 3)))
    assert [type(event) for event in found] == [Auth, Auth]
    (event,) = events(login.parse(ABORTED % (said, 1)))
    assert isinstance(event, Notice)


@pytest.mark.parametrize(("word", "why"), login.SINGLE)
def test_every_reason_without_a_number_is_one_failure(word: bytes, why: bytes) -> None:
    (event,) = events(login.parse(b"Aborted login %b: user=<bob>, rip=203.0.113.9" % word))
    assert isinstance(event, Auth)
    assert event.reason == why


PARSERS = [dovecot.parse, dovecot.parse_mail, dovecot.parse_quiet, dovecot.parse_weak, login.parse, auth.parse]


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=12), max_size=12).map(b"".join))
def test_no_text_makes_a_parser_fail(text: bytes) -> None:
    for parse in PARSERS:
        for event in events(parse(text)):
            assert event.__class__ is not Unparsed or event.text == text


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize(
    "head", [b"", b"proxy(", b"auth: pam(", b"user=<", b"Info: lmtp(", b"Disconnected (", b"auth("]
)
def test_no_line_takes_long(parse: Parse, head: bytes) -> None:
    for piece in PIECES:
        line = head + piece * (65_536 // len(piece)) + b" x"
        begun = time.process_time()
        parse(line)
        assert time.process_time() - begun < 0.5, piece


@pytest.mark.parametrize("tag", ["dovecot", "imap-login", "auth", "auth-worker(22)", "lmtp(bob)<7>", "dovecot-auth"])
def test_tags_that_are_dovecots(tag: str) -> None:
    daemon = dovecot.recognise(tag.encode())
    assert daemon is not None
    assert (daemon.mta, daemon.name) == ("dovecot", tag.partition("(")[0])


@pytest.mark.parametrize("tag", ["imap", "imapd", "authdaemond", "postfix/smtpd", "pop3", "login", "sshd"])
def test_tags_that_are_not(tag: str) -> None:
    assert dovecot.recognise(tag.encode()) is None
