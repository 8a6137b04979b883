"""LinesPane: the pane of single events, each with its line as it stands in the log, where that can be read back.

Only rows that can be seen are read back, each once; a line that cannot be read (its file is gone, or it was a stream)
shows its event's fields instead.
"""

from collections.abc import Callable
from time import monotonic
from typing import Final

from mailtop.query import Table, Value
from mailtop.tui.cells import Heading, plain
from mailtop.tui.livetable import Row
from mailtop.tui.panes import Pane
from mailtop.views.view import ListingView

REMEMBERED: Final = 512
"""raw lines kept for drawing again"""


class LinesPane(Pane):
    """See the module."""

    LASTING = False  # what a row shows also depends on whether it is looked at

    def __init__(
        self,
        view: ListingView,
        number: int,
        read: Callable[[str, int, int], str | None],
        *,
        clock: Callable[[], float] = monotonic,
        ascii_only: bool = False,
    ) -> None:
        super().__init__(view, number, clock=clock, ascii_only=ascii_only)
        self.headings = (Heading("line", "LINE", 60, 20, 2000, priority=100),)
        self.forget_widths()
        self._read = read
        self._lines: dict[tuple[Value, ...], str | None] = {}

    def _row(self, key: str, table: Table, row: tuple[Value, ...], utc_offset: int) -> Row:
        at = tuple(row[table.columns.index(name)] for name in ("source", "file", "offset"))
        line = self._line(at) if table.rows.index(row) < self.top + self.shown else None
        if line is None:
            cells = [column.cell(table, row, utc_offset, self.ascii_only) for column in self.columns]
            return Row(key, (plain("  ".join(cell for cell in cells if cell), self.ascii_only),), ("soft",))
        return Row(key, (plain(line, self.ascii_only),), ("",))

    def _line(self, at: tuple[Value, ...]) -> str | None:
        if at not in self._lines:
            source, file, offset = at
            if not isinstance(source, str) or not isinstance(file, int) or not isinstance(offset, int):
                return None
            self._lines[at] = self._read(source, file, offset)
            while len(self._lines) > REMEMBERED:
                del self._lines[next(iter(self._lines))]
        return self._lines[at]
