"""Reader: bytes of a log in, batches of columns out. The one path by which lines become events.

    block of lines -> header (remembered slices) -> the daemon's parser -> event -> columns -> Batch
                                                `-> of a usual shape: kept, and read all at once -'

What makes it fast: a line's header is not parsed but looked up. Its stamp up to the minute gives the time; the bytes
from the stamp to the first `: ` (host, tag, pid) give an `Origin`, which says whose line it is and which parser reads
it. Both are remembered in bounded dicts, and only what is new goes through `mailtop.record`.

`last message repeated N times` belongs to the line right before it (other such lines in between do not count); its
event is given again with `repeat` N. A file must therefore not be cut before such a line: `may_begin` says whether a
piece may begin at a line. Where the line before is not known, the repeat is counted as noise.

Limits: named below. State: the remembered headers, and the last line of the block before; nothing that a piece read
on its own would answer differently.
"""

import re
import time as wall
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import tzinfo
from typing import Final, NamedTuple

from mailtop.batch import Batch, Numbers, Strings
from mailtop.event import Event, Unparsed
from mailtop.ingest import columns
from mailtop.mta import policy, postfix
from mailtop.mta.parser import OPENING, Parse, Recogniser, Shape
from mailtop.record import LINE_LIMIT, Clock, Record, parse, repeated

BATCH_ROWS: Final = 32_768
"""events in one batch, at most"""
ORIGIN_LIMIT: Final = 16_384
"""hosts, tags and pids remembered; then all are forgotten at once"""
MINUTE_LIMIT: Final = 16_384
"""minutes remembered; likewise"""
LOCAL_SPAN: Final = 7 * 86_400 * 1_000_000
"""microseconds of log in which the clock is put forward and back again by no government yet"""
ORIGIN_LENGTH: Final = 160
"""octets of a header worth remembering"""

RECOGNISERS: Final[tuple[Recogniser, ...]] = (policy.recognise, postfix.recognise)

_PLAIN_3164 = re.compile(rb"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [^\s\[\]:]+ [^\s\[\]:]+(?:\[\d+\])?: ")
_PLAIN_ISO = re.compile(
    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?P<f>\.\d{6}|\.\d{3}|)(?:Z|[+-]\d\d:?\d\d) [^\s\[\]:]+ [^\s\[\]:]+(?:\[\d+\])?: "
)
_REPEATED = re.compile(rb"message repeated (\d{1,9}) times: \[ ?(.*?)\]?$", re.DOTALL)
_SOLARIS = re.compile(rb"\[ID \d+ [\w.]+\] ")
_LOST = (
    re.compile(rb"imuxsock.* lost (\d{1,12}) messages"),
    re.compile(rb"(\d{1,12}) messages lost"),
    re.compile(rb"Suppressed (\d{1,12}) messages"),
    re.compile(rb"imjournal.*?: (\d{1,12}) messages"),
)
_LOGGERS: Final = (b"rsyslogd", b"systemd-journal", b"journal", b"imuxsock", b"rsyslog", b"imjournal")


class Origin(NamedTuple):
    """Whose lines they are: host, daemon and pid, as the header says."""

    host: bytes
    mta: str
    daemon: str
    session: bytes | None
    utc_offset: int | None
    """minutes, of stamps that carry one"""


Shapes = dict[bytes, tuple[Callable[[bytes], None], Callable[[int], None]]]
"""opening of a usual line -> where its text and its row are kept until the batch is made"""
Entry = tuple[int, Parse | None, int, Shapes]
"""the origin's number; its parser, None where it is no mail server's; UTC offset in microseconds; its
usual lines"""
_FOREIGN: Final[Entry] = (-1, None, 0, {})


def may_begin(line: bytes) -> bool:
    """Whether a piece of a file may begin at this line, such that pieces and one forward pass give the same events."""
    return b" last message repeated " not in line[:400]


