"""Lines inside lines: the journal's JSON, containers, and what a crash or a relay leaves in front."""

import json
from datetime import UTC, datetime
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtop.record import LINE_LIMIT, Clock, Record, parse

CLOCK = Clock(1_795_283_259.0, UTC)
TEXT = b"connect from unknown[203.0.113.5]"
LINE = b"Nov 21 17:47:39 mx1 postfix/smtpd[9]: " + TEXT
MOMENT = int(datetime(2026, 11, 21, 17, 47, 39, tzinfo=UTC).timestamp()) * 1_000_000


def read(line: bytes) -> Record:
    record = parse(line, CLOCK)
    assert record is not None
    return record


def journald(**fields: object) -> bytes:
    given = {
        "__REALTIME_TIMESTAMP": str(MOMENT),
        "_HOSTNAME": "mx1",
        "SYSLOG_IDENTIFIER": "postfix/smtpd",
        "SYSLOG_PID": "9",
        "_PID": "8",
        "MESSAGE": TEXT.decode(),
    }
    return json.dumps({name: value for name, value in (given | fields).items() if value is not None}).encode()


def test_the_journals_json() -> None:
    assert read(journald()) == (MOMENT, None, b"mx1", b"postfix/smtpd", b"9", TEXT)


@pytest.mark.parametrize(
    ("fields", "at", "expected"),
    [
        ({"MESSAGE": list(b"helo \xff\xfe")}, 5, b"helo \xff\xfe"),
        ({"MESSAGE": ["first", "second"]}, 5, b"first"),
        ({"MESSAGE": [list(b"\xff"), "second"]}, 5, b"\xff"),
        ({"MESSAGE": "one\ntwo\n"}, 5, b"one two"),
        ({"SYSLOG_PID": None}, 4, b"8"),
        ({"SYSLOG_PID": "x"}, 4, b""),
        ({"SYSLOG_IDENTIFIER": None, "_COMM": "exim4"}, 3, b"exim4"),
        ({"_HOSTNAME": None}, 2, b""),
    ],
)
def test_the_journals_fields(fields: dict[str, object], at: int, expected: bytes) -> None:
    assert read(journald(**fields))[at] == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"MESSAGE": None},
        {"MESSAGE": [300]},
        {"MESSAGE": {"a": 1}},
        {"__REALTIME_TIMESTAMP": "-1"},
        {"__REALTIME_TIMESTAMP": 17},
        {"__REALTIME_TIMESTAMP": "9" * 40},
    ],
)
def test_an_entry_that_is_none_is_no_record(fields: dict[str, object]) -> None:
    assert parse(journald(**fields), CLOCK) is None


def test_a_whole_line_that_a_service_wrote_to_its_standard_output() -> None:
    record = read(journald(MESSAGE=LINE.decode(), _TRANSPORT="stdout", SYSLOG_IDENTIFIER="start-postfix"))
    assert record == (MOMENT, None, b"mx1", b"postfix/smtpd", b"9", TEXT)
    forged = read(journald(MESSAGE=LINE.decode()))
    assert forged.text == LINE


