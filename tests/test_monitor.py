"""The core on an inbox and a store that do as they are told, and a clock set by hand."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from mailtop import monitor as monitor_module
from mailtop.batch import Batch
from mailtop.ingest.messages import Ended, Message, Progress
from mailtop.ingest.reader import Reader
from mailtop.monitor import MAX_NOTES, SILENT_AFTER, Monitor
from mailtop.query import Holding, Listing, Query, Span, Table

NOW = 1_800_000_000.0


class Told:
    """An inbox that has what the test puts into it."""

    def __init__(self, following: bool = True, backfilled: float | None = None) -> None:
        self.following, self.followed = following, 0
        self.part = backfilled
        self.messages: list[Batch | Message] = []
        self.closed = False

    def take(self) -> Sequence[Batch | Message]:
        taken, self.messages = self.messages[:2], self.messages[2:]
        return taken

    def when_arrived(self, hint: Callable[[], object] | None) -> None:
        self.hint = hint

    def backfilled(self) -> float | None:
        return self.part

    def line(self, source: str, file: int, offset: int) -> str | None:
        return f"{source} {file} {offset}"

    def close(self) -> None:
        self.closed = True


class Held:
    """A store that counts."""

    def __init__(self) -> None:
        self.appended: list[Batch] = []
        self.last: float | None = None
        self.settled = 0

    def append(self, batch: Batch) -> None:
        self.appended.append(batch)

    def ask(self, query: Query | Listing) -> Table:
        return Table((), ())

    def holding(self) -> Holding:
        return Holding(last=self.last, counts={"unparsed": 3})

    def settle(self, final: bool = True) -> Iterator[None]:
        for _ in range(3):
            self.settled += 1
            yield


class Hands:
    """A clock set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def batch() -> Batch:
    return Reader("mail.log", 0, NOW).batch()


def built(inbox: Told) -> tuple[Monitor, Held, Hands]:
    store, clock = Held(), Hands()
    return Monitor(store, inbox, ("mail.log",), clock), store, clock


def test_everything_that_arrived_is_taken_in_its_order() -> None:
    inbox = Told()
    monitor, store, _ = built(inbox)
    batches = [batch() for _ in range(5)]
    inbox.messages += batches
    assert monitor.pump(60.0)
    assert store.appended == batches
    assert not monitor.pump(60.0)


def test_a_spent_budget_leaves_the_rest_for_the_next_time() -> None:
    inbox = Told()
    monitor, store, _ = built(inbox)
    inbox.messages += [batch() for _ in range(3)]
    for count in (1, 2, 3):
        assert monitor.pump(0.0)
        assert len(store.appended) == count


def test_a_pump_that_falls_behind_takes_longer_until_it_has_caught_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(1000))
    monkeypatch.setattr(monitor_module, "monotonic", lambda: next(ticks) * 0.01)  # each batch costs 10 ms
    inbox = Told()
    monitor, store, _ = built(inbox)
    taken = []
    for _ in range(8):
        inbox.messages += [batch() for _ in range(6)]
        before = len(store.appended)
        monitor.pump(0.02)
        taken.append(len(store.appended) - before)
    assert taken[0] < 4
    assert max(taken) > 6
    assert sum(taken) > 8 * 5


def test_joins_are_settled_once_when_the_last_piece_is_in() -> None:
    inbox = Told(backfilled=0.5)
    monitor, store, _ = built(inbox)
    monitor.pump(60.0)
    assert store.settled == 0
    inbox.part = None
    assert monitor.pump(60.0)
    assert not monitor.pump(60.0)
    assert store.settled == 3


def test_settling_is_done_in_slices() -> None:
    inbox = Told(backfilled=0.5)
    monitor, store, _ = built(inbox)
    inbox.part = None
    assert monitor.pump(0.0)
    assert store.settled == 1
    assert monitor.pump(0.0)
    assert store.settled == 2


def test_a_log_without_a_past_is_settled_at_once_so_that_join_keys_are_let_go() -> None:
    monitor, store, _ = built(Told(backfilled=None))
    assert monitor.pump(60.0)
    assert store.settled == 3
    assert not monitor.pump(60.0)


