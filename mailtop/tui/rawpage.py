"""RawPage: which lines of a slice are looked at, and their texts: a page of them, however many there are.

In: whoever answers and reads lines back (`Core`), a slice, a span. Out: `rows`, those of the page, oldest first, with
the texts that have been read. Lines are counted from the newest: line 0 is the last one of the log.

While it follows, the page is the end of the slice, whatever comes. When it is left the span is pinned, so that what is
read stands still; what the store lets go of meanwhile goes at the far end.

Bounds: no row is held beyond the page, no more than REMEMBERED texts (or two pages, where that is more) of at most
`mailtop.ingest.clean.LINE_LIMIT` characters, no more than LOST_FILES reasons.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from mailtop.query import Listing, Slice, Span, Table, Value
from mailtop.tui.desk import Core

FIELDS: Final = (
    "time", "utc_offset", "source", "file", "offset", "client", "queue_id", "host", "daemon", "kind", "reply", "why",
    "recipient",
)  # fmt: skip
"""what is asked of each line: where it is, what is marked in it, and what is told where it is gone"""

PLACE: Final = ("source", "file", "offset")
"""what a search asks of each"""

REMEMBERED: Final = 128
"""texts that are kept"""

LOST_FILES: Final = 256
"""lines and files of which it is kept why they cannot be read"""

DRIFT: Final = 256
"""lines, before and after its place, among which the line under the cursor is looked for when it has moved"""

CHUNK: Final = 512
"""lines that a search asks for at once"""

BREATH: Final = 64
"""lines that a search reads at once, and looks at between two moments in which a key may be answered"""

At = tuple[str, int, int]
"""Source, file number, offset."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One line: where it is, and what its event says."""

    at: At
    fields: dict[str, Value]

    @property
    def told(self) -> str:
        """The event's own fields, where the line itself cannot be had."""
        names = ("host", "daemon", "kind", "client", "reply", "why", "recipient")
        return "  ".join(str(self.fields[name]) for name in names if self.fields[name] is not None)


@dataclass(frozen=True, slots=True)
class Sought:
    """How far a search has come: lines looked through, of them lost, and the line found, if any."""

    looked: int
    unreadable: int = 0
    found: int | None = None


