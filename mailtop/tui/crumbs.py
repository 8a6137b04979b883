"""Crumbs: the parts of a slice as a trail of words, and the line on which one of them can be taken away.

    mailtop > reason=dnsbl > net=203.0.113.0/24 > ip=203.0.113.77        in the first line, the last parts before all
    slice  reason=dnsbl  [net=203.0.113.0/24]  !helo=user   Del Remove   instead of the keys, after `b`

Out: `Removed` with the part that goes, `Closed` when it is over. What they mean is for others to know.
"""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from mailtop.query import Slice, Where
from mailtop.tui.cells import fitted, plain, width_of
from mailtop.tui.ink import Piece
from mailtop.tui.slices import told
from mailtop.tui.status import Line

WIDEST: Final = 44
"""cells of one part"""


def crumb(part: Where, ascii_only: bool = False) -> str:
    """A part in few words: of several values the first, and how many more."""
    more = f" +{len(part.more)}" if part.more else ""
    text = plain(told((Where(part.field, part.value, part.how, part.negate),))[0], ascii_only)
    room = WIDEST - len(more)
    return (fitted(text, room, more="~" if ascii_only else "…") if width_of(text) > room else text) + more


def trail(where: Slice, room: int, ascii_only: bool = False) -> list[Piece]:
    """The parts one behind the other; where they do not fit, the first of them are left out."""
    apart = " > " if ascii_only else " \u203a "
    pieces: list[Piece] = []
    for part in reversed(where):
        text = crumb(part, ascii_only)
        room -= len(apart) + width_of(text)
        if room < 0 and pieces:
            return [(apart, "faint"), ("~" if ascii_only else "…", "faint"), *pieces]
        pieces = [(apart, "faint"), (text, "warn" if part.negate else "key"), *pieces]
    return pieces


class CrumbBar(Line, can_focus=True):
    """See the module."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h,shift+tab", "step(-1)", "The part before", show=False),
        Binding("right,l,tab", "step(1)", "The next part", show=False),
        Binding("delete,x,backspace,enter", "remove", "Remove the part", show=False),
        Binding("escape,b,q", "leave", "Leave the slice as it is", show=False),
    ]

    class Removed(Message):
        """This part is to go."""

        def __init__(self, part: Where) -> None:
            super().__init__()
            self.part = part

    class Closed(Message):
        """Nobody looks at the parts any more."""

    def __init__(self, parts: Sequence[Where], ascii_only: bool = False) -> None:
        super().__init__(ascii_only=ascii_only, id="crumbs")
        self.parts = list(parts)
        self.at = len(self.parts) - 1
        self._begins: list[int] = []

    def on_mount(self) -> None:
        """Ready for keys; the last part is the likeliest to go."""
        self.focus()
        self._tell()

    def on_resize(self) -> None:
        """What has room is another matter now."""
        self._tell()

    def _tell(self) -> None:
        pieces: list[Piece] = [("slice", "soft")]
        texts = [crumb(part, self.ascii_only) for part in self.parts]
        first = self.at
        room = max(10, self.size.width - 10)
        while first > 0 and sum(width_of(text) + 2 for text in texts[first - 1 : self.at + 1]) <= room:
            first -= 1
        x = 6
        self._begins = [0] * len(texts)
        for i, text in enumerate(texts[first:], first):
            pieces += [("  ", ""), (text, "cursor" if i == self.at else "warn" if self.parts[i].negate else "key")]
            self._begins[i] = x + 2
            x += 2 + width_of(text)
        self.say(pieces, [("Del", "hotkey"), (" Remove  ", "soft"), ("Esc", "hotkey"), (" Leave", "soft")])

    def action_step(self, by: int) -> None:
        """Another part."""
        self.at = (self.at + by) % len(self.parts)
        self._tell()

    def action_remove(self) -> None:
        """Take the part away; without parts there is nothing more to do here."""
        part = self.parts.pop(self.at)
        self.at = max(0, min(self.at, len(self.parts) - 1))
        self.post_message(self.Removed(part))
        if self.parts:
            self._tell()
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Back to the panes."""
        self.post_message(self.Closed())

    def on_click(self, event: events.Click) -> None:
        """The part that was clicked is looked at; a second click takes it away."""
        hit = [i for i, begin in enumerate(self._begins) if begin and begin <= event.x]
        if hit:
            self.at = hit[-1]
            self._tell()
            if event.chain == 2:
                self.action_remove()
