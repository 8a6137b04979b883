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
from itertools import accumulate, compress
from operator import add, sub
from typing import Any, Final, NamedTuple

from mailtop.batch import Batch, Numbers, Strings
from mailtop.event import Event, Unparsed
from mailtop.ingest import columns
from mailtop.mta import policy, postfix
from mailtop.mta.parser import OPENING, SHORT_OPENING, Parse, Recogniser, Shape
from mailtop.record import LINE_LIMIT, Clock, Record, may_begin, parse, repeated

BATCH_ROWS: Final = 32_768
"""events in one batch, at most"""
ORIGIN_LIMIT: Final = 16_384
"""hosts, tags and pids remembered; then all are forgotten at once"""
MINUTE_LIMIT: Final = 16_384
"""minutes remembered; likewise"""
SECONDS: Final = {b"%02d" % second: 1_000_000 * second for second in range(61)}
"""the seconds of a stamp -> microseconds; a leap second has its own"""
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
Entry = tuple[int, Parse | None, int, Shapes, Shapes]
"""the origin's number; its parser, None where it is no mail server's; UTC offset in microseconds; its usual lines, by
their opening; and by a short one, or that behind a queue ID"""
_FOREIGN: Final[Entry] = (-1, None, 0, {}, {})
Parts = tuple[bytes, bytes, bytes]
"""header, `: `, text"""


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
        """The hot path. What all lines need is done for all lines at once, where it runs in C; the loop only tells
        whose parser or shape a text goes to."""
        texts, entries, times, over = self._headed(lines)
        event_of, row_of, row = self._events.append, self._rows.append, len(self._times)
        dropped: list[int] = []
        for at, (text, entry) in enumerate(zip(texts, entries, strict=True)):
            shaped = entry[3].get(text[:OPENING])
            if shaped is None and (short := entry[4]):
                shaped = short.get(text[:SHORT_OPENING]) or short.get(text.partition(b": ")[2][:SHORT_OPENING])
            if shaped is not None and at not in over:
                shaped[0](text)
                shaped[1](row)
                row += 1
                continue
            event = None if over.get(at) == 0 else self._event(entry[1], text)
            if event is None:
                dropped.append(at)
                continue
            event_of(event)
            row_of(row)
            if repeats := over.get(at) or self._times_over:
                self._repeats.append((row, repeats))
            self._times_over = 0
            row += 1
        self._keep(entries, times, list(accumulate([len(line) + 1 for line in raw], initial=offset)), number, dropped)
        self._before = self._line_before(lines, len(lines))
        self._counts["lines"] += len(lines)

    def _event(self, parse_text: Parse | None, text: bytes) -> Event | None:
        """What one line reports; None, and counted, when it reports nothing."""
        self._times_over = 0
        if parse_text is None:
            self._counts["foreign"] += 1
            return None
        event = parse_text(text)
        if type(event) is Unparsed:
            event = self._odd(parse_text, text)
        if event is None:
            self._counts["noise"] += 1
        return event

    def _keep(
        self, entries: list[Entry], times: list[int], offsets: list[int], number: int | None, dropped: list[int]
    ) -> None:
        """What every event has from its record, for the lines that became events."""
        of = [entry[0] for entry in entries]
        offsets.pop()
        numbers = range(number, number + len(of)) if number is not None else ()
        if dropped:
            kept = bytearray(b"\1") * len(of)
            for at in dropped:
                kept[at] = 0
            of, times, offsets = (list(compress(column, kept)) for column in (of, times, offsets))
            numbers = compress(numbers, kept)  # type: ignore[assignment]
        self._of += of
        self._times += times
        self._offsets += offsets
        self._numbers += numbers

    def _headed(self, lines: list[bytes]) -> tuple[list[bytes], list[Entry], list[int], dict[int, int]]:
        """The text, origin and time of each line; and which lines say that the one before was repeated, how often.

        An RFC 3164 stamp ends at 15 (`_cut` is 15); of an ISO stamp, the offset begins at `_cut`.
        """
        if not self._origins:
            self._learn(lines[0])
        cut = self._cut
        parts = [line.partition(b": ") for line in lines]
        texts = [text for _, _, text in parts]
        entries = self._looked_up(self._origins, [head[cut:] for head, _, _ in parts], lines)
        at = 13 if cut == 15 else 17
        minutes = self._looked_up(self._minutes, [head[:at] for head, _, _ in parts], lines)
        seconds = list(map(SECONDS.get, [head[at : at + 2] for head, _, _ in parts]))
        times = [] if None in minutes or None in seconds else list(map(add, minutes, seconds))
        over: dict[int, int] = {}
        odd: Iterable[int] = ()
        if None in entries or not times:
            found = enumerate(zip(entries, minutes, seconds, strict=True))
            odd = [row for row, triple in found if None in triple]
            times = [0 if None in pair else sum(pair) for pair in zip(minutes, seconds, strict=True)]
        if cut != self._cut or (cut != 15 and (odd or not self._precise(parts, entries, times))):
            odd = range(len(lines))  # headers of several shapes, or one that is not what it seemed
        for row in odd:
            self._mend(lines, row, parts[row][0], texts, entries, times, over)
        return texts, entries, times, over

    def _looked_up(self, known: dict[bytes, Any], keys: list[bytes], lines: list[bytes]) -> list[Any]:
        """What is known of each key, after those that are new have been learnt; None where that did not help."""
        found = list(map(known.get, keys))
        if None in found:
            new = {key: at for at, (key, value) in enumerate(zip(keys, found, strict=True)) if value is None}
            for at in new.values():
                self._learn(lines[at])
            found = list(map(known.get, keys))
        return found

    def _precise(self, parts: list[Parts], entries: list[Any], times: list[Any]) -> bool:
        """Bring the times of ISO stamps to UTC and add their fractions; False when one has none."""
        cut = self._cut
        try:
            if cut > 19:
                unit = 10 ** (26 - cut)
                fractions = [unit * int(head[20:cut]) for head, _, _ in parts]
                times[:] = map(add, times, fractions)
        except ValueError:
            return False
        if any(shifts := [entry[2] for entry in entries]):
            times[:] = map(sub, times, shifts)
        return True

    def _mend(
        self,
        lines: list[bytes],
        at: int,
        head: bytes,
        texts: list[bytes],
        entries: list[Any],
        times: list[Any],
        over: dict[int, int],
    ) -> None:
        """A line whose header is not among those remembered, or may not be."""
        found = self._known(head)
        if found is not None:
            entries[at], times[at] = found
            return
        slow = self._slow(lines[at], lines, at)
        if slow is None:  # counted already
            entries[at], times[at], over[at] = _FOREIGN, 0, 0
            return
        entries[at], times[at], texts[at] = slow
        if self._times_over:
            over[at] = self._times_over
            self._times_over = 0

    def _known(self, head: bytes) -> tuple[Entry, int] | None:
        """Origin and precise time of a header whose parts are remembered."""
        cut = self._cut
        entry = self._origins.get(head[cut:])
        at = 13 if cut == 15 else 17
        minute, second = self._minutes.get(head[:at]), SECONDS.get(head[at : at + 2])
        if entry is None or minute is None or second is None:
            return None
        time, fraction = minute + second, head[20:cut]
        if cut > 19:
            if not fraction.isdigit():
                return None
            time += int(fraction) * 10 ** (26 - cut)
        return entry, time - entry[2]

    def _line_before(self, lines: list[bytes], at: int) -> bytes:
        """The line that a `last message repeated` at `at` speaks of."""
        while at > 0:
            at -= 1
            if may_begin(lines[at]):
                return lines[at]
        return self._before

    def _learn(self, line: bytes) -> None:
        """Remember the parts of a line's header, when it is a plain one."""
        record = parse(line, self._clock)
        if record is not None and record.program and not record.program.lower().startswith(_LOGGERS):
            self._remember(line, record, self._entry(record))

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
        shapes: dict[int, Shapes] = {OPENING: {}, SHORT_OPENING: {}}
        for shape in daemon.shapes:
            bulk = self._bulks.setdefault(shape, columns.Bulk(shape, daemon.parse, [], []))
            shapes[len(shape.opening)][shape.opening] = bulk.texts.append, bulk.rows.append
        shift = 60_000_000 * (record.utc_offset or 0)
        return number, daemon.parse, shift, shapes[OPENING], shapes[SHORT_OPENING]

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
