"""FilterBar: the line in which a filter is typed. It is applied while it is typed, as soon as it makes sense.

Enter keeps it, Escape takes it back. Out: `FilterTyped` with each slice that can be understood, `FilterClosed` at the
end. What is wrong stands at the end of the line, never in the way.
"""

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input

from mailtop.tui.cells import plain
from mailtop.tui.messages import FilterClosed, FilterTyped
from mailtop.tui.slices import SliceError, parse
from mailtop.tui.status import Line

LONGEST: Final = 4000
"""characters of a filter"""


class FilterBar(Horizontal):
    """See the module."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "drop", "Drop the filter", show=False)]

    def __init__(self, text: str, field: str, ascii_only: bool = False) -> None:
        super().__init__(id="filterbar")
        self._text = "".join(map(plain, text))  # piece by piece: `plain` cuts what is long
        self._field = field
        self._error = Line(ascii_only=ascii_only, id="filter-error")
        self._prompt = Line(ascii_only=ascii_only, id="filter-prompt")

    def compose(self) -> ComposeResult:
        """The prompt, the line, what is wrong with it."""
        yield self._prompt
        yield Input(self._text, max_length=LONGEST, compact=True, select_on_focus=False)
        yield self._error

    def on_mount(self) -> None:
        """Ready to type."""
        self._prompt.say([("filter", "soft")])
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        try:
            where = parse(event.value, self._field)
        except SliceError as error:
            self._error.say([(str(error), "warn")])
        else:
            self._error.say([])
            self.post_message(FilterTyped(event.value, where))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(FilterClosed(kept=True))

    def action_drop(self) -> None:
        """Take the filter back."""
        self.post_message(FilterClosed(kept=False))
