"""An old log as if it were being written now: what comes when, on a real clock set by hand."""

import os
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtop.batch import Batch, Strings
from mailtop.demo import Traffic, rfc3339
from mailtop.ingest import replay as module
from mailtop.ingest.messages import Message, Progress
from mailtop.ingest.opening import choose, replayed
from mailtop.ingest.parts import LOOK, Parts, dues
from mailtop.ingest.reader import Reader
from mailtop.ingest.replay import TICK, Replay
from mailtop.monitor import Monitor
from mailtop.store.memory import MemoryStore
from mailtop.views import VIEWS
from mailtop.views.view import View

BEGIN = 1_795_000_000.0
SECONDS = 240


class Real:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


class Read:
    """What a reader has read: batches that come a few at a time."""

    def __init__(self, batches: Sequence[Batch | Message], at_once: int = 1) -> None:
        self.waiting = list(batches)
        self.at_once = at_once
        self.taken = 0
        self.following = False
        self.closed = False
        self.dry = False

    def take(self) -> Sequence[Batch | Message]:
        if self.dry:
            return []
        some, self.waiting = self.waiting[: self.at_once], self.waiting[self.at_once :]
        self.taken += len(some)
        return some

    def backfilled(self) -> float | None:
        return 0.5 if self.waiting else None

    def when_arrived(self, hint: Callable[[], object] | None) -> None:
        self.hint = hint

    def line(self, source: str, file: int, offset: int) -> str | None:
        return f"{source} {offset}" if source == "mail.log" else None

    def close(self) -> None:
        self.closed = True


def text_of(seed: int = 3, begin: float = BEGIN, seconds: int = SECONDS, repeats: bool = True) -> bytes:
    traffic = Traffic(seed, begin, 2.0, rfc3339(0), bots=40, storms=(begin + 60,), storm_seconds=20.0, repeats=repeats)
    return traffic.until(begin + seconds).encode("ascii")


def batches_of(text: bytes, rows: int = 100, source: str = "mail.log") -> list[Batch]:
    """The batches of a log, `rows` lines each."""
    reader, made, offset = Reader(source, 0, BEGIN), [], 0
    lines = text.splitlines(keepends=True)
    for at in range(0, len(lines), rows):
        run = b"".join(lines[at : at + rows])
        made += [*reader.feed(run, offset), reader.batch()]
        offset += len(run)
    return [batch for batch in made if batch.counts.get("lines")]


def stored(batches: Sequence[Batch | Message]) -> MemoryStore:
    store = MemoryStore(None, 10**6)
    for batch in batches:
        assert isinstance(batch, Batch)
        store.append(batch)
    for _ in store.settle():
        pass
    return store


def told(store: MemoryStore) -> list[object]:
    """All that a store answers."""
    holding = store.holding()
    tables = [store.ask(view.query()) for view in VIEWS.values()]
    counts = {name: count for name, count in holding.counts.items() if count}
    return [counts, holding.events, holding.first, holding.last, holding.unknown, *tables]


def run(replay: Replay, real: Real, step: float) -> Iterator[tuple[float, list[Batch | Message]]]:
    """What comes as time goes on in steps."""
    for _ in range(100_000):
        if not replay.following:
            return
        while taken := replay.take():
            yield replay.clock(), taken
        real.now += step
    raise AssertionError("the replay does not end")


@pytest.mark.parametrize("speed", [1.0, 7.0, 1e9])
@pytest.mark.parametrize("rows", [3, 100, 10_000])
def test_a_replay_that_has_ended_holds_what_reading_at_once_gives(speed: float, rows: int) -> None:
    batches = batches_of(text_of(), rows)
    real = Real()
    replay = Replay([Read(batches, 3)], speed, real)
    came = [batch for _, taken in run(replay, real, 0.7) for batch in taken]
    assert told(stored(came)) == told(stored(batches))
    assert len(came) > len(batches) or speed > 7.0
    assert replay.followed == sum(batch.counts["lines"] for batch in batches)


