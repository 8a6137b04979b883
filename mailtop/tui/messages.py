"""What parts of the screen say, apart from them: who listens need not import the widgets that speak."""

from textual.message import Message

from mailtop.query import Slice, Where
from mailtop.tui.siblings import Siblings


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


class Opened(Message):
    """A row was opened: what holds of `part` is to be seen alone, within the slice `base`; `siblings` are the rows
    among which it was chosen."""

    def __init__(self, part: Where, base: Slice, siblings: Siblings | None = None) -> None:
        super().__init__()
        self.part = part
        self.base = base
        self.siblings = siblings
