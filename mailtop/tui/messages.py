"""What parts of the screen say, apart from them: who listens need not import the widgets that speak."""

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


class Opened(Message):
    """A row was opened: `field` = `value` is to be seen alone, on top of the slice `base`; `crumbs` lead to it."""

    def __init__(self, field: str, value: str, base: Slice, crumbs: tuple[str, ...]) -> None:
        super().__init__()
        self.field = field
        self.value = value
        self.base = base
        self.crumbs = crumbs
