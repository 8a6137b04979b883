"""Sendmail: each fixture says what its JSON says, no stranger's words move into another field, no line costs much."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtop.event import Accept, Auth, Deliver, Event, Reject, Unparsed
from mailtop.mta import sendmail
from mailtop.mta.recognisers import recognise
from mailtop.mta.sendmail.fields import paths, peer, seconds
from tests.mta.test_fixtures import KNOWN, events

ROOT = Path(__file__).parents[2] / "fixtures" / "sendmail"
CASES = sorted(ROOT.glob("*/[0-9][0-9][0-9][0-9]-*.log"))
PIECES = [
    b", relay=",
    b"evil.example [192.0.2.9]",
    b", reject=550 5.1.1 no",
    b", stat=Sent",
    b", dsn=2.0.0",
    b", delay=00:00:00",
    b"... ",
    b", size=1, class=0, nrcpts=1",
    b", msgid=<m>",
    b",",
    b", ",
    b" ",
    b"[192.0.2.9]",
    b": ",
    b", discard",
    b"\\\\",
    b", arg2=127.0.0.2",
    b"to=",
    b"a",
    b", user=",
    b"<",
    b">",
    b"(may be forged)",
    b", quarantine=x",
    b", ctladdr=x",
]
anything = st.lists(st.sampled_from(PIECES), max_size=8).map(b"".join)
quoted = anything.map(lambda said: b'<"' + said + b'"@sender.example>')
CLIENT, NAME = b"198.51.100.20", b"mail.sender.example"
RELAY = NAME + b" [" + CLIENT + b"]"
ID = b"6ALHrZJ9000061"


def only(found: Event | list[Event] | None) -> Event:
    assert found is not None
    assert not isinstance(found, list)
    return found


@pytest.mark.parametrize("log", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_line_says_what_the_fixture_says(log: Path) -> None:
    case = json.loads(log.with_suffix(".json").read_text("utf-8"))
    assert set(case) == {"about", "source", "events"}
    for event in case["events"]:
        assert set(event) <= KNOWN
    assert events(log.read_bytes()) == case["events"]


def test_there_are_fixtures() -> None:
    assert len(CASES) >= 80


@pytest.mark.parametrize(
    ("tag", "name", "by_pid"),
    [
        (b"sm-mta", "sm-mta", True),
        (b"sendmail", "sendmail", True),
        (b"sendmail-in", "sendmail", True),
        (b"sm-mta-v4", "sm-mta", True),
        (b"sm-acceptingconnections", "sm-acceptingconnections", True),
        (b"sm-msp-queue", "sm-msp-queue", False),
        (b"sm-que", "sm-que", False),
    ],
)
def test_the_tag_names_the_process(tag: bytes, name: str, by_pid: bool) -> None:
    daemon = recognise(tag)
    assert daemon is not None
    assert (daemon.mta, daemon.name, daemon.by_pid) == ("sendmail", name, by_pid)


def test_postfixs_sendmail_is_postfixs() -> None:
    daemon = recognise(b"postfix/sendmail")
    assert daemon is not None
    assert daemon.mta == "postfix"


@pytest.mark.parametrize(
    ("relay", "address", "name"),
    [
        (b"mail.sender.example [198.51.100.20]", CLIENT, NAME),
        (b"mail.sender.example [198.51.100.20] (may be forged)", CLIENT, b"unknown"),
        (b"user@mail.sender.example [198.51.100.20]", CLIENT, NAME),
        (b"[198.51.100.20] [198.51.100.20]", CLIENT, b"unknown"),
        (b" [198.51.100.20]", CLIENT, b"unknown"),
        (b"six.example [IPv6:2001:db8::5]", b"IPv6:2001:db8::5", b"six.example"),
        (b"root@localhost", None, None),
        (b"mail.sender.example [not an address]", None, None),
    ],
)
def test_a_relay_is_an_address_and_a_verified_name(relay: bytes, address: bytes | None, name: bytes | None) -> None:
    assert peer(relay) == (address, name)


def test_an_interval_is_seconds() -> None:
    assert [seconds(one) for one in (b"00:00:01", b"01:00:00", b"2+00:00:03", b"1", b"")] == [
        b"1", b"3600", b"172803", None, None,
    ]  # fmt: skip


def test_a_list_of_recipients_is_parted_at_its_own_commas() -> None:
    assert paths(b'<a@x.example>,bob,"|exec cmd, x",<"b,c"@x.example>') == [
        b"a@x.example", b"bob", b'"|exec cmd, x"', b'"b,c"@x.example',
    ]  # fmt: skip


@given(quoted, st.sampled_from([b"check_mail", b"check_rcpt"]))
@settings(max_examples=400, deadline=None)
def test_no_address_forges_a_client_or_a_reply(address: bytes, name: bytes) -> None:
    line = b"%b: ruleset=%b, arg1=%b, relay=%b, reject=553 5.1.8 %b... Access denied"
    found = only(sendmail.parse(line % (ID, name, address, RELAY, address)))
    assert isinstance(found, Reject)
    assert (found.client, found.client_name, found.reply, found.text) == (CLIENT, NAME, b"553", b"Access denied")
    assert (found.sender or found.recipient) == address[1:-1]


@given(anything.filter(lambda said: b"[192.0.2.9], reject=" not in said))
@settings(max_examples=400, deadline=None)
def test_no_header_forges_the_client(subject: bytes) -> None:
    line = b"%b: ruleset=CheckSubject, arg1= %b, relay=%b, reject=550 5.7.0 Header refused"
    found = only(sendmail.parse(line % (ID, subject, RELAY)))
    assert isinstance(found, Reject)
    assert (found.client, found.reply, found.text) == (CLIENT, b"550", b"Header refused")


@given(quoted, anything)
@settings(max_examples=400, deadline=None)
def test_no_sender_and_no_message_id_forges_an_acceptance(sender: bytes, msgid: bytes) -> None:
    msgid = b"<" + msgid.replace(b">", b"") + b">"
    line = b"%b: from=%b, size=22, class=0, nrcpts=1, msgid=%b, proto=ESMTP, daemon=MTA, relay=%b"
    found = only(sendmail.parse(line % (ID, sender, msgid, RELAY)))
    assert isinstance(found, Accept)
    assert (found.client, found.sender, found.size, found.message_id) == (CLIENT, sender[1:-1], b"22", msgid)


@given(quoted, quoted, anything)
@settings(max_examples=400, deadline=None)
def test_no_recipient_and_no_next_hop_forges_a_fate(first: bytes, second: bytes, said: bytes) -> None:
    line = (
        b"%b: to=%b,%b, ctladdr=%b (1/0), delay=00:00:05, xdelay=00:00:01, mailer=esmtp, pri=1, "
        b"relay=mx.example [192.0.2.27], dsn=5.1.1, reply=550 5.1.1 %b, stat=User unknown %b"
    )
    found = sendmail.parse(line % (ID, first, second, first, said, said))
    assert isinstance(found, list)
    for event, recipient in zip(found, (first, second), strict=True):
        assert isinstance(event, Deliver)
        assert (event.recipient, event.status, event.delay, event.relay, event.enhanced) == (
            recipient[1:-1], b"bounced", b"5", b"mx.example [192.0.2.27]", b"5.1.1",
        )  # fmt: skip


@given(anything)
@settings(max_examples=300, deadline=None)
def test_no_user_name_forges_the_client_of_an_authentication(user: bytes) -> None:
    line = b"%b: AUTH failure (LOGIN): authentication failure (-13) SASL(-13): no, user=%b, relay=%b"
    found = only(sendmail.parse(line % (ID, user, RELAY)))
    assert isinstance(found, Auth)
    assert (found.client, found.status) == (CLIENT, b"failed")


HEADS = [
    b"",
    b"6ALHrZJ9000061: ",
    b"6ALHrZJ9000061: from=<",
    b"6ALHrZJ9000061: to=<",
    b"6ALHrZJ9000061: to=",
    b"6ALHrZJ9000061: ruleset=check_rcpt, arg1=<",
    b"6ALHrZJ9000061: ruleset=CheckSubject, arg1=",
    b"ruleset=check_relay, arg1=",
    b"6ALHrZJ9000061: Milter: to=<",
    b"6ALHrZJ9000061: Milter: helo=",
    b"6ALHrZJ9000061: AUTH failure (",
    b"AUTH=server, relay=",
    b"6ALHrZJ9000061: rejecting commands from ",
    b"6ALHrZJ9000061: lost input channel from ",
    b"6ALHrZJ9000061: timeout waiting for input from ",
    b"STARTTLS=server, relay=",
    b"6ALHrZJ9000061: <",
    b"6ALHrZJ9000061: [192.0.2.1]",
    b"6ALHrZJ9000061: collect: relay=",
    b"6ALHrZJ9000061: SMTP MAIL command (",
    b"6ALHrZJ9000061: invalid domain name (",
    b'6ALHrZJ9000061: "',
]


@given(st.sampled_from(HEADS), st.lists(st.sampled_from(PIECES) | st.binary(max_size=6), max_size=10).map(b"".join))
@settings(max_examples=1500, deadline=None)
def test_no_line_makes_it_fail(head: bytes, rest: bytes) -> None:
    found = sendmail.parse(head + rest)
    assert found != []


@pytest.mark.parametrize("head", HEADS)
def test_no_line_takes_long(head: bytes) -> None:
    for piece in [*PIECES, b'"', b'"\\', b'<"', b"[", b"a@b,", b"x... ", b"1", b'",<"']:
        line = head + piece * (65_536 // len(piece)) + b" x"
        begun = time.process_time()
        sendmail.parse(line)
        assert time.process_time() - begun < 0.5, (head, piece)


def test_what_is_ours_and_not_known_is_said() -> None:
    assert sendmail.parse(b"6ALHrZJ9000061: words of a later version") == Unparsed(
        b"6ALHrZJ9000061: words of a later version"
    )
