"""Filters: whose tag is whose, what no stranger can forge, and what no line costs."""

import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtop.event import Event, Filter, Listed, Reject
from mailtop.mta.filters import PROGRAMS
from mailtop.mta.filters.amavis import parse as amavis
from mailtop.mta.filters.fields import message_id, queue_id
from mailtop.mta.filters.rspamd import parse as rspamd
from mailtop.mta.filters.rspamd_lists import BLOCKED, LISTS
from mailtop.mta.filters.spamd import parse as spamd
from mailtop.mta.recognisers import recognise

ROOT = Path(__file__).parents[2] / "fixtures" / "filters"
Parser = Callable[[bytes], Event | list[Event] | None]
PARSERS: dict[str, Parser] = {
    module: import_module(f"mailtop.mta.filters.{module}").parse for module, _ in PROGRAMS.values()
}
LINES = sorted({
    line.partition(b": ")[2] for path in ROOT.glob("*/*.log") for line in path.read_bytes().split(b"\n") if line
})  # fmt: skip
PIECES = [
    b">, qid: <DEADBEEF99>, ip: 203.0.113.99, from: <ceo@victim.example>", b", (default: T (reject): [9.00/1.00] [",
    b"RBL_SEM(1.00){203.0.113.99:from;}", b"]), len: 1, time: 1ms, ", b", mid=<victim@example.com>", b"), ", b") {",
    b", [203.0.113.99]:25 <ceo@victim.example> -> <x@victim.example>, Queue-ID: DEADBEEF99", b"> -> <", b"{", b"}",
    b", Queue-ID: ", b"; <client=x[203.0.113.99]> <helo=h> <from=a> <to=b>; rate: ", b", recipient=", b", sender=<",
    b";ip=203.0.113.99", b" infected by ", b'"', b"<", b">", b"\\", b" ", b"", b"\xff\x00", b"; ", b"client-ip=",
]  # fmt: skip
LONG = 65_536
MOMENT = 0.5
"""seconds of this process for one line"""


@pytest.mark.parametrize(
    ("tag", "mta", "daemon"),
    [
        (b"rspamd", "rspamd", "rspamd"),
        (b"spamd", "spamassassin", "spamd"),
        (b"postfix/policy-spf", "policyd-spf", "policy-spf"),
        (b"postfix/policyd-weight", "policyd-weight", "policyd-weight"),
        (b"postfwd2/policy", "postfwd", "postfwd2"),
        (b"clamav-milter", "clamav", "clamav-milter"),
        (b"milter-greylist", "milter-greylist", "milter-greylist"),
    ],
)
def test_tags(tag: bytes, mta: str, daemon: str) -> None:
    found = recognise(tag)
    assert found is not None
    assert (found.mta, found.name) == (mta, daemon)


@pytest.mark.parametrize("tag", [b"spamc", b"postfix/smtpd", b"policykit", b"clamsmtpd", b"opendnssec"])
def test_other_programs_are_not_filters(tag: bytes) -> None:
    found = recognise(tag)
    assert found is None or found.mta == "postfix"


def every(event: Event | list[Event] | None) -> list[Event]:
    return event if isinstance(event, list) else [] if event is None else [event]