@pytest.mark.parametrize("speed", [0.5, 1.0, 60.0])
def test_no_line_comes_before_its_time_and_none_late(speed: float) -> None:
    batches = batches_of(text_of(repeats=False))
    real = Real()
    replay = Replay([Read(batches, 100)], speed, real)
    began, times = real.now, sorted(time for batch in batches for time in batch.time)
    rows = sum(len(one) for one in replay.take() if isinstance(one, Batch))
    assert (rows, replay.clock()) == (1, times[0] / 1e6)
    for clock, taken in run(replay, real, 0.25):
        rows += sum(len(batch) for batch in taken if isinstance(batch, Batch))
        moment = times[0] / 1e6 + speed * (real.now - began)
        assert clock == pytest.approx(min(moment, times[-1] / 1e6), abs=1e-3)
        assert times[rows - 1] <= clock * 1e6 + 1
    assert rows == len(times)
    assert real.now - began == pytest.approx((times[-1] - times[0]) / 1e6 / speed, abs=1.0)


def test_what_has_come_is_what_was_due() -> None:
    batches = batches_of(text_of(repeats=False))
    times = sorted(time for batch in batches for time in batch.time)
    real = Real()
    replay = Replay([Read(batches)], 10.0, real)
    rows = 0
    while replay.following:
        real.now += 0.5
        while taken := replay.take():
            rows += sum(len(one) for one in taken if isinstance(one, Batch))
        assert rows == bisect_right(times, round(replay.clock() * 1e6))


def test_a_pause_pauses_it() -> None:
    batches = batches_of(text_of())
    real = Real()
    replay = Replay([Read(batches)], 2.0, real)
    replay.take()
    replay.take()
    real.now += 10
    assert replay.take()
    at = replay.clock()
    replay.pause(True)
    real.now += 1000
    assert not any(isinstance(one, Batch) for one in replay.take())
    assert replay.clock() == at
    replay.pause(False)
    assert not replay.take()
    real.now += 10
    assert replay.take()
    assert replay.clock() == pytest.approx(at + 20)


def test_the_clock_waits_for_the_reader() -> None:
    batches = batches_of(text_of())
    read, real = Read(batches), Real()
    replay = Replay([read], 1e6, real)
    replay.take()
    read.dry = True
    for _ in range(5):
        real.now += 1
        replay.take()
    assert replay.clock() == max(batches[0].time) / 1e6
    assert replay.following
    read.dry = False
    real.now += 1
    replay.take()
    replay.take()
    assert replay.clock() > max(batches[0].time) / 1e6


def test_it_is_read_no_further_than_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HELD", 50)
    batches = batches_of(text_of(), 20)
    read, real = Read(batches), Real()
    replay = Replay([read], 1.0, real)
    came = 0
    for _ in range(300):
        came += sum(len(one) for one in replay.take() if isinstance(one, Batch))
        real.now += TICK / 2
        assert sum(map(len, batches[: read.taken])) < came + 50 + 40
    assert came > 20


def test_several_logs_go_by_one_clock() -> None:
    late = 90
    one = batches_of(text_of(3), 50)
    other = batches_of(text_of(4, BEGIN + late), 50, "other.log")
    real = Real()
    replay = Replay([Read(one), Read(other)], 5.0, real)
    came: list[Batch] = []
    for clock, taken in run(replay, real, 0.5):
        some = [batch for batch in taken if isinstance(batch, Batch)]
        assert all(max(batch.time) <= clock * 1e6 + 1 for batch in some if len(batch))
        came += some
    firsts = {batch.source: at for at, batch in reversed(list(enumerate(came)))}
    assert 0 == firsts["mail.log"] < firsts["other.log"] < len(came) // 2 + 100
    store, whole = stored(came), stored([*one, *other])
    assert [store.ask(view.query()).rows for view in VIEWS.values() if view.name == "clients"] == [
        whole.ask(view.query()).rows for view in VIEWS.values() if view.name == "clients"
    ]
    assert store.holding().events == whole.holding().events


def test_a_log_without_mail_ends_at_once_and_is_counted() -> None:
    batches = batches_of(b"Nov 18 17:00:00 mx1 cron[1]: (root) CMD (true)\n" * 9, 3)
    replay = Replay([Read(batches)], 1.0, Real())
    taken = [one for _ in range(8) for one in replay.take()]
    assert sum(batch.counts["lines"] for batch in taken if isinstance(batch, Batch)) == 9
    assert not replay.following
    assert replay.clock() == 0.0


def test_what_the_reader_says_is_said_at_once() -> None:
    note = Progress("mail.log", lost="mail.log: damaged")
    replay = Replay([Read([*batches_of(text_of()), note], 10**6)], 1.0, Real())
    assert note in replay.take()
    assert replay.line("mail.log", 0, 7) == "mail.log 7"
    assert replay.line("other.log", 0, 7) is None
    assert replay.backfilled() is None


