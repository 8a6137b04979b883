"""Reader: bytes of a log in, batches of columns out. The one path by which lines become events.

    large block -> usual lines, all at once (`mailtop.ingest.bulk`) ---------------------.
    few lines,                                                                            |-> columns -> Batch
    unusual lines -> header (remembered slices) -> the daemon's parser -> event ----------'

What makes it fast: headers are looked up, not parsed (`mailtop.ingest.headers`); usual lines of a large block are read
many at a time (`mailtop.mta.parser.Shape`); and nothing is decoded but each distinct value, once.

`last message repeated N times` gives the event of the line before again, with `repeat` N. A file must therefore not be
cut before such a line: `mailtop.record.may_begin` says whether a piece may begin at a line.

Limits: named below. State: the remembered headers, and the last line of the block before; nothing that a piece read
on its own would answer differently.
"""

from __future__ import annotations  # array[int] is no type at run time before Python 3.12

import re
import time as wall
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import tzinfo
from itertools import accumulate
from typing import Final, NamedTuple

from mailtop.batch import Batch
from mailtop.event import Event, Unparsed
from mailtop.ingest import columns
from mailtop.ingest.assembly import Heads, Stretch, assembled
from mailtop.ingest.headers import Entry, Headers
from mailtop.mta.parser import Parse, Recogniser
from mailtop.mta.recognisers import recognise
from mailtop.record import LINE_LIMIT, Clock, Wanted

BATCH_ROWS: Final = 32_768
"""events in one batch, about: a large block is one batch"""
LARGE: Final = 1 << 19
"""octets from which a block is read in bulk"""
FEW_USUAL: Final = 0.25
"""share of usual lines in a block under which the next ones are not read in bulk"""
PATIENCE: Final = 16
"""large blocks that are read line by line then"""

_REPEATED = re.compile(rb"message repeated (\d{1,9}) times: \[ ?(.*?)\]?$", re.DOTALL)
_SOLARIS = re.compile(rb"\[ID \d+ [\w.]+\] ")


class Single(NamedTuple):
    """What lines read one by one say: of each event its line's index among them, and how often it was repeated."""

    events: list[Event]
    lines: list[int]
    repeats: list[tuple[int, int]]
    """event, times"""
    entries: list[Entry]
    times: list[int]
    """of each line"""