@pytest.mark.parametrize(
    "line",
    [
        b"<22>" + LINE,
        b"\0\0\0\0" + LINE,
        b"\0" * 5000 + b"<22>" + LINE,
        b"mail-1  | " + LINE,
        b"\x1b[36mmail-1  | \x1b[0m" + LINE,
        b"2026-11-21T17:47:39.000000Z stdout F " + LINE,
        b"2026-11-21T17:47:39.000000000Z " + LINE,
        b"mail-1 | 2026-11-21T17:47:39.000000000Z " + LINE,
        b"Sat 2026-11-21 17:47:39 UTC mx1 postfix/smtpd[9]: " + TEXT,
        b"Sat 2026-11-21 17:47:39 CET mx1 postfix/smtpd[9]: " + TEXT,
        b"Sat Nov 21 17:47:39 2026 mx1 postfix/smtpd[9]: " + TEXT,
        b"%d.000000 mx1 postfix/smtpd[9]: " % (MOMENT // 1_000_000) + TEXT,
        b"2026-11-21T15:47:39-02:00 mx1 postfix/smtpd[9]: " + TEXT,
        b"2026-11-21T18:47:39+0100 mx1 postfix/smtpd[9]: " + TEXT,
        b"Nov 21 17:47:39.000000 mx1 postfix/smtpd[9]: " + TEXT,
        b"Nov 21 17:47:39 <mail.info> mx1 postfix/smtpd[9]: " + TEXT,
        b'{"log":"' + LINE + b'\\n","stream":"stdout","time":"2026-11-21T17:47:39.000000000Z"}',
    ],
)
def test_each_shape_is_the_same_record(line: bytes) -> None:
    record = read(line)
    assert (record.time, record.host, record.program, record.pid, record.text) == (
        MOMENT,
        b"mx1",
        b"postfix/smtpd",
        b"9",
        TEXT,
    )


def test_a_containers_time_goes_before_the_one_inside() -> None:
    record = read(b"2026-11-21T17:47:40.5Z stderr F Nov 21 02:00:00 mx1 postfix/smtpd[9]: x")
    assert (record.time, record.utc_offset) == (MOMENT + 1_500_000, 0)


def test_exim_in_a_container() -> None:
    record = read(b"2026-11-21T17:47:39.1Z stdout F 2026-11-21 17:47:39 SMTP connection from [203.0.113.5]:9 lost")
    assert (record.program, record.text) == (b"exim", b"SMTP connection from [203.0.113.5]:9 lost")


def test_a_line_without_a_stamp_in_a_container() -> None:
    record = read(b"2026-11-21T17:47:39Z stdout F postfix/smtpd[9]: x")
    assert (record.host, record.program, record.pid, record.text) == (b"", b"postfix/smtpd", b"9", b"x")


HOSTILE = [
    b"\0" * LINE_LIMIT,
    b"<" * LINE_LIMIT,
    b"[" * LINE_LIMIT,
    b"{" * LINE_LIMIT,
    b'{"a":' * 13_000,
    b"[" * 30_000 + b"]" * 30_000,
    b'{"__REALTIME_TIMESTAMP":"1","MESSAGE":' + b"[" * 60_000,
    b"Nov 21 17:47:39 " + b" " * 65_000,
    b"Nov 21 17:47:39 " + b"a" * 65_000,
    b"Nov 21 17:47:39 " + b"a " * 32_000,
    b"Nov 21 17:47:39 imap(" + b"(" * 65_000,
    b"Nov 21 17:47:39 imap" + b"<>" * 30_000,
    b"2026-11-21 17:47:39 " + b"a." * 32_000,
    b"2026-11-21 17:47:39 " + b"a/" * 32_000,
    b"2026-11-21 17:47:39 postfix" + b"/a" * 32_000,
    b"2026-11-21T17:47:39Z " + b"stdout F " * 7_000,
    b"2026-11-21T17:47:39Z " * 3_000,
    b'<22>1 2026-11-21T17:47:39Z - - - - ["' + b'\\"' * 32_000,
    b"<22>1 2026-11-21T17:47:39Z - - - - [" + b'"a"' * 21_000,
    b"<22>1 2026-11-21T17:47:39Z - - - - " + b"[a]" * 21_000,
    b"a | " * 16_000,
    b"-" * 65_000 + b" | ",
    b"dovecot: " * 7_000,
    b"\xc3" * LINE_LIMIT,
]


@pytest.mark.parametrize("line", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_line_costs_no_more_than_its_length(line: bytes) -> None:
    assert len(line) <= 2 * LINE_LIMIT
    started = perf_counter()
    parse(line, CLOCK)
    assert perf_counter() - started < 0.5


@given(
    st.sampled_from(
        [
            b"2026-11-21 17:47:39 ",
            b"Sat 2026-11-21 17:47:39 ",
            b"2026-11-21T17:47:39Z stdout F ",
            b"mail-1 | ",
            b"dovecot: ",
            b"@4000",
            b'{"__REALTIME_TIMESTAMP":"1795283259000000","MESSAGE":',
            b'{"log":',
        ]
    ),
    st.binary(max_size=300),
)
def test_bytes_in_an_envelope_never_raise(front: bytes, data: bytes) -> None:
    parse(front + data, CLOCK)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(json_values, json_values, json_values)
def test_any_json_never_raises(message: object, host: object, time: object) -> None:
    parse(journald(MESSAGE=message, _HOSTNAME=host), CLOCK)
    parse(journald(__REALTIME_TIMESTAMP=time), CLOCK)
    parse(json.dumps({"log": message, "time": host, "stream": time}).encode(), CLOCK)
