"""Desk: what all screens share. The monitor, the window, and the pause; no widget, no App.

`Core` is what the screen needs of a monitor. The window is a stretch of seconds that ends now; a pause pins its end,
while the monitor goes on taking in lines.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Final, Protocol

from mailtop.monitor import Status
from mailtop.query import EVERYTHING, Listing, Query, Slice, Span, Table
from mailtop.source.readback import Lost
from mailtop.tui.cursor import Cursor
from mailtop.views.view import ListingView, View

WINDOWS: Final[tuple[float | None, ...]] = (60.0, 300.0, 900.0, 3600.0, 21600.0, 86400.0, None)
"""stretches that `-` and `+` go through; None is everything held"""


class Export(Protocol):
    """Writes a view's answer as a CSV file: `mailtop.report.export.write_csv`."""

    def __call__(
        self,
        view: View | ListingView,
        table: Table,
        directory: Path,
        now: float,
        sources: Sequence[str] = (),
        utc_offset: int = 0,
        reading: Mapping[str, object] | None = None,
    ) -> Path:
        """The file's path. OSError, with one line that says why, when it cannot be written."""


class Abuse(Protocol):
    """Writes a report about a slice for an abuse desk: `mailtop.report.abuse.abuse_text`."""

    def __call__(self, core: "Core", where: Slice = (), span: Span = EVERYTHING) -> str:
        """The text; ValueError for a field that is not known."""


class Core(Protocol):
    """Who holds the events: `mailtop.monitor.Monitor`."""

    def pump(self, budget: float = 0.02) -> bool:
        """Take in what has arrived, without waiting; True when anything changed."""

    def when_arrived(self, hint: Callable[[], object] | None) -> None:
        """Have `hint` called, from any thread, when there is something to pump."""

    def ask(self, query: Query | Listing) -> Table:
        """Answer; ValueError for a name that is not known."""

    def status(self) -> Status:
        """The state of the reading."""

    def line(self, source: str, file: int, offset: int) -> str | None:
        """A raw line, cleaned; None when it cannot be read back."""

    def lines(self, places: Sequence[tuple[str, int, int]]) -> list[str | None]:
        """The same for several places: source, file, offset."""

    def lost(self, source: str, file: int, offset: int) -> Lost:
        """Why a line cannot be read back."""

    def span(self, seconds: float | None) -> Span:
        """The window that ends now."""

    def stand_still(self, on: bool) -> None:
        """Stop a replay, or let it go on; nothing else stops."""


@dataclass(frozen=True, slots=True)
class Pause:
    """When the view was frozen: the desk's clock, the monitor's now, and how many events there had been."""

    since: float
    until: float
    events: int


@dataclass(slots=True)
class Desk:
    """See the module."""

    core: Core
    window: float | None = 300.0
    ascii_only: bool = False
    folder: Path = field(default_factory=Path)
    """where exports go"""
    export: Export | None = None
    title: str = ""
    clock: Callable[[], float] = monotonic
    pause: Pause | None = None
    abuse: Abuse | None = None
    cursor: Cursor | None = None
    """while one looks back: the view is paused, and ends where this is"""
    _before: list[tuple[float | None, Cursor]] = field(default_factory=list)
    """what was shown before each stretch that was chosen by the cursor"""

    def span(self) -> Span:
        """The stretch of time that is shown."""
        if self.cursor is not None:
            return Span(self.window, self.cursor.at)
        return self.core.span(self.window) if self.pause is None else Span(self.window, self.pause.until)

    def zoom_time(self, step: int) -> None:
        """A longer window (1) or a shorter one (-1)."""
        longer = [i for i, seconds in enumerate(WINDOWS) if (seconds or float("inf")) >= (self.window or float("inf"))]
        at = longer[0]
        if step > 0 and WINDOWS[at] != self.window:
            step = 0  # between two of them: the next longer one is already `at`
        self.window = WINDOWS[max(0, min(len(WINDOWS) - 1, at + step))]

    def look_back(self) -> bool:
        """Pause, with a cursor by which the moment shown can be changed; False while nothing is held."""
        status = self.core.status()
        if status.holding.first is None:
            return False
        if self.pause is None:
            self.toggle_pause()
        if self.cursor is None and self.pause is not None:
            self.cursor = Cursor.opened(status.holding.first, self.pause.until)
        return True

    def choose_time(self, seconds: float, until: float) -> None:
        """Show the stretch of `seconds` that ends at `until`, under the cursor; `unchoose_time` undoes it."""
        if self.cursor is not None:
            self._before.append((self.window, self.cursor))
            self.window, self.cursor = seconds, replace(self.cursor, at=until, until=until)

    def unchoose_time(self) -> bool:
        """What was shown before the last stretch was chosen; False when none was."""
        if self._before:
            self.window, self.cursor = self._before.pop()
            return True
        return False

    def toggle_pause(self) -> None:
        """Freeze what is shown, or go back to now."""
        if self.pause is not None:
            self.pause = self.cursor = None
            if self._before:
                self.window = self._before[0][0]
                self._before.clear()
            self.core.stand_still(False)
            return
        self.core.stand_still(True)
        status = self.core.status()
        until = self.core.span(self.window).until
        seen = status.holding.events + status.holding.evicted
        self.pause = Pause(self.clock(), status.now if until is None else until, seen)


def window_name(seconds: float | None) -> str:
    """`5m`, `1h`, `24h`, `all`."""
    if seconds is None:
        return "all"
    if seconds >= 3600 and seconds % 3600 == 0:
        return f"{seconds / 3600:.0f}h"
    return f"{seconds / 60:.0f}m" if seconds % 60 == 0 else f"{seconds:g}s"
