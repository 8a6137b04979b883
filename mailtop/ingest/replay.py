"""replay: an old log as if it were being written now. It is read forwards, and what is read is let go of when a clock
has come to its time: one that begins at the log's first event and goes `speed` times as fast as the real one.

In: an inbox for each log, which brings its past forwards (`mailtop.ingest.inbox.Readers`). Out: an inbox that is being
followed until all of it has come, and `clock` for the monitor. At the end the store holds what reading all of it at
once gives.

Nobody sleeps: the clock goes on when somebody takes, at most every `TICK`. It never goes further than what has been
read, so that a speed which the reading cannot keep up with is that of the reading; and not at all while it is paused.

Limits: a log is read on only while fewer than `HELD` events of it wait; behind them the pipes fill and the reader
waits.

BUGS: what is let go of is let go of in the order of the lines (`mailtop.ingest.parts`). Where the log's clock was set
back, the lines from then on come at once until it has caught up; where it was set ahead, the replay waits as long.
"""

from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final, Protocol

from mailtop.batch import Batch
from mailtop.ingest.messages import Message
from mailtop.ingest.parts import Parts

HELD: Final = 1 << 15
"""events of a log that wait for their time, below which it is read on"""

TICK: Final = 0.1
"""seconds of the real clock between two steps of the replayed one, at least: few large batches cost less than many"""

NEVER: Final = -(2**63)


class Past(Protocol):
    """Who brings a log's batches forwards: `mailtop.ingest.inbox.Readers`."""

    @property
    def following(self) -> bool:
        """More may come though nothing older is waited for: a pipe that is open."""

    def take(self) -> Sequence[Batch | Message]:
        """What has arrived, without waiting."""

    def when_arrived(self, hint: Callable[[], object] | None) -> None:
        """Have `hint` called when something has come."""

    def backfilled(self) -> float | None:
        """None when all of the past has been taken."""

    def line(self, source: str, file: int, offset: int) -> str | None:
        """The raw line at a place."""

    def close(self) -> None:
        """Stop reading."""


class Replay:
    """See the module; an `Inbox` of `mailtop.monitor`."""

    def __init__(self, pasts: Sequence[Past], speed: float = 1.0, real: Callable[[], float] = monotonic) -> None:
        """`real`: seconds from anywhere."""
        self.speed = speed
        self.paused = False
        self.following = True
        self.followed = 0
        self._lanes = [_Lane(past) for past in pasts]
        self._real = real
        self._told = real()
        self._now: float | None = None

    def clock(self) -> float:
        """The moment that the replay has come to, epoch seconds; 0 before its first event."""
        return self._now or 0.0

    def pause(self, on: bool) -> None:
        """Let the clock stand still, or go on from where it stood."""
        self._advance()
        self.paused = on
        self._told = self._real()

    def take(self) -> list[Batch | Message]:
        """What is due."""
        taken: list[Batch | Message] = []
        for lane in self._lanes:
            taken += lane.read_on()
        self._advance()
        until = NEVER if self._now is None else round(self._now * 1e6)
        for lane in self._lanes:
            taken += lane.due(until)
        self.followed += sum(one.counts.get("lines", 0) for one in taken if isinstance(one, Batch))
        self.following = not all(lane.ended and not lane.held for lane in self._lanes)
        return taken

    def when_arrived(self, hint: Callable[[], object] | None) -> None:
        """Have `hint` called when something has been read: it may be due."""
        for lane in self._lanes:
            lane.past.when_arrived(hint)

    def backfilled(self) -> float | None:
        """Nothing older is waited for: what is read comes as if it were new."""
        return None

    def line(self, source: str, file: int, offset: int) -> str | None:
        """The raw line at a place; None when its file is gone or was a stream."""
        found = (lane.past.line(source, file, offset) for lane in self._lanes)
        return next((line for line in found if line is not None), None)

    def close(self) -> None:
        """Stop reading."""
        for lane in self._lanes:
            lane.past.close()
        self.following = False

    def _advance(self) -> None:
        """Go on with the clock, as far as has been read of every log."""
        if self._now is None:
            self._begin()
            return
        passed = self._real() - self._told
        if self.paused or passed < TICK:
            return
        self._told += passed
        open_ends = [lane.read_until for lane in self._lanes if not lane.ended]
        furthest = min(open_ends) if open_ends else max(lane.read_until for lane in self._lanes)
        self._now = max(self._now, min(self._now + passed * self.speed, furthest / 1e6))

    def _begin(self) -> None:
        """Begin with the first event, once it is known of every log."""
        firsts = [lane.first for lane in self._lanes if lane.first is not None]
        if firsts and all(lane.ended or lane.first is not None for lane in self._lanes):
            self._now = min(firsts) / 1e6
            self._told = self._real()


class _Lane:
    """One log: what was read of it and waits for its time."""

    def __init__(self, past: Past) -> None:
        self.past = past
        self.held: deque[Parts] = deque()
        self.ended = False
        self.first: int | None = None
        """microseconds, when its first row is due"""
        self._taken_until = NEVER

    @property
    def read_until(self) -> int:
        """Microseconds: when all that has been read is due."""
        return max((parts.last for parts in self.held if parts.last is not None), default=self._taken_until)

    def read_on(self) -> list[Message]:
        """Have enough that waits; what the reader says of itself is due at once."""
        if self.ended or sum(map(len, self.held)) >= HELD:
            return []
        over = not self.past.following and self.past.backfilled() is None
        arrived = self.past.take()
        self.ended = over and not arrived
        for one in arrived:
            if isinstance(one, Batch):
                self._hold(Parts(one))
        return [one for one in arrived if not isinstance(one, Batch)]

    def due(self, until: int) -> list[Batch]:
        """The rows that are due, and what has no rows before them."""
        taken: list[Batch] = []
        while self.held:
            parts = self.held[0]
            if (part := parts.take(until)) is not None:
                taken.append(part)
            if not parts.taken:
                break
            if parts.last is not None:
                self._taken_until = max(self._taken_until, parts.last)
            self.held.popleft()
        return taken

    def _hold(self, parts: Parts) -> None:
        if parts.first is not None:
            if self.first is None:
                self.first = parts.first
            for before in reversed(self.held):
                before.followed_by(parts.first)
                if before:
                    break
        self.held.append(parts)
