"""The Reader: batches are bounded, offsets are true, and how a file is cut changes nothing."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtop.batch import Batch, Strings
from mailtop.event import KIND_WORDS
from mailtop.ingest import reader as module
from mailtop.ingest.reader import Reader
from mailtop.record import LINE_LIMIT, may_begin, wanted
from mailtop.report.events import rows

REFERENCE = datetime(2026, 11, 22, tzinfo=UTC).timestamp()
STAMP = b"Nov 21 17:47:39 mx1 postfix/smtpd[208]: "
REJECT = (
    b"NOQUEUE: reject: RCPT from unknown[203.0.113.5]: 550 5.1.1 <bob@local.test>: Recipient address rejected: "
    b"User unknown; from=<a@sender.example> to=<bob@local.test> proto=ESMTP helo=<x.example>"
)
LINES = [
    STAMP + b"connect from unknown[203.0.113.5]",
    STAMP + REJECT,
    STAMP + b"disconnect from unknown[203.0.113.5] ehlo=1 quit=1 commands=2",
    b"Nov 21 17:47:40 mx2 postfix/postscreen[3]: CONNECT from [203.0.113.9]:44444 to [192.0.2.1]:25",
    b"Nov 21 17:47:40 mx2 postfix/postscreen[3]: DNSBL rank 3 for [203.0.113.9]:44444",
    b"Nov 21 17:47:41 mx1 last message repeated 2 times",
    b"Nov 21 17:47:41 mx2 last message repeated 2 times",
    b"2026-11-21T17:47:42.5+01:00 mx1 postfix/qmgr[7]: 30D8F2A0753: removed",
    b"Nov 21 17:47:43 mx1 kernel: something else entirely",
    b"Nov 21 17:47:43 mx1 postfix/smtp[4]: 30D8F2A0753: to=<b@local.test>, relay=none, delay=1, delays=1/0/0/0, "
    b"dsn=4.4.1, status=deferred (connect to mx.example[192.0.2.9]:25: Connection refused)",
    b"no header at all",
    b"Nov 21 17:47:44 mx1 postfix/master[1]: daemon started -- version 3.7.11, configuration /etc/postfix",
    STAMP + b"message repeated 4 times: [ " + REJECT + b"]",
]


def reader(**options: Any) -> Reader:
    return Reader("-", 0, REFERENCE, **{"tz": UTC, "keep_text": True, "now": lambda: 5.0, **options})


def batches(data: bytes, **options: Any) -> list[Batch]:
    it = reader(**options)
    return [*it.feed(data, 0, 1), it.batch()]


def events(made: list[Batch]) -> list[dict[str, Any]]:
    """As a face shows them, but all with microseconds: a face leaves them out batch by batch."""
    shown = [event for batch in made for event in rows(batch)]
    return [
        event | {"time": datetime.fromisoformat(event["time"]).isoformat(timespec="microseconds")} for event in shown
    ]


def sessions(batch: Batch) -> list[str | None]:
    column = batch.columns["session"]
    assert isinstance(column, Strings)
    found: list[str | None] = [None] * len(batch)
    for row, code in zip(range(len(batch)) if column.rows is None else column.rows, column.codes, strict=True):
        found[row] = column.values[code]
    return found


@given(st.lists(st.sampled_from(LINES), max_size=30), st.data())
@settings(max_examples=60, deadline=None)
def test_a_cut_between_lines_changes_nothing(lines: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(line + b"\n" for line in lines)
    it, at, number = reader(), 0, 1
    made: list[Batch] = []
    for index, line in enumerate(lines):
        if data.draw(st.booleans()) or index == len(lines) - 1:
            block = b"".join(one + b"\n" for one in lines[number - 1 : index + 1])
            made += [*it.feed(block, at, number)]
            at, number = at + len(block), index + 2
            if data.draw(st.booleans()):
                made.append(it.batch())
        del line
    made.append(it.batch())
    assert events(made) == events(batches(whole))


@given(st.lists(st.sampled_from(LINES), max_size=20), st.integers(0, 20))
@settings(max_examples=60, deadline=None)
def test_pieces_read_on_their_own_agree_with_one_pass(lines: list[bytes], cut: int) -> None:
    while cut < len(lines) and not may_begin(lines[cut]):
        cut += 1
    first, second = (b"".join(line + b"\n" for line in some) for some in (lines[:cut], lines[cut:]))
    later = reader()
    made = [*batches(first), *later.feed(second, len(first), cut + 1), later.batch()]
    assert events(made) == events(batches(first + second))


@given(st.binary(max_size=2000))
@settings(deadline=None)
def test_random_bytes_never_raise(data: bytes) -> None:
    made = batches(data)
    assert sum(batch.counts.get("lines", 0) for batch in made) == len(data.split(b"\n")) - data.endswith(b"\n") - (
        not data
    )


SHAPES = [line.partition(b": ")[2] for line in LINES if b": " in line]
DAEMONS = ("smtpd", "postscreen", "dnsblog", "qmgr", "cleanup", "smtp", "anvil", "x", "pickup", "tlsproxy")


@given(
    st.sampled_from(DAEMONS), st.sampled_from(SHAPES), st.binary(max_size=120), st.integers(0, 200), st.integers(0, 30)
)
@settings(max_examples=300, deadline=None)
def test_mangled_lines_never_raise(daemon: str, text: bytes, noise: bytes, at: int, drop: int) -> None:
    noise = noise.replace(b"\n", b"")
    mangled = text[:at] + noise + text[at + drop :]
    made = batches(b"Nov 21 17:47:39 mx1 postfix/" + daemon.encode() + b"[1]: " + mangled + b"\n")
    for event in events(made):
        assert event["kind"] in KIND_WORDS
        for value in event.values():
            if isinstance(value, str):
                assert value.isprintable() or "\N{REPLACEMENT CHARACTER}" in value or " " in value
                assert "\x1b" not in value


def test_offsets_and_lines_find_the_line_again() -> None:
    data = b"".join(line + b"\n" for line in LINES)
    lines = data.split(b"\n")
    for event in events(batches(data)):
        end = data.index(b"\n", event["offset"])
        assert data[event["offset"] : end] == lines[event["line"] - 1]


def test_offsets_are_true_in_a_file_with_carriage_returns() -> None:
    data = b"".join(line + b"\r\n" for line in LINES)
    made = events(batches(data))
    assert [event["text"] for event in made] == [event["text"] for event in events(batches(data.replace(b"\r", b"")))]
    assert all(data[event["offset"] - 1 : event["offset"]] in (b"", b"\n") for event in made)


def test_batches_are_bounded_and_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_ROWS", 10)
    made = batches((LINES[0] + b"\n") * 35)
    assert [len(batch) for batch in made] == [10, 10, 10, 5]
    assert [batch.first_offset for batch in made[1:]] == [batch.end_offset for batch in made[:-1]]
    assert sum(batch.counts["lines"] for batch in made) == 35


def test_counts_say_what_became_of_each_line() -> None:
    (batch,) = batches(b"".join(line + b"\n" for line in LINES))
    assert batch.counts["lines"] == len(LINES)
    assert batch.counts["damaged"] == 1
    assert batch.counts["foreign"] == 1
    assert batch.counts["noise"] == 2  # the start of master, and a repeat whose host is another
    assert len(batch) == len(LINES) - 4


@pytest.mark.parametrize(
    ("line", "lost"),
    [
        (b"Nov 21 17:47:39 mx1 rsyslogd: imuxsock lost 44 messages from pid 123 due to rate-limiting", 44),
        (b"Nov 21 17:47:39 mx1 rsyslogd-2177: imuxsock[pid: 9, name: x] lost 5 messages due to rate-limiting", 5),
        (b"Nov 21 17:47:39 mx1 rsyslogd: imjournal: 1234 messages lost due to rate-limiting", 1234),
        (b"Nov 21 17:47:39 mx1 systemd-journald[230]: Suppressed 2567 messages from postfix@-.service", 2567),
        (b"Nov 21 17:47:39 mx1 systemd-journald[230]: Suppressed 9 messages from /system.slice/exim4.service", 9),
        (b"Nov 21 17:47:39 mx1 systemd-journald[230]: Suppressed 8 messages from spamassassin.service", 8),
        (b"Nov 21 17:47:39 mx1 systemd-journald[230]: Suppressed 2567 messages from nginx.service", 0),
        (b"Nov 21 17:47:39 mx1 systemd-journald[230]: Suppressed 2567 messages from session-3.scope", 0),
        (b"Nov 21 17:47:39 mx1 rsyslogd: start", 0),
    ],
)
def test_what_syslog_dropped_is_counted(line: bytes, lost: int) -> None:
    (batch,) = batches(line + b"\n" + line + b"\n")
    assert batch.counts["lost"] == 2 * lost
    assert batch.counts["foreign"] == 2


def test_what_another_hosts_syslog_dropped_is_not_counted() -> None:
    line = b"Nov 21 17:47:39 %b rsyslogd: imjournal: 7 messages lost due to rate-limiting\n"
    (batch,) = batches(line % b"mx1" + line % b"mx2", wanted=wanted(["mx2"], []))
    assert batch.counts["lost"] == 7


def test_a_stranger_cannot_claim_that_syslog_lost_lines() -> None:
    (batch,) = batches(STAMP + b"warning: non-SMTP command from unknown[203.0.113.5]: imuxsock lost 44 messages\n")
    assert batch.counts.get("lost", 0) == 0


def test_an_endless_line_is_cut_and_counted() -> None:
    (batch,) = batches(STAMP + b"connect from unknown[203.0.113.5]" + b"x" * 10_000_000 + b"\n" + LINES[0] + b"\n")
    assert batch.counts["cut"] == 1
    assert len(batch) == 2
    assert batch.offset[1] == len(STAMP) + 33 + 10_000_000 + 1


def test_long_hostile_tails_are_read_in_bounded_time() -> None:
    evil = b"; from=<" * 4000 + b"> to=<" * 4000
    line = (
        STAMP
        + b"NOQUEUE: reject: RCPT from unknown[203.0.113.5]: 550 5.1.1 <"
        + evil
        + b">: x; from=<a> to=<b> proto=X helo=<y>"
    )
    (batch,) = batches(line[:LINE_LIMIT] + b"\n")
    assert len(batch) == 1


def test_sessions_are_told_apart_by_process_and_by_address() -> None:
    (batch,) = batches(b"".join(line + b"\n" for line in LINES[:5]))
    smtpd, screen = "mx1 postfix/smtpd[208]", "mx2 [203.0.113.9]:44444"
    assert sessions(batch) == [smtpd, smtpd, smtpd, screen, screen]


def test_prose_is_left_out_unless_asked_for() -> None:
    data = b"".join(line + b"\n" for line in LINES)
    (batch,) = batches(data, keep_text=False)
    texts = {event["text"] for event in rows(batch)}
    assert texts == {None, "DNSBL"}


def test_local_time_shows_its_own_offset_on_both_sides_of_the_change() -> None:
    lines = [b"Oct 25 01:59:59" + LINES[0][15:], b"Oct 25 03:00:00" + LINES[0][15:], b"Jul  1 12:00:00" + LINES[0][15:]]
    made = events(batches(b"".join(line + b"\n" for line in lines), tz=ZoneInfo("Europe/Berlin")))
    assert [event["time"] for event in made] == [
        "2026-10-25T01:59:59.000000+02:00",
        "2026-10-25T03:00:00.000000+01:00",
        "2026-07-01T12:00:00.000000+02:00",
    ]


def test_the_header_is_remembered_and_still_read_right() -> None:
    lines = [
        b"2026-11-21T17:47:%02d.%06d+01:00 mx1 postfix/smtpd[208]: connect from unknown[203.0.113.5]" % (n, n * 1000)
        for n in range(60)
    ]
    made = events(batches(b"".join(line + b"\n" for line in lines)))
    assert [event["time"] for event in made] == [f"2026-11-21T17:47:{n:02}.{n * 1000:06}+01:00" for n in range(60)]


def test_formats_may_alternate() -> None:
    lines = [
        b"2026-11-21T17:47:39.500Z mx1 postfix/smtpd[208]: connect from unknown[203.0.113.5]",
        b"Nov 21 17:47:39 mx1 postfix/smtpd[208]: connect from unknown[203.0.113.5]",
        b"2026-11-21T17:47:39+01:00 mx1 postfix/smtpd[208]: connect from unknown[203.0.113.5]",
        b"2026-11-21T17:47:39.500000Z mx1 postfix/smtpd[208]: connect from unknown[203.0.113.5]",
    ] * 2
    (batch,) = batches(b"".join(line + b"\n" for line in lines))
    half = list(batch.time[:4])
    assert list(batch.time) == half * 2
    assert [half[0] - value for value in half] == [0, 500_000, 3_600_500_000, 0]


def test_an_empty_feed_is_an_empty_batch() -> None:
    (batch,) = batches(b"")
    assert len(batch) == 0
    assert batch.read_at == 5.0
    assert not batch.columns


@pytest.mark.parametrize("large", [1, 1 << 40])
def test_a_batch_without_lines_covers_nothing(large: int) -> None:
    """What covered the file's beginning as well would be taken for the place where older pieces belong."""
    reader = Reader("log", 0, 1_795_283_259.0)
    reader.large = large
    line = b"Nov 21 17:47:39 mx1 postfix/smtpd[7]: connect from unknown[203.0.113.5]\n"
    batches = [*reader.feed(100 * line, 5000), reader.batch(), reader.batch()]
    assert batches[0].first_offset == 5000
    assert {batch.end_offset for batch in batches} == {5000 + 100 * len(line)}
    assert {batch.first_offset for batch in batches if not len(batch)} == {5000 + 100 * len(line)}
