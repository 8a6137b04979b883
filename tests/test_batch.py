"""Batches that follow on each other, joined: the same events, and each string still once."""

from datetime import UTC
from itertools import pairwise

from mailtop.batch import Batch, Strings, follows, joined
from mailtop.demo import Traffic, rfc3164
from mailtop.ingest.reader import Reader
from mailtop.report.events import lines

BEGIN = 1_795_000_000.0


def cut(every: int) -> list[Batch]:
    data = Traffic(3, BEGIN, 8.0, rfc3164(0), bots=40).until(BEGIN + 200).encode()
    data += data.splitlines(keepends=True)[-1].replace(b": ", b": message repeated 3 times: [ ", 1)
    reader, at = Reader("mail.log", 0, BEGIN + 300, tz=UTC), 0
    made: list[Batch] = []
    rows = data.splitlines(keepends=True)
    for start in range(0, len(rows), every):
        block = b"".join(rows[start : start + every])
        made += [*reader.feed(block, at), reader.batch()]
        at += len(block)
    return made


def test_joined_batches_hold_the_same_events() -> None:
    batches = [batch for batch in cut(7) if batch.counts]
    assert len(batches) > 20
    assert all(follows(one, other) for one, other in pairwise(batches))
    whole = joined(batches)
    # a batch shows fractions of seconds when any of its rows has one: none has
    assert [line for batch in batches for line in lines(batch)] == list(lines(whole))
    assert whole.counts["lines"] == sum(batch.counts["lines"] for batch in batches)
    assert (whole.first_offset, whole.end_offset) == (batches[0].first_offset, batches[-1].end_offset)


def test_each_string_is_there_once() -> None:
    whole = joined(cut(5))
    for column in whole.columns.values():
        if isinstance(column, Strings):
            assert len(set(column.values)) == len(column.values)


def test_another_file_or_a_gap_does_not_follow() -> None:
    one, other, *_ = cut(9)
    assert follows(one, other)
    assert not follows(other, one)
    other.file = 1
    assert not follows(one, other)
