"""Cursor: a moment on a strip of bars of equal, round lengths of time. Plain arithmetic: no widget, no store.

A bar ends at a round time and does not hold its beginning, as every stretch of time that a store is asked about: the
cursor on a bar is the moment at which that bar ends. The newest moment is where the view was frozen, round or not.
"""

from dataclasses import dataclass, replace
from math import ceil
from typing import Final, NamedTuple

STEPS: Final = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800,
)  # fmt: skip
"""seconds that a bar may stand for; beyond, weeks"""

NEAR: Final = 1e-6
"""seconds within which two moments are the same: a store counts microseconds"""


def step_for(seconds: float, bars: int) -> int:
    """The shortest round step of which at most `bars` make `seconds`."""
    step = next((step for step in STEPS if ceil(seconds / step) <= bars), None)
    return step or STEPS[-1] * ceil(seconds / bars / STEPS[-1])


def bar_of(moment: float, step: int) -> int:
    """The number of the bar that holds a moment; it ends at that many steps."""
    return ceil((moment - NEAR) / step)


class Strip(NamedTuple):
    """`bars` bars of `step` seconds, from `since` (exclusive) until `until`; the cursor is on bar `here`, from 0."""

    since: float
    until: float
    step: int
    bars: int
    here: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """Epoch seconds all. `oldest` <= `at` <= `newest`; the strip's last bar is that of `until`."""

    oldest: float
    newest: float
    at: float
    until: float

    @classmethod
    def opened(cls, oldest: float, newest: float) -> "Cursor":
        """At the newest moment."""
        return cls(min(oldest, newest), newest, newest, newest)

    def moved(self, by: int, step: int, bars: int) -> "Cursor":
        """So many bars on, or back (negative); the strip of `bars` bars goes with it at its ends."""
        at = (bar_of(self.at, step) + by) * step
        oldest = min(bar_of(self.oldest, step) * step, self.newest)
        return self.put(min(max(at, oldest), self.newest), step, bars)

    def put(self, at: float, step: int, bars: int) -> "Cursor":
        """At a moment; the strip goes with it as far as it must."""
        moved = replace(self, at=at)
        return replace(moved, until=min(moved.strip(step, bars).until, self.newest))

    def strip(self, step: int, bars: int) -> Strip:
        """The bars that are shown; the cursor is on one of them, whatever they were before."""
        here, last = bar_of(self.at, step), bar_of(self.until, step)
        last = min(max(last, here), here + bars - 1)
        return Strip((last - bars) * step, last * step, step, bars, here - (last - bars) - 1)


def laid_out(cursor: Cursor, window: float | None, room: int) -> tuple[int, int]:
    """How long a bar is and how many there are, where the strip shows a window (None: all) in `room` cells."""
    room = max(1, room)
    if window is not None:
        step = step_for(window, room)
        return step, ceil(window / step)
    step = step_for(cursor.newest - cursor.oldest, max(1, room - 1))
    return step, min(room, bar_of(cursor.newest, step) - bar_of(cursor.oldest, step) + 1)
