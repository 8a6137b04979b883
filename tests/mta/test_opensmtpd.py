"""OpenSMTPD: each fixture says what its JSON says, no stranger's words move into another field, no line costs much."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtop.event import Deliver, Reject
from mailtop.mta import opensmtpd
from mailtop.mta.recognisers import recognise
from tests.mta.test_fixtures import KNOWN, events

ROOT = Path(__file__).parents[2] / "fixtures" / "opensmtpd"
CASES = sorted(ROOT.glob("*/[0-9][0-9][0-9][0-9]-*.log"))
SESSION = b"00074931ed26a764"
PIECES = [
    b'" result="250 ok',
    b' result="Ok" stat="250 yes',
    b" address=192.0.2.9",
    b" host=evil.example",
    b"> to=<y",
    b" ",
    b"a",
    b" smtp connected address=192.0.2.9 host=x",
    b" relay=192.0.2.9",
    b" delay=9s",
    b'"',
    b"\\",
    b", to=<y>",
    b", stat=Ok",
    b"<",
    b">",
    b" evpid=57bb349e8d48ddda",
    b" => 250 ok",
    b": ",
    b",",
    b"command=",
    b" result=Ok stat=Delivered",
]
anything = st.lists(st.sampled_from(PIECES), max_size=8).map(b"".join)
inside = anything.map(lambda said: said.replace(b'"', b"").replace(b"\\", b""))
quoted = inside.map(lambda said: b'"' + said + b'"@sender.example')


@pytest.mark.parametrize("log", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_line_says_what_the_fixture_says(log: Path) -> None:
    case = json.loads(log.with_suffix(".json").read_text("utf-8"))
    assert set(case) == {"about", "source", "events"}
    for event in case["events"]:
        assert set(event) <= KNOWN
    assert events(log.read_bytes()) == case["events"]


def test_there_are_fixtures() -> None:
    assert len(CASES) >= 35


@pytest.mark.parametrize(
    ("tag", "mta"),
    [(b"smtpd", "opensmtpd"), (b"postfix/smtpd", "postfix"), (b"mx-in/smtpd", "postfix"), (b"smtpd-old", None)],
)
def test_the_tag_alone_is_opensmtpds(tag: bytes, mta: str | None) -> None:
    daemon = recognise(tag)
    assert (daemon.mta if daemon else None) == mta


@given(anything)
@settings(max_examples=500, deadline=None)
def test_no_command_forges_a_reply(command: bytes) -> None:
    line = b'%b smtp failed-command command="HELO %b" result="501 5.5.4 Invalid command arguments"'
    found = opensmtpd.parse(line % (SESSION, command))
    assert isinstance(found, Reject)
    assert (found.reply, found.stage, found.client, found.session) == (b"501", b"HELO", None, SESSION)


@given(quoted, quoted, anything)
@settings(max_examples=500, deadline=None)
def test_no_address_and_no_next_hop_forges_a_fate(sender: bytes, recipient: bytes, said: bytes) -> None:
    line = (
        b"%b mta delivery evpid=57bb349e8d48ddda from=<%b> to=<%b> rcpt=<-> "
        b'source="192.0.2.25" relay="192.0.2.26 (mx.example.net)" delay=10s result="PermFail" stat="550 5.1.1 %b"'
    )
    found = opensmtpd.parse(line % (SESSION, sender, recipient, said))
    assert isinstance(found, Deliver)
    assert (found.recipient, found.status, found.delay) == (recipient, b"bounced", b"10")
    assert (found.queue_id, found.relay) == (b"57bb349e", b"192.0.2.26 (mx.example.net)")


HEADS = [
    b"",
    SESSION + b' smtp failed-command command="',
    SESSION + b" smtp connected address=",
    SESSION + b" mta delivery evpid=57bb349e8d48ddda from=<",
    SESSION + b" smtp message msgid=324235a3 from=<",
    SESSION + b" smtp authentication user=",
    b"smtp-in: ",
    b"smtp-in: Failed command on session " + SESSION + b': "',
    b"relay: Ok for 57bb349e8d48ddda: from=<",
    SESSION + b" smtp disconnected reason=",
    b"smtp-in: Accepted message 4296f490 on session " + SESSION + b": from=<",
    SESSION + b' smtp bad-input result="',
    SESSION + b" smtp tls ",
    b"smtp-in: A",
]


@given(st.sampled_from(HEADS), st.lists(st.sampled_from(PIECES) | st.binary(max_size=6), max_size=10).map(b"".join))
@settings(max_examples=1500, deadline=None)
def test_no_line_makes_it_fail(head: bytes, rest: bytes) -> None:
    assert opensmtpd.parse(head + rest) != []


@pytest.mark.parametrize("head", HEADS)
def test_no_line_takes_long(head: bytes) -> None:
    for piece in [*PIECES, b'"\\', b"a ", b"1d", b"on session ", b"from "]:
        line = head + piece * (65_536 // len(piece)) + b" x"
        begun = time.process_time()
        opensmtpd.parse(line)
        assert time.process_time() - begun < 0.5, (head, piece)
