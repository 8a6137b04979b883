"""follower: the loop of the process that follows growing logs.

Each round: what has been written is read, parsed, and sent as one batch a source; then it waits for a hint, at most
a quarter of a second. Lines are gathered for a moment before they are sent, since a few larger batches cost the
receiver less than many small ones. Sources are merged by time where the batches are held: each carries its own times.
"""

import os
from time import sleep, time
from typing import BinaryIO, Final

from mailtop.ingest import frames
from mailtop.ingest.messages import Ended, Follow, Opened, Progress
from mailtop.ingest.reader import Reader
from mailtop.source.stdin import NO_FILE, Stream
from mailtop.source.tail import Tail, Tails
from mailtop.source.wake import Wake

GATHER: Final = 0.025
"""seconds that lines are gathered before they are sent"""

LOOK_AGAIN: Final = 0.25
"""seconds after which files are looked at whether or not a hint came"""

BATCH_BYTES: Final = 4 << 20
"""octets read between two batches, at most: what a reader behind may hold"""


def follow(task: Follow, out: BinaryIO) -> None:
    """Follow until the parent is gone; a pipe until its end."""
    parent = os.getppid()
    if task.stream is not None:
        _follow_stream(task.stream, out)
        return
    tails, wake = Tails(task.paths, task.starts), Wake(task.paths)
    said: dict[int, Progress] = {}
    readers: dict[int, Reader] = {}
    while os.getppid() == parent:
        for at, tail in enumerate(tails.tails):
            readers[at] = _read(tail, readers.get(at), out)
            _report(tail, said, wake.without, out)
        if not wake.wait(LOOK_AGAIN):
            continue
        sleep(GATHER)


def _read(tail: Tail, reader: Reader | None, out: BinaryIO) -> Reader:
    """Send what has been written to one file."""
    taken = 0
    for chunk in tail.read():
        if reader is None or reader.file != chunk.file:
            if reader is not None:
                _flush(reader, out)
            reader = Reader(tail.path, chunk.file, reference_time=time())
        for batch in reader.feed(chunk.data, chunk.offset):
            frames.send(out, batch)
        taken += len(chunk.data)
        if taken >= BATCH_BYTES:
            _flush(reader, out)
            taken = 0
            frames.send(out, Progress(tail.path, tail.lag))
    reader = reader or Reader(tail.path, 0, reference_time=time())
    _flush(reader, out)
    return reader


def _flush(reader: Reader, out: BinaryIO) -> None:
    batch = reader.batch()
    if batch.counts.get("lines"):
        frames.send(out, batch)


def _report(tail: Tail, said: dict[int, Progress], without: str | None, out: BinaryIO) -> None:
    """Say what has changed about the reading itself."""
    while tail.opened:
        number, identity = tail.opened.pop(0)
        frames.send(out, Opened(tail.path, number, identity))
    note = tail.trouble or without
    if tail.lost:
        note = f"{tail.path}: {tail.lost:,} octets were truncated away before they were read"
    progress = Progress(tail.path, tail.lag, note)
    if said.get(tail.source) != progress:
        said[tail.source] = progress
        frames.send(out, progress)


def _follow_stream(fd: int, out: BinaryIO) -> None:
    """Read a pipe to its end."""
    stream, reader = Stream(fd), Reader("-", NO_FILE, reference_time=time())
    while not stream.ended:
        for chunk in stream.read(LOOK_AGAIN):
            for batch in reader.feed(chunk.data, chunk.offset):
                frames.send(out, batch)
        _flush(reader, out)
        sleep(GATHER)
    _flush(reader, out)
    frames.send(out, Ended())
