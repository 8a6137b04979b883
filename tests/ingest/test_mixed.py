"""One file, several hosts, mail servers and headers: each line is whose it is, whatever stands beside it."""

import json
import random
from collections.abc import Iterable
from datetime import UTC

import pytest

from mailtop.batch import Batch, Strings
from mailtop.ingest.reader import Reader
from mailtop.query import Query
from mailtop.store.memory import MemoryStore

REFERENCE = 1_795_300_000.0
TEXT = "connect from unknown[203.0.113.5]"
POSTFIX = f"postfix/smtpd[7]: {TEXT}"
EXIM = "H=(x.example) [203.0.113.5] F=<a@example.com> rejected RCPT <b@example.org>: relay not permitted"

SHAPES = {
    "rfc3164": f"Nov 21 17:47:39 mx1 {POSTFIX}",
    "german": f"Nov 21 17:47:39 mx1 {POSTFIX}".replace("Nov", "November"),
    "iso": f"2026-11-21T17:47:39.000000+00:00 mx1 {POSTFIX}",
    "iso, other zone": f"2026-11-21T15:47:39-02:00 mx1 {POSTFIX}",
    "rfc5424": f"<22>1 2026-11-21T17:47:39Z mx1 postfix/smtpd 7 - - {TEXT}",
    "priority": f"<22>Nov 21 17:47:39 mx1 {POSTFIX}",
    "after a crash": "\0" * 100 + f"Nov 21 17:47:39 mx1 {POSTFIX}",
    "kubernetes": f"2026-11-21T17:47:39.000000000Z stdout F Nov 21 17:47:39 mx1 {POSTFIX}",
    "compose": f"mail-1  | Nov 21 17:47:39 mx1 {POSTFIX}",
    "docker": json.dumps({"log": f"Nov 21 17:47:39 mx1 {POSTFIX}\n", "time": "2026-11-21T17:47:39Z"}),
    "journal": json.dumps(
        {
            "__REALTIME_TIMESTAMP": "1795283259000000",
            "_HOSTNAME": "mx1",
            "SYSLOG_IDENTIFIER": "postfix/smtpd",
            "SYSLOG_PID": "7",
            "MESSAGE": TEXT,
        }
    ),
    "short-full": f"Sat 2026-11-21 17:47:39 UTC mx1 {POSTFIX}",
    "short-unix": f"1795283259.000000 mx1 {POSTFIX}",
}


def read(lines: Iterable[str], large: int = 1 << 40) -> list[Batch]:
    reader = Reader("log", 0, REFERENCE, tz=UTC)
    reader.large = large
    return [*reader.feed("".join(f"{line}\n" for line in lines).encode(), 0), reader.batch()]


def values(batches: list[Batch], name: str) -> list[str]:
    found = []
    for batch in batches:
        column = batch.columns.get(name)
        if isinstance(column, Strings):
            found += [column.values[code] for code in column.codes]
    return found


@pytest.mark.parametrize("large", [1, 1 << 40])
@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_is_the_same_event(shape: str, large: int) -> None:
    batches = read([SHAPES[shape]] * 20, large)
    assert [time for batch in batches for time in batch.time] == [1_795_283_259_000_000] * 20
    assert values(batches, "client") == ["203.0.113.5"] * 20
    assert values(batches, "host") == ["mx1"] * 20
    assert values(batches, "session") == ["mx1 postfix/smtpd[7]"] * 20


@pytest.mark.parametrize("large", [1, 1 << 40])
@pytest.mark.parametrize("seed", range(5))
def test_all_shapes_in_one_file_in_any_order(seed: int, large: int) -> None:
    lines = [*SHAPES.values()] * 20
    random.Random(seed).shuffle(lines)
    batches = read(lines, large)
    assert {time for batch in batches for time in batch.time} == {1_795_283_259_000_000}
    assert values(batches, "client") == ["203.0.113.5"] * len(lines)
    assert sum(batch.counts.get("damaged", 0) for batch in batches) == 0


@pytest.mark.parametrize("large", [1, 1 << 40])
def test_several_mail_servers_in_one_file(large: int) -> None:
    lines = [
        SHAPES["rfc3164"],
        f"2026-11-21 17:47:39 {EXIM}",
        f"Nov 21 17:47:39 mx1 exim[9]: {EXIM}",
        "Nov 21 17:47:39 mx1 dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<a>, "
        "method=PLAIN, rip=203.0.113.5, lip=192.0.2.1, session=<x>",
        "Nov 21 17:47:39 mx1 sshd[4]: Connection from 203.0.113.5",
    ] * 10
    batches = read(lines, large)
    counted = [values(batches, "mta").count(name) for name in ("postfix", "exim", "dovecot")]
    assert counted == [10, 20, 10]
    assert sum(batch.counts.get("foreign", 0) for batch in batches) == 10


def test_hosts_with_the_same_processes_are_kept_apart() -> None:
    lines = []
    for host, client in (("mx1", "203.0.113.5"), ("mx2", "198.51.100.9")):
        lines += [
            f"Nov 21 17:47:39 {host} postfix/smtpd[7]: connect from unknown[{client}]",
            f"Nov 21 17:47:40 {host} postfix/smtpd[7]: 4ABC12345: client=unknown[{client}]",
        ]
    for host, recipient in (("mx2", "two@example.org"), ("mx1", "one@example.org")):
        lines.append(
            f"Nov 21 17:47:41 {host} postfix/smtp[8]: 4ABC12345: to=<{recipient}>, relay=none, delay=1, "
            "delays=0/0/1/0, dsn=2.0.0, status=sent (250 ok)"
        )
    store = MemoryStore(None, 1000)
    for batch in read(lines):
        store.append(batch)
    table = store.ask(Query(("connections", "accepted", "delivered"), ("client",), unit="sessions"))
    assert sorted(row[:4] for row in table.rows) == [("198.51.100.9", 1, 1, 1), ("203.0.113.5", 1, 1, 1)]
