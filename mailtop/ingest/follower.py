"""follower: the loop of the process that follows growing logs.

Each round: what has been written is read, parsed, and sent as one batch a source; then it waits for a hint, at most
a quarter of a second. Lines are gathered for a moment before they are sent, since a few larger batches cost the
receiver less than many small ones. Sources are merged by time where the batches are held: each carries its own times.
"""

import os
from collections.abc import Callable
from time import sleep, time
from typing import BinaryIO, Final

from mailtop.ingest import frames
from mailtop.ingest.messages import Ended, Follow, Opened, Progress
from mailtop.ingest.reader import Reader
from mailtop.record import Wanted
from mailtop.source.stdin import NO_FILE, Stream, written_at
from mailtop.source.tail import Tail, Tails
from mailtop.source.wake import Wake

GATHER: Final = 0.025
"""seconds that lines are gathered before they are sent"""

LOOK_AGAIN: Final = 0.25
"""seconds after which files are looked at whether or not a hint came"""

BATCH_BYTES: Final = 4 << 20
"""octets read between two batches, at most: what a reader behind may hold"""

BUSY: Final = 256 << 10
"""octets read at once after which a stream is read on without a pause"""

LAG: Final = 64 << 10
"""octets unread that are worth a word; what is written while a block is parsed is not"""

REDATE: Final = 3600.0
"""seconds after which the stamps without a year are dated by the present again; New Year must not find an old one"""


def follow(task: Follow, out: BinaryIO) -> None:
    """Follow until the parent is gone; a pipe until its end."""
    parent = os.getppid()
    if task.stream is not None:
        _follow_stream(task, task.stream, out)
        return
    wake = Wake(task.paths)
    tails = [
        Following(tail, out, wanted=task.wanted)
        for tail in Tails(task.paths, task.starts, task.begun, task.numbers).tails
    ]
    while os.getppid() == parent:
        for tail in tails:
            tail.look(wake.without)
        if wake.wait(LOOK_AGAIN):
            sleep(GATHER)


class Following:
    """One path: what has been written to it is read, parsed and sent."""

    def __init__(
        self, tail: Tail, out: BinaryIO, clock: Callable[[], float] = time, wanted: Wanted | None = None
    ) -> None:
        self._tail, self._out, self._clock, self._wanted = tail, out, clock, wanted
        self._reader: Reader | None = None
        self._redate_at = 0.0
        self._said: Progress | None = None

    def look(self, without: str | None = None) -> None:
        """Send what has been written. `without` says why there are no hints, if there are none."""
        taken = 0
        for chunk in self._tail.read():
            reader = self._reader_of(chunk.file)
            for batch in reader.feed(chunk.data, chunk.offset):
                frames.send(self._out, batch)
            taken += len(chunk.data)
            if taken >= BATCH_BYTES:
                taken = 0
                self._flush()
                self._report(without)
        self._flush()
        self._report(without)

    def _reader_of(self, file: int) -> Reader:
        now = self._clock()
        if self._reader is None or self._reader.file != file or now >= self._redate_at:
            self._flush()
            self._redate_at = now + REDATE
            self._reader = Reader(self._tail.path, file, reference_time=now, wanted=self._wanted)
        return self._reader

    def _flush(self) -> None:
        if self._reader is not None:
            _flush(self._reader, self._out)

    def _report(self, without: str | None) -> None:
        """Say what has changed about the reading itself."""
        tail = self._tail
        while tail.opened:
            number, identity = tail.opened.pop(0)
            frames.send(self._out, Opened(tail.path, number, identity))
        lag = tail.lag
        progress = Progress(tail.path, lag if lag >= LAG else 0, tail.trouble or without, tail.gap)
        if progress != self._said:
            self._said = progress
            frames.send(self._out, progress)


def _flush(reader: Reader, out: BinaryIO) -> None:
    batch = reader.batch()
    if batch.counts.get("lines"):
        frames.send(out, batch)


def _follow_stream(task: Follow, fd: int, out: BinaryIO) -> None:
    """Read a pipe to its end."""
    source, number = task.paths[0], task.numbers[0] if task.numbers else NO_FILE
    stream = Stream(fd)
    reader, redate_at = None, 0.0
    while not stream.ended:
        now = time()
        if reader is None or now >= redate_at:
            reader, redate_at = Reader(source, number, written_at(fd, now), wanted=task.wanted), now + REDATE
        chunks = stream.read(LOOK_AGAIN)
        for chunk in chunks:
            for batch in reader.feed(chunk.data, chunk.offset):
                frames.send(out, batch)
        _flush(reader, out)
        if len(chunks) == 0 or len(chunks[-1].data) < BUSY:
            sleep(GATHER)
    frames.send(out, Ended(stream.trouble))
