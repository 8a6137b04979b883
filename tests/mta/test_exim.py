"""Exim: every line under fixtures/exim says what its JSON says; no line is too hostile, and none too long."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtop.event import SCHEMA, Accept, Auth, Deliver, Event, Hangup, Notice, Reject, Warn
from mailtop.ingest.reader import Reader
from mailtop.mta import exim
from mailtop.mta.exim.delivery import seconds
from mailtop.mta.exim.lists import listed
from mailtop.mta.recognisers import recognise
from mailtop.report.events import rows
from mailtop.smtp import REASONS, STATUSES

ROOT = Path(__file__).parents[2] / "fixtures" / "exim"
REFERENCE = datetime(2026, 11, 22, tzinfo=UTC).timestamp()
NOT_COMPARED = {"source", "line", "offset", "session"}
KNOWN = {field.name for field in SCHEMA} - NOT_COMPARED
NUMBERED = "*/[0-9][0-9][0-9][0-9]-*"
CASES = sorted(ROOT.glob(NUMBERED + ".log"))
LINES = sorted({line for path in ROOT.glob("*/*.log") for line in path.read_bytes().split(b"\n") if line})


def events(data: bytes) -> list[dict[str, Any]]:
    """What the Reader makes of a file, absent fields left out."""
    reader = Reader("fixture", 0, REFERENCE, tz=UTC, keep_text=True)
    made = [event for batch in [*reader.feed(data, 0, 1), reader.batch()] for event in rows(batch)]
    return [{k: v for k, v in event.items() if v is not None and k not in NOT_COMPARED} for event in made]


def parsed(text: bytes) -> list[Event]:
    """What the parser makes of a text."""
    made = exim.parse(text)
    return made if isinstance(made, list) else [] if made is None else [made]


@pytest.mark.parametrize("log", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_line_says_what_the_fixture_says(log: Path) -> None:
    case = json.loads(log.with_suffix(".json").read_text("utf-8"))
    assert set(case) == {"about", "source", "events"}
    for event in case["events"]:
        assert set(event) <= KNOWN, "a field that is not in the schema"
    assert events(log.read_bytes()) == case["events"]


def test_there_are_fixtures_and_each_has_its_pair() -> None:
    assert len(CASES) >= 100
    assert {path.with_suffix("") for path in CASES} == {path.with_suffix("") for path in ROOT.glob(NUMBERED + ".json")}


def test_fixtures_name_only_documentation_addresses() -> None:
    allowed = ("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:", "127.0.0.1")
    for path in ROOT.glob(NUMBERED + ".json"):
        for event in json.loads(path.read_text("utf-8"))["events"]:
            assert event.get("client", "192.0.2.1").startswith(allowed), path


@pytest.mark.parametrize("tag", [b"exim", b"exim4", b"Exim", b"eximd", b"exim-out"])
def test_its_tags(tag: bytes) -> None:
    daemon = recognise(tag)
    assert daemon is not None
    assert daemon.mta == "exim"


@pytest.mark.parametrize("tag", [b"eximius", b"postfix/smtpd"])
def test_no_tags_of_others(tag: bytes) -> None:
    assert exim.recognise(tag) is None


def test_rejections_and_deliveries_use_the_closed_words() -> None:
    for line in LINES:
        for event in parsed(line):
            if isinstance(event, Reject | Warn):
                assert (event.reason or b"").decode() in REASONS
                assert event.reply is None or event.reply[:1] in b"45"
            if isinstance(event, Deliver):
                assert (event.status or b"").decode() in STATUSES


def test_one_connection_has_one_name_in_all_its_lines() -> None:
    lines = [
        b"SMTP connection from [198.51.100.40]:1234 (TCP/IP connection count = 1)",
        b"H=(x.example) [198.51.100.40]:1234 I=[192.0.2.25]:25 F=<a@x.example> rejected RCPT <b@x.example>: no",
        b"1xUpFZ-00000b-08 <= a@x.example H=(x.example) [198.51.100.40]:1234 P=esmtp S=1",
        b"plain authenticator failed for (x.example) [198.51.100.40]:1234: 535 Incorrect authentication data",
        b"SMTP connection from (x.example) [198.51.100.40]:1234 closed by QUIT",
        b"unexpected disconnection while reading SMTP command from (x.example) [198.51.100.40]:1234 D=0s",
    ]
    made = [event for line in lines for event in parsed(line)]
    assert {getattr(event, "session", None) for event in made} == {b"[198.51.100.40]:1234"}


@pytest.mark.parametrize(
    ("span", "expected"),
    [(b"0s", b"0"), (b"1m3s", b"63"), (b"0.021s", b"0.021"), (b"1w2d3h4m5s", b"788645"), (b"2d", b"172800")],
)
def test_times(span: bytes, expected: bytes) -> None:
    assert seconds(span) == expected


@pytest.mark.parametrize("span", [b"", b"s", b"1x", b"soon", b"1" * 50 + b"s" + b"1"])
def test_no_times(span: bytes) -> None:
    assert seconds(span) in (None, b"0")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"203.0.113.5 is in a black list at dnsbl.test", b"dnsbl.test"),
        (b"rejected because 203.0.113.5 is in a black list at dnsbl.test", b"dnsbl.test"),
        (b"Host 203.0.113.5 is blacklisted in bl.test; see https://bl.example.org/203.0.113.5", b"bl.test"),
        (b"203.0.113.5 listed by list.dnsbl.test.", b"list.dnsbl.test"),
        (b"blocked using zen.test", b"zen.test"),
        (b"zen.spamhaus.org: https://www.spamhaus.org/query/ip/203.0.113.5", b"zen.spamhaus.org"),
        (b"RBL (bl.test)", b"bl.test"),
        (b"203.0.113.5 is in bl.test", b"bl.test"),
        (b"DNSBL hit, see https://www.example.org/x", None),
        (b"Your host is in an RBL", None),
    ],
)
def test_lists_are_found(text: bytes, expected: bytes | None) -> None:
    assert listed(text) == (True, expected)


@pytest.mark.parametrize(
    "text", [b"relay not permitted", b"user not found in example.org", b"Blacklisted file extension x.exe", b"tables"]
)
def test_no_lists_are_found(text: bytes) -> None:
    assert listed(text) == (False, None)


PIECES = [
    b"H=(x) [203.0.113.9]", b" F=<ceo@victim.example>", b" rejected RCPT <", b">: ", b"<", b">", b'"', b'\\"', b"\\",
    b") [203.0.113.9]", b" R=x T=y", b' C="250 OK"', b" QT=9d", b" id=", b" S=1", b" P=esmtp", b" for ", b" from <",
    b": 535 ", b"(set_id=", b"SMTP connection from ", b" listed at forged.example", b" ", b"=> ", b"** ", b"== ",
    b"[1/2] ", b"\x1b[31m", b"\0", b"\xff", b"[1] ", b"2026-11-21 17:51:43 ", b"1xUpFZ-00000b-08 ", b" rejected ",
    b" Warning: ",
]  # fmt: skip
anything = st.lists(st.sampled_from(PIECES), max_size=8).map(b"".join)
quoted = anything.map(lambda said: b'"' + said.replace(b"\\", b"").replace(b'"', b'\\"') + b'"@sender.example')
address = st.sampled_from([b"a@sender.example", b"x@[192.0.2.1]"]) | quoted
helo = st.sampled_from([b"x.example", b"[203.0.113.9]", b"[IPv6:2001:db8::9]", b"F=<a>", b"rejected", b'"x"'])
text = anything | st.sampled_from([b"relay not permitted", b"203.0.113.5 is listed at zen.test"])


@given(anything, st.sampled_from(LINES), st.integers(0, 200), st.integers(0, 20))
@settings(max_examples=1500, deadline=None)
def test_nothing_raises(said: bytes, line: bytes, at: int, drop: int) -> None:
    for event in [*parsed(said), *parsed(line[:at] + said + line[at + drop :]), *parsed(line[20:][:at] + said)]:
        assert all(value is None or isinstance(value, bytes) for value in event)


@given(helo, address, address, text)
@settings(max_examples=800, deadline=None)
def test_no_field_of_a_rejection_is_forged(said: bytes, path: bytes, recipient: bytes, why: bytes) -> None:
    line = b"H=(%b) [198.51.100.4]:1234 F=<%b> rejected RCPT <%b>: %b" % (said, path, recipient, why)
    (event,) = parsed(line)
    assert isinstance(event, Reject)
    assert event.client == b"198.51.100.4"
    assert (event.helo, event.sender, event.recipient, event.stage) == (said, path, recipient, b"RCPT")


@given(helo, address, quoted, anything)
@settings(max_examples=800, deadline=None)
def test_no_field_of_an_arrival_is_forged(said: bytes, path: bytes, ident: bytes, subject: bytes) -> None:
    title = subject.replace(b"\\", b"").replace(b'"', b'\\"')
    line = b'1xUpFZ-00000b-08 <= %b H=(%b) [198.51.100.4] P=esmtpa A=login:bob S=230 ' % (path, said)
    line += b'id=%b T="%b" for bob@example.org' % (ident, title)
    (event,) = parsed(line)
    assert isinstance(event, Accept)
    assert (event.client, event.helo, event.sender) == (b"198.51.100.4", said, path)
    assert (event.size, event.sasl_user, event.recipient) == (b"230", b"bob", b"bob@example.org")


@given(address, anything)
@settings(max_examples=800, deadline=None)
def test_no_field_of_a_delivery_is_forged(recipient: bytes, answer: bytes) -> None:
    said = answer.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    line = b'1xUpFZ-00000b-08 => %b R=dnslookup T=smtp H=mx.example [192.0.2.3] C="%b" QT=3s' % (recipient, said)
    (event,) = parsed(line)
    assert isinstance(event, Deliver)
    assert (event.recipient, event.relay, event.delay) == (recipient, b"mx.example [192.0.2.3]", b"3")
    (event,) = parsed(b"1xUpFZ-00000b-08 == %b R=dnslookup T=smtp defer (-53): %b" % (recipient, answer))
    assert isinstance(event, Deliver)
    assert (event.recipient, event.relay, event.status) == (recipient, b"smtp", b"deferred")


@given(anything, helo)
@settings(max_examples=500, deadline=None)
def test_no_user_name_and_no_command_names_the_client(said: bytes, name: bytes) -> None:
    line = b"login authenticator failed for (%b) [198.51.100.4]: 535 Incorrect authentication data (set_id=%b)"
    (event,) = parsed(line % (name, said))
    assert isinstance(event, Auth)
    assert (event.client, event.helo, event.sasl_user) == (b"198.51.100.4", name, said or None)
    (event,) = parsed(b'SMTP syntax error in "%b" H=(%b) [198.51.100.4] unrecognized command' % (said, name))
    assert isinstance(event, Notice)
    assert event.client == b"198.51.100.4"
    line = b'SMTP call from (%b) [198.51.100.4] dropped: too many nonmail commands (last was "%b")'
    (event,) = parsed(line % (name, said))
    assert isinstance(event, Hangup)
    assert event.client == b"198.51.100.4"


LENGTH = 65_536
MOMENT = 0.5
"""seconds of this process for one line"""
HEADS = [
    b"", b"H=(", b"H=(x) [192.0.2.1] F=<", b"H=(x) [192.0.2.1] F=<a@x> rejected RCPT <", b"1xUpFZ-00000b-08 <= ",
    b"1xUpFZ-00000b-08 <= a@x H=(x) [192.0.2.1] P=esmtp S=1 id=", b"1xUpFZ-00000b-08 => ", b"1xUpFZ-00000b-08 => |",
    b"1xUpFZ-00000b-08 ** a@x R=y T=z: ", b"1xUpFZ-00000b-08 == ", b"H=(x) [192.0.2.1] Warning: ",
    b"H=(x) [192.0.2.1] F=<a@x> rejected RCPT <a@y>: listed ", b"login authenticator failed for ",
    b"1xUpFZ-00000b-08 ** a@x R=y T=z: SMTP error from remote mail server after ", b"rejected from <",
    b'SMTP syntax error in "', b'SMTP protocol synchronization error (x): rejected "', b"Connection from ",
    b"1xUpFZ-00000b-08 SA: Action: x: ", b"1xUpFZ-00000b-08 DKIM: d=", b"SMTP call from ", b'rejected "EHLO ',
    b"1xUpFZ-00000b-08 <= a@x H=(x) [192.0.2.1] P=esmtp", b"1xUpFZ-00000b-08 DMARC results: ",
]  # fmt: skip


@pytest.mark.parametrize("head", HEADS)
def test_no_line_takes_long(head: bytes) -> None:
    more = [b"a.", b"at ", b"is ", b"1.2.3.4.", b" <a@b> ", b"X=a ", b'DN="', b"blocked by in at ", b"["]
    for piece in [*PIECES, *more, b"Message-Id: ", b"enforcement='"]:
        line = head + piece * (LENGTH // len(piece)) + b" x"
        begun = time.process_time()
        exim.parse(line)
        assert time.process_time() - begun < MOMENT, piece
