"""Which hosts' and which servers' lines count, by themselves and all the way to the events."""

import pickle

import pytest

from mailtop.ingest.reader import Reader
from mailtop.record import Record, Wanted, wanted


def record(host: bytes, program: bytes) -> Record:
    return Record(0, None, host, program, b"", b"")


@pytest.mark.parametrize(
    ("hosts", "host", "yes"),
    [
        (["mx1"], b"mx1", True),
        (["MX1"], b"mx1.example.org", True),
        (["mx1"], b"Mx1", True),
        (["mx1.example.org"], b"mx1.example.org", True),
        (["mx1.example.org"], b"mx1", False),
        (["mx1.example.org"], b"mx1.example.com", False),
        (["mx1"], b"mx10", False),
        (["mx1", "mx2"], b"mx2", True),
        (["mx1"], b"", False),
        ([], b"", True),
    ],
)
def test_hosts(hosts: list[str], host: bytes, yes: bool) -> None:
    asked = wanted(hosts, ["postfix"])
    assert asked is not None
    assert asked(record(host, b"postfix/smtpd")) is yes


@pytest.mark.parametrize(
    ("names", "program", "yes"),
    [
        (["postfix"], b"postfix/smtpd", True),
        (["postfix"], b"postfix", True),
        (["postfix"], b"postfix-out/smtpd", False),
        (["postfix-out"], b"postfix-out/submission/smtpd", True),
        (["postfix/submission"], b"postfix/submission/smtpd", True),
        (["Exim"], b"exim", True),
        (["postfix", "dovecot"], b"dovecot", True),
        (["smtpd"], b"postfix/smtpd", False),
    ],
)
def test_syslog_names(names: list[str], program: bytes, yes: bool) -> None:
    asked = wanted([], names)
    assert asked is not None
    assert asked(record(b"mx1", program)) is yes


def test_nothing_asked_is_nothing_to_ask() -> None:
    assert wanted([], []) is None


def test_it_can_be_sent_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(Wanted((b"mx1",)))) == Wanted((b"mx1",))


def lines() -> bytes:
    """Connections of one client to two hosts and two servers; one says that its line was repeated."""
    stamp = b"Nov 21 17:47:39 "
    made = []
    for host in (b"mx1", b"mx2.example.org"):
        for name in (b"postfix", b"postfix-out"):
            made.append(stamp + host + b" " + name + b"/smtpd[7]: connect from unknown[203.0.113.5]\n")
        made.append(stamp + host + b" last message repeated 2 times\n")
    return b"".join(made)


@pytest.mark.parametrize("large", [1, 1 << 30])
@pytest.mark.parametrize(
    ("asked", "events"),
    [
        (None, 6),
        (wanted(["mx1"], []), 3),
        (wanted(["mx2"], []), 3),
        (wanted([], ["postfix"]), 2),
        (wanted([], ["postfix-out"]), 4),
        (wanted(["mx1"], ["postfix"]), 1),
        (wanted(["elsewhere"], []), 0),
    ],
)
def test_lines_of_others_give_no_event(asked: Wanted | None, events: int, large: int) -> None:
    reader = Reader("log", 0, 1_795_283_259.0, wanted=asked)
    reader.large = large
    batches = [*reader.feed(lines(), 0), reader.batch()]
    assert sum(map(len, batches)) == events
    assert sum(batch.counts.get("lines", 0) for batch in batches) == 6
