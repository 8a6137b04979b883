"""Readers: the parent's side of the reading processes, from which batches and messages are taken.

One follower reads what is written from now on; as many backfill workers as there are cores read what was written
before, in pieces. Pieces are delivered in the order of the plan whichever worker is quicker, so that the answer to a
question does not depend on it; but for archives, which are too large to be held back: each of their batches goes to the
place that its file's number says. A thread a worker moves frames from its pipe to one bounded queue; when nobody takes
from the queue, the pipes fill and the workers wait: the log waits on disk, not in memory.

A worker that dies is seen by the end of its pipe, and said. The piece that it was reading counts as read as far as it
came (what killed one worker would kill the next); the pieces it had not begun go to the others, or to a new one.
"""

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Condition, Thread
from time import monotonic
from typing import Final, cast

from mailtop.batch import Batch
from mailtop.ingest import frames
from mailtop.ingest.clean import LINE_LIMIT, clean
from mailtop.ingest.messages import Ended, Follow, Message, Opened, Piece, PieceDone
from mailtop.mta.zones import masked, may_be_keyed
from mailtop.source.readback import FileIdentity, Lost, lost, read_lines

QUEUED_ROWS: Final = 1 << 18
"""events that wait in the parent before the pipes do"""

QUEUED: Final = 32
"""messages that wait, likewise: a follower that has to wait sends fewer and larger batches, which cost less"""

TAKEN: Final = 8
"""messages taken at once"""

AHEAD: Final = 2
"""pieces given to a worker at a time, so that it never waits for the next"""

FIRST_SIGHT: Final = 0.4
"""seconds that a screen has to itself, once there is something to draw, before all processors are put to reading"""

LOOK_UP: Final = 0.5
"""seconds after which a thread that waits for room in the queue looks whether it is still wanted"""

_ROOT: Final = str(Path(__file__).resolve().parents[2])
_START: Final = f"import sys; sys.path.append({_ROOT!r}); from mailtop.ingest.worker import main; main()"


