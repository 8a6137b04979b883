"""headers: whose line it is and when it was written, for a block of lines at once.

In: whole lines. Out: for each its text, its `Entry` (whose it is, who reads it) and its time. A line's header is not
parsed but looked up: its stamp up to the minute gives the time; the bytes from the stamp to the first `: ` (host, tag,
pid) say whose line it is. Both are remembered in bounded dicts, and only what is new goes through `mailtop.record`.
Of the log that Exim keeps itself the stamp is all there is to remember: a log in which one such line was seen is read
line by line for them (`Headers.own`), until a block has none.

`last message repeated N times` belongs to the line right before it (other such lines in between do not count); that
line is given again. Where the line before is not known, the repeat is counted as noise.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from operator import add, sub
from typing import Any, Final, NamedTuple

from mailtop.ingest.sequence import Sequences
from mailtop.mta.parser import Parse, Recogniser, Shape
from mailtop.record import Clock, Record, Wanted, exim_line, may_begin, parse, repeated, sequence

ORIGIN_LIMIT: Final = 16_384
"""hosts, tags and pids remembered; then all are forgotten at once"""
MINUTE_LIMIT: Final = 16_384
"""minutes remembered; likewise"""
SECONDS: Final = {b"%02d" % second: 1_000_000 * second for second in range(61)}
"""the seconds of a stamp -> microseconds; a leap second has its own"""
ORIGIN_LENGTH: Final = 160
"""octets of a header worth remembering"""

_PLAIN_3164 = re.compile(rb"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [^\s\[\]:]+ [^\s\[\]:]+(?:\[\d+\])?: ")
_PLAIN_ISO = re.compile(
    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?P<f>\.\d{6}|\.\d{3}|)(?:Z|[+-]\d\d:?\d\d) [^\s\[\]:]+ [^\s\[\]:]+(?:\[\d+\])?: "
)
_LOST = (
    re.compile(rb"imuxsock.* lost (\d{1,12}) messages"),
    re.compile(rb"(\d{1,12}) messages lost"),
    re.compile(rb"Suppressed (\d{1,12}) messages(?: from (?P<unit>\S{1,255}))?"),
    re.compile(rb"imjournal.*?: (\d{1,12}) messages"),
)
_UNITS: Final = (b"spamassassin",)
"""systemd's units of mail that are called otherwise than what they write under"""
_LOGGERS: Final = (b"rsyslogd", b"systemd-journal", b"journal", b"imuxsock", b"rsyslog", b"imjournal")


class Origin(NamedTuple):
    """Whose lines they are: host, daemon and pid, as the header says."""

    host: bytes
    mta: str
    daemon: str
    session: bytes | None
    utc_offset: int | None
    """minutes, of stamps that carry one"""


Entry = tuple[int, Parse | None, int]
"""the origin's number; its parser, None where it is no mail server's; UTC offset in microseconds"""
_FOREIGN: Final[Entry] = (-1, None, 0)
Parts = tuple[bytes, bytes, bytes]
"""header, `: `, text"""


class Own(NamedTuple):
    """The stamp of a line that Exim wrote into a log of its own."""

    fraction: bool
    """milliseconds are written"""
    zone: bytes
    """` +0100`; empty where none is written"""
    origin: int
    """the number of whose lines have it, -1 where they are nobody's"""


class Headed(NamedTuple):
    """A block of lines without their headers."""

    texts: list[bytes]
    entries: list[Entry]
    times: list[int]
    """microseconds since 1970 UTC"""
    over: dict[int, int]
    """lines that say how often the one before was repeated; 0: a line that was counted already and is done"""


