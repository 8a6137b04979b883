"""Feed: a log that grows, as bytes; whoever calls writes them to a file and reads that as any other log.

In: lines a second, a seed, a clock. Out: the past at once, then what has come due. It never sleeps, opens nothing
and knows no reader. The storm is staged: one lies in the past where that is long enough, one begins a minute from now,
then one every ten minutes; what each client does in it follows from the seed.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from mailtop.demo.traffic import Traffic, rfc3164

LINES_A_CONNECTION: Final = 6.6
"""of the model, about: turns lines a second into connections a second"""

BOTS: Final = 6000
"""unwanted clients"""

STORM: Final = 300.0
"""seconds that a storm lasts"""

FIRST_STORM: Final = 60.0
"""seconds after now at which the first live storm begins"""

EVERY: Final = 600.0
"""seconds from one storm to the next"""

AHEAD: Final = 24 * 3600
"""seconds ahead for which storms are planned; later the weather is fair"""

MAX_MINUTES: Final = 24 * 60
"""longest past"""


class Feed:
    """A growing log of about `rate` lines a second outside of storms. `clock` gives epoch seconds."""

    def __init__(self, rate: float, seed: int, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._seed = seed
        self._clock = clock
        self._traffic: Traffic | None = None

    def past(self, minutes: float) -> bytes:
        """The log up to now; to be called once, before `step`. Stamps are RFC 3164, in this machine's local time."""
        now = self._clock()
        begin = now - 60 * min(minutes, MAX_MINUTES)
        storms = [begin + 0.4 * (now - begin)] if now - begin > 2 * STORM else []
        storms += [now + FIRST_STORM + EVERY * n for n in range(int(AHEAD / EVERY))]
        self._traffic = Traffic(
            self._seed,
            begin,
            self._rate / LINES_A_CONNECTION,
            rfc3164(local_offset(now)),
            bots=BOTS,
            storms=tuple(storms),
            storm_seconds=STORM,
            wave=0.0,
        )
        return self._traffic.until(now).encode("ascii")

    def step(self, now: float) -> bytes:
        """The lines due up to `now` and not given before."""
        if self._traffic is None:
            self.past(0)
        assert self._traffic is not None
        return self._traffic.until(now).encode("ascii")


def local_offset(now: float) -> int:
    """Minutes that this machine's local time is east of UTC, which is what a stamp without an offset means."""
    offset = datetime.fromtimestamp(now).astimezone().utcoffset()
    return 0 if offset is None else round(offset.total_seconds() / 60)
