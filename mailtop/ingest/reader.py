"""Reader: bytes of a log in, batches of columns out. The one path by which lines become events.

    block of lines -> header (remembered slices) -> the daemon's parser -> event -> columns -> Batch
                                                `-> of a usual shape: kept, and read all at once -'

What makes it fast: headers are looked up, not parsed (`mailtop.ingest.headers`); usual lines are read many at a time
(`mailtop.mta.parser.Shape`); and nothing is decoded but each distinct value, once.

`last message repeated N times` gives the event of the line before again, with `repeat` N. A file must therefore not be
cut before such a line: `mailtop.record.may_begin` says whether a piece may begin at a line.

Limits: named below. State: the remembered headers, and the last line of the block before; nothing that a piece read
on its own would answer differently.
"""

import re
import time as wall
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import tzinfo
from itertools import accumulate, chain, repeat
from typing import Final

from mailtop.batch import Batch, Numbers, Strings
from mailtop.event import Event, Unparsed
from mailtop.ingest import columns
from mailtop.ingest.headers import Entry, Headers, Origin
from mailtop.mta.parser import OPENING, SHORT_OPENING, Parse, Recogniser
from mailtop.mta.recognisers import recognise
from mailtop.record import LINE_LIMIT, Clock

BATCH_ROWS: Final = 32_768
"""events in one batch, at most"""
LOCAL_SPAN: Final = 7 * 86_400 * 1_000_000
"""microseconds of log in which the clock is put forward and back again by no government yet"""


