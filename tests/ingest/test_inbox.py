"""Readers: real processes on a small log. What they deliver, in which order, and what happens when one dies."""

import os
import signal
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, cast

import pytest

from mailtop.batch import Batch
from mailtop.demo import Traffic, rfc3164
from mailtop.ingest import inbox, plan
from mailtop.ingest.inbox import Readers
from mailtop.ingest.messages import Ended, Follow, Message, Piece, PieceDone
from mailtop.ingest.reader import Reader
from mailtop.monitor import Monitor
from mailtop.query import Table
from mailtop.store.memory import MemoryStore
from mailtop.views import VIEWS

BEGIN = 1_795_000_000.0
SECONDS = 240


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "mail.log"
    traffic = Traffic(3, BEGIN, 3.0, rfc3164(0), bots=80, storms=(BEGIN + 60,), storm_seconds=60.0, repeats=True)
    path.write_text(traffic.until(BEGIN + SECONDS), "ascii")
    os.utime(path, (BEGIN + SECONDS,) * 2)
    return path


def pieces_of(log: Path, monkeypatch: pytest.MonkeyPatch, first: int = 2000, largest: int = 9000) -> list[Piece]:
    monkeypatch.setattr(plan, "FIRST", first)
    monkeypatch.setattr(plan, "LARGEST", largest)
    return plan.cut([plan.past(str(log), None, BEGIN + SECONDS)], newest_first=True)