class Headers:
    """Reads headers. `counts` has what became of lines whose header said it all."""

    def __init__(self, clock: Clock, recognise: Recogniser, wanted: Wanted | None = None) -> None:
        self.clock = clock
        self._wanted = wanted
        self.counts: Counter[str] = Counter()
        self.numbered: dict[Origin, int] = {}
        """all origins, and the number of each"""
        self.families: list[tuple[Shape, ...]] = []
        """the usual lines of each daemon"""
        self.family: list[int] = []
        """of each origin: which of `families` its lines are of"""
        self.shifts: list[int] = []
        """of each origin: microseconds to be taken from a time that an ISO stamp gives, to be in UTC"""
        self._recognise = recognise
        self._origins: dict[bytes, Entry] = {}
        self._minutes: dict[bytes, int] = {}
        self.cut = 15
        self.own: Own | None = None
        """the last stamp of Exim's own that was seen, as long as there are any"""
        self._zones: dict[bytes, Entry] = {}
        """of each zone of such stamps: whose lines have it"""
        self.before = b""
        self._preceding: Callable[[int], bytes] | None = None
        self._times_over = 0
        self._sequences = Sequences()

    def forget(self) -> None:
        """Bound what is remembered; to be called between batches alone, since numbers of origins begin anew."""
        if len(self.numbered) > ORIGIN_LIMIT:
            self._origins.clear()
            self._zones.clear()
            self.own = None
            self.numbered.clear()
            self.family.clear()
            self.shifts.clear()
            self.families.clear()

    def origin_of(self, key: bytes, line: bytes) -> int:
        """The number of the origin whose lines have `key` between stamp and `: `; -1 where such a line is to be read
        alone."""
        entry = self._origins.get(key)
        if entry is None:
            self._learn(line)
            entry = self._origins.get(key, _FOREIGN)
        return entry[0]

    def minute_of(self, key: bytes, line: bytes) -> int | None:
        """Microseconds since 1970 at which a stamp's minute began, by its own clock; None when it is no stamp."""
        if key not in self._minutes:
            self._learn(line)
        return self._minutes.get(key)

    def own_minute(self, stamp: bytes, zone: bytes) -> int | None:
        """Likewise for a stamp of Exim's own, up to its minute; None when there is no such minute."""
        found = self._minutes.get(stamp + (zone or b" "))
        if found is None:
            own = self.own
            self._learn(stamp + b"00" + zone + b" H=")
            self.own = own  # lines may have milliseconds
            found = self._minutes.get(stamp + (zone or b" "))
        return found

    def ready(self, line: bytes) -> None:
        """Learn how long stamps are from a line, when no line of its sort was seen yet."""
        if self.own is None and (not self._origins or exim_line(line)):
            self._learn(line)

    def passed(self, before: bytes) -> None:
        """The last line that a `last message repeated` may speak of, where lines were not read here."""
        self.before = before

    def read(self, lines: list[bytes], preceding: Callable[[int], bytes] | None = None) -> Headed:
        """The text, origin and time of each line; and which lines say that the one before was repeated, how often.

        `preceding` gives the line that the one at an index speaks of, where `lines` are not all the lines there are.

        An RFC 3164 stamp ends at 15 (`cut` is 15); of an ISO stamp, the offset begins at `cut`.
        """
        self.ready(lines[0])
        self._preceding = preceding
        if self.own is not None:
            return self._read_own(lines)
        cut = self.cut
        parts = [line.partition(b": ") for line in lines]
        texts = [text for _, _, text in parts]
        entries = self._looked_up(self._origins, [head[cut:] for head, _, _ in parts], lines)
        if self.own is not None:  # has been learnt just now
            return self._read_own(lines)
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
        if cut != self.cut or (cut != 15 and (odd or not self._precise(parts, entries, times))):
            odd = range(len(lines))  # headers of several shapes, or one that is not what it seemed
        for row in odd:
            self._mend(lines, row, parts[row][0], texts, entries, times, over)
        if preceding is None:
            self.before = self._line_before(lines, len(lines))
        return Headed(texts, entries, times, over)

    def _read_own(self, lines: list[bytes]) -> Headed:
        """Lines of which some at least are from a log of Exim's own."""
        texts, entries, times = [b""] * len(lines), [_FOREIGN] * len(lines), [0] * len(lines)
        over: dict[int, int] = {}
        any_own = False
        minutes, zones = self._minutes, self._zones
        for at, line in enumerate(lines):
            if found := exim_line(line):
                any_own = True
                minute, second, fraction, zone = found.groups(b"")
                base, entry = minutes.get(minute + (zone or b" ")), zones.get(zone)
                if base is not None and entry is not None and second < b"61":
                    texts[at], entries[at] = line[found.end() :], entry
                    times[at] = base + 1_000_000 * int(second) + 1_000 * int(fraction or 0) - entry[2]
                    continue
            head, _, texts[at] = line.partition(b": ")
            self._mend(lines, at, head, texts, entries, times, over)
        if self._preceding is None:
            self.before = self._line_before(lines, len(lines))
            if not any_own:
                self.own = None
        return Headed(texts, entries, times, over)

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
        cut = self.cut
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
        cut = self.cut
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
        if self._preceding is not None:
            return self._preceding(at)
        while at > 0:
            at -= 1
            if may_begin(lines[at]):
                return lines[at]
        return self.before

    def _learn(self, line: bytes) -> None:
        """Remember the parts of a line's header, when it is a plain one."""
        record = parse(line, self.clock)
        if record is not None and record.program and not record.program.lower().startswith(_LOGGERS):
            self._remember(line, record, self._entry(record))

    def _slow(self, line: bytes, lines: list[bytes], at: int) -> tuple[Entry, int, bytes] | None:
        """A header that is not remembered. None: the line is counted and done."""
        record = parse(line, self.clock)
        if record is None:
            self.counts["damaged"] += 1
            return None
        if (number := sequence(line)) is not None and self._is_of_host(record.host):
            self.counts["missing"] += self._sequences.missing(record.host, number)
        if not record.program:
            times = repeated(record.text)
            if times is None:
                self.counts["foreign"] += 1
                return None
            return self._again(record, times, self._line_before(lines, at))
        if record.program.lower().startswith(_LOGGERS):
            if self._is_of_host(record.host):
                self.counts["lost"] += self._lost(record.text)
            return _FOREIGN, record.time, record.text
        entry = self._entry(record)
        self._remember(line, record, entry)
        return entry, record.time, record.text

    def _is_of_host(self, host: bytes) -> bool:
        return self._wanted is None or self._wanted.of_host(host)

    def _lost(self, text: bytes) -> int:
        """How many messages syslog says it dropped; those of a service that has nothing to do with mail left out."""
        for pattern in _LOST:
            if found := pattern.search(text[:400]):
                unit = found.groupdict().get("unit")
                name = (unit or b"").rpartition(b"/")[2].rpartition(b".")[0]
                return int(found[1]) if not name or name in _UNITS or self._recognise(name) else 0
        return 0

    def _again(self, repeat: Record, times: int, before: bytes) -> tuple[Entry, int, bytes] | None:
        """`last message repeated N times`: the line before once more, at this line's time."""
        record = parse(before, self.clock)
        if record is None or not record.program or (repeat.host and record.host != repeat.host):
            self.counts["noise"] += 1
            return None
        entry = self._entry(record)
        self._times_over = times if entry[1] else 0
        return entry, repeat.time, record.text

    def _entry(self, record: Record) -> Entry:
        daemon = self._recognise(record.program)
        if daemon is None or (self._wanted is not None and not self._wanted(record)):
            return _FOREIGN
        session = None
        if daemon.by_pid and record.pid:
            session = b"%b %b[%b]" % (record.host, record.program, record.pid)
        origin = Origin(record.host, daemon.mta, daemon.name, session, record.utc_offset)
        number = self.numbered.setdefault(origin, len(self.numbered))
        shift = 60_000_000 * (record.utc_offset or 0)
        if number == len(self.family):
            family = next((at for at, some in enumerate(self.families) if some is daemon.shapes), len(self.families))
            if family == len(self.families):
                self.families.append(daemon.shapes)
            self.family.append(family)
            self.shifts.append(shift)
        return number, daemon.parse, shift

    def _remember(self, line: bytes, record: Record, entry: Entry) -> None:
        """Let the next line with this header be looked up, when the header is of a plain shape."""
        if _PLAIN_3164.match(line):
            cut, minute, base = 15, line[:13], record.time - 1_000_000 * int(line[13:15])
        elif own := exim_line(line):
            self._remember_own(own, record, entry)
            return
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
        self.cut = cut
        self._origins[key] = entry
        self._remember_minute(minute, base)

    def _remember_own(self, found: re.Match[bytes], record: Record, entry: Entry) -> None:
        """Let the next line of Exim's own be looked up."""
        minute, second, fraction, zone = found.groups(b"")
        base = record.time - 1_000_000 * int(second) - 1_000 * int(fraction or 0) + entry[2]
        self.own = Own(bool(fraction), zone, entry[0])
        self._zones[zone] = entry
        self._remember_minute(minute + (zone or b" "), base)

    def _remember_minute(self, minute: bytes, base: int) -> None:
        if len(self._minutes) >= MINUTE_LIMIT:
            self._minutes.clear()
        self._minutes[minute] = base