class Arrivals:
    """What has arrived and waits: a queue bounded by messages and by their events, which may be one or thousands."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Worker, Batch | Message]] = deque()
        self._rows = 0
        self._changed = Condition()
        self.hint: Callable[[], object] | None = None
        """called, in another thread, when something has come: so that nobody need look now and then"""

    def put(self, worker: "Worker", message: Batch | Message, timeout: float) -> bool:
        """Add a message; False when there was no room for `timeout` seconds."""
        with self._changed:
            if not self._changed.wait_for(self._has_room, timeout):
                return False
            self._waiting.append((worker, message))
            self._rows += _rows(message)
            self._changed.notify_all()
        if self.hint is not None:
            self.hint()
        return True

    def get(self, timeout: float = 0.0) -> "tuple[Worker, Batch | Message] | None":
        """The oldest; None when there is none, after at most `timeout` seconds."""
        with self._changed:
            if not self._waiting and not (timeout and self._changed.wait_for(lambda: bool(self._waiting), timeout)):
                return None
            worker, message = self._waiting.popleft()
            self._rows -= _rows(message)
            self._changed.notify_all()
            return worker, message

    def _has_room(self) -> bool:
        return self._rows < QUEUED_ROWS and len(self._waiting) < QUEUED


def _rows(message: Batch | Message) -> int:
    return len(message) if isinstance(message, Batch) else 0


class Worker:
    """One reading process, and the thread that empties its pipe into `queue`."""

    def __init__(self, queue: Arrivals, stream: int | None = None) -> None:
        self.pieces: deque[int] = deque()
        """numbers of the pieces that it has been given and not finished"""
        self._queue = queue
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=() if stream is None else (stream,),
        )
        self._closed = False
        self._thread = Thread(target=self._read, name=f"reader {self._process.pid}", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def give(self, task: Piece | Follow) -> None:
        """Hand it a task. One that has died says so through the queue."""
        if isinstance(task, Piece):
            self.pieces.append(task.number)
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                frames.send(self._process.stdin, task)

    def close(self) -> None:
        """Stop it at once; what it has read and not sent is in the log for another day."""
        self._closed = True
        self._process.kill()
        self._process.wait()
        self._thread.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _read(self) -> None:
        """Move what it sends to the queue; when it sends no more, say why."""
        pipe = self._process.stdout
        assert pipe is not None
        error = "the reader stopped: "
        try:
            while (message := frames.receive(pipe)) is not None:
                self._put(cast("Batch | Message", message))
                if isinstance(message, Ended):
                    return
            error += _ending(self._process.wait())
        except Exception as broken:  # a pipe or a frame out of order: whatever it is, the reading is over
            error += f"{type(broken).__name__}: {broken}"
        self._put(Ended(error))

    def _put(self, message: Batch | Message) -> None:
        while not self._closed and not self._queue.put(self, message, LOOK_UP):
            pass


def _ending(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"its process ended with status {code}"
    with suppress(ValueError):
        return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process was ended by signal {-code}"


class Readers:
    """All reading processes of one face. `pieces` are delivered in their order; `follow` may be None.

    For a screen (`follow`), one process reads the first piece and the others begin FIRST_SIGHT seconds after it has
    come: until there is something to see, nothing is done that is not needed for it. What is written meanwhile is in
    the log, and the follower begins where the pieces end.
    """

    def __init__(
        self,
        pieces: Sequence[Piece],
        follow: Follow | None,
        workers: int,
        clock: Callable[[], float] = monotonic,
        notices: Sequence[Message] = (),
    ) -> None:
        """`notices`: what is to be said before anything is read."""
        self.following = follow is not None
        self.followed = 0
        self._queue = Arrivals()
        self._pieces = deque(pieces)
        self._by_number = {piece.number: piece for piece in pieces}
        self._bytes = sum(piece.end - piece.start for piece in pieces)
        self._sizes = {piece.number: piece.end - piece.start for piece in pieces}
        self._order = deque(piece.number for piece in pieces)
        self._held: dict[int, list[Batch]] = {piece.number: [] for piece in pieces}
        self._done: set[int] = set()
        self._delivered = 0
        known = {(piece.source or piece.path, piece.file): piece.identity for piece in pieces}
        self._files: dict[tuple[str, int], FileIdentity] = {
            place: identity for place, identity in known.items() if identity is not None
        }
        self._workers = workers
        self._notices = tuple(notices)
        self._follow = follow
        self._follower: Worker | None = None
        self._backfill: list[Worker] = []
        self._clock = clock
        self._rest_at: float | None = None
        self._started = False
        if follow is None or not pieces:
            self._start_rest()
        else:
            self._backfill.append(first := Worker(self._queue))
            first.give(self._pieces.popleft())

    def when_arrived(self, hint: Callable[[], object] | None) -> None:
        """Have `hint` called whenever something has come, from another thread: it must be quick."""
        self._queue.hint = hint

    def take(self, wait: float = 0.0) -> list[Batch | Message]:
        """What has arrived: nothing waits but, for `wait` seconds, the first."""
        if not self._started and (self._done or not self._backfill):
            self._rest_at = self._rest_at or self._clock() + FIRST_SIGHT
            if self._clock() >= self._rest_at:
                self._start_rest()
        taken: list[Batch | Message] = [*self._notices]
        self._notices = ()
        for _ in range(TAKEN):
            arrived = self._queue.get(0.0 if taken else wait)
            if arrived is None:
                break
            taken.extend(self._sort(*arrived))
        return taken

    def backfilled(self) -> float | None:
        """The part of the older log's bytes that has been delivered; None when all of it has."""
        return self._delivered / self._bytes if self._order and self._bytes else None

    def line(self, source: str, file: int, offset: int) -> str | None:
        """The raw line at a place, cleaned, keys of paid lists masked; None when its file is gone or was a stream."""
        return self.lines(((source, file, offset),))[0]

    def lines(self, places: Sequence[tuple[str, int, int]]) -> list[str | None]:
        """The same for several places: each file is looked for once."""
        offsets: dict[tuple[str, int], list[int]] = {}
        for source, file, offset in places:
            offsets.setdefault((source, file), []).append(offset)
        found: dict[tuple[str, int, int], str] = {}
        for (source, file), some in offsets.items():
            identity = self._files.get((source, file))
            read = () if identity is None else zip(some, read_lines(identity, some), strict=True)
            found |= {(source, file, offset): _shown(line) for offset, line in read if line is not None}
        return [found.get(place) for place in places]

    def lost(self, source: str, file: int, offset: int) -> Lost:
        """Why there is no line at a place."""
        identity = self._files.get((source, file))
        if identity is None:
            return Lost("it came from a stream, which cannot be read again", True)
        why, whole = lost(identity, offset)
        return Lost(clean(why.encode("utf-8", "surrogateescape")), whole)

    def close(self) -> None:
        """Stop all processes."""
        for worker in (*self._backfill, *filter(None, (self._follower,))):
            worker.close()
        self._backfill.clear()
        self._follower = None
        self.following = False

    def _start_rest(self) -> None:
        """Begin all that is to be done."""
        self._started = True
        while len(self._backfill) < min(self._workers, len(self._pieces)):
            self._backfill.append(Worker(self._queue))
        for _ in range(AHEAD):
            for worker in self._backfill:
                self._give(worker)
        if self._follow is not None:
            self._follower = Worker(self._queue, self._follow.stream)
            self._follower.give(self._follow)

    def _give(self, worker: Worker) -> None:
        if self._pieces and self._started:
            worker.give(self._pieces.popleft())

    def _sort(self, worker: Worker, message: Batch | Message) -> list[Batch | Message]:
        """What may be delivered once `message` has come."""
        if isinstance(message, Opened):
            self._files[message.source, message.file] = message.identity
            return []
        if isinstance(message, PieceDone):
            self._done.add(message.number)
            worker.pieces.popleft()
            self._give(worker)
            return self._in_order()
        if isinstance(message, Ended):
            return self._ended(worker, message)
        if isinstance(message, Batch) and worker is self._follower:
            self.followed += message.counts.get("lines", 0)
        elif isinstance(message, Batch):
            number = worker.pieces[0]
            if number != self._order[0] and not self._by_number[number].at_once:
                self._held[number].append(message)
                return []
        return [message]

    def _ended(self, worker: Worker, message: Ended) -> list[Batch | Message]:
        """A worker has come to its end: who goes on with what it was given?"""
        if worker is self._follower:
            self.following = False
            return [message]
        self._backfill.remove(worker)
        worker.close()
        said: list[Batch | Message] = []
        if worker.pieces:
            piece = self._by_number[worker.pieces.popleft()]
            place = f"{piece.path}, octets {piece.start:,} to {piece.end:,}, may be missing"
            said.append(Ended(f"{message.error}; {place}"))
            self._pieces.extendleft(reversed([self._by_number[number] for number in worker.pieces]))
            self._done.add(piece.number)
            if self._pieces and self._started:
                self._backfill.append(other := Worker(self._queue))
                for _ in range(AHEAD):
                    self._give(other)
        return [*said, *self._in_order()]

    def _in_order(self) -> list[Batch | Message]:
        """Batches of pieces whose turn has come."""
        ready: list[Batch | Message] = []
        while self._order and self._order[0] in self._done:
            number = self._order.popleft()
            ready.extend(self._held.pop(number, ()))
            self._delivered += self._sizes[number]
        if self._order:
            ready.extend(self._held.get(self._order[0], ()))
            self._held[self._order[0]] = []
        else:
            for worker in self._backfill:
                worker.close()
            self._backfill.clear()
        return ready


def _shown(line: bytes) -> str:
    """A line, cleaned, keys of paid lists masked."""
    return clean(masked(line) if may_be_keyed(line) else line, LINE_LIMIT)


def cores() -> int:
    """How many processors this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