def test_pieces_newest_first_answer_as_one_pass_does(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = pieces_of(log, monkeypatch)
    assert len(pieces) > 10
    backwards, forwards = MemoryStore(None, 10**6), MemoryStore(None, 10**6)
    readers = Readers(pieces, None, 2)
    monitor = Monitor(backwards, readers, (str(log),), clock=lambda: BEGIN + SECONDS)
    try:
        while monitor.pump(0.5) or readers.backfilled() is not None:
            pass
    finally:
        readers.close()
    reader = Reader(str(log), 0, BEGIN + SECONDS)
    for batch in (*reader.feed(log.read_bytes(), 0), reader.batch()):
        forwards.append(batch)
    assert backwards.holding().counts == forwards.holding().counts
    assert backwards.holding().events == forwards.holding().events > 1000
    for name, view in VIEWS.items():
        one, other = forwards.ask(view.query()), backwards.ask(view.query())
        assert told(other) == told(one), name


def told(table: Table) -> tuple[object, ...]:
    """What an answer says, apart from the numbers that a store gives to sessions: which rows are of one is kept."""
    rows = table.rows
    if "session" in table.columns:
        at, known = table.columns.index("session"), dict[object, int]()
        rows = tuple((*row[:at], known.setdefault(row[at], len(known)), *row[at + 1 :]) for row in rows)
    return table.columns, rows, table.totals, table.groups, table.since, table.until, table.truncated


def test_nothing_is_left_running(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "FIRST_SIGHT", 0.0)
    readers = Readers(pieces_of(log, monkeypatch), Follow((str(log),), (0,)), 2)
    assert len(readers._backfill) == 1, "the first piece is read before all else"
    while readers._follower is None:
        readers.take(0.01)
    pids = [worker.pid for worker in (*readers._backfill, readers._follower) if worker]
    assert len(pids) == 3
    readers.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert readers.following is False


def test_a_killed_follower_is_said(log: Path) -> None:
    readers = Readers((), Follow((str(log),), (0,)), 0)
    monitor = Monitor(MemoryStore(None, 10**6), readers, (str(log),))
    try:
        assert readers._follower is not None
        os.kill(readers._follower.pid, signal.SIGKILL)
        while readers.following:
            readers_said = readers.take(1.0)
            for message in readers_said:
                monitor._hear(message)
        assert monitor.status().notes == ("the reader stopped: its process was ended by SIGKILL",)
    finally:
        readers.close()


def test_a_killed_worker_costs_one_piece_and_is_said(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = pieces_of(log, monkeypatch)
    readers = Readers(pieces, None, 2)
    try:
        os.kill(readers._backfill[0].pid, signal.SIGKILL)
        taken: list[Batch | Message] = []
        while readers.backfilled() is not None:
            taken += readers.take(1.0)
        notes = [message.error for message in taken if isinstance(message, Ended)]
        assert len(notes) <= 1  # none when it had been quicker
        if notes:
            assert notes[0] is not None
            assert notes[0].startswith("the reader stopped: its process was ended by SIGKILL; ")
            assert "may be missing" in notes[0]
        lines = sum(message.counts["lines"] for message in taken if isinstance(message, Batch))
        assert lines >= log.read_bytes().count(b"\n") - 200
        assert not readers._backfill
    finally:
        readers.close()


def test_when_all_workers_die_others_take_over(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readers = Readers(pieces_of(log, monkeypatch), None, 2)
    try:
        for worker in list(readers._backfill):
            os.kill(worker.pid, signal.SIGKILL)
        taken: list[Batch | Message] = []
        while readers.backfilled() is not None:
            taken += readers.take(1.0)
        assert 1 <= sum(isinstance(message, Ended) for message in taken) <= 2
        assert sum(message.counts["lines"] for message in taken if isinstance(message, Batch)) > 500
    finally:
        readers.close()


class Puppet:
    """A worker whose messages the test puts into the queue itself."""

    made: ClassVar[list["Puppet"]] = []

    def __init__(self, queue: inbox.Arrivals, stream: int | None = None) -> None:
        self.pieces: deque[int] = deque()
        self.queue, self.closed = queue, False
        self.made.append(self)

    def give(self, task: Piece) -> None:
        self.pieces.append(task.number)

    def close(self) -> None:
        self.closed = True

    def say(self, message: Batch | Message) -> None:
        assert self.queue.put(cast("inbox.Worker", self), message, 1.0)

    def parse(self) -> None:
        """The oldest piece that it was given and has not parsed."""
        number = self.pieces[0]
        self.say(batch_of(number))
        self.say(PieceDone(number))


def batch_of(number: int) -> Batch:
    reader = Reader("mail.log", 0, 0.0)
    assert not list(reader.feed(b"x\n", 1000 - number))
    return reader.batch()


@pytest.fixture
def puppets(monkeypatch: pytest.MonkeyPatch) -> list[Puppet]:
    Puppet.made = []
    monkeypatch.setattr(inbox, "Worker", Puppet)
    return Puppet.made


def order(messages: Sequence[Batch | Message]) -> list[int]:
    return [1000 - message.first_offset for message in messages if isinstance(message, Batch)]


def test_pieces_come_in_their_order_whoever_is_quicker(puppets: list[Puppet]) -> None:
    readers = Readers([Piece(number, "mail.log", 0, 10, 0.0) for number in range(6)], None, 2)
    quick, slow = puppets
    assert (list(quick.pieces), list(slow.pieces)) == ([0, 2], [1, 3])
    taken: list[Batch | Message] = []
    for worker in (slow, slow):
        worker.parse()
        taken += readers.take()
    assert order(taken) == []
    assert readers.backfilled() == 0.0
    quick.parse()
    taken += readers.take()
    assert order(taken) == [0, 1]
    assert readers.backfilled() == pytest.approx(2 / 6)
    while readers.backfilled() is not None:
        for worker in (slow, quick):
            if worker.pieces:
                worker.parse()
                taken += readers.take()
    assert order(taken) == [0, 1, 2, 3, 4, 5]
    assert quick.closed
    assert slow.closed


def test_what_a_dead_worker_had_not_begun_goes_to_another(puppets: list[Puppet]) -> None:
    readers = Readers([Piece(number, "mail.log", 0, 10, 0.0) for number in range(4)], None, 1)
    (first,) = puppets
    first.say(batch_of(0))
    first.say(Ended("the reader stopped: why"))
    taken = readers.take()
    assert order(taken) == [0]
    assert [message for message in taken if isinstance(message, Ended)] == [
        Ended("the reader stopped: why; mail.log, octets 0 to 10, may be missing")
    ]
    second = puppets[1]
    assert list(second.pieces) == [1, 2]
    while second.pieces:
        second.parse()
        taken += readers.take()
    assert order(taken) == [0, 1, 2, 3]
    assert readers.backfilled() is None


def test_what_waits_is_bounded_by_events(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"Nov 18 17:00:00 mx1 postfix/smtpd[1]: connect from unknown[192.0.2.1]\n"
    reader = Reader("mail.log", 0, BEGIN)
    assert not list(reader.feed(text * 3, 0))
    three = reader.batch()
    monkeypatch.setattr(inbox, "QUEUED_ROWS", 5)
    arrivals, nobody = inbox.Arrivals(), cast("inbox.Worker", None)
    assert [arrivals.put(nobody, three, 0.0) for _ in range(3)] == [True, True, False]
    assert arrivals.get() == (nobody, three)
    assert arrivals.put(nobody, three, 0.0)
    assert arrivals.get() is not None
    assert arrivals.get() is not None
    assert arrivals.get() is None