_REPEATED = re.compile(rb"message repeated (\d{1,9}) times: \[ ?(.*?)\]?$", re.DOTALL)
_SOLARIS = re.compile(rb"\[ID \d+ [\w.]+\] ")


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
    ) -> None:
        """`reference_time` (epoch seconds) dates stamps without a year; `tz` is the log's zone, this machine's when
        None; `keep_text` keeps prose; `now` is the clock for `Batch.read_at`."""
        self.source = source
        self.file = file
        self.keep_text = keep_text
        self._headers = Headers(Clock(reference_time, tz), recogniser)
        self._now = now
        self._times_over = 0
        self._start()

    def _start(self) -> None:
        self._events: list[Event] = []
        self._rows: list[int] = []
        self._headers.forget()
        for bulk in self._headers.bulks.values():
            bulk.rows.clear()
            bulk.texts.clear()
        self._times: list[int] = []
        self._of: list[int] = []
        self._offsets: list[int] = []
        self._numbers: list[int] = []
        self._repeats: list[tuple[int, int]] = []
        self._counts = self._headers.counts = Counter[str]()
        self._first: int | None = None
        self._end = 0

    def __len__(self) -> int:
        """Events read and not yet taken."""
        return len(self._times)

    def feed(self, data: bytes, offset: int, first_line: int | None = None) -> Iterator[Batch]:
        """Read whole lines, the first of which begins at `offset` and is line `first_line` (1-based), if known.

        Yields each batch that became full; the rest waits for `batch`. The iterator must be run to its end.
        """
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

    def _mended(self, lines: list[bytes]) -> list[bytes]:
        """Lines without carriage return, cut at the limit."""
        self._counts["cut"] += sum(len(line) > LINE_LIMIT for line in lines)
        return [line[:LINE_LIMIT].rstrip(b"\r") for line in lines]

    def _read(self, lines: list[bytes], raw: list[bytes], offset: int, number: int | None) -> int:
        """The hot path; the offset where the lines end. What all lines need is done for all lines at once, where it
        runs in C; the loop only tells whose parser or shape a text goes to."""
        texts, entries, times, over = self._headers.read(lines)
        event_of, row_of, row = self._events.append, self._rows.append, len(self._times)
        counted: list[tuple[int, int]] = []
        for at, (text, entry) in enumerate(zip(texts, entries, strict=True)):
            shaped = entry[3].get(text[:OPENING])
            if shaped is None and (short := entry[4]):
                shaped = short.get(text[:SHORT_OPENING]) or short.get(text.partition(b": ")[2][:SHORT_OPENING])
            if shaped is not None and at not in over:
                shaped[0](text)
                shaped[1](row)
                row += 1
                continue
            found = () if over.get(at) == 0 else self._found(entry[1], text)
            if len(found) != 1:
                counted.append((at, len(found)))
            for event in found:
                event_of(event)
                row_of(row)
                if repeats := over.get(at) or self._times_over:
                    self._repeats.append((row, repeats))
                row += 1
            self._times_over = 0
        *offsets, end = accumulate([len(line) + 1 for line in raw], initial=offset)
        self._keep(entries, times, offsets, number, counted)
        self._counts["lines"] += len(lines)
        return int(end)

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

    def _keep(
        self,
        entries: list[Entry],
        times: list[int],
        offsets: list[int],
        number: int | None,
        counted: list[tuple[int, int]],
    ) -> None:
        """What every event has from its record. `counted`: the lines that gave not one event, and how many."""
        of = [entry[0] for entry in entries]
        numbers: Iterable[int] = range(number, number + len(of)) if number is not None else ()
        if counted:
            events = [1] * len(of)
            for at, some in counted:
                events[at] = some
            spread = list(chain.from_iterable(map(repeat, range(len(of)), events)))
            of, times, offsets = (list(map(column.__getitem__, spread)) for column in (of, times, offsets))
            numbers = [number + at for at in spread] if number is not None else ()
        self._of += of
        self._times += times
        self._offsets += offsets
        self._numbers += numbers

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
        total, known = len(self._times), list(self._headers.numbered)
        here = sorted(set(self._of))
        number = dict(zip(here, range(len(here)), strict=True))
        origins = [known[origin] for origin in here]
        self._of = of = list(map(number.__getitem__, self._of))
        table = columns.Table(self._events, self._rows, self._headers.bulks.values(), total, self.keep_text)
        made: dict[str, Strings | Numbers | None] = {
            "host": columns.labels(of, [origin.host for origin in origins]),
            "mta": columns.labels(of, [origin.mta for origin in origins]),
            "daemon": columns.labels(of, [origin.daemon for origin in origins]),
        }
        self._add_sessions(table, origins)
        for name in table.parts:
            made[name] = table.column(name)
        batch = Batch(
            source=self.source,
            file=self.file,
            time=array("q", self._times),
            utc_offset=self._utc_offsets(origins),
            kind=table.kinds,
            offset=array("q", self._offsets),
            line=array("q", self._numbers) if len(self._numbers) == total and total else None,
            repeat=self._repeat_column(),
            columns={name: column for name, column in made.items() if column is not None},
            counts=dict(self._counts),
            first_offset=self._first or 0,
            end_offset=self._end,
            read_at=self._now(),
        )
        end = self._end
        self._start()
        self._end = end
        return batch

    def _add_sessions(self, table: columns.Table, origins: list[Origin]) -> None:
        """What tells sessions apart: the process, or what the event itself says, both under the host."""
        of = self._of
        parts: list[columns.Part] = []
        for rows, values in table.parts.pop("session", []):
            named = [origins[of[row]].host + b" " + value for row, value in zip(rows, values, strict=True)]
            parts.append((rows, named))
        by_origin = [origin.session for origin in origins]
        if any(by_origin):
            part = columns.present(list(range(len(of))), list(map(by_origin.__getitem__, of)))
            if part is not None:
                parts.append(part)
        if parts:
            table.parts["session"] = parts

    def _utc_offsets(self, origins: list[Origin]) -> "array[int]":
        known = {origin.utc_offset for origin in origins}
        if None in known and self._times:
            first, last = min(self._times), max(self._times)
            local = {self._headers.clock.offset(moment / 1_000_000) for moment in (first, last)}
            known = known - {None} | local
            if last - first > LOCAL_SPAN:
                known |= {None}
        if len(known) <= 1:
            return columns.constant(next(iter(known), 0) or 0, len(self._of), "h")
        minutes: dict[int, int] = {}
        answer = array("h")
        for number, moment in zip(self._of, self._times, strict=True):
            offset = origins[number].utc_offset
            if offset is None:
                minute = moment // 60_000_000
                offset = minutes.get(minute)
                if offset is None:
                    offset = minutes[minute] = self._headers.clock.offset(minute * 60)
            answer.append(offset)
        return answer

    def _repeat_column(self) -> Numbers | None:
        if not self._repeats:
            return None
        rows, values = zip(*self._repeats, strict=True)
        return Numbers(array("q", values), array("I", rows))
