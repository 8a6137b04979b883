"""Monitor: the core that every face holds. Readers in other processes send batches; the monitor feeds the store.

In: what arrives in an `Inbox` (batches of events, and what the readers say of themselves). Out: answers of the store,
a frozen `Status`, and raw lines read back from their file. The monitor never waits: a face calls `pump` when it has
time, and asks when it draws.

Time is an argument (`clock`). **now** is the clock while the log is being written, and the newest event's time for a
log that is not: an archive, a replay, a server that has fallen silent.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil
from time import monotonic, time
from typing import Final, Protocol, runtime_checkable

from mailtop.analysis.reading import Reading
from mailtop.batch import Batch
from mailtop.ingest.messages import Ended, Message, Progress
from mailtop.query import Holding, Listing, Query, Span, Store, Table
from mailtop.source.readback import Lost

SILENT_AFTER: Final = 120.0
"""seconds without a line after which a followed log counts as not being written"""

SPEED_OVER: Final = 10.0
"""seconds over which lines per second are averaged"""

SPEED_EVERY: Final = 1.0
"""seconds between two samples of it"""

MAX_BUDGET: Final = 0.1
"""seconds that one pump may take when those before could not take in everything: what a key may have to wait"""

MAX_STRETCH: Final = 8
"""how many times its budget a pump may take"""

MAX_NOTES: Final = 20
"""how many different notes of the readers' ends are kept, and of gaps; older ones go first"""


LOST: Final = "lost"
"""what a note is about that stays"""


class Inbox(Protocol):
    """Where the readers' messages arrive."""

    following: bool
    """more lines may come"""

    followed: int
    """lines that the follower has read so far"""

    def take(self) -> Sequence[Batch | Message]:
        """What has arrived, without waiting; a few messages at a time."""

    def when_arrived(self, hint: Callable[[], object] | None) -> None:
        """Have `hint` called, from any thread, whenever something has come."""

    def backfilled(self) -> float | None:
        """The part of the older log that has been delivered, 0..1; None when there is no more to come."""

    def line(self, source: str, file: int, offset: int) -> str | None:
        """The raw line at a place, cleaned; None when its file is gone or was a stream."""

    def close(self) -> None:
        """Stop the readers."""


@runtime_checkable
class Telling(Protocol):
    """An inbox that reads back many lines at once, and can tell why one is not to be had any more."""

    def lines(self, places: Sequence[tuple[str, int, int]]) -> list[str | None]:
        """As `Inbox.line`, for several places (source, file, offset)."""

    def lost(self, source: str, file: int, offset: int) -> Lost:
        """Why there is no line at a place."""


