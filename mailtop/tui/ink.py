"""Ink: the colours of the house as component styles, and a base for widgets drawn line by line in them.

A line is a list of pieces (text, ink). Neighbouring pieces of one ink become one segment, because every change of
style costs bytes on the way to the terminal. What an ink looks like is the stylesheet's and the theme's business.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from mailtop.tui.cells import fitted, width_of

INKS: Final = (
    "faint", "soft", "rule", "title", "digit", "note", "head", "key", "bad", "warn", "good", "trend", "ember", "cursor",
    "state", "paused", "hotkey",
)  # fmt: skip

Piece = tuple[str, str]
"""Text and the name of its ink; the empty name is the widget's own colour."""


class Inked(Widget):
    """A widget that draws its own lines. ESC and markup have no meaning here: text goes into segments as it is."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"ink--{name}" for name in INKS}
    ALLOW_SELECT = False

    def __init__(self, *, ascii_only: bool = False, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.ascii_only = ascii_only
        self._inks: dict[str, Style] = {}

    def ink(self, name: str) -> Style:
        """The style of an ink on this widget's background."""
        style = self._inks.get(name)
        if style is None:
            style = self.get_component_rich_style(f"ink--{name}") if name else self.rich_style
            self._inks[name] = style
        return style

    def notify_style_update(self) -> None:
        """Forget looked-up styles: the theme or the focus has changed."""
        self._inks.clear()
        super().notify_style_update()

    def strip(self, pieces: Iterable[Piece], width: int) -> Strip:
        """One line of exactly `width` cells."""
        segments: list[Segment] = []
        left = width
        run, ink = "", ""
        for text, name in pieces:
            if left <= 0:
                break
            taken = width_of(text)
            if taken > left:
                text, taken = fitted(text, left, more="~" if self.ascii_only else "…"), left
            left -= taken
            if name == ink or not run:
                run, ink = run + text, name
            elif not text.strip() and name == "":
                run += text  # a gap keeps the ink of what stands before it
            else:
                segments.append(Segment(run, self.ink(ink)))
                run, ink = text, name
        if left > 0 and run and ink == "":
            run += " " * left
            left = 0
        if run:
            segments.append(Segment(run, self.ink(ink)))
        if left > 0:
            segments.append(Segment(" " * left, self.ink("")))
        return Strip(segments, width)

    def mark_line(self, y: int, old: Sequence[Piece], new: Sequence[Piece]) -> None:
        """Have the cells of line `y` drawn again in which `new` differs from `old`, up to the last of them."""
        width = self.size.width
        was = [(character, ink) for text, ink in old for character in text]
        now = [(character, ink) for text, ink in new for character in text]
        if was == now or y >= self.size.height:
            return
        if any(width_of(text) != len(text) for text, _ in (*old, *new)):
            self.refresh(Region(0, y, width, 1))
            return
        first = next((i for i, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
        last = width
        if len(was) == len(now):
            last = next(i for i in range(len(now) - 1, -1, -1) if was[i] != now[i]) + 1
        if first < width:
            self.refresh(Region(first, y, min(last, width) - first, 1))

    def rule(self, left: Iterable[Piece], right: Iterable[Piece], width: int) -> list[Piece]:
        """The pieces of a thin rule with a title and a note; parts of the note go first where it is narrow.

        The note follows the title, so that what changes in a rule is looked for in one place.
        """
        dash = "-" if self.ascii_only else "─"
        title, note = list(left), list(right)

        def used() -> int:
            return 3 + sum(width_of(text) for text, _ in (*title, *note)) + (2 if note else 0)

        while note and used() > width:
            note.pop(0)
        lead: list[Piece] = [("  ", "rule"), *note] if note else []
        return [(dash + " ", "rule"), *title, *lead, (" " + dash * max(0, width - used()), "rule")]


def key_of(binding: Any) -> str:
    """How a binding's first key is written for people."""
    key = str(binding.key_display or binding.key.split(",")[0])
    names = {"question_mark": "?", "slash": "/", "less_than_sign": "<", "greater_than_sign": ">", "minus": "-"}
    names |= {"plus": "+", "equals_sign": "=", "space": "Space", "enter": "Enter", "escape": "Esc", "tab": "Tab"}
    names |= {"shift+tab": "Shift+Tab", "backspace": "Backspace", "f1": "F1", "home": "Home", "end": "End"}
    names |= {"exclamation_mark": "!", "left_square_bracket": "[", "right_square_bracket": "]", "insert": "Ins"}
    names |= {"up": "Up", "down": "Down", "pageup": "PgUp", "pagedown": "PgDn"}
    if key.startswith("ctrl+"):
        return "Ctrl+" + key[5:].upper()
    return names.get(key, key)
