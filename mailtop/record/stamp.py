"""stamp: when a line was written, in the shapes that syslog daemons, journalctl, containers and MTAs put in front.

    Nov 21 17:47:39          RFC 3164, with a fraction, a year or another language's month where they are written
    2026-11-21T17:47:39Z     RFC 3339 / ISO 8601; `T` or a blank, fraction, `Z`, `-02:00`, ` +0100`
    <22>1 2026-11-21T...     RFC 5424; `<PRI>` in front of the others too, and NULs, which a crash leaves behind
    Sat 2026-11-21 17:47:39 UTC            journalctl -o short-full
    Sat Nov 21 17:47:39 2026               asctime(3)
    1795283259.123456        journalctl -o short-unix
    @400000006a01f2c0...     TAI64N (multilog, svlogd)

A zone's name other than UTC and GMT is taken for this machine's own, which is what journalctl writes.
"""

import re
from datetime import UTC, datetime
from typing import Final, NamedTuple

from mailtop.record.clock import Clock, zone_minutes
from mailtop.record.months import MONTHS, month

_FRONT: Final = rb"\0*(?:<\d{1,3}>)?"
_TIME: Final = rb"(?P<h>\d\d):(?P<m>\d\d):(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?"

_USUAL = re.compile(
    _FRONT + rb"(?:"
    rb"(?P<mon>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +(?P<day>\d{1,2}) +(?:(?P<year>\d{4}) +)?"
    rb"|(?P<version>1 )?(?P<iso>\d{4}-\d\d-\d\d)(?P<t>[T ])"
    rb")" + _TIME + rb"(?P<tz> ?Z| ?[+-]\d\d:?\d\d)?:? +"
)
_FOREIGN = re.compile(
    _FRONT
    + rb"(?P<mon>(?:1[0-2]|[1-9])?[^\s\d\[\]<>:|{}\"]{2,24}) {1,2}(?P<day>\d{1,2}) +(?:(?P<year>\d{4}) +)?"
    + _TIME
    + rb":? +"
)
_FULL = re.compile(
    _FRONT + rb"[A-Z][a-z]{2} (?P<iso>\d{4}-\d\d-\d\d) " + _TIME + rb" (?P<tz>UTC|GMT|[+-]\d\d(?:\d\d)?|[A-Z]{2,5}) +"
)
_ASCTIME = re.compile(
    _FRONT + rb"[A-Z][a-z]{2} (?P<mon>[A-Z][a-z]{2}) {1,2}(?P<day>\d{1,2}) " + _TIME + rb" (?P<year>\d{4}) +"
)
_UNIX = re.compile(rb"\0*(\d{9,10})\.(\d{6}) +")
_TAI64N = re.compile(rb"\0*@4([0-9a-f]{15})([0-9a-f]{8}) +")
_TAI_AHEAD: Final = 10
"""seconds that libtai's labels are ahead of the Unix time"""


class Stamp(NamedTuple):
    """A moment, and where what follows it begins."""

    end: int
    time: int
    """microseconds since 1970 UTC"""
    utc_offset: int | None
    """minutes east of UTC as written; None when the stamp is in the log's local time"""
    rfc5424: bool = False
    spaced: bool = False
    """an ISO date with a blank after it: what MTAs write that keep a log of their own"""


def stamp(line: bytes, clock: Clock) -> Stamp | None:
    """The stamp that a line begins with; None when it begins with none, or with one that is no date."""
    try:
        found = _USUAL.match(line)
        if found is not None:
            time, offset = _moment(found, clock, found["tz"])
            return Stamp(found.end(), time, offset, found["version"] is not None, found["t"] == b" ")
        return _unusual(line, clock)
    except (ValueError, OverflowError, OSError):
        return None


def _unusual(line: bytes, clock: Clock) -> Stamp | None:
    if found := _FULL.match(line):
        zone = found["tz"]
        known = zone in (b"UTC", b"GMT") or not zone.isalpha()
        time, offset = _moment(found, clock, zone if known else None)
        return Stamp(found.end(), time, offset)
    if found := _ASCTIME.match(line) or _FOREIGN.match(line):
        time, offset = _moment(found, clock, None)
        return Stamp(found.end(), time, offset)
    if found := _UNIX.match(line):
        return Stamp(found.end(), int(found[1]) * 1_000_000 + int(found[2]), None)
    if found := _TAI64N.match(line):
        seconds = int(found[1], 16) - _TAI_AHEAD
        datetime.fromtimestamp(seconds, UTC)  # ValueError when it is beyond any calendar
        return Stamp(found.end(), seconds * 1_000_000 + int(found[2], 16) // 1000, None)
    return None


def _moment(found: re.Match[bytes], clock: Clock, zone: bytes | None) -> tuple[int, int | None]:
    """Microseconds and offset. ValueError when it is no date or no time."""
    hour, minute, second = int(found["h"]), int(found["m"]), int(found["s"])
    if second > 60:
        raise ValueError("no such second")
    fraction = int((found["f"] or b"").ljust(6, b"0")[:6])
    offset = zone_minutes(zone) if zone else None
    named = found.groupdict()
    if named.get("iso"):
        year, month_, day = map(int, named["iso"].split(b"-"))
        if offset is not None:
            base = int(datetime(year, month_, day, hour, minute, tzinfo=UTC).timestamp()) - offset * 60
        else:
            base = clock.epoch(year, month_, day, hour, minute)
    else:
        month_, day = _month(named["mon"]), int(named["day"])
        if named["year"]:
            base = clock.epoch(int(named["year"]), month_, day, hour, minute)
        else:
            base = clock.guess(month_, day, hour, minute)
    return (base + second) * 1_000_000 + fraction, offset


def _month(word: bytes) -> int:
    """ValueError when the word names no month."""
    known = MONTHS.get(word.decode("ascii", "replace").lower()) or month(word)
    if known is None:
        raise ValueError("no such month")
    return known
