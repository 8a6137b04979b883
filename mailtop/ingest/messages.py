"""What mailtop's processes say to each other, besides `Batch`: tasks go down to a worker, the rest comes up."""

from dataclasses import dataclass

from mailtop.record import Wanted
from mailtop.source.readback import FileIdentity


@dataclass(frozen=True, slots=True)
class Piece:
    """Task: parse `path` from `start` up to `end` (offsets of line starts), as file number `file` of `source`.

    `reference` is the time (epoch seconds) that a stamp without a year is dated by. `identity` finds the file when it
    has been rotated since. A `packed` one is an archive, read as a whole; `end` is then about what comes out of it. One
    of the `journal` is a stretch of time, in microseconds.
    """

    number: int
    path: str
    start: int
    end: int
    reference: float
    identity: FileIdentity | None = None
    source: str = ""
    """the log that the file is a part of; the path itself when empty"""
    file: int = 0
    packed: bool = False
    journal: bool = False
    wanted: Wanted | None = None

    @property
    def at_once(self) -> bool:
        """Whether its batches need not wait for those of the pieces before it: they are too many to be held."""
        return self.packed or self.journal


@dataclass(frozen=True, slots=True)
class Follow:
    """Task: follow `paths`, each from its offset in `starts`, until told to stop.

    `begun` says which files the offsets count in, None where there is no file yet; `numbers`, which files of their logs
    they are (0 when empty). `stream` is the descriptor of a pipe to read instead of a file when the path is `-`.
    """

    paths: tuple[str, ...]
    starts: tuple[int, ...]
    stream: int | None = None
    begun: tuple[FileIdentity | None, ...] = ()
    numbers: tuple[int, ...] = ()
    wanted: Wanted | None = None


@dataclass(frozen=True, slots=True)
class PieceDone:
    """All batches of piece `number` have been sent."""

    number: int


@dataclass(frozen=True, slots=True)
class Opened:
    """File number `file` of `source` is this file: how to find its lines again after rotation."""

    source: str
    file: int
    identity: FileIdentity


@dataclass(frozen=True, slots=True)
class Progress:
    """What a follower says of itself, when it changes."""

    source: str
    lag_bytes: int = 0
    """in the file and not yet read"""
    note: str | None = None
    """what is wrong at the moment, in one line for the operator; None when nothing is"""
    lost: str | None = None
    """what has been lost so far, in one line"""


@dataclass(frozen=True, slots=True)
class Ended:
    """The stream is at its end (a pipe), or the worker failed: `error` says how, in one line.

    Nothing comes from this worker any more.
    """

    error: str | None = None


Message = PieceDone | Opened | Progress | Ended
