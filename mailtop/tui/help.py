"""Help: every key, from the BINDINGS that make it work, and what every figure means, from the columns that show it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from mailtop.tui import slices
from mailtop.tui.ink import key_of
from mailtop.tui.status import Keys
from mailtop.views.view import ListingView, View

_TITLE: Final = "bold $ink-focus"
_KEY: Final = "bold"


class Help(Screen[None]):
    """See the module."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace,q,question_mark,f1", "leave", "Back"),
        Binding("j,down", "scroll(1)", "Down", show=False),
        Binding("k,up", "scroll(-1)", "Up", show=False),
    ]

    def __init__(self, owners: Sequence[type], views: Sequence[View | ListingView], ascii_only: bool) -> None:
        super().__init__()
        self._owners = owners
        self._views = views
        self._ascii = ascii_only

    def compose(self) -> ComposeResult:
        """The text, and how to leave."""
        with VerticalScroll():
            yield Static(help_text(self._owners, self._views))
        yield Keys((("Esc", "Back"), ("j k", "Scroll")), ascii_only=self._ascii, id="keys")

    def on_mount(self) -> None:
        """Keys scroll at once."""
        self.query_one(VerticalScroll).focus()

    def action_leave(self) -> None:
        """Back to where it was asked."""
        self.dismiss()

    def action_scroll(self, lines: int) -> None:
        """A line up or down."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def help_text(owners: Sequence[type], views: Sequence[View | ListingView]) -> Content:
    """The whole text, of plain pieces: nothing of it is markup. `owners`: the screen, the list, the program."""
    parts: list[tuple[str, str]] = []
    for title, owner in zip(("Keys of this screen", "Keys in a list", "Keys everywhere"), owners, strict=False):
        parts += [(f"\n{title}\n", _TITLE), *_keys(_bindings(owner))]
    parts.append(("\nFilter\n", _TITLE))
    for line in (slices.__doc__ or "").split("\n\n")[1].splitlines():
        said, _, meaning = line.strip().partition("  ")
        parts += [(f"  {said:<20}", _KEY), (f"{meaning.strip()}\n", "")]
    for view in views:
        parts += [(f"\n{view.title}\n", _TITLE), (f"  {view.doc}\n", "$ink-soft")]
        for column in view.columns:
            if column.doc:
                parts += [(f"  {column.title:<20}", _KEY), (f"{column.doc}\n", "")]
    return Content.assemble(*parts)


def _bindings(owner: type) -> list[Binding]:
    """The bindings that a class and its parents add, without Textual's own."""
    return [
        binding
        for made in owner.__mro__
        if made.__module__.startswith("mailtop.")
        for binding in made.__dict__.get("BINDINGS", ())
        if isinstance(binding, Binding)
    ]


def _keys(bindings: Iterable[Binding]) -> Iterator[tuple[str, str]]:
    """A line for each binding; one for all digits."""
    for binding in bindings:
        keys = "  ".join(key_of(Binding(key, "", "")) for key in binding.key.split(","))
        label = binding.tooltip or binding.description
        if binding.action.startswith("pane("):
            if binding.action != "pane(1)":
                continue
            keys, label = "1-9", "Go to the pane with the number; again: zoom"
        yield f"  {keys:<20}", _KEY
        yield f"{label}\n", ""
