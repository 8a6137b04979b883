"""Headers: the year that is not written, local time, and shapes seen in the field."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtop.record import Clock, parse, repeated, zone_minutes

TEXT = b" mx1 postfix/smtpd[9]: connect from unknown[203.0.113.5]"
BERLIN = ZoneInfo("Europe/Berlin")


def moment(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[misc,arg-type]


def time_of(line: bytes, reference: float, tz: ZoneInfo | None = None) -> datetime:
    record = parse(line, Clock(reference, tz or ZoneInfo("UTC")))
    assert record is not None
    return datetime.fromtimestamp(record.time / 1_000_000, UTC)


@pytest.mark.parametrize(
    ("stamp", "reference", "expected"),
    [
        (b"Nov 21 17:47:39", moment(2026, 11, 22), datetime(2026, 11, 21, 17, 47, 39, tzinfo=UTC)),
        (b"Dec 31 23:59:59", moment(2027, 1, 1), datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (b"Jan  1 00:30:00", moment(2026, 12, 31, 23, 0), datetime(2027, 1, 1, 0, 30, tzinfo=UTC)),
        (b"Jan  2 00:30:00", moment(2026, 12, 31, 23, 0), datetime(2026, 1, 2, 0, 30, tzinfo=UTC)),
        (b"Feb 29 12:00:00", moment(2026, 11, 22), datetime(2024, 2, 29, 12, tzinfo=UTC)),
        (b"Feb 29 12:00:00", moment(2028, 2, 28, 13), datetime(2028, 2, 29, 12, tzinfo=UTC)),
    ],
)
def test_the_year_is_the_latest_that_is_not_in_the_future(stamp: bytes, reference: float, expected: datetime) -> None:
    assert time_of(stamp + TEXT, reference) == expected


def test_local_time_follows_daylight_saving() -> None:
    reference = moment(2026, 11, 22)
    assert time_of(b"Jul  1 12:00:00" + TEXT, reference, BERLIN).hour == 10
    assert time_of(b"Nov  1 12:00:00" + TEXT, reference, BERLIN).hour == 11


def test_an_hour_that_happens_twice_is_its_first_occurrence() -> None:
    assert time_of(b"Oct 25 02:30:00" + TEXT, moment(2026, 11, 22), BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_offset_of_the_clock() -> None:
    clock = Clock(0, BERLIN)
    assert clock.offset(moment(2026, 7, 1)) == 120
    assert clock.offset(moment(2026, 12, 1)) == 60


@pytest.mark.parametrize(("text", "minutes"), [(b"Z", 0), (b"+01:00", 60), (b"-0330", -210), (b" +0530", 330)])
def test_zone_minutes(text: bytes, minutes: int) -> None:
    assert zone_minutes(text) == minutes


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"Nov 21",
        b"Nov 31 17:47:39" + TEXT,
        b"Nov 21 25:00:00" + TEXT,
        b"2026-13-01T00:00:00Z" + TEXT,
        b"2026-11-21T17:47:39+99:99" + TEXT,
        b"0000-00-00T00:00:00Z" + TEXT,
        b"9999-12-31T23:59:60-23:59" + TEXT,
    ],
)
def test_what_is_no_date_is_no_record(line: bytes) -> None:
    record = parse(line, Clock(moment(2026, 11, 22), UTC))
    assert record is None or record.time > 0


@pytest.mark.parametrize(
    ("line", "host", "program", "pid"),
    [
        (b"Nov 21 17:47:39 mx1 postfix/smtpd[9]: x", b"mx1", b"postfix/smtpd", b"9"),
        (b"Nov 21 17:47:39 mx1 postfix/smtpd: x", b"mx1", b"postfix/smtpd", b""),
        (b"Nov 21 17:47:39 postfix/smtpd[9]: x", b"", b"postfix/smtpd", b"9"),
        (b"Nov 21 17:47:39 user@mx1 postfix/smtpd[9]: x", b"mx1", b"postfix/smtpd", b"9"),
        (b"Nov 21 17:47:39 mx1/log postfix/smtpd[9]: x", b"mx1", b"postfix/smtpd", b"9"),
        (b"Nov 21 17:47:39 mx1 mail.info postfix/smtpd[9]: x", b"mx1", b"postfix/smtpd", b"9"),
        (b"Nov 21 2025 17:47:39 mx1 postfix/smtpd[9]: x", b"mx1", b"postfix/smtpd", b"9"),
        (b"<22>1 2026-11-21T17:47:39Z - postfix/smtpd - - - x", b"", b"postfix/smtpd", b""),
        (b"2026-11-21 17:47:39 mx1 postfix/smtpd[9]: x", b"mx1", b"postfix/smtpd", b"9"),
    ],
)
def test_header_is_told_from_text(line: bytes, host: bytes, program: bytes, pid: bytes) -> None:
    record = parse(line, Clock(moment(2026, 11, 22), UTC))
    assert record is not None
    assert (record.host, record.program, record.pid, record.text) == (host, program, pid, b"x")


def test_repeated() -> None:
    assert repeated(b"last message repeated 12 times") == 12
    assert repeated(b"last message repeated many times") is None
    assert repeated(b"connect") is None


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"Nov 21 17:47:39 ", b"<22>1 2026-11-21T17:47:39Z ", b"2026-11-21T17:47:39"]),
)
def test_bytes_never_raise(data: bytes, stamp: bytes) -> None:
    parse(stamp + data, Clock(moment(2026, 11, 22), UTC))
