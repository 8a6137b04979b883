"""worker: the process that turns lines into columns, so that the process that draws never has to.

In, on standard input: tasks (`Piece`, `Follow`). Out, on standard output: batches, and messages. One worker parses
pieces of the older log; another follows its growing end. A worker ends when its tasks end, when it is told to, or
when its parent is gone.

Only the standard library is imported here (and watchfiles by a follower), so that a worker costs little memory.
"""

import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, Final

from mailtop.ingest import frames
from mailtop.ingest.messages import Ended, Follow, Piece, PieceDone, Progress
from mailtop.ingest.reader import Reader
from mailtop.source.lines import PIECE_BLOCK, cut
from mailtop.source.readback import find

PIPE: Final = 1 << 20
"""octets that wait in the pipe: fewer turns between the processes"""


def main() -> None:
    """Work off the tasks on standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks, out = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with suppress(OSError, AttributeError):  # a pipe, on Linux
        fcntl.fcntl(out, fcntl.F_SETPIPE_SZ, PIPE)
    try:
        while (task := frames.receive(tasks)) is not None:
            if isinstance(task, Piece) and task.packed:
                from mailtop.ingest.archive import parse_archive

                parse_archive(task, out)
            elif isinstance(task, Piece) and task.journal:
                from mailtop.ingest.entries import parse_entries

                parse_entries(task, out)
            elif isinstance(task, Piece):
                parse_piece(task, out)
            elif isinstance(task, Follow):
                from mailtop.ingest.follower import follow

                follow(task, out)
    except BrokenPipeError:
        os._exit(0)
    except Exception as error:  # the parent shows it; a traceback would spoil its screen
        frames.send(out, Ended(f"reading stopped: {type(error).__name__}: {error}"))


def parse_piece(piece: Piece, out: BinaryIO) -> None:
    """Send the batches of one piece, oldest line first, then that it is done; a note when its file is gone."""
    fd = find(piece.identity) if piece.identity else os.open(piece.path, os.O_RDONLY | os.O_CLOEXEC)
    if fd is None:
        gone = f"{piece.path}: {piece.end - piece.start:,} octets were rotated away before they were read"
        frames.send(out, Progress(f"{piece.path}, octet {piece.start}", lost=gone))  # each gap is one of its own
    else:
        reader = Reader(piece.source or piece.path, piece.file, reference_time=piece.reference, wanted=piece.wanted)
        try:
            for offset, data in piece_lines(fd, piece.start, piece.end):
                for batch in reader.feed(data, offset):
                    frames.send(out, batch)
        finally:
            os.close(fd)
        frames.send(out, reader.batch())
    frames.send(out, PieceDone(piece.number))


def piece_lines(fd: int, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """The lines from `start` up to `end`, in runs with their offsets; the last one also without its newline."""
    skipping = False
    while start < end and (block := os.pread(fd, min(PIECE_BLOCK, end - start), start)):
        at_end = start + len(block) >= end
        if at_end and not block.endswith(b"\n"):
            block += b"\n"
        runs, taken, skipping, _ = cut(block, skipping)
        yield from ((start + at, run) for at, run in runs)
        if not taken:
            return
        start += taken
