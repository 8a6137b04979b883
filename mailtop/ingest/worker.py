"""worker: the process that turns lines into columns, so that the process that draws never has to.

In, on standard input: tasks (`Piece`, `Follow`). Out, on standard output: batches, and messages. One worker parses
pieces of the older log; another follows its growing end. A worker ends when its tasks end, when it is told to, or
when its parent is gone.

Only the standard library is imported here (and watchfiles by a follower), so that a worker costs little memory.
"""

import os
import signal
import sys
from typing import BinaryIO, Final

from mailtop.ingest import frames
from mailtop.ingest.messages import Ended, Follow, Piece, PieceDone
from mailtop.ingest.reader import Reader

BLOCK: Final = 1 << 20
"""bytes read at once from a piece"""


def main() -> None:
    """Work off the tasks on standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks, out = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        while (task := frames.receive(tasks)) is not None:
            if isinstance(task, Piece):
                parse_piece(task, out)
            elif isinstance(task, Follow):
                from mailtop.ingest.follower import follow

                follow(task, out)
    except BrokenPipeError:
        os._exit(0)
    except Exception as error:  # the parent shows it; a traceback would spoil its screen
        frames.send(out, Ended(f"reading stopped: {type(error).__name__}: {error}"))


def parse_piece(piece: Piece, out: BinaryIO) -> None:
    """Send the batches of one piece, oldest line first, then that it is done."""
    reader = Reader(piece.path, 0, reference_time=piece.reference)
    fd = os.open(piece.path, os.O_RDONLY)
    try:
        at, rest = piece.start, b""
        while at + len(rest) < piece.end:
            block = os.pread(fd, min(BLOCK, piece.end - at - len(rest)), at + len(rest))
            data = rest + block
            whole = data.rfind(b"\n") + 1 if block else len(data)
            for batch in reader.feed(data[:whole], at) if whole else ():
                frames.send(out, batch)
            at, rest = at + whole, data[whole:]
            if not block:
                break
    finally:
        os.close(fd)
    frames.send(out, reader.batch())
    frames.send(out, PieceDone(piece.number))
