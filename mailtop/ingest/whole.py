"""whole: one file or stream from its first line to its last, in this process, with prose and line numbers.

What `mailtop events` reads: it prints each event as it comes and needs no workers.
"""

import os
from collections.abc import Iterator
from typing import Final

from mailtop.batch import Batch
from mailtop.ingest.reader import Reader
from mailtop.ingest.worker import piece_lines
from mailtop.record import Wanted
from mailtop.source.members import packing
from mailtop.source.packed import DamagedError, lines, obstacle
from mailtop.source.readback import first_bytes, open_log
from mailtop.source.refusal import SourceError
from mailtop.source.stdin import NO_FILE, Stream, written_at

WAIT: Final = 3600.0
"""seconds that a stream may be silent before it is looked at again"""


def of_file(path: str, file: int, now: float, wanted: Wanted | None = None) -> Iterator[Batch]:
    """All batches of a log or an archive. SourceError, at the end, when it breaks off."""
    fd = open_log(path)
    try:
        reader = Reader(path, file, reference_time=written_at(fd, now), keep_text=True, wanted=wanted)
        name = packing(first_bytes(fd))
        if name is not None and (why := obstacle(name)):
            raise SourceError(f"{path}: {why}")
        runs = piece_lines(fd, 0, os.fstat(fd).st_size) if name is None else lines(fd, name)
        line = 1
        try:
            for offset, data in runs:
                yield from reader.feed(data, offset, line)
                line += data.count(b"\n")
        except DamagedError as damaged:
            yield reader.batch()
            raise SourceError(f"{path}: {damaged}") from None
        yield reader.batch()
    finally:
        os.close(fd)


def of_stream(name: str, fd: int, now: float, wanted: Wanted | None = None) -> Iterator[Batch]:
    """All batches of a stream; each as soon as its lines are there. SourceError, at the end, when it breaks off."""
    stream = Stream(fd)
    reader = Reader(name, NO_FILE, reference_time=written_at(fd, now), keep_text=True, wanted=wanted)
    line = 1
    while not stream.ended:
        for chunk in stream.read(WAIT):
            yield from reader.feed(chunk.data, chunk.offset, line)
            line += chunk.data.count(b"\n")
        yield reader.batch()
    if stream.trouble:
        raise SourceError(stream.trouble)
