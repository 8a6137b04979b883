"""Traffic: sessions over time, woven into one log.

In: a seed, a beginning and how many connections a second to expect. Out: lines in the order of their times. How
many come follows a day's wave, a slow wander and storms, in each of which a botnet multiplies the connections for
some minutes. Everything follows from the seed: the same seed writes the same bytes.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from math import exp, log, pi, sin
from operator import itemgetter
from random import Random
from typing import Final

from mailtop.demo.clients import Addresses, Population
from mailtop.demo.messages import Entry
from mailtop.demo.sessions import GUESSES, PEOPLE, Sessions
from mailtop.demo.tally import Tally

STEP: Final = 5.0
"""seconds of traffic made at a time, however often lines are asked for: else the lines would depend on the asking"""

OVERRUN: Final = 60.0
"""seconds after the last session's start by which every session has ended"""

STORM: Final = 900.0
"""seconds that a storm lasts, unless told otherwise"""

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

NOISE: Final = (
    "{host} postfix/anvil[1301]: statistics: max connection rate 4/60s for (smtpd:{address}) at {when}",
    "{host} postfix/anvil[1301]: statistics: max connection count 2 for (smtpd:{address}) at {when}",
    "{host} postfix/anvil[1301]: statistics: max cache size 14 at {when}",
    "{host} postfix/scache[1402]: statistics: address lookup hits=1 miss=4 success=20%",
    "{host} dovecot: imap(alice)<811><qb2T>: Disconnected: Logged out in=412 out=3120 deleted=0 expunged=0",
    "{host} opendkim[702]: OpenDKIM Filter: mi_stop=1",
    "{host} systemd[1]: Started session-c1.scope - Session of user root.",
    "{host} CRON[8120]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)",
)

Stamp = Callable[[float], str]


def rfc3164(utc_offset: int = 0) -> Stamp:
    """A maker of traditional stamps (`Nov 21 17:47:39`) at `utc_offset` minutes."""
    zone = timezone(timedelta(minutes=utc_offset))
    second, text = -1, ""

    def stamp(t: float) -> str:
        nonlocal second, text
        if int(t) != second:
            second = int(t)
            at = datetime.fromtimestamp(second, zone)
            text = f"{MONTHS[at.month - 1]} {at.day:2} {at:%H:%M:%S} "
        return text

    return stamp


def rfc3339(utc_offset: int = 0) -> Stamp:
    """A maker of ISO stamps with microseconds (`2026-11-21T17:47:39.123456+01:00`) at `utc_offset` minutes."""
    zone = timezone(timedelta(minutes=utc_offset))
    sign, minutes = "-" if utc_offset < 0 else "+", abs(utc_offset)
    tail = f"{sign}{minutes // 60:02}:{minutes % 60:02} "
    second, head = -1, ""

    def stamp(t: float) -> str:
        nonlocal second, head
        if int(t) != second:
            second = int(t)
            head = datetime.fromtimestamp(second, zone).strftime("%Y-%m-%dT%H:%M:%S.")
        return f"{head}{int((t - second) * 1e6):06}{tail}"

    return stamp


class Traffic:
    """A stream of lines from `begin` (epoch seconds), about `rate` connections a second.

    `storms` are the times at which they begin; `wave` is the depth of the day's wave (0 none, 1 dead nights).
    """

    def __init__(
        self,
        seed: int,
        begin: float,
        rate: float,
        stamp: Stamp,
        *,
        addresses: Addresses = "documentation",
        bots: int = 20_000,
        storms: tuple[float, ...] = (),
        storm_seconds: float = STORM,
        wave: float = 0.5,
        repeats: bool = False,
        host: str = "mx1",
    ) -> None:
        self.tally = Tally()
        self._rng = Random(seed)
        self._at = begin
        self._rate = rate
        self._stamp = stamp
        self._storms = storms
        self._storm_seconds = storm_seconds
        self._wave = wave
        self._wander = 0.0
        self._host = host
        self._pending: list[Entry] = []
        self._people = Population(self._rng, addresses, bots)
        self._sessions = Sessions(self._rng, self.tally, self._pending, host, repeats)

    def until(self, t: float) -> str:
        """The lines due up to `t`, not given before."""
        while self._at < t:
            self._offer(self._at, STEP)
            self._at += STEP
        return self._write(t)

    def rest(self) -> str:
        """What follows the last session's end; what the queue would do later is left unwritten."""
        return self._write(self._at + OVERRUN)

    def storm(self, t: float) -> float:
        """By how much connections are multiplied at `t`: rising quickly, falling slowly."""
        factor = 1.0
        for onset in self._storms:
            into = t - onset
            if 0 <= into < self._storm_seconds:
                factor += 4.0 * min(1.0, into / 60) * exp(-into / (self._storm_seconds / 2))
        return factor

    def _offer(self, begin: float, seconds: float) -> None:
        """Start the sessions of one step."""
        rng = self._rng
        day = 1.0 + self._wave * sin(2 * pi * (begin / 86400 - 0.35))
        self._wander = 0.97 * self._wander + rng.gauss(0, 0.03)
        storm = self.storm(begin)
        usual = self._rate * day * exp(self._wander)
        for t in arrivals(rng, begin, seconds, usual):
            self._session(t, False)
        if storm > 1:
            for t in arrivals(rng, begin, seconds, usual * (storm - 1)):
                self._session(t, True)

    def _session(self, t: float, storm: bool) -> None:
        roll = self._rng.random()
        people, sessions = self._people, self._sessions
        if storm or roll < 0.72:
            sessions.offered(t, people.bot(storm))
        elif roll < 0.93:
            sessions.offered(t, people.server())
        elif roll < 0.96:
            sessions.submitted(t, people.server(), self._rng.choice(PEOPLE), True)
        elif roll < 0.98:
            sessions.submitted(t, people.bot(), self._rng.choice(GUESSES), False)
        else:
            when = self._stamp(t).strip()
            text = self._rng.choice(NOISE).format(host=self._host, address=people.bot().address, when=when)
            self._pending.append((t, text, None))

    def _write(self, t: float) -> str:
        """Take from `pending` what is due at `t`."""
        pending = self._pending
        pending.sort(key=itemgetter(0))
        due = bisect_time(pending, t)
        stamp, tally = self._stamp, self.tally
        lines = []
        for at, text, mark in pending[:due]:
            lines.append(f"{stamp(at)}{text}\n")
            if mark is not None:
                tally.delivered(mark)
        del pending[:due]
        tally.lines += due
        return "".join(lines)


def arrivals(rng: Random, begin: float, seconds: float, rate: float) -> Iterator[float]:
    """Times of a Poisson process."""
    t = begin
    while rate > 0:
        t -= log(1.0 - rng.random()) / rate
        if t >= begin + seconds:
            return
        yield t


def bisect_time(entries: list[Entry], t: float) -> int:
    """How many of the sorted entries are not later than `t`."""
    low, high = 0, len(entries)
    while low < high:
        middle = (low + high) // 2
        if entries[middle][0] <= t:
            low = middle + 1
        else:
            high = middle
    return low


def epoch(text: str) -> float:
    """Seconds since 1970 of an ISO time, UTC when it has no offset. ValueError if it is none."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
