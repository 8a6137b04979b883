"""Siblings: the rows among which a row was chosen, so that one can go to the next without leaving what was opened.

They are asked for at the first step, with the question that the pane had when the row was chosen, and then hold still:
what is the next row must not depend on how long one looked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mailtop.query import Listing, Query, Table

ROWS: Final = 1000
"""rows among which one can step"""


@dataclass(slots=True)
class Siblings:
    """Values of `field` in the order of the answer to `question`; `point` is told which one was gone to."""

    ask: Callable[[Query | Listing], Table]
    question: Query | Listing
    field: str
    point: Callable[[str], object]
    _values: list[str] | None = None

    @property
    def values(self) -> list[str]:
        """All of them, each once."""
        if self._values is None:
            column = self.ask(self.question).column(self.field)
            self._values = list(dict.fromkeys(str(value) for value in column if value is not None))
        return self._values

    def beside(self, value: str, step: int) -> str | None:
        """The value `step` rows on; None where there is none. From a value that is not among them one comes to the
        first."""
        values = self.values
        if not values:
            return None
        at = values.index(value) + step if value in values else 0
        return values[at] if 0 <= at < len(values) and values[at] != value else None
