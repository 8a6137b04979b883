"""The logs that mail programs keep themselves: told from syslog's, whatever a client says."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtop.record import Clock, Record, exim_line, parse

CLOCK = Clock(1_795_283_259.0, UTC)
ID = b"1xUpFZ-00000b-08"
LONG_ID = b"1xUpFZ-00000000abc-1234"


def read(line: bytes) -> Record:
    record = parse(line, CLOCK)
    assert record is not None
    return record


@pytest.mark.parametrize(
    "text",
    [
        ID + b" <= a@example.com H=(mail.example.com) [203.0.113.5]:4444 P=esmtp S=230",
        ID + b" Completed",
        LONG_ID + b" => bob <bob@example.org> R=local T=null S=0",
        ID + b" Warning: a@example.com is new",
        LONG_ID + b" DKIM: d=example.com s=x c=relaxed/relaxed a=rsa-sha256 [verification succeeded]",
        b"H=(mail.example.com) [203.0.113.5]:4444 F=<a@example.com> rejected RCPT <b@example.org>: no",
        b"H=mail.example.com [203.0.113.5]: sender verify fail",
        b"SMTP connection from [127.0.0.1]:38504 (TCP/IP connection count = 1)",
        b"no MAIL in SMTP connection from [198.51.100.21]:4444 D=0s C=EHLO",
        b"[203.0.113.5] SSL verify error: certificate name mismatch",
        b"TLS error on connection from [203.0.113.5]: (recv): lost",
        b"TLS error: no cipher",
        b"DKIM: d=example.com",
        b"Start queue run: pid=1234",
        b"Warning: purging the environment.",
        b"exim 4.98 daemon started: pid=7, -q30m, listening for SMTP on port 25",
        b"plain authenticator failed for (x) [203.0.113.5]: 535 Incorrect authentication data (set_id=a)",
        b"exim user lost privilege for using -C option",
    ],
)
def test_exims_own_log(text: bytes) -> None:
    moment = int(datetime(2026, 11, 21, 17, 51, 43, tzinfo=UTC).timestamp()) * 1_000_000
    assert read(b"2026-11-21 17:51:43 " + text) == (moment, None, b"", b"exim", b"", text)
    assert read(b"2026-11-21 17:51:43.250 " + text).time == moment + 250_000
    zoned = read(b"2026-11-21 18:51:43 +0100 " + text)
    assert zoned == (moment, 60, b"", b"exim", b"", text)
    assert read(b"2026-11-21 17:51:43.250 +0000 [77] " + text)[3:] == (b"exim", b"77", text)


@pytest.mark.parametrize(
    ("rest", "host", "program"),
    [
        (b"mx1 postfix/smtpd[1]: x", b"mx1", b"postfix/smtpd"),
        (b"mx1 postfix/smtpd: x", b"mx1", b"postfix/smtpd"),
        (b"mx1.example.org dovecot: imap-login: Login: user=<a>", b"mx1.example.org", b"dovecot"),
        (b"mail exim[7]: " + ID + b" Completed", b"mail", b"exim"),
        (b"mail exim: " + ID + b" Completed", b"mail", b"exim"),
        (b"mail kernel: x", b"mail", b"kernel"),
        (b"mx1 some-program: x", b"mx1", b"some-program"),
        (b"192.0.2.1 sm-mta[3]: x", b"192.0.2.1", b"sm-mta"),
        (b"mail mail.info postfix/smtpd[1]: x", b"mail", b"postfix/smtpd"),
        (b"postfix/smtpd[1]: x", b"", b"postfix/smtpd"),
        (b"[postfix/smtpd] x", b"", b"postfix/smtpd"),
        (b"mx1 last message repeated 3 times", b"mx1", b""),
    ],
)
def test_syslogs_lines_with_a_blank_in_their_date_are_not_exims(rest: bytes, host: bytes, program: bytes) -> None:
    record = read(b"2026-11-21 17:51:43 " + rest)
    assert (record.host, record.program) == (host, program)


@given(st.text(max_size=80), st.text(max_size=80))
def test_nothing_that_a_client_says_moves_an_exim_line(helo: str, sender: str) -> None:
    said = [word.encode("utf-8", "replace").replace(b"\n", b"") for word in (helo, sender)]
    for text in (
        b"H=(%b) [203.0.113.5] F=<%b> rejected RCPT <x@example.org>: no" % (said[0], said[1]),
        b"%b <= %b H=(%b) [203.0.113.5] P=esmtp" % (ID, said[1], said[0]),
        b"no MAIL in SMTP connection from (%b) [203.0.113.5] D=0s" % said[0],
    ):
        record = read(b"2026-11-21 17:51:43 " + text)
        assert (record.program, record.text) == (b"exim", text)


@pytest.mark.parametrize("stamp", [b"Nov 21 17:47:39 ", b"2026-11-21 17:47:39 ", b"2026-11-21T17:47:39Z "])
@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"imap-login: Info: Login: user=<a>, rip=203.0.113.5", b"imap-login: Login: user=<a>, rip=203.0.113.5"),
        (b"imap(a@example.org)<77><s3ss10n/AbC>: Info: x", b"imap(a@example.org)<77><s3ss10n/AbC>: x"),
        (b"auth-worker(77): Error: no database", b"auth-worker(77): Error: no database"),
        (b"auth: Warning: slow", b"auth: Warning: slow"),
        (b"lmtp(77): Info: Connect from local", b"lmtp(77): Connect from local"),
    ],
)
def test_dovecots_own_log(stamp: bytes, line: bytes, text: bytes) -> None:
    record = read(stamp + line)
    assert (record.host, record.program, record.pid, record.text) == (b"", b"dovecot", b"", text)


def test_dovecot_1_puts_its_name_before_the_stamp() -> None:
    record = read(b"dovecot: Nov 21 17:47:39 Info: imap-login: Login: user=<a>")
    assert (record.program, record.text) == (b"dovecot", b"imap-login: Login: user=<a>")


def test_dovecot_under_multilog() -> None:
    record = read(b"@400000006a01f2c500000000 imap-login: Info: Login: user=<a>")
    assert (record.time, record.program) == ((0x6A01F2C5 - 10) * 1_000_000, b"dovecot")


def test_dovecot_by_syslog_keeps_its_host() -> None:
    record = read(b"Nov 21 17:47:39 mx1 dovecot: imap-login: Login: user=<a>")
    assert (record.host, record.program, record.text) == (b"mx1", b"dovecot", b"imap-login: Login: user=<a>")


def test_rspamds_own_log() -> None:
    text = b"<abc123>; task; rspamd_task_write_log: id: <x@example.org>, qid: <4B1>, (default: F (no action): [0.1/15])"
    for stamp in (b"2026-11-21 17:47:39 ", b"2026-11-21 17:47:39.123 "):
        assert read(stamp + b"#1234(normal) " + text)[2:] == (b"", b"rspamd", b"1234", text)


def test_spamds_own_log() -> None:
    record = read(
        b"Sat Nov 21 17:47:39 2026 [1234] info: spamd: clean message (0.1/5.0) for a:1 in 0.1 seconds, 9 bytes."
    )
    assert (record.program, record.pid) == (b"spamd", b"1234")
    assert record.text.startswith(b"spamd: clean message")


@given(
    st.sampled_from(["", "[77] "]),
    st.sampled_from(
        [
            "H=", f"{ID.decode()} ", "SMTP connection ", "SMTP call ", "SMTP protocol ", "no MAIL in ",
            "no host name found for IP address ", "unexpected disconnection while ", "login authenticator failed for ",
            "auth2 authenticator failed for ", "TLS error on connection from ",
        ]
    ),
    st.sampled_from(["", ".250"]),
    st.sampled_from(["", " +0100"]),
    st.text(max_size=60) | st.sampled_from(["mx1 exim[7]: x", "x[7]: ", "imap: Info: ", " 12 10:10:10 mx1 x[7]: a"]),
)  # fmt: skip
def test_what_opens_as_only_exim_opens_is_exims(pid: str, opening: str, part: str, zone: str, rest: str) -> None:
    text = (opening + rest.replace("\n", "")).encode("utf-8", "replace")
    line = f"2026-11-21 17:51:43{part}{zone} {pid}".encode() + text
    found = exim_line(line)
    assert found is not None
    assert line[found.end() :] == text
    record = read(line)
    assert (record.host, record.program, record.text) == (b"", b"exim", text)