@pytest.mark.parametrize(
    ("following", "age", "live"),
    [(True, 1.0, True), (True, SILENT_AFTER, True), (True, SILENT_AFTER + 1, False), (False, 1.0, False)],
)
def test_now_is_the_clock_while_the_log_is_written_and_its_newest_line_otherwise(
    following: bool, age: float, live: bool
) -> None:
    monitor, store, clock = built(Told(following=following))
    store.last = NOW - age
    assert monitor.status().live is live
    assert monitor.now() == monitor.status().now == (clock.now if live else store.last)
    if not live:
        assert monitor.span(60.0) == Span(60.0, store.last)


def test_nothing_read_yet() -> None:
    monitor, _, clock = built(Told())
    assert monitor.now() == clock.now
    assert monitor.span(60.0) == Span(60.0, None)
    assert monitor.status().live is False


def test_a_moving_window_ends_at_or_after_now_in_steps() -> None:
    monitor, store, clock = built(Told())
    ends = set()
    for second in range(60):
        clock.now = store.last = NOW + second
        span = monitor.span(600.0)
        assert span.until is not None
        assert clock.now <= span.until < clock.now + 10
        ends.add(span.until)
    assert len(ends) <= 7


def test_lag_is_the_age_of_the_newest_line_while_octets_wait() -> None:
    inbox = Told()
    monitor, store, _ = built(inbox)
    store.last = NOW - 7
    assert monitor.status().lag == 0.0
    inbox.messages += [Progress("a", 1000), Progress("b", 500)]
    monitor.pump(60.0)
    assert (monitor.status().lag, monitor.status().lag_bytes) == (7.0, 1500)
    inbox.messages += [Progress("a", 0), Progress("b", 0)]
    monitor.pump(60.0)
    assert (monitor.status().lag, monitor.status().lag_bytes) == (0.0, 0)


def test_trouble_that_is_over_is_not_shown_and_what_was_lost_is() -> None:
    inbox = Told()
    monitor, _, _ = built(inbox)
    for progress, notes in (
        (Progress("a", note="a: permission denied"), ("a: permission denied",)),
        (Progress("b", note="b: gone"), ("a: permission denied", "b: gone")),
        (Progress("a", lost="a: 5 octets lost"), ("b: gone", "a: 5 octets lost")),
        (Progress("a", lost="a: 9 octets lost"), ("b: gone", "a: 9 octets lost")),
        (Progress("b"), ("a: 9 octets lost",)),
        (Progress("a"), ("a: 9 octets lost",)),
    ):
        inbox.messages.append(progress)
        monitor.pump(60.0)
        assert monitor.status().notes == notes


def test_how_readers_ended_is_kept_and_bounded() -> None:
    inbox = Told()
    monitor, _, _ = built(inbox)
    inbox.messages += [Ended(None), *(Ended(f"reader {number}") for number in range(MAX_NOTES + 5))]
    monitor.pump(60.0)
    assert monitor.status().notes == tuple(f"reader {number}" for number in range(5, MAX_NOTES + 5))


def test_lines_per_second_are_of_the_last_seconds() -> None:
    inbox = Told()
    monitor, _, clock = built(inbox)
    assert monitor.status().lines_per_second == 0.0
    for _ in range(30):
        clock.now += 1
        inbox.followed += 40
        speed = monitor.status().lines_per_second
    assert speed == pytest.approx(40.0)
    for _ in range(int(monitor_module.SPEED_OVER) + 2):
        clock.now += 1
        speed = monitor.status().lines_per_second
    assert speed == 0.0


def test_the_rest_is_handed_through() -> None:
    inbox = Told(backfilled=0.25)
    monitor, _, _ = built(inbox)
    assert monitor.line("mail.log", 1, 2) == "mail.log 1 2"
    assert monitor.status().backfilled == 0.25
    assert monitor.status().unparsed == 3
    monitor.close()
    assert inbox.closed


def test_names_that_have_come_are_a_change() -> None:
    monitor, _, _ = built(Told(backfilled=None))
    while monitor.pump(60.0):
        pass
    monitor.renew()
    assert monitor.pump(60.0)
    assert not monitor.pump(60.0)
