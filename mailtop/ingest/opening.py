"""opening: from what the user named to readers that read it.

In: the paths as given, and whether what was rotated away, or the journal, is wanted. Out: an `Input`, which says what
it all is before anything is read; and `Readers`, which read it. Every refusal is a `SourceError`.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple

from mailtop.record import Wanted
from mailtop.source import journal
from mailtop.source.discover import NoLogError, check, discover
from mailtop.source.refusal import SourceError
from mailtop.source.series import Series, series, without_copies
from mailtop.source.stdin import is_redirected

if TYPE_CHECKING:
    from mailtop.batch import Batch
    from mailtop.ingest.inbox import Readers
    from mailtop.ingest.replay import Replay

PIPE: Final = "-"


class Input(NamedTuple):
    """What is to be read: files, or a stream that stands alone."""

    logs: tuple[Series, ...] = ()
    notices: tuple[str, ...] = ()
    stream: str = ""
    """`-` for standard input, `journal.NAME`; empty for files"""

    @property
    def names(self) -> tuple[str, ...]:
        """What a face calls the sources."""
        return (self.stream,) if self.stream else tuple(log.name for log in self.logs)


def choose(paths: Sequence[str], rotated: bool = False, from_journal: bool = False) -> Input:
    """What to read. Without paths: a file on standard input, else the first of the usual logs, else the journal.

    SourceError, with what to do, where there is nothing.
    """
    if from_journal:
        if paths:
            raise SourceError("--journal reads the journal alone; name no files beside it")
        journal.check()
        return Input(stream=journal.NAME)
    if PIPE in paths:
        if len(paths) > 1:
            raise SourceError("`-` is standard input alone; name no files beside it")
        return Input(stream=PIPE)
    if not paths:
        if is_redirected():
            return Input(stream=PIPE)
        try:
            paths = (discover(),)
        except NoLogError:
            if not _journal_has_mail():
                raise
            return Input(stream=journal.NAME)
    logs, notices = without_copies(series(paths, rotated))
    return Input(tuple(logs), tuple(notices))


def _journal_has_mail() -> bool:
    """Whether there is mail in the journal. SourceError when that cannot be known."""
    try:
        return journal.check()
    except SourceError as denied:
        raise SourceError(f"no mail log at any of the usual places; {denied}") from None


@contextmanager
def readers(
    given: Input, window: float | None, now: float, follow: bool, wanted: Wanted | None = None
) -> Iterator["Readers"]:
    """Read what the sources hold of the window: to `follow` them, newest first; else oldest first, and no more."""
    made = (_streamed if given.stream else _files)(given, window, now, follow, wanted)
    with made as reading:
        try:
            yield reading
        finally:
            reading.close()


@contextmanager
def _files(given: Input, window: float | None, now: float, follow: bool, wanted: Wanted | None) -> Iterator["Readers"]:
    from mailtop.ingest.inbox import Readers, cores
    from mailtop.ingest.messages import Progress
    from mailtop.ingest.plan import cut, following, pasts

    for log in given.logs:
        for path in log.files:
            look(path, may_come=follow and path == log.name and log.live)
    found = [it for log in given.logs for it in pasts(log, window, now, followed=follow)]
    tail = following(given.logs, found) if follow else None
    notices = [Progress(notice, note=notice) for notice in given.notices]
    pieces = [replace(piece, wanted=wanted) for piece in cut(found, newest_first=follow)]
    yield Readers(pieces, None if tail is None else replace(tail, wanted=wanted), cores(), notices=notices)


@contextmanager
def _streamed(
    given: Input, window: float | None, now: float, follow: bool, wanted: Wanted | None
) -> Iterator["Readers"]:
    from mailtop.ingest.inbox import Readers, cores
    from mailtop.ingest.messages import Follow, Piece
    from mailtop.source.stdin import take_stdin

    if given.stream == PIPE:
        yield Readers((), Follow((PIPE,), (0,), take_stdin(keys=follow), wanted=wanted), 0)
        return
    since, until = None if window is None else int((now - window) * 1e6), int(now * 1e6)
    times = journal.stretches(since, until)
    files = range(len(times))[::-1]  # file numbers grow with time
    pieces = [
        Piece(at, given.stream, begin, end, now, file=file, journal=True, wanted=wanted)
        for at, (file, (begin, end)) in enumerate(zip(files, times, strict=True))
    ]
    if not follow:
        pieces = [replace(piece, number=at) for at, piece in enumerate(reversed(pieces))]
        yield Readers(pieces, None, cores())
        return
    with _journal(until, follow=True) as fd:
        task = Follow((given.stream,), (0,), fd, numbers=(len(times),), wanted=wanted)
        yield Readers(pieces, task, cores())


def each(given: Input, window: float | None, now: float, wanted: Wanted | None = None) -> Iterator[Iterator["Batch"]]:
    """All batches of each file, the oldest file of each log first, with prose; with line numbers for files."""
    from mailtop.ingest import whole
    from mailtop.source.stdin import take_stdin

    for log in given.logs:
        for path in log.files:
            look(path, may_come=False)
    for log in given.logs:
        for file, path in enumerate(log.files):
            yield whole.of_file(path, file, now, wanted)
    if given.stream == PIPE:
        yield whole.of_stream(PIPE, take_stdin(keys=False), now, wanted)
    elif given.stream:
        with _journal(None if window is None else int((now - window) * 1e6), follow=False) as fd:
            yield whole.of_stream(given.stream, fd, now, wanted)


@contextmanager
def _journal(since: int | None, follow: bool) -> Iterator[int]:
    """A descriptor to read the journal from; its process is ended in the end."""
    child = journal.start(since, follow=follow)
    try:
        assert child.stdout is not None
        yield child.stdout.fileno()
    finally:
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()


@contextmanager
def replayed(
    given: Input,
    speed: float,
    now: float,
    wanted: Wanted | None = None,
    real: Callable[[], float] = monotonic,
) -> Iterator["Replay"]:
    """Read all that the sources hold, oldest first, and let it come as if it were being written, `speed` times as fast.

    One process reads each log: it is always far ahead of the replay, or else the replay waits.
    """
    from mailtop.ingest.inbox import Readers
    from mailtop.ingest.messages import Message, Progress
    from mailtop.ingest.plan import cut, pasts
    from mailtop.ingest.replay import Replay

    notices: list[Message] = [Progress(notice, note=notice) for notice in given.notices]
    with ExitStack() as stack:
        if given.stream:
            logs = [stack.enter_context(_streamed(given, None, now, given.stream == PIPE, wanted))]
        else:
            for path in (path for log in given.logs for path in log.files):
                look(path, may_come=False)
            founds = [pasts(log, None, now, followed=False) for log in given.logs]
            logs = []
            for found in founds:
                pieces = [replace(piece, wanted=wanted) for piece in cut(found, newest_first=False)]
                logs.append(Readers(pieces, None, 1, notices=() if logs else notices))
        replay = Replay(logs, speed, real)
        stack.callback(replay.close)
        yield replay


def look(path: str, may_come: bool) -> None:
    """SourceError, with what to do, when a log cannot be read or is none."""
    from mailtop.ingest.sniff import sniff

    check(path, may_come=may_come)
    if os.path.exists(path):
        sniff(path)
