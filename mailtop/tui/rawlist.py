"""RawList and RawDetail: lines as they stand in the log, cut to the screen; and the one that is looked at, in full.

In: pieces of text with their inks. Out: nothing; keys are the screen's. Only lines that differ from those before are
drawn again.
"""

from collections.abc import Sequence

from textual.strip import Strip

from mailtop.tui.cells import fitted
from mailtop.tui.ink import Inked, Piece
from mailtop.tui.marking import panned, wrapped

Pieces = tuple[Piece, ...]


class RawList(Inked, can_focus=True):
    """A rule with a title, then lines, one of them under the cursor."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:  # noqa: A002
        super().__init__(ascii_only=ascii_only, id=id)
        self.lines: tuple[Pieces, ...] = ()
        self.cursor: int | None = None
        self.left = 0
        """characters of each line that are out of sight at the left"""
        self.empty = ""
        self._title: tuple[Piece, ...] = ()
        self._note: tuple[Piece, ...] = ()

    @property
    def shown(self) -> int:
        """Lines that fit."""
        return max(1, self.size.height - 1)

    def show(self, lines: Sequence[Pieces], cursor: int | None) -> None:
        """Show these instead."""
        old, at = self.lines, self.cursor
        self.lines, self.cursor = tuple(lines), cursor
        for i in range(max(len(old), len(self.lines))):
            was = old[i] if i < len(old) else None
            now = self.lines[i] if i < len(self.lines) else None
            if (i == at) != (i == cursor) or was is None or now is None or (i == cursor and was != now):
                self.mark_line(1 + i, [("\0", "")], [])
            elif was != now:
                self.mark_line(1 + i, self._drawn(was), self._drawn(now))
        if not old or not self.lines:
            self.mark_line(1, [("\0", "")], [])

    def set_title(self, title: Sequence[Piece], note: Sequence[Piece]) -> None:
        """What stands in the rule."""
        if (tuple(title), tuple(note)) != (self._title, self._note):
            old = self.rule(self._title, self._note, self.size.width)
            self._title, self._note = tuple(title), tuple(note)
            self.mark_line(0, old, self.rule(self._title, self._note, self.size.width))

    def pan(self, characters: int) -> None:
        """Further to the right, or back."""
        longest = max((sum(len(text) for text, _ in line) for line in self.lines), default=0)
        left = max(0, min(self.left + characters, longest - 1))
        if left != self.left:
            self.left = left
            self.refresh()

    def _drawn(self, line: Pieces) -> list[Piece]:
        return [(" ", ""), *panned(line, self.left)]

    def render_line(self, y: int) -> Strip:
        """One line."""
        width = self.size.width
        if y == 0:
            return self.strip(self.rule(self._title, self._note, width), width)
        i = y - 1
        if i >= len(self.lines):
            return self.strip([(" " + self.empty, "faint")] if not self.lines and i == 0 else [], width)
        drawn = self._drawn(self.lines[i])
        if i == self.cursor:
            sign, more = (">", "~") if self.ascii_only else ("\u203a", "\u2026")
            text = sign + "".join(text for text, _ in drawn[1:])
            return self.strip([(fitted(text, width, more=more), "cursor")], width)
        return self.strip(drawn, width)


class RawDetail(Inked):
    """A rule with a title, and one line in full, wrapped."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:  # noqa: A002
        super().__init__(ascii_only=ascii_only, id=id)
        self._title: Pieces = ()
        self._line: Pieces = ()

    def say(self, title: Sequence[Piece], line: Sequence[Piece]) -> None:
        """Show this instead."""
        if (tuple(title), tuple(line)) != (self._title, self._line):
            old = [self._drawn(y) for y in range(self.size.height)]
            self._title, self._line = tuple(title), tuple(line)
            for y, was in enumerate(old):
                self.mark_line(y, was, self._drawn(y))

    def _drawn(self, y: int) -> list[Piece]:
        width = self.size.width
        if y == 0:
            return self.rule(self._title, (), width)
        more = "~" if self.ascii_only else "\u2026"
        lines = wrapped(self._line, max(1, width - 2), max(1, self.size.height - 1), more)
        return [(" ", ""), *lines[y - 1]] if y - 1 < len(lines) else []

    def render_line(self, y: int) -> Strip:
        """One line."""
        return self.strip(self._drawn(y), self.size.width)
