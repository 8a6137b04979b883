"""Readers: the parent's side of the reading processes, from which batches and messages are taken.

One follower reads what is written from now on; as many backfill workers as there are cores read what was written
before, in pieces. Pieces are delivered in the order of the plan whichever worker is quicker, so that the answer to a
question does not depend on it. A thread a worker moves frames from its pipe to one bounded queue; when nobody takes
from the queue, the pipes fill and the workers wait: the log waits on disk, not in memory.
"""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Final, cast

from mailtop.batch import Batch
from mailtop.ingest import frames
from mailtop.ingest.clean import clean
from mailtop.ingest.messages import Ended, Follow, Message, Opened, Piece, PieceDone
from mailtop.source.readback import FileIdentity, read_line

QUEUED: Final = 8
"""frames that wait in the parent before the pipes do"""

AHEAD: Final = 2
"""pieces given to a worker at a time, so that it never waits for the next"""

_ROOT: Final = str(Path(__file__).resolve().parents[2])
_START: Final = f"import sys; sys.path.append({_ROOT!r}); from mailtop.ingest.worker import main; main()"


class Worker:
    """One reading process, and the thread that empties its pipe into `queue`."""

    def __init__(self, queue: "Queue[tuple[Worker, Batch | Message]]", stream: int | None = None) -> None:
        self.pieces: deque[int] = deque()
        """numbers of the pieces that it has been given and not finished"""
        self._queue = queue
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=() if stream is None else (stream,),
        )
        Thread(target=self._read, daemon=True).start()

    def give(self, task: Piece | Follow) -> None:
        """Hand it a task."""
        if isinstance(task, Piece):
            self.pieces.append(task.number)
        if self._process.stdin is not None:
            frames.send(self._process.stdin, task)

    def close(self) -> None:
        """Stop it at once; what it has read and not sent is in the log for another day."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _read(self) -> None:
        pipe = self._process.stdout
        while pipe is not None:
            try:
                message = frames.receive(pipe)
            except (OSError, ValueError):  # closed under us by close()
                return
            if message is None:
                self._queue.put((self, Ended(None)))
                return
            self._queue.put((self, cast("Batch | Message", message)))


class Readers:
    """All reading processes of one face. `pieces` are delivered in their order; `follow` may be None."""

    def __init__(self, pieces: Sequence[Piece], follow: Follow | None, workers: int) -> None:
        self.following = follow is not None
        self.followed = 0
        self._queue: Queue[tuple[Worker, Batch | Message]] = Queue(QUEUED)
        self._pieces = deque(pieces)
        self._bytes = sum(piece.end - piece.start for piece in pieces)
        self._sizes = {piece.number: piece.end - piece.start for piece in pieces}
        self._order = deque(piece.number for piece in pieces)
        self._held: dict[int, list[Batch]] = {piece.number: [] for piece in pieces}
        self._done: set[int] = set()
        self._delivered = 0
        self._files: dict[tuple[str, int], FileIdentity] = {}
        self._backfill = [Worker(self._queue) for _ in range(min(workers, len(pieces)))]
        for _ in range(AHEAD):
            for worker in self._backfill:
                self._give(worker)
        self._follower = None
        if follow is not None:
            self._follower = Worker(self._queue, follow.stream)
            self._follower.give(follow)

    def take(self, wait: float = 0.0) -> list[Batch | Message]:
        """What has arrived: nothing waits but, for `wait` seconds, the first."""
        taken: list[Batch | Message] = []
        for _ in range(QUEUED):
            try:
                worker, message = self._queue.get(timeout=wait) if wait and not taken else self._queue.get_nowait()
            except Empty:
                break
            taken.extend(self._sort(worker, message))
        return taken

    def backfilled(self) -> float | None:
        """The part of the older log's bytes that has been delivered; None when all of it has."""
        return self._delivered / self._bytes if self._order and self._bytes else None

    def line(self, source: str, file: int, offset: int) -> str | None:
        """The raw line at a place; None when its file is gone or was a stream."""
        identity = self._files.get((source, file))
        found = None if identity is None else read_line(identity, offset)
        return None if found is None else clean(found)

    def close(self) -> None:
        """Stop all processes."""
        for worker in (*self._backfill, *filter(None, (self._follower,))):
            worker.close()
        self._backfill.clear()
        self._follower = None
        self.following = False

    def _give(self, worker: Worker) -> None:
        if self._pieces:
            worker.give(self._pieces.popleft())

    def _sort(self, worker: Worker, message: Batch | Message) -> list[Batch | Message]:
        """What may be delivered once `message` has come."""
        if isinstance(message, Opened):
            self._files[message.source, message.file] = message.identity
        elif isinstance(message, PieceDone):
            self._done.add(message.number)
            worker.pieces.popleft()
            self._give(worker)
            return self._in_order()
        elif isinstance(message, Ended) and worker is self._follower:
            self.following = False
            return [message]
        elif isinstance(message, Batch) and worker.pieces:
            number = worker.pieces[0]
            if number != self._order[0]:
                self._held[number].append(message)
                return []
            return [*self._held.pop(number, ()), message]
        else:
            if isinstance(message, Batch):
                self.followed += message.counts.get("lines", 0)
            return [message]
        return []

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


def cores() -> int:
    """How many processors this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
