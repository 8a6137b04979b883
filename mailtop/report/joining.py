"""What other lines say of an event: the store's own joins, run over batches as they pass by.

In: batches of one forward pass. Out: `Joined` for each: session numbers, and the client that a queue ID was given to.
The rules are those of `mailtop.store.joins` and stand there alone; nothing is kept here but their state, which is
bounded, and the strings that it speaks of, which are taken back every `COMPACT` events.
"""

from dataclasses import replace
from typing import Final

from mailtop.batch import Batch
from mailtop.report.events import Joined
from mailtop.store import rolling
from mailtop.store.intake import columns, rows_of
from mailtop.store.joins import Joins
from mailtop.store.sessions import Numbering
from mailtop.store.tables import Tables

NEEDED: Final = frozenset(
    {"host", "daemon", "client", "queue_id", "zone", "reply", "enhanced", "reason", "session", "message_id"}
)
"""columns that the joins read"""

COMPACT: Final = 1_000_000
"""events after which strings that nothing speaks of any more are taken back"""


class Joining:
    """Call it with each batch in turn."""

    def __init__(self) -> None:
        self._tables = Tables()
        self._joins = Joins(Numbering())
        self._since = 0

    def __call__(self, batch: Batch) -> Joined:
        """What the rows of this batch learn from those before it, and from each other."""
        count = len(batch)
        if not count:
            return Joined()
        needed = {name: column for name, column in batch.columns.items() if name in NEEDED}
        arrays = columns(replace(batch, columns=needed), self._tables)
        # Any whole number for each row will do as its address: nothing is asked to be changed afterwards.
        found = self._joins.run(rows_of(arrays.get, count, self._tables, arrays["offset"]))
        own = arrays["client"].tolist() if "client" in arrays else [0] * count
        text = self._tables.client.text
        clients = {
            row: text(code)
            for row, (said, code) in enumerate(zip(own, found.client.tolist(), strict=True))
            if code and not said
        }
        sessions = [number or None for number in found.session.tolist()]
        self._take_back(count)
        return Joined(sessions, clients)

    def _take_back(self, count: int) -> None:
        self._since += count
        if self._since >= COMPACT:
            self._since = 0
            for name in ("client", "zone", "queue_id"):
                rolling._compact(name, [], self._tables, [self._joins])
