"""record: one log line with its header told from its text, and the clock that header speaks by.

Understood: RFC 3164 (`Nov 21 17:47:39 mx1 postfix/smtpd[208]: ...`), RFC 3339 / ISO 8601 stamps with or without
fraction and offset, RFC 5424, a leading `<PRI>`, metalog's `[program] text`, a facility word between host and tag,
hosts written `user@host` or `host/relay`, and lines without a host. `parse` is the thorough reading; a reader that
sees millions of lines of one shape remembers slices of the header instead (`mailtop.ingest.reader`).

An RFC 3164 stamp has no year: it is the latest year in which the stamp is not later than the reference time and a
day. That depends on the stamp and the reference alone, so pieces of a file read in any order agree. A local time
that happens twice in autumn is taken to be its first occurrence, for the same reason.

BUGS: the last hour before the clock goes back and the first one after cannot be told apart in an RFC 3164 log.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, NamedTuple

DAY: Final = 86_400
YEARS_BACK: Final = 9
"""how far back a year is sought: 29 February may need eight"""
LINE_LIMIT: Final = 65_536
"""octets of a line that are looked at"""
HOST_LIMIT: Final = 255

_MONTHS: Final = {name: at for at, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}

_STAMP = re.compile(
    rb"\0*(?:<\d{1,3}>)?(?:"
    rb"(?P<mon>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +(?P<day>\d{1,2}) +(?:(?P<year>\d{4}) +)?"
    rb"|(?P<version>1 )?(?P<iso>\d{4}-\d\d-\d\d)[T ]"
    rb")(?P<h>\d\d):(?P<m>\d\d):(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?(?P<tz> ?Z| ?[+-]\d\d:?\d\d)?:? +"
)
_FACILITY = re.compile(rb"<?(?:mail|daemon|user|local[0-7]|auth|authpriv|syslog|kern|\d+)\.\w+>?$")
_TAG = re.compile(rb"([^\s\[\]:]+)(?:\[(\d+)\])?$")
_REPEATED: Final = b"last message repeated "


class Record(NamedTuple):
    """A line's header, and where its text begins."""

    time: int
    """microseconds since 1970 UTC"""
    utc_offset: int | None
    """minutes east of UTC as written in the stamp; None when the stamp is in the log's local time"""
    host: bytes
    """empty when the line names none"""
    program: bytes
    """the tag without pid; empty for `last message repeated N times`"""
    pid: bytes
    text: bytes


class Clock:
    """The log's local time. Without `tz` it is this machine's."""

    def __init__(self, reference: float, tz: tzinfo | None = None) -> None:
        self.reference = reference
        """epoch seconds: the file's last change, or now"""
        self.tz = tz

    def epoch(self, year: int, month: int, day: int, hour: int, minute: int) -> int:
        """Epoch seconds of a local time; ValueError when there is no such date."""
        return int(datetime(year, month, day, hour, minute, tzinfo=self.tz).timestamp())

    def guess(self, month: int, day: int, hour: int, minute: int) -> int:
        """Epoch seconds of a local time without a year; ValueError when there is no such date."""
        bound = self.reference + DAY
        newest = datetime.fromtimestamp(bound, self.tz).year
        for year in range(newest, newest - YEARS_BACK, -1):
            try:
                epoch = self.epoch(year, month, day, hour, minute)
            except ValueError:
                if (month, day) != (2, 29):
                    raise
                continue
            if epoch <= bound:
                return epoch
        raise ValueError("no such date")

    def offset(self, epoch: float) -> int:
        """Minutes east of UTC at that moment."""
        moment = datetime.fromtimestamp(epoch, UTC).astimezone(self.tz)
        return int((moment.utcoffset() or timedelta()).total_seconds()) // 60


def zone_minutes(text: bytes) -> int:
    """Minutes east of UTC of `Z`, `+01:00` or `-0330`; ValueError when it is none of these."""
    text = text.strip()
    if text == b"Z":
        return 0
    digits = text[1:].replace(b":", b"")
    minutes = int(digits[:2]) * 60 + int(digits[2:4])
    if minutes >= 24 * 60:
        raise ValueError("no such offset")
    return -minutes if text[:1] == b"-" else minutes