class Reader:
    """Reads one source. Feed it blocks of whole lines; take batches from it."""

    def __init__(
        self,
        source: str,
        file: int,
        reference_time: float,
        tz: tzinfo | None = None,
        keep_text: bool = False,
        recognisers: Iterable[Recogniser] = RECOGNISERS,
        now: Callable[[], float] = wall.time,
    ) -> None:
        """`reference_time` (epoch seconds) dates stamps without a year; `tz` is the log's zone, this machine's when
        None; `keep_text` keeps prose; `now` is the clock for `Batch.read_at`."""
        self.source = source
        self.file = file
        self.keep_text = keep_text
        self._clock = Clock(reference_time, tz)
        self._recognisers = tuple(recognisers)
        self._now = now
        self._origins: dict[bytes, Entry] = {}
        self._minutes: dict[bytes, int] = {}
        self._cut = 15
        self._before = b""
        self._times_over = 0
        self._bulks: dict[Shape, columns.Bulk] = {}
        self._numbered: dict[Origin, int] = {}
        self._start()

    def _start(self) -> None:
        self._events: list[Event] = []
        self._rows: list[int] = []
        for bulk in self._bulks.values():
            bulk.rows.clear()
            bulk.texts.clear()
        self._times: list[int] = []
        self._of: list[int] = []
        if len(self._numbered) > ORIGIN_LIMIT:
            self._origins.clear()
            self._numbered.clear()
        self._offsets: list[int] = []
        self._numbers: list[int] = []
        self._repeats: list[tuple[int, int]] = []
        self._counts: Counter[str] = Counter()
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
            end = offset + sum(map(len, some)) + len(some)
            number = None if first_line is None else first_line + at
            self._read(self._mended(some) if damaged else some, some, offset, number)
            at += len(some)
            offset = self._end = end
            if len(self._times) >= BATCH_ROWS:
                yield self.batch()

    def _mended(self, lines: list[bytes]) -> list[bytes]:
        """Lines without carriage return, cut at the limit."""
        self._counts["cut"] += sum(len(line) > LINE_LIMIT for line in lines)
        return [line[:LINE_LIMIT].rstrip(b"\r") for line in lines]

    def _read(self, lines: list[bytes], raw: list[bytes], offset: int, number: int | None) -> None:
        """The hot loop. An RFC 3164 stamp ends at 15 (`_cut` is 15); of an ISO stamp the offset begins at `_cut`."""
        origins, minutes, cut = self._origins, self._minutes, self._cut
        event_of, row_of = self._events.append, self._rows.append
        time_of, of, offset_of = self._times.append, self._of.append, self._offsets.append
        foreign = noise = 0
        at, row = -1, len(self._times)
        stamp, time = b"", 0
        for line, size in zip(lines, map(len, raw), strict=True):
            at += 1
            head, _, text = line.partition(b": ")
            try:
                origin, parse_text, shift, shapes = origins[head[cut:]]
                if cut == 15:
                    if head[:15] != stamp:
                        time = minutes[head[:13]] + 1_000_000 * int(head[13:15])
                        stamp = head[:15]
                else:
                    time = minutes[head[:17]] + 1_000_000 * int(head[17:19]) - shift
                    if cut > 19:
                        time += int(head[20:cut]) * 10 ** (26 - cut)
            except (KeyError, ValueError):
                found = self._slow(line, lines, at)
                cut, stamp = self._cut, b""
                if found is None:
                    offset += size + 1
                    continue
                (origin, parse_text, shift, shapes), time, text = found
                if self._times_over:
                    shapes = {}
            shaped = shapes.get(text[:OPENING])
            if shaped is not None:
                text_of_shape, row_of_shape = shaped
                text_of_shape(text)
                row_of_shape(row)
            elif parse_text is None:
                foreign += 1
                offset += size + 1
                continue
            else:
                event = parse_text(text)
                if type(event) is Unparsed:
                    event = self._odd(parse_text, text)
                if event is None:
                    noise += 1
                    self._times_over = 0
                    offset += size + 1
                    continue
                event_of(event)
                row_of(row)
                if self._times_over:
                    self._repeats.append((row, self._times_over))
                    self._times_over = 0
            row += 1
            time_of(time)
            of(origin)
            offset_of(offset)
            if number is not None:
                self._numbers.append(number + at)
            offset += size + 1
        self._before = self._line_before(lines, len(lines))
        counts = self._counts
        counts["lines"] += len(lines)
        counts["foreign"] += foreign
        counts["noise"] += noise

    def _line_before(self, lines: list[bytes], at: int) -> bytes:
        """The line that a `last message repeated` at `at` speaks of."""
        while at > 0:
            at -= 1
            if may_begin(lines[at]):
                return lines[at]
        return self._before

    def _slow(self, line: bytes, lines: list[bytes], at: int) -> tuple[Entry, int, bytes] | None:
        """A header that is not remembered. None: the line is counted and done."""
        record = parse(line, self._clock)
        if record is None:
            self._counts["damaged"] += 1
            return None
        if not record.program:
            times = repeated(record.text)
            if times is None:
                self._counts["foreign"] += 1
                return None
            return self._again(record, times, self._line_before(lines, at))
        if record.program.lower().startswith(_LOGGERS):
            self._counts["lost"] += _lost(record.text)
            return _FOREIGN, record.time, record.text
        entry = self._entry(record)
        self._remember(line, record, entry)
        return entry, record.time, record.text

    def _again(self, repeat: Record, times: int, before: bytes) -> tuple[Entry, int, bytes] | None:
        """`last message repeated N times`: the line before once more, at this line's time."""
        record = parse(before, self._clock)
        if record is None or not record.program or (repeat.host and record.host != repeat.host):
            self._counts["noise"] += 1
            return None
        entry = self._entry(record)
        self._times_over = times if entry[1] else 0
        return entry, repeat.time, record.text

    def _odd(self, parse_text: Parse, text: bytes) -> Event | None:
        """A text that the daemon's parser does not know, because syslog wrapped it."""
        if found := _REPEATED.match(text):
            event = parse_text(found[2])
            self._times_over = int(found[1])
            return event
        if found := _SOLARIS.match(text):
            event = parse_text(text[found.end() :])
            return self._odd(parse_text, text[found.end() :]) if type(event) is Unparsed else event
        return Unparsed(text)

    def _entry(self, record: Record) -> Entry:
        daemon = None
        for recognise in self._recognisers:
            if daemon := recognise(record.program):
                break
        if daemon is None:
            return _FOREIGN
        session = None
        if daemon.by_pid and record.pid:
            session = b"%b %b[%b]" % (record.host, record.program, record.pid)
        origin = Origin(record.host, daemon.mta, daemon.name, session, record.utc_offset)
        number = self._numbered.setdefault(origin, len(self._numbered))
        shapes: Shapes = {}
        for shape in daemon.shapes:
            bulk = self._bulks.setdefault(shape, columns.Bulk(shape, daemon.parse, [], []))
            shapes[shape.opening] = bulk.texts.append, bulk.rows.append
        return number, daemon.parse, 60_000_000 * (record.utc_offset or 0), shapes

    def _remember(self, line: bytes, record: Record, entry: Entry) -> None:
        """Let the next line with this header be looked up, when the header is of a plain shape."""
        if _PLAIN_3164.match(line):
            cut, minute, base = 15, line[:13], record.time - 1_000_000 * int(line[13:15])
        elif found := _PLAIN_ISO.match(line):
            cut, minute = found.end("f"), line[:17]
            base = record.time + 60_000_000 * (record.utc_offset or 0) - 1_000_000 * int(line[17:19])
            base -= int(line[20:cut].ljust(6, b"0")) if cut > 19 else 0
        else:
            return
        key = line[cut : line.find(b": ")]
        if len(key) > ORIGIN_LENGTH:
            return
        if len(self._origins) >= ORIGIN_LIMIT:
            self._origins.clear()
        if len(self._minutes) >= MINUTE_LIMIT:
            self._minutes.clear()
        self._cut = cut
        self._origins[key] = entry
        self._minutes[minute] = base

    def batch(self) -> Batch:
        """What was read since the last batch, as columns; it may have no rows and still counts."""
        total, known = len(self._times), list(self._numbered)
        here = sorted(set(self._of))
        number = dict(zip(here, range(len(here)), strict=True))
        origins = [known[origin] for origin in here]
        self._of = of = list(map(number.__getitem__, self._of))
        table = columns.Table(self._events, self._rows, self._bulks.values(), total, self.keep_text)
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
            local = {self._clock.offset(moment / 1_000_000) for moment in (first, last)}
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
                    offset = minutes[minute] = self._clock.offset(minute * 60)
            answer.append(offset)
        return answer

    def _repeat_column(self) -> Numbers | None:
        if not self._repeats:
            return None
        rows, values = zip(*self._repeats, strict=True)
        return Numbers(array("q", values), array("I", rows))


def _lost(text: bytes) -> int:
    """How many messages syslog says it dropped."""
    for pattern in _LOST:
        if found := pattern.search(text[:400]):
            return int(found[1])
    return 0
