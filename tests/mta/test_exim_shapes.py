"""Exim's lines read many at a time say what they say one by one, in a log of its own and by syslog."""

import re
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtop.ingest.bulk import reading
from mailtop.ingest.reader import Reader
from mailtop.mta import exim
from mailtop.mta.exim.shapes import SHAPES
from mailtop.mta.parser import Daemon
from mailtop.record import exim_line
from mailtop.report.events import rows

ROOT = Path(__file__).parents[2] / "fixtures" / "exim"
OWN = b"2026-11-21 17:47:39 "
STAMPED = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})?(?: [+-]\d{4})? (?:\[\d+\] )?(?=.)")
OLD, NEW = b"1xUC2x-S5Qjqc-FU", b"1xUC2x-00000S5Qjqc-01FU"
PEERS = (
    b"[203.0.113.5]", b"(x.example) [203.0.113.5]", b"([192.0.2.66]) [203.0.113.5]:4711", b"a.example [2001:db8::5]:25",
    b"dyn.isp.example (ylmf-pc) [203.0.113.5] I=[192.0.2.1]:25", b"a.example ([192.0.2.66]) [203.0.113.5]",
)  # fmt: skip
OF_PEERS = (
    b"H=%b F=<a@b.example> rejected RCPT <c@example.org>: rejected because 203.0.113.5 is in a black list at zen.test",
    b"H=%b F=<a@b.example> temporarily rejected RCPT <c@example.org>: greylisted - please try again later",
    b"H=%b F=<> rejected RCPT <c@example.org>: 550 5.7.1 x.example is listed at dnsbl.test <http://u.example>",
    b"H=%b X=TLS1.3:ECDHE:256 CV=no F=<a@b.example> rejected RCPT <c@example.org>: 451 no",
    b"H=%b F=<a@b.example> rejected RCPT <c@example.org>",
    b"H=%b sender verify fail for <a@nowhere.example>: Unrouteable address",
    b"login authenticator failed for %b: 535 Incorrect authentication data (set_id=bob@example.org)",
    b"plain_server authenticator failed for %b: 535 Incorrect authentication data",
    b"SMTP connection from %b (TCP/IP connection count = 3)",
    b"SMTP connection from %b closed by QUIT",
    b"SMTP connection from %b D=0.02s closed by QUIT",
    b"SMTP connection from %b lost D=0s",
    b'SMTP call from %b dropped: too many nonmail commands (last was "RSET")',
    b"no MAIL in SMTP connection from %b D=0s C=EHLO,QUIT",
    b"unexpected disconnection while reading SMTP command from %b D=2s",
    b"TLS error on connection from %b (gnutls_handshake): An unexpected TLS packet was received.",
    b'SMTP protocol error in "AUTH LOGIN" H=%b AUTH command used when not advertised',
    OLD
    + b" <= a@b.example H=%b P=esmtps X=TLS1.3:ECDHE_X25519__RSA:256 CV=no A=login:bob S=82 id=1@b.test for c@d.test",
    NEW + b" <= <> H=%b P=smtp S=82",
)
OTHERS = (
    b"no host name found for IP address 203.0.113.5",
    OLD + b" <= <> R=1xUC2u-m9zFxN-5D U=Debian-exim P=local S=2000",
    OLD + b" DKIM: d=a.example s=s1 c=relaxed/relaxed a=rsa-sha256 b=2048 [verification succeeded]",
    NEW + b" DKIM: d=a.example s=s1 c=relaxed/relaxed a=rsa-sha256 b=2048 [invalid - public key record not found]",
    OLD + b" => papa4 <papa4@example.org> R=local_user T=maildir_home",
    NEW + b" -> a@b.example F=<x@y.example> P=<x@y.example> R=dnslookup T=remote_smtp H=mx.b.example [192.0.2.9]:25 "
    b"X=TLS1.2:ECDHE:256 CV=yes C=\"250 2.0.0 Ok: queued as 47A\" QT=1m3s DT=0.2s",
    OLD + b" => a@b.example R=dnslookup T=remote_smtp S=12 H=mx.b.example [192.0.2.9] C=\"250 OK\"",
    OLD + b" => a@b.example R=dnslookup T=remote_smtp H=mx.b.example [192.0.2.9] C=\"250\"",
    OLD + b" Completed", NEW + b" Completed QT=3s",
)  # fmt: skip
TEXTS = [*(line % peer for line in OF_PEERS for peer in PEERS), *OTHERS]
PIECES = [
    b" H=x.example (y) [192.0.2.1] F=<a@x.example> rejected RCPT <b@y.example>: no", b"(", b") ", b"[", b"] ", b"<",
    b">",
    b'"', b" ", b"  ", b": ", b":", b"=", b"DS", b"DS ", b"H=", b"X", b"\x1b", b"\t", b"\xff", b"4", b"-", b"_", b"/",
    b" S=1 ", b" id=", b" for ", b" T=", b" A=x:y", b"temporarily ", b"<>", b"|", b"save", b"blackhole", b"[77] ", b"",
    b" I=[192.0.2.1]:25", b" U=x", b"mx1 exim[7]: ", b"[192.0.2.1]:1", b"450 4.1.1 ", b"203.0.113.5", b" QT=3s", b"()",
]  # fmt: skip
FORMS = [
    OWN, b"2026-11-21 17:47:39 [77] ", b"2026-11-21 17:47:39.250 +0100 [77] ", b"2026-11-21 17:47:39 -0330 ",
    b"2026-11-21 17:47:39.250 ", b"Nov 21 17:47:39 mx1 exim[9]: ",
]  # fmt: skip


