"""entries: a piece that is a stretch of the journal's time, which a journalctl of its own gives the worker.

The journal has no offsets; a piece counts what came, under a file number that says where its stretch lies.
"""

import gc
from collections.abc import Callable
from typing import BinaryIO

from mailtop.ingest import frames
from mailtop.ingest.messages import Piece, PieceDone, Progress
from mailtop.ingest.reader import Reader
from mailtop.source import journal
from mailtop.source.lines import PIECE_BLOCK, cut


def parse_entries(piece: Piece, out: BinaryIO) -> None:
    """Send the batches of one stretch, then that it is done; a note when journalctl failed."""
    gc.disable()  # see worker.parse_piece
    reader = Reader(piece.path, piece.file, reference_time=piece.reference, wanted=piece.wanted)
    with journal.start(piece.start or None, piece.end) as child:
        try:
            assert child.stdout is not None
            _feed(child.stdout.read, reader, out)
            status = child.wait()
        finally:
            child.kill()
    frames.send(out, reader.batch())
    if status:
        lost = f"the journal: journalctl ended with status {status}; entries may be missing"
        frames.send(out, Progress(piece.path, lost=lost))
    frames.send(out, PieceDone(piece.number))


def _feed(read: Callable[[int], bytes], reader: Reader, out: BinaryIO) -> None:
    """All whole lines of a stream."""
    rest, offset, skipping = b"", 0, False
    while block := read(PIECE_BLOCK):
        data = rest + block
        runs, taken, skipping, _ = cut(data, skipping)
        for at, run in runs:
            for batch in reader.feed(run, offset + at):
                frames.send(out, batch)
        rest, offset = data[taken:], offset + taken