class GrowingStore(Store, Protocol):
    """A store that can be fed older pieces, and joins lines across them when the last one has come."""

    def settle(self, final: bool = True) -> Iterator[None]:
        """Join lines over all pieces; yields now and then, so that a screen stays alive."""


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the reading itself: what a postmaster must know when the monitor lies."""

    sources: tuple[str, ...] = ()
    live: bool = False
    """the log is being written"""
    now: float = 0.0
    """epoch seconds that ages and windows count from"""
    lag: float = 0.0
    """seconds that the newest line read is behind the clock while more lines are waiting; else 0. Of a log whose lines
    are older than SILENT_AFTER it is not told whether they were written late or long ago: then no more than since lines
    began to wait"""
    lag_bytes: int = 0
    """in the files and not yet read"""
    lines_per_second: float = 0.0
    backfilled: float | None = None
    """part of the older log that has been read, 0..1; None when there is nothing more to read back"""
    holding: Holding = field(default_factory=Holding)
    notes: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    """those of the notes that say what was lost: rotated or truncated away before it was read, damaged"""
    speed: float | None = None
    """of a replay: how many times faster than the log was written; None for a log as it is"""

    @property
    def reading(self) -> Reading:
        """How far the numbers can be trusted."""
        return Reading(self.holding, self.sources, self.notes, self.gaps, self.lag, self.lag_bytes)

    @property
    def unparsed(self) -> int:
        """lines of a mail server that were not understood"""
        return self.holding.counts.get("unparsed", 0)


class Monitor:
    """Feeds one store from one inbox, and answers for both."""

    def __init__(
        self,
        store: GrowingStore,
        inbox: Inbox,
        sources: tuple[str, ...],
        clock: Callable[[], float] = time,
        stand_still: Callable[[bool], object] | None = None,
        speed: float | None = None,
    ) -> None:
        """`clock`: epoch seconds. Of a replay it is the log's own, `stand_still` stops it or lets it go on, and `speed`
        is how many times faster than the real one it goes."""
        self.store = store
        self.sources = sources
        self._inbox = inbox
        self.speed = speed
        self._clock = clock
        self._stand_still = stand_still
        self._waiting: deque[Batch | Message] = deque()
        self._lag_bytes: dict[str, int] = {}
        self._behind_since = 0.0
        self._gaps_over = 0
        self._endings: dict[str, None] = {}
        self._said: dict[tuple[str, str], str] = {}
        self._besides: tuple[str, ...] = ()
        self._stretch = 1
        self._settling: Iterator[None] | None = None
        self._settled = False
        self._renewed = False
        self._speed: deque[tuple[float, int]] = deque()

    def pump(self, budget: float = 0.02) -> bool:
        """Take in what has arrived for about `budget` seconds at most. True when anything changed.

        Each time that something was left over the next may take twice as long, up to MAX_BUDGET: on a machine whose
        processors are taken, a fixed time would never catch up again.
        """
        deadline = monotonic() + min(budget * self._stretch, max(MAX_BUDGET, budget))
        changed, self._renewed = self._renewed, False
        while True:
            if not self._waiting:
                self._waiting.extend(self._inbox.take())
            if not self._waiting:
                self._stretch = max(1, self._stretch // 2)
                return self._settle(deadline) or changed
            changed = True
            self._hear(self._waiting.popleft())
            if monotonic() > deadline:
                self._stretch = min(2 * self._stretch, MAX_STRETCH)
                return True

    def when_arrived(self, hint: Callable[[], object] | None) -> None:
        """Have `hint` called, from any thread, when there is something to pump; None: no longer."""
        self._inbox.when_arrived(hint)

    def renew(self, notes: Sequence[str] = ()) -> None:
        """Something besides events has changed the answers (names of networks have come): the next `pump` says so.

        `notes` are to be said about it, beside those of the readers.
        """
        self._besides = tuple(notes)  # whole, since another thread may be asking
        self._renewed = True

    def stand_still(self, on: bool) -> None:
        """Stop a replay, or let it go on; a log that is being written does not wait for anybody."""
        if self._stand_still is not None:
            self._stand_still(on)

    def ask(self, query: Query | Listing) -> Table:
        """The store's answer."""
        return self.store.ask(query)

    def line(self, source: str, file: int, offset: int) -> str | None:
        """The raw line at a place, cleaned; None when it cannot be read back."""
        return self._inbox.line(source, file, offset)

    def lines(self, places: Sequence[tuple[str, int, int]]) -> list[str | None]:
        """The same for several places: source, file, offset."""
        if isinstance(self._inbox, Telling):
            return self._inbox.lines(places)
        return [self._inbox.line(*place) for place in places]

    def lost(self, source: str, file: int, offset: int) -> Lost:
        """Why there is no line at a place."""
        if isinstance(self._inbox, Telling):
            return self._inbox.lost(source, file, offset)
        return Lost("it cannot be read again", False)

    def now(self) -> float:
        """Epoch seconds that ages and windows count from."""
        return self.status().now

    def span(self, seconds: float | None) -> Span:
        """The stretch of `seconds` that ends now; None for everything held.

        A moving end goes on in steps of a sixtieth of the stretch, so that a screen need not be drawn again each
        second for a window that has hardly moved.
        """
        last = self.store.holding().last
        if last is None or not self._live(last, self._clock()):
            return Span(seconds, last)
        step = min(max(1.0, (seconds or 3600.0) / 60), 60.0)
        return Span(seconds, ceil(self._clock() / step) * step)

    def status(self) -> Status:
        """The state of the reading."""
        holding = self.store.holding()
        clock = self._clock()
        live = holding.last is not None and self._live(holding.last, clock)
        lag_bytes = sum(self._lag_bytes.values())
        gaps = [note for (_, about), note in self._said.items() if about == LOST]
        more = [f"and {self._gaps_over:,} more gaps before these"] if self._gaps_over else []
        return Status(
            sources=self.sources,
            live=live,
            now=clock if holding.last is None or live else holding.last,
            speed=self.speed,
            lag=self._lag(holding.last, clock) if lag_bytes else 0.0,
            lag_bytes=lag_bytes,
            lines_per_second=self._lines_per_second(clock),
            backfilled=self._inbox.backfilled(),
            holding=holding,
            notes=(*self._said.values(), *more, *self._endings, *self._besides),
            gaps=(*gaps, *more),
        )

    def close(self) -> None:
        """Stop the readers."""
        self._inbox.close()

    def _live(self, last: float, clock: float) -> bool:
        return self._inbox.following and (self.speed is not None or clock - last <= SILENT_AFTER)

    def _hear(self, message: Batch | Message) -> None:
        if isinstance(message, Batch):
            self.store.append(message)
        elif isinstance(message, Progress):
            if not any(self._lag_bytes.values()):
                self._behind_since = self._clock()
            self._lag_bytes[message.source] = message.lag_bytes
            self._say(message.source, "trouble", message.note)
            if message.lost:
                self._say(message.source, LOST, message.lost)
                lost = [key for key in self._said if key[1] == LOST]
                for key in lost[:-MAX_NOTES]:
                    del self._said[key]
                    self._gaps_over += 1
        elif isinstance(message, Ended):
            self._lag_bytes.clear()
            if message.error:
                self._endings.pop(message.error, None)
                self._endings[message.error] = None
                while len(self._endings) > MAX_NOTES:
                    del self._endings[next(iter(self._endings))]

    def _lag(self, last: float | None, clock: float) -> float:
        """Seconds behind, while lines are waiting."""
        waiting = max(0.0, clock - self._behind_since)
        if last is None:
            return waiting
        age = max(0.0, clock - last)
        return age if age <= SILENT_AFTER else min(age, waiting)

    def _say(self, source: str, about: str, note: str | None) -> None:
        """Remember a source's newest note about something; trouble that is over is not a note any more."""
        self._said.pop((source, about), None)
        if note:
            self._said[source, about] = note

    def _settle(self, deadline: float) -> bool:
        """Join lines across pieces when the last piece is in; True while there was something to do."""
        if self._settled or self._inbox.backfilled() is not None:
            return False
        if self._settling is None:
            self._settling = self.store.settle()
        for _ in self._settling:
            if monotonic() > deadline:
                return True
        self._settling, self._settled = None, True
        return True

    def _lines_per_second(self, clock: float) -> float:
        if not self._speed or clock - self._speed[-1][0] >= SPEED_EVERY:
            self._speed.append((clock, self._inbox.followed))
        while len(self._speed) > 2 and self._speed[1][0] < clock - SPEED_OVER:
            self._speed.popleft()
        since, before = self._speed[0]
        return (self._inbox.followed - before) / max(clock - since, SPEED_EVERY)
