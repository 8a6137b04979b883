"""Whatever a client calls itself, Courier's parsers say who it was, or nothing; and no line makes them fail or wait."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtop.event import Auth, Deliver, Notice, Reject, Unparsed
from mailtop.mta import courier
from mailtop.mta.courier import esmtpd, login, queue
from mailtop.mta.parser import Parse
from mailtop.mta.recognisers import recognise

PIECES = [
    b", ip=[192.0.2.99]", b", port=[1]", b", protocol=IMAP", b",from=<", b">,to=<", b">,addr=<", b">,status: success",
    b",msg=\"535 x\",cmd: ", b">: 550 ", b",size=1", b">,module=", b",ident=x", b" ", b"x", b"\xff", b"LOGIN, user=",
    b"id=0,from=<", b"\"", b"newmsg,id=0: dns; ",
]  # fmt: skip
NAMES = st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=8).map(b"".join)
CLIENT = b"::ffff:203.0.113.9"


@given(NAMES)
def test_an_account_moves_into_no_other_field(account: bytes) -> None:
    event = login.parse(b"LOGIN FAILED, user=%b, ip=[::ffff:203.0.113.9], port=[4711]" % account)
    assert isinstance(event, Auth)
    assert (event.client, event.status, event.sasl_user) == (CLIENT, b"failed", account or None)


@given(NAMES, NAMES)
def test_an_envelope_as_courier_writes_it_is_read_in_one_way(sender: bytes, recipient: bytes) -> None:
    blank = bytes.maketrans(b"<>:", b"   ")
    sender, recipient = sender.translate(blank), recipient.translate(blank)
    text = b"error,relay=::ffff:203.0.113.9,from=<%b>,to=<%b>: 550 User unknown." % (sender, recipient)
    event = esmtpd.parse(text)
    assert isinstance(event, Reject)
    assert (event.client, event.reply, event.stage) == (CLIENT, b"550", b"RCPT")
    assert (event.sender, event.recipient) == (sender or b"<>", recipient or None)


@given(NAMES)
def test_what_may_be_a_password_is_not_kept(secret: bytes) -> None:
    event = esmtpd.parse(b'error,relay=::ffff:203.0.113.9,msg="535 Authentication failed.",cmd: ' + b"c2Vj" + secret)
    assert isinstance(event, Auth | Notice)
    assert event.client == CLIENT
    if isinstance(event, Auth):
        assert event.text is not None
        assert b"c2Vj" not in event.text


@given(NAMES, NAMES)
def test_an_address_makes_no_delivery(sender: bytes, recipient: bytes) -> None:
    event = queue.parse(b"id=0A.1,from=<%b>,addr=<%b>,status: failure" % (sender, recipient))
    assert isinstance(event, Deliver | Notice)
    assert event.queue_id == b"0A.1"
    if isinstance(event, Deliver):
        assert event.status == b"bounced"
        assert event.recipient in (recipient, None)


PARSERS = [*dict.fromkeys(courier._PARSERS.values()), courier.parse_any]


@given(NAMES)
def test_no_text_makes_a_parser_fail(text: bytes) -> None:
    for parse in PARSERS:
        event = parse(text)
        assert type(event) is not Unparsed or event.text == text


@pytest.mark.parametrize("parse", PARSERS)
@pytest.mark.parametrize(
    "head", [b"", b"LOGIN, user=", b"error,relay=192.0.2.1,from=<", b"id=0,from=<", b'error,relay=192.0.2.1,msg="']
)
def test_no_line_takes_long(parse: Parse, head: bytes) -> None:
    for piece in PIECES:
        line = head + piece * (65_536 // len(piece)) + b" x"
        begun = time.process_time()
        parse(line)
        assert time.process_time() - begun < 0.5, piece


@pytest.mark.parametrize("tag", ["imapd", "pop3d-ssl", "courieresmtpd", "courierd", "authdaemond", "courierpop3login"])
def test_tags_that_are_couriers(tag: str) -> None:
    daemon = recognise(tag.encode())
    assert daemon is not None
    assert (daemon.mta, daemon.name) == ("courier", tag)


def test_a_part_without_a_parser_is_read_by_its_shape() -> None:
    found = courier.parse_any(b"LOGIN FAILED, user=bob, ip=[203.0.113.9]")
    assert isinstance(found, Auth)
    assert courier.parse_any(b"Installed filters") is None