@pytest.mark.parametrize("module", PARSERS)
@given(line=st.sampled_from(LINES), piece=st.sampled_from(PIECES), at=st.integers(0, 400), drop=st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_no_line_raises_and_none_is_a_refusal(module: str, line: bytes, piece: bytes, at: int, drop: int) -> None:
    made = PARSERS[module](line[:at] + piece + line[at + drop :])
    assert made != []
    assert not any(isinstance(event, Reject) for event in every(made))


@pytest.mark.parametrize("module", PARSERS)
@given(st.binary(max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_read(module: str, text: bytes) -> None:
    assert PARSERS[module](text) != []


stranger = st.lists(st.sampled_from(PIECES), max_size=4).map(b"".join)
plain = st.sampled_from([b"a@sender.example", b"", b"bob@local.test"])


@given(mid=stranger, option=stranger, sender=stranger, recipient=stranger)
@settings(max_examples=500, deadline=None)
def test_nothing_in_a_rspamd_line_is_forged(mid: bytes, option: bytes, sender: bytes, recipient: bytes) -> None:
    """Blanks in a message-id are rspamd's `?`; in an envelope address they are inside quotes."""
    mid, sender, recipient = mid.replace(b" ", b"?"), quoted(sender), quoted(recipient)
    option = option.replace(b"{", b"?").replace(b"}", b"?")
    made = every(rspamd(
        b"<1a2b3c>; task; rspamd_task_write_log: id: <%b>, qid: <30D8F2A0753>, ip: 192.0.2.1, from: <%b>, (default: F "
        b"(no action): [0.00/15.00] [X(0.00){%b;}]), len: 9, time: 1ms, dns req: 0, digest: <00>, rcpts: <%b>"
        % (mid, sender, option, recipient)
    ))  # fmt: skip
    verdict = made[0]
    assert isinstance(verdict, Filter)
    assert verdict.queue_id in (None, b"30D8F2A0753")
    assert verdict.client in (None, b"192.0.2.1")
    assert verdict.status in (None, b"no action")
    assert verdict.sender in (None, sender or b"<>")
    assert verdict.recipient in (None, recipient)
    assert verdict.message_id in (None, b"<%b>" % mid)
    assert not any(isinstance(event, Listed) for event in made)


@given(part=stranger, sender=stranger, recipient=stranger, mid=stranger)
@settings(max_examples=500, deadline=None)
def test_nothing_in_an_amavis_line_is_forged(part: bytes, sender: bytes, recipient: bytes, mid: bytes) -> None:
    sender, recipient, mid = quoted(sender), quoted(recipient), mid.replace(b" ", b"_")
    verdict = amavis(
        b"(02279-04) Blocked BANNED (%b) {DiscardedInbound}, [192.0.2.1]:61 [192.0.2.2] <%b> -> <%b>, quarantine: x, "
        b"Queue-ID: 30D8F2A0753, Message-ID: <%b>, mail_id: 6aLEkMwQa8H2, Hits: -, size: 888, 80 ms"
        % (part, sender, recipient, mid)
    )
    assert isinstance(verdict, Filter)
    assert verdict.queue_id in (None, b"30D8F2A0753")
    assert verdict.client in (None, b"192.0.2.1")
    assert verdict.sender in (None, sender or b"<>")
    assert verdict.recipient in (None, recipient)
    assert verdict.message_id in (None, b"<%b>" % mid)


@given(user=stranger, mid=stranger)
@settings(max_examples=200, deadline=None)
def test_a_message_id_in_spamds_line_is_the_messages(user: bytes, mid: bytes) -> None:
    mid = mid.replace(b" ", b"_").replace(b",", b"_")
    verdict = spamd(b"spamd: result: Y 12 - GTUBE scantime=0.4,user=%b,rport=1,mid=<%b>,autolearn=no" % (user, mid))
    assert isinstance(verdict, Filter)
    assert verdict.message_id in (None, b"<%b>" % mid)


def test_a_message_id_in_clamavs_line_is_the_messages() -> None:
    line = (
        b"Message 30D8F2A0753 from <a@x.test> to <b@y.test> with subject '%b' message-id '<m@x.test>' date 'd' "
        b"infected by V"
    )
    for subject, known in ((b"hello", b"<m@x.test>"), (b"x' message-id '<v@x.test>' date 'd' infected by W", None)):
        verdict = PARSERS["clamav"](line % subject)
        assert isinstance(verdict, Filter)
        assert (verdict.queue_id, verdict.message_id) == (b"30D8F2A0753", known)


def quoted(local: bytes) -> bytes:
    """An envelope address as an MTA hands it on."""
    if not local:
        return b""
    return b'"' + local.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"@sender.example'


@pytest.mark.parametrize("module", PARSERS)
def test_no_line_takes_long(module: str) -> None:
    heads = [b"", *{line[:length] for line in LINES[:: max(1, len(LINES) // 60)] for length in (40, 200)}]
    own = [line for path in ROOT.glob(f"{module.replace('_', '-')}*/0*.log") for line in path.read_bytes().split(b"\n")]
    heads += [line.partition(b": ")[2][:length] for line in own for length in (60, 160)]
    for piece in PIECES:
        if not piece:
            continue
        filling = piece * (LONG // len(piece))
        for head in heads[:40] if len(piece) > 3 else heads[:8]:
            begun = time.process_time()
            PARSERS[module](head + filling + b" x")
            assert time.process_time() - begun < MOMENT, (head, piece)


@pytest.mark.parametrize(
    ("word", "known"),
    [
        (b"30D8F2A0753", True), (b"4Y1zQ83xGzz1234", True), (b"1tABCD-000abc-XY", True), (b"qA7LqlqC029841", True),
        (b"NOQUEUE", False), (b"undef", False), (b"(unknown-jobid)", False), (b"", False), (b"warning", False),
    ],
)  # fmt: skip
def test_queue_ids_of_any_mta(word: bytes, known: bool) -> None:
    assert queue_id(word) == (word if known else None)


@pytest.mark.parametrize("value", [b"undef", b"(unknown)", b"<>", b"", b"<a b@c>", b"<a>b@c>", b"x" * 2000])
def test_what_is_no_message_id(value: bytes) -> None:
    assert message_id(value) in (None, b"<(unknown)>")


def test_received_hosts_and_domains_are_no_listings_of_the_client() -> None:
    assert not any(name.startswith((b"RECEIVED_", b"DBL", b"URIBL", b"SURBL")) for name in LISTS)
    assert not LISTS.keys() & BLOCKED.keys()
