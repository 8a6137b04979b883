"""Gaps in syslog's own numbers: counted a host, taken back where they were none, never claimed by a stranger."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtop.batch import Batch
from mailtop.ingest import sequence as module
from mailtop.ingest.reader import Reader
from mailtop.ingest.sequence import JUMP, LAST, LATE, Sequences
from mailtop.record import wanted

REFERENCE = datetime(2026, 11, 22, tzinfo=UTC).timestamp()


def line(number: int, host: str = "mx1", text: str = "connect from unknown[203.0.113.5]") -> bytes:
    data = f'[origin software="syslog-ng"][meta isSynced="true" sequenceId="{number}"]'
    return f"<22>1 2026-11-21T17:47:39+01:00 {host} postfix/smtpd 208 - {data} {text}\n".encode()


def missing(numbers: Iterable[int], host: bytes = b"mx1") -> int:
    sequences = Sequences()
    return sum(sequences.missing(host, number) for number in numbers)


def counted(data: bytes, **options: object) -> int:
    reader = Reader("mail.log", 0, REFERENCE, tz=UTC, **options)  # type: ignore[arg-type]
    batches: list[Batch] = [*reader.feed(data, 0), reader.batch()]
    return sum(batch.counts.get("missing", 0) for batch in batches)


@pytest.mark.parametrize(
    ("numbers", "gap"),
    [
        ([7, 8, 9], 0),
        ([7, 9, 12], 3),
        ([7, 7, 8], 0),  # given twice
        ([7, 9, 8, 10], 0),  # late, not lost
        ([7, 9, 8, 8, 8], 0),
        ([900, 901, 1, 2, 4], 1),  # syslog was started anew
        ([LAST - 2, LAST, 1, 2], 1),
        ([LAST - 1, 1], 1),
        ([5, 5 + JUMP + 1, 5 + JUMP + 3], 1),  # another sequence
        ([500, 510, 500 - LATE, 900, 20, 4000], 0),  # two at once: nothing can be said
    ],
)
def test_what_is_missing(numbers: list[int], gap: int) -> None:
    assert missing(numbers) == gap


def test_each_host_has_a_sequence_of_its_own() -> None:
    sequences = Sequences()
    hosts = [(b"mx1", 1), (b"mx2", 500), (b"mx1", 3), (b"mx2", 501)]
    assert [sequences.missing(host, number) for host, number in hosts] == [0, 0, 1, 0]


@given(st.lists(st.integers(1, 300), max_size=60))
def test_nothing_is_taken_back_that_was_not_counted(numbers: list[int]) -> None:
    sequences = Sequences()
    total = 0
    for number in numbers:
        total += sequences.missing(b"mx1", number)
        assert total >= 0


@given(st.sets(st.integers(2, 400), min_size=2))
def test_of_a_rising_sequence_all_that_is_left_out_is_missing(numbers: set[int]) -> None:
    assert missing(sorted(numbers)) == max(numbers) - min(numbers) + 1 - len(numbers)


def test_hosts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HOSTS", 3)
    sequences = Sequences()
    for number in range(100):
        sequences.missing(b"host%d" % number, number)
    assert len(sequences._hosts) <= 3


def test_a_log_with_gaps_says_so() -> None:
    assert counted(line(1) + line(2) + line(5) + line(9, "mx2") + line(6)) == 2
    assert counted(line(1) + line(2)) == 0


def test_gaps_are_seen_between_blocks() -> None:
    reader = Reader("mail.log", 0, REFERENCE, tz=UTC)
    first, second = line(1), line(4)
    batches = [*reader.feed(first, 0), reader.batch(), *reader.feed(second, len(first)), reader.batch()]
    assert [batch.counts.get("missing", 0) for batch in batches] == [0, 2]


def test_a_block_read_in_bulk_has_the_same_gaps() -> None:
    plain = b"Nov 21 17:47:39 mx1 postfix/smtpd[208]: connect from unknown[203.0.113.5]\n"
    reader = Reader("mail.log", 0, REFERENCE, tz=UTC)
    reader.large = 1
    data = b"".join(plain * 3 + line(number) for number in (1, 2, 7))
    assert sum(batch.counts.get("missing", 0) for batch in reader.feed(data, 0)) == 4


def test_a_stranger_cannot_claim_a_gap() -> None:
    evil = line(2, text='warning: [meta sequenceId="900"] from unknown[203.0.113.5]')
    assert counted(line(1) + evil + line(3)) == 0
    bare = b'Nov 21 17:47:39 mx1 postfix/smtpd[208]: connect from [meta sequenceId="%d"]\n'
    assert counted(bare % 1 + bare % 9) == 0


def test_other_hosts_are_left_out() -> None:
    data = line(1) + line(1, "mx2") + line(4) + line(9, "mx2")
    assert counted(data, wanted=wanted(["mx1"], [])) == 2
