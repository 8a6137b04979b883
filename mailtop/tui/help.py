"""Help: every key, from the BINDINGS that make it work, and what every figure means, from the columns that show it."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from mailtop.tui import slices
from mailtop.tui.ink import key_of
from mailtop.tui.status import Keys
from mailtop.views.view import ListingView, View


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


def help_text(owners: Sequence[type], views: Sequence[View | ListingView]) -> Text:
    """The whole text, of plain pieces: nothing of it is markup. `owners`: the screen, the list, the program."""
    text = Text()
    text.append("mailtop: keys\n", "bold")
    for title, owner in zip(("On this screen", "In a list", "Everywhere"), owners, strict=False):
        _keys(text, title, _bindings(owner))
    text.append("\nFilter\n", "bold")
    text.append("\n".join("  " + line.strip() for line in (slices.__doc__ or "").split("\n\n")[1].splitlines()) + "\n")
    for view in views:
        text.append(f"\n{view.title}\n", "bold")
        text.append(f"  {view.doc}\n")
        for column in view.columns:
            if column.doc:
                text.append(f"  {column.title:<10}", "bold")
                text.append(f"{column.doc}\n")
    return text


def _bindings(owner: type) -> list[Binding]:
    """The bindings that a class and its parents add, without Textual's own."""
    return [
        binding
        for made in owner.__mro__
        if made.__module__.startswith("mailtop.")
        for binding in made.__dict__.get("BINDINGS", ())
        if isinstance(binding, Binding)
    ]


def _keys(text: Text, title: str, bindings: Iterable[Binding]) -> None:
    text.append(f"\n{title}\n", "bold")
    seen: set[str] = set()
    for binding in bindings:
        if binding.action.startswith("pane(") and binding.action != "pane(1)":
            continue
        keys = "1-9" if binding.action == "pane(1)" else "  ".join(_names(binding))
        label = "Go to the pane with the number; again: zoom" if binding.action == "pane(1)" else binding.description
        if label not in seen:
            seen.add(label)
            text.append(f"  {keys:<18}", "bold")
            text.append(f"{label}\n")


def _names(binding: Binding) -> list[str]:
    return [key_of(Binding(key, "", "")) for key in binding.key.split(",")]