def one_by_one(program: bytes) -> Daemon | None:
    """Exim without its shapes."""
    daemon = exim.recognise(program)
    return None if daemon is None else daemon._replace(shapes=())


def read(data: bytes, large: int = 1, **options: Any) -> list[dict[str, Any]]:
    reader = Reader("-", 0, 1795305600.0, tz=UTC, keep_text=True, recogniser=exim.recognise, **options)
    reader.large = large
    return [event for batch in [*reader.feed(data, 0, 1), reader.batch()] for event in rows(batch)]


def singly(data: bytes) -> list[dict[str, Any]]:
    reader = Reader("-", 0, 1795305600.0, tz=UTC, keep_text=True, recogniser=one_by_one)
    return [event for batch in [*reader.feed(data, 0, 1), reader.batch()] for event in rows(batch)]


def usual(data: bytes) -> int:
    """How many lines are read by a shape."""
    reader = Reader("-", 0, 1795305600.0, tz=UTC, recogniser=exim.recognise)
    block = reading.block_of(data)
    assert block is not None
    return reading.read(reader, block, 0, 1)[1]


@pytest.mark.parametrize("form", FORMS)
def test_every_usual_line_is_read_by_a_shape(form: bytes) -> None:
    for text in TEXTS:
        assert usual(form + text + b"\n") == 1, text


@pytest.mark.parametrize("form", FORMS)
def test_usual_lines_read_both_ways_agree(form: bytes) -> None:
    data = b"".join(form + text + b"\n" for text in TEXTS)
    assert len(read(data)) == len(TEXTS)
    assert read(data) == singly(data)


@pytest.mark.parametrize("path", [*ROOT.glob("*/*.log"), *(ROOT / "genuine").glob("*.rejectlog")], ids=lambda p: p.name)
def test_fixtures_read_both_ways_agree(path: Path) -> None:
    data = path.read_bytes()
    assert read(data) == singly(data)


def test_each_shape_opens_with_what_is_exims_alone() -> None:
    for text in TEXTS:
        assert exim_line(OWN + text), text
    read_by = {shape.kind for shape in SHAPES}
    assert {event["kind"] for event in read(b"".join(OWN + text + b"\n" for text in TEXTS))} == {
        kind.__name__.lower() for kind in read_by
    }


@given(
    st.sampled_from(FORMS),
    st.lists(
        st.tuples(st.sampled_from(TEXTS), st.sampled_from(PIECES), st.integers(0, 200), st.integers(0, 12)),
        min_size=1,
        max_size=8,
    ),
)
@settings(max_examples=1000, deadline=None)
def test_mangled_lines_read_both_ways_agree(form: bytes, mangled: list[tuple[bytes, bytes, int, int]]) -> None:
    data = b"".join(form + text[:at] + piece + text[at + drop :] + b"\n" for text, piece, at, drop in mangled)
    assert read(data) == singly(data)


@given(st.lists(st.tuples(st.sampled_from(FORMS), st.sampled_from(TEXTS)), min_size=1, max_size=30))
@settings(max_examples=200, deadline=None)
def test_stamps_of_all_shapes_in_one_log(lines: list[tuple[bytes, bytes]]) -> None:
    data = b"".join(form + text + b"\n" for form, text in lines)
    by_line = [event for form, text in lines for event in singly(form + text + b"\n")]
    for made in (read(data), singly(data)):
        assert [(event["host"], event["kind"], event["client"]) for event in made] == [
            (event["host"], event["kind"], event["client"]) for event in by_line
        ]
        assert [event["time"][:19] for event in made] == [event["time"][:19] for event in by_line]