class RawPage:
    """See the module."""

    def __init__(self, core: Core, where: Slice, span: Callable[[], Span]) -> None:
        self.where = where
        self.rows: tuple[RawRow, ...] = ()
        self.total = 0
        self.height = 1
        self.below = 0
        """lines of the slice newer than the last of the page"""
        self.cursor = 0
        """the line that is looked at, counted from the newest"""
        self.pinned: Span | None = None
        self.texts: dict[At, str] = {}
        self._core = core
        self._span = span
        self._lost: dict[At | tuple[str, int], str] = {}
        self._key: At | None = None
        self._asked: Table | None = None

    @property
    def following(self) -> bool:
        """The page is the end of the slice, and goes on with it."""
        return self.pinned is None

    # -- asking ----------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for the page. ValueError when the slice cannot be answered."""
        if self.following:
            self.below = self.cursor = 0
        self._page()
        if self.below > max(0, self.total - self.height) or self.cursor >= max(1, self.total):
            self.cursor = max(0, min(self.cursor, self.total - 1))
            self._reach()
            self._page()
        if not self.following and self._key is not None and self._at(self.cursor) != self._key:
            self._find_again(self._key)
        self._key = self._at(self.cursor)

    def _page(self) -> None:
        self.rows = tuple(reversed(self._listed(self.below, self.height)))

    def _listed(self, skip: int, limit: int, fields: tuple[str, ...] = FIELDS) -> list[RawRow]:
        """Lines from number `skip` on, the newest first."""
        span = self._span() if self.pinned is None else self.pinned
        table = self._core.ask(Listing(fields, self.where, span, limit, skip, lines=True))
        self.total, self._asked = table.groups, table
        return [_row(table, row) for row in table.rows]

    def _find_again(self, key: At) -> None:
        """The line under the cursor has another number by now: others of the same moment came, or went."""
        first = max(0, self.below - DRIFT)
        near = [row.at for row in self._listed(first, self.height + 2 * DRIFT)]
        if key in near:
            self.below += first + near.index(key) - self.cursor
            self.cursor = first + near.index(key)
            self.below = max(0, self.below)
            self._reach()
        self._page()

    def _at(self, number: int) -> At | None:
        index = self.index(number)
        return None if index is None else self.rows[index].at

    def index(self, number: int) -> int | None:
        """Where in the page a line is, counted from the newest of all; None when it is not in it."""
        index = len(self.rows) - 1 - (number - self.below)
        return index if 0 <= index < len(self.rows) and number >= self.below else None

    @property
    def current(self) -> RawRow | None:
        """The line that is looked at."""
        index = self.index(self.cursor)
        return None if index is None else self.rows[index]

    # -- moving ----------------------------------------------------------------------------------------------------

    def follow(self) -> None:
        """Go to the end, and on with it."""
        self.pinned = self._key = None

    def stand(self) -> None:
        """Let everything stand as it is."""
        if self.pinned is None and self._asked is not None and self.rows:
            newest, span = self.rows[-1].fields["time"], self._span()
            if isinstance(newest, int | float):
                self.pinned = Span(None if span.seconds is None else newest - self._asked.since, newest)

    def move(self, lines: int) -> None:
        """Towards the newest (more than 0) or the oldest. Beyond the newest, follow."""
        if self.following and lines >= 0:
            return
        self.stand()
        if self.cursor - lines < 0 and self.cursor == 0:
            self.follow()
            return
        self.go(self.cursor - lines)

    def go(self, number: int) -> None:
        """To a line, counted from the newest."""
        self.stand()
        self.cursor = max(0, min(number, self.total - 1))
        self._key = None
        self._reach()

    def _reach(self) -> None:
        """Have the line that is looked at on the page."""
        if self.cursor < self.below:
            self.below = self.cursor
        elif self.cursor >= self.below + self.height:
            self.below = self.cursor - self.height + 1
        self.below = max(0, min(self.below, self.total - self.height))

    # -- texts -----------------------------------------------------------------------------------------------------

    def reading(self) -> Iterator[None]:
        """Read the texts of the page, one at a step; the line that is looked at first."""
        current = self.current
        for row in ((current,) if current else ()) + self.rows[::-1]:
            if row.at not in self.texts and self.why_lost(row) is None:
                text = self.read((row,))[0]
                if text is not None:
                    self._remember(row.at, text)
                yield

    def read(self, rows: Sequence[RawRow]) -> list[str | None]:
        """The texts of lines, from their files; None for one that is lost, and then `why_lost` says why."""
        wanted = [row for row in rows if row.at not in self.texts and self.why_lost(row) is None]
        found = dict(zip([row.at for row in wanted], self._core.lines([row.at for row in wanted]), strict=True))
        for row in wanted:
            if found[row.at] is None and self.why_lost(row) is None:
                why, whole = self._core.lost(*row.at)
                self._lost[row.at[:2] if whole else row.at] = why
        while len(self._lost) > LOST_FILES:
            del self._lost[next(iter(self._lost))]
        return [self.texts.get(row.at) or found.get(row.at) for row in rows]

    def why_lost(self, row: RawRow) -> str | None:
        """Why a line cannot be read; None when it has been read, or nobody has tried."""
        return self._lost.get(row.at[:2]) or self._lost.get(row.at)

    def look_again(self) -> None:
        """What could not be read may be there again."""
        self._lost.clear()

    def _remember(self, at: At, text: str) -> None:
        self.texts[at] = text
        surplus = len(self.texts) - max(REMEMBERED, 2 * self.height)
        if surplus > 0:
            shown = {row.at for row in self.rows}
            for old in [at for at in self.texts if at not in shown][:surplus]:
                del self.texts[old]

    # -- searching -------------------------------------------------------------------------------------------------

    def search(self, text: str, towards: Literal["older", "newer"], start: int) -> Iterator[Sought]:
        """Look for a text, case ignored, from line `start` on and with it. Says now and then how far it is; the last
        one has what was found. Nothing of what it reads is kept."""
        self.stand()
        wanted = text.casefold()
        state = Sought(0)
        step = 1 if towards == "older" else -1
        number = start
        while 0 <= number < self.total:
            first = number if step > 0 else max(0, number - CHUNK + 1)
            listed = self._listed(first, CHUNK if step > 0 else number - first + 1, PLACE)[::step]
            if not listed:
                break
            for some in (listed[at : at + BREATH] for at in range(0, len(listed), BREATH)):
                for line in self.read(some):
                    state = replace(state, looked=state.looked + 1, unreadable=state.unreadable + (line is None))
                    if line is not None and wanted in line.casefold():
                        yield replace(state, found=number)
                        return
                    number += step
                yield state
        yield state


def _row(table: Table, row: tuple[Value, ...]) -> RawRow:
    fields = dict(zip(table.columns, row, strict=True))
    source, file, offset = fields["source"], fields["file"], fields["offset"]
    return RawRow((str(source or ""), _number(file), _number(offset)), fields)


def _number(value: Value) -> int:
    return value if isinstance(value, int) else -1
