"""archive: a piece that is a whole archive, unpacked and parsed in the worker.

An archive can only be read from its beginning, so it is never cut; several of them are read side by side. Its batches
say which file of the log they are, and so find their place among the others.
"""

import gc
import os
from typing import BinaryIO

from mailtop.ingest import frames
from mailtop.ingest.messages import Piece, PieceDone, Progress
from mailtop.ingest.reader import Reader
from mailtop.source.lines import PIECE_BLOCK
from mailtop.source.members import packing
from mailtop.source.packed import DamagedError, lines, obstacle
from mailtop.source.readback import find, first_bytes, open_log


def parse_archive(piece: Piece, out: BinaryIO) -> None:
    """Send the batches of one archive, oldest line first, then that it is done; a note when not all could be read."""
    gc.disable()  # see worker.parse_piece
    fd = find(piece.identity) if piece.identity else open_log(piece.path)
    if fd is None:
        frames.send(out, Progress(piece.path, lost=f"{piece.path}: was removed before it was read"))
    else:
        reader = Reader(piece.source or piece.path, piece.file, reference_time=piece.reference, wanted=piece.wanted)
        try:
            _read(fd, reader, out)
        except DamagedError as damaged:
            frames.send(out, Progress(piece.path, lost=f"{piece.path}: {damaged}"))
        finally:
            os.close(fd)
        frames.send(out, reader.batch())
    frames.send(out, PieceDone(piece.number))


def _read(fd: int, reader: Reader, out: BinaryIO) -> None:
    """Feed all lines of an open archive. DamagedError when there would have been more."""
    name = packing(first_bytes(fd))
    if name is None:
        raise DamagedError("is no archive any more")
    if why := obstacle(name):
        raise DamagedError(why)
    for offset, run in lines(fd, name, PIECE_BLOCK):
        for batch in reader.feed(run, offset):
            frames.send(out, batch)
