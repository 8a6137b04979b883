"""What the filter bar says, apart from the bar: who listens need not import the widgets that it is made of."""

from textual.message import Message

from mailtop.query import Slice


class FilterTyped(Message):
    """A filter that makes sense, while it is being typed."""

    def __init__(self, text: str, where: Slice) -> None:
        super().__init__()
        self.text = text
        self.where = where


class FilterClosed(Message):
    """Typing is over; `kept` tells whether the filter stays."""

    def __init__(self, kept: bool) -> None:
        super().__init__()
        self.kept = kept