def parse(line: bytes, clock: Clock) -> Record | None:
    """Read a line's header. None when there is no stamp, or nothing after it."""
    found = _STAMP.match(line)
    if found is None:
        return None
    try:
        time, offset = _time(found, clock)
    except (ValueError, OverflowError):
        return None
    end = found.end()
    if found["version"]:
        return _rfc5424(line, end, time, offset)
    rest = line[end:]
    if rest.startswith(b"["):  # metalog: [program] text, and no host
        tag, _, text = rest[1:].partition(b"] ")
        named = _TAG.match(tag)
        return Record(time, offset, b"", named[1], named[2] or b"", text) if named else None
    head, colon, text = rest.partition(b": ")
    if not colon and head.endswith(b":"):
        head, colon = head[:-1], b":"
    words = head.split()
    if not colon or len(words) > 3:
        return _tagless(rest, time, offset)
    if len(words) == 3 and _FACILITY.match(words[1]):
        del words[1]
    if len(words) == 2 and _FACILITY.match(words[0]):
        del words[0]
    named = _TAG.match(words[-1]) if words else None
    if named is None or len(words) > 2:
        return _tagless(rest, time, offset)
    host = _host(words[0]) if len(words) == 2 else b""
    return Record(time, offset, host, named[1], named[2] or b"", text)


def _time(found: re.Match[bytes], clock: Clock) -> tuple[int, int | None]:
    hour, minute, second = int(found["h"]), int(found["m"]), int(found["s"])
    fraction = int((found["f"] or b"").ljust(6, b"0")[:6])
    if second > 60:
        raise ValueError("no such second")
    zone = found["tz"]
    offset = zone_minutes(zone) if zone else None
    if found["iso"]:
        year, month, day = map(int, found["iso"].split(b"-"))
        if offset is not None:
            base = int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()) - offset * 60
        else:
            base = clock.epoch(year, month, day, hour, minute)
    elif found["year"]:
        base = clock.epoch(int(found["year"]), _MONTHS[found["mon"]], int(found["day"]), hour, minute)
    else:
        base = clock.guess(_MONTHS[found["mon"]], int(found["day"]), hour, minute)
    return (base + second) * 1_000_000 + fraction, offset


def _rfc5424(line: bytes, end: int, time: int, offset: int | None) -> Record | None:
    """HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG, each of the first five `-` when absent."""
    parts = line[end:].split(b" ", 4)
    if len(parts) < 5:
        return None
    host, program, pid, _, rest = parts
    if rest.startswith(b"["):
        at = _skip_structured(rest)
        rest = rest[at:]
    elif rest.startswith(b"-"):
        rest = rest[1:]
    else:
        return None
    text = rest.removeprefix(b" ").removeprefix(b"\xef\xbb\xbf")
    return Record(
        time,
        offset,
        b"" if host == b"-" else _host(host),
        b"" if program == b"-" else program,
        pid if pid.isdigit() else b"",
        text.removeprefix(b" "),
    )


_ELEMENT = re.compile(rb"\[(?:[^\]\"\\]|\"(?:[^\"\\]|\\.)*\"|\\.)*\]")


def _skip_structured(rest: bytes) -> int:
    at = 0
    while found := _ELEMENT.match(rest, at):
        at = found.end()
    return at or len(rest)


def _host(word: bytes) -> bytes:
    """`user@host` is host; of `host/relay` (chained host names) the first is where the line was written."""
    word = word.rpartition(b"@")[2]
    return (word.partition(b"/")[0] or word)[:HOST_LIMIT]


def _tagless(rest: bytes, time: int, offset: int | None) -> Record | None:
    """`mx1 last message repeated 3 times`, or a line of some program that writes no tag."""
    host, _, text = rest.partition(b" ")
    if rest.startswith(_REPEATED):
        return Record(time, offset, b"", b"", b"", rest)
    if text.startswith(_REPEATED):
        return Record(time, offset, _host(host), b"", b"", text)
    return Record(time, offset, b"", b"", b"", rest) if rest.strip() else None


def repeated(text: bytes) -> int | None:
    """N of `last message repeated N times`, None when the text is none."""
    if not text.startswith(_REPEATED):
        return None
    word = text[len(_REPEATED) :].partition(b" ")[0]
    return int(word) if word.isdigit() and len(word) < 10 else None


def may_begin(line: bytes) -> bool:
    """Whether a piece of a file may begin at this line, such that pieces and one forward pass give the same events."""
    return b" last message repeated " not in line[:400]