def test_closing_stops_the_reading() -> None:
    read = Read([])
    replay = Replay([read], 1.0, Real())
    replay.close()
    assert read.closed
    assert not replay.following


# -- parts of a batch -----------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 50), max_size=60))
def test_rows_are_due_in_their_order(times: list[int]) -> None:
    due = dues(times)
    assert due == sorted(due)
    assert all(least <= one for least, one in zip(map(min, zip(due, times, strict=True)), times, strict=True))
    if times == sorted(times):
        assert due == times


def test_one_stamp_that_is_ahead_holds_nobody_up() -> None:
    times = [*range(100)]
    times[40] = 10**9
    assert dues(times) == [*range(40), 41, *range(41, 100)]


def test_nor_does_one_at_the_end_of_a_batch() -> None:
    (batch,) = batches_of(text_of(), 10**6)
    batch.time[-1] = 2**60
    held = Parts(batch)
    assert held.last == 2**60
    held.followed_by(batch.time[-2] + 5)
    assert held.last == batch.time[-2] + 5
    assert LOOK > 1


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, SECONDS * 10**6), max_size=12))
def test_parts_are_the_whole(cuts: list[int]) -> None:
    (batch,) = WHOLE
    held, came = Parts(batch), []
    for cut in [*sorted(cuts), 2**62]:
        part = held.take(round(BEGIN * 1e6) + cut)
        if part is not None:
            came.append(part)
    assert held.take(2**62) is None
    assert came[0].first_offset == batch.first_offset
    assert came[-1].end_offset == batch.end_offset
    assert [one.end_offset for one in came[:-1]] == [one.first_offset for one in came[1:]]
    assert sum(map(len, came)) == len(batch)
    for name, count in batch.counts.items():
        assert sum(part.counts[name] for part in came) == count
    assert told(stored(came)) == TOLD


WHOLE = batches_of(text_of(), 10**6)
TOLD = told(stored(WHOLE))


def test_columns_in_any_order_of_rows_are_cut_right() -> None:
    (batch,) = batches_of(text_of(), 10**6)
    for column in batch.columns.values():
        if column.rows is not None:
            order = sorted(range(len(column.rows)), key=lambda at: (at * 7919) % 1009)
            rows = [column.rows[at] for at in order]
            column.rows = array("I", rows)
            if isinstance(column, Strings):
                column.codes = array("I", [column.codes[at] for at in order])
            else:
                wide = [range(at * column.width, (at + 1) * column.width) for at in order]
                values = [column.values[place] for places in wide for place in places]
                column.values = array("d" if column.values.typecode == "d" else "q", values)
    held = Parts(batch)
    middle = held.take(batch.time[len(batch) // 2])
    rest = held.take(2**62)
    assert middle is not None
    assert rest is not None
    assert told(stored([middle, rest])) == TOLD


# -- from a file ----------------------------------------------------------------------------------------------------


@contextmanager
def monitored(path: Path, speed: float, real: Real) -> Iterator[tuple[Monitor, Replay]]:
    with replayed(choose((str(path),)), speed, BEGIN + 10**6, real=real) as replay:
        yield Monitor(MemoryStore(None, 10**6), replay, (str(path),), replay.clock, replay.pause), replay


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_replayed_from_its_first_event(tmp_path: Path, packed: bool) -> None:
    import gzip

    text = text_of()
    path = tmp_path / ("mail.log.gz" if packed else "mail.log")
    path.write_bytes(gzip.compress(text) if packed else text)
    os.utime(path, (BEGIN + SECONDS,) * 2)
    real = Real()
    with monitored(path, 30.0, real) as (monitor, replay):
        while monitor.status().holding.last is None:
            monitor.pump(0.5)
        status = monitor.status()
        assert status.live
        assert status.now == replay.clock() == status.holding.first
        while replay.following:
            monitor.pump(0.5)
            real.now += 0.2
        monitor.pump(5.0)
        assert not monitor.status().live
        last = monitor.status().holding.last
        assert monitor.status().now == last
        assert monitor.span(60.0).until == last
        store = monitor.store
        assert isinstance(store, MemoryStore)
        wanted = told(stored(batches_of(text, 10**6)))
        assert told(store)[1:5] == wanted[1:5]
        whole = stored(batches_of(text, 10**6))
        views = [view for view in VIEWS.values() if isinstance(view, View)]  # a listing names the file
        assert [store.ask(view.query()).rows for view in views] == [whole.ask(view.query()).rows for view in views]
        assert monitor.line(str(path), 0, 0) == text.splitlines()[0].decode()
