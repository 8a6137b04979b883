"""clock: the log's local time, and the year that an RFC 3164 stamp lacks.

The year is the latest in which the stamp is not later than the reference time and a day. That depends on the stamp and
the reference alone, so pieces of a file read in any order agree. A local time that happens twice in autumn is taken to
be its first occurrence, for the same reason.

BUGS: the last hour before the clock goes back and the first one after cannot be told apart in an RFC 3164 log.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

DAY: Final = 86_400
REMEMBERED: Final = 4096
"""minutes whose epoch is remembered; then all are forgotten at once"""
YEARS_BACK: Final = 9
"""how far back a year is sought: 29 February may need eight"""


class Clock:
    """The log's local time. Without `tz` it is this machine's."""

    def __init__(self, reference: float, tz: tzinfo | None = None) -> None:
        self.reference = reference
        """epoch seconds: the file's last change, or now"""
        self.tz = tz
        self._known: dict[tuple[int, ...], int] = {}

    def epoch(self, year: int, month: int, day: int, hour: int, minute: int) -> int:
        """Epoch seconds of a local time; ValueError when there is no such date."""
        key = (year, month, day, hour, minute)
        known = self._known.get(key)
        if known is None:
            known = self._remember(key, int(datetime(year, month, day, hour, minute, tzinfo=self.tz).timestamp()))
        return known

    def guess(self, month: int, day: int, hour: int, minute: int) -> int:
        """Epoch seconds of a local time without a year; ValueError when there is no such date."""
        key = (month, day, hour, minute)
        known = self._known.get(key)
        return self._remember(key, self._guess(*key)) if known is None else known

    def _remember(self, key: tuple[int, ...], epoch: int) -> int:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[key] = epoch
        return epoch

    def _guess(self, month: int, day: int, hour: int, minute: int) -> int:
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
    """Minutes east of UTC of `Z`, `+01:00`, `-0330` or `+02`; ValueError when it is none of these."""
    text = text.strip()
    if text in (b"Z", b"UTC", b"GMT"):
        return 0
    digits = text[1:].replace(b":", b"")
    minutes = int(digits[:2]) * 60 + int(digits[2:4] or b"0")
    if minutes >= 24 * 60:
        raise ValueError("no such offset")
    return -minutes if text[:1] == b"-" else minutes