class Reader:
    """Reads one source. Feed it blocks of whole lines; take batches from it."""

    def __init__(
        self,
        source: str,
        file: int,
        reference_time: float,
        tz: tzinfo | None = None,
        keep_text: bool = False,
        recogniser: Recogniser = recognise,
        now: Callable[[], float] = wall.time,
        wanted: Wanted | None = None,
    ) -> None:
        """`reference_time` (epoch seconds) dates stamps without a year; `tz` is the log's zone, this machine's when
        None; `keep_text` keeps prose; `now` is the clock for `Batch.read_at`; lines that are not
        `wanted` count as foreign."""
        self.source = source
        self.file = file
        self.keep_text = keep_text
        self.large = LARGE
        """octets from which a block is read in bulk"""
        self._patience = 0
        self.headers = Headers(Clock(reference_time, tz), recogniser, wanted)
        self._now = now
        self._times_over = 0
        self._start()

    def _start(self) -> None:
        self._events: list[Event] = []
        self.headers.forget()
        self._times: list[int] = []
        self._of: list[int] = []
        self._offsets: list[int] = []
        self._numbers: list[int] = []
        self._repeats: list[tuple[int, int]] = []
        self._counts = self.headers.counts = Counter[str]()
        self._first: int | None = None
        self._end = 0

    def __len__(self) -> int:
        """Events read and not yet taken."""
        return len(self._times)

    def feed(self, data: bytes, offset: int, first_line: int | None = None) -> Iterator[Batch]:
        """Read whole lines, the first of which begins at `offset` and is line `first_line` (1-based), if known.

        Yields each batch that became full; the rest waits for `batch`. The iterator must be run to its end.
        """
        if len(data) >= self.large and not self._pass_over():
            from mailtop.ingest.bulk import reading  # numpy: only where it is worth its memory

            if (block := reading.block_of(data)) is not None:
                if len(self):
                    yield self.batch()
                batch, usual = reading.read(self, block, offset, first_line)
                self._patience = 0 if usual >= FEW_USUAL * len(block) else PATIENCE
                yield batch
                return
        lines = data.split(b"\n")
        if lines[-1] == b"":
            lines.pop()
        damaged = b"\r" in data or (len(data) > LINE_LIMIT and max(map(len, lines), default=0) > LINE_LIMIT)
        at = 0
        while at < len(lines):
            if self._first is None:
                self._first = offset
            some = lines[at : at + BATCH_ROWS - len(self._times)]
            number = None if first_line is None else first_line + at
            offset = self._end = self._read(self._mended(some) if damaged else some, some, offset, number)
            at += len(some)
            if len(self._times) >= BATCH_ROWS:
                yield self.batch()

    def _pass_over(self) -> bool:
        """Whether large blocks held so few usual lines that this one is read line by line."""
        self._patience -= self._patience > 0
        return self._patience > 0

    def _mended(self, lines: list[bytes]) -> list[bytes]:
        """Lines without carriage return, cut at the limit."""
        self._counts["cut"] += sum(len(line) > LINE_LIMIT for line in lines)
        return [line[:LINE_LIMIT].rstrip(b"\r") for line in lines]

    def _read(self, lines: list[bytes], raw: list[bytes], offset: int, number: int | None) -> int:
        """Keep what the lines say; the offset where they end."""
        single = self.singly(lines)
        before, at = len(self._times), single.lines
        entries, times = single.entries, single.times
        self._events += single.events
        self._repeats += [(before + event, count) for event, count in single.repeats]
        self._of += [entries[line][0] for line in at]
        self._times += map(times.__getitem__, at)
        *offsets, end = accumulate([len(line) + 1 for line in raw], initial=offset)
        self._offsets += map(offsets.__getitem__, at)
        if number is not None:
            self._numbers += [number + line for line in at]
        return int(end)

    def singly(
        self, lines: list[bytes], preceding: Callable[[int], bytes] | None = None, counted: int | None = None
    ) -> Single:
        """Read lines one by one; what all need is done for all at once, where it runs in C. `preceding`: see
        `Headers.read`; `counted`: as how many lines they count, where they are not all."""
        self._counts["lines"] += len(lines) if counted is None else counted
        if not lines:
            return Single([], [], [], [], [])
        texts, entries, times, over = self.headers.read(lines, preceding)
        single = Single([], [], [], entries, times)
        events, at_of = single.events, single.lines.append
        for at, (text, entry) in enumerate(zip(texts, entries, strict=True)):
            found = () if over.get(at) == 0 else self._found(entry[1], text)
            for event in found:
                if repeats := over.get(at) or self._times_over:
                    single.repeats.append((len(events), repeats))
                events.append(event)
                at_of(at)
            self._times_over = 0
        return single

    def _found(self, parse_text: Parse | None, text: bytes) -> Sequence[Event]:
        """What one line reports; nothing, and counted, when it reports nothing."""
        self._times_over = 0
        if parse_text is None:
            self._counts["foreign"] += 1
            return ()
        found = parse_text(text)
        if type(found) is Unparsed:
            found = self._odd(parse_text, text)
        if type(found) is list:
            return found
        if found is None:
            self._counts["noise"] += 1
            return ()
        return (found,)  # type: ignore[return-value]

    def _odd(self, parse_text: Parse, text: bytes) -> Event | list[Event] | None:
        """A text that the daemon's parser does not know, because syslog wrapped it."""
        if found := _REPEATED.match(text):
            event = parse_text(found[2])
            self._times_over = int(found[1])
            return event
        if found := _SOLARIS.match(text):
            event = parse_text(text[found.end() :])
            return self._odd(parse_text, text[found.end() :]) if type(event) is Unparsed else event
        return Unparsed(text)

    def batch(self) -> Batch:
        """What was read since the last batch, as columns; it may have no rows and still counts."""
        total, known = len(self._times), list(self.headers.numbered)
        here = sorted(set(self._of))
        number = dict(zip(here, range(len(here)), strict=True))
        of = array("I", map(number.__getitem__, self._of))
        table = columns.Table(total, self.keep_text)
        table.add_events(self._events, list(range(total)))
        heads = Heads(
            origins=[known[origin] for origin in here],
            of=of,
            spread=columns.spread_by(of),
            time=array("q", self._times),
            span=(min(self._times), max(self._times)) if total else None,
            offset=array("q", self._offsets),
            line=array("q", self._numbers) if len(self._numbers) == total and total else None,
            repeats=self._repeats,
        )
        first = self._end if self._first is None else self._first
        batch = assembled(self.stretch(first, self._end), heads, table, self.headers.clock)
        self.start_again(self._end)
        return batch

    def stretch(self, first: int, end: int) -> Stretch:
        """The part of the file that was read since the last batch, and what became of its lines."""
        return Stretch(self.source, self.file, first, end, self._counts, self._now())

    def start_again(self, end: int) -> None:
        """Forget what was read; the next line begins at `end`."""
        self._start()
        self._end = end
