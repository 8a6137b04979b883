"""MemoryStore: the rolling window of events, in memory, as columns.

In: batches (`append`), in any order of pieces within a source. Out: frozen tables (`ask`). Strings become codes of one
table for each field (store/strings.py); rows go into segments of 65,536 (store/segment.py), which shrink when full;
what belongs together is found on codes (store/joins.py).

Limits: events older than `window` before the newest one are not counted in any answer, and their segments are dropped
when all of it is older; beyond `max_events` the oldest segments go, which `holding().evicted` and `Table.truncated`
say. Codes that no segment needs any more are taken back from time to time.

BUGS: `text` is not kept, nor the line's number. Times are kept to the microsecond, delays to what the log says.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from mailtop.batch import Batch, Unknowns, follows, joined
from mailtop.event import KIND_WORDS
from mailtop.query import Holding, Listing, Query, Table
from mailtop.store import heap
from mailtop.store import settle as settling
from mailtop.store.ask import KEPT_ROWS, Asker, without_connections
from mailtop.store.clients import AsnLookup
from mailtop.store.columns import SEGMENT
from mailtop.store.hashing import Array
from mailtop.store.intake import check, intake
from mailtop.store.joins import Joined, Joins
from mailtop.store.ordering import distinct
from mailtop.store.rolling import Rolling
from mailtop.store.runs import Run, Runs
from mailtop.store.segment import JOINING, Segment, Some
from mailtop.store.sessions import Numbering
from mailtop.store.tables import Tables

WINDOW: Final = 86400.0
"""seconds"""
MAX_EVENTS: Final = 2_000_000

SMALL: Final = 2048
"""events up to which batches wait for each other"""

WAITING: Final = 64
"""batches that wait, at most: of a log with little mail in it most have no event"""

_UNPARSED: Final = KIND_WORDS.index("unparsed")
_CONNECT: Final = KIND_WORDS.index("connect")


_TRIM_EVERY: Final = 8
"""segments that fill up between two times that free memory is given back: what is given back has to be got anew, page
by page, and another segment of the same log will need as much"""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Rows `start` up to `stop` of a batch, and where they will be."""

    segment: Segment
    start: int
    stop: int
    at: Array
    """their addresses"""


class MemoryStore:
    """Holds events of the last `window` seconds (None: all), at most about `max_events` of them."""

    def __init__(
        self, window: float | None = WINDOW, max_events: int = MAX_EVENTS, networks: AsnLookup | None = None
    ) -> None:
        heap.tune()
        self._tables = Tables()
        self._numbering = Numbering()
        self._runs = Runs(Joins(self._numbering))
        self._rolling = Rolling(None if window is None else round(window * 1e6), max_events)
        self._counts: Counter[str] = Counter()
        self._unknown = Unknowns()
        self._serial = 0
        self._sealed = 0
        self._version = 0
        self._utc_offset = 0
        self._utc_offset_at = -(2**63)
        self._keys_needed = True
        self._connects_logged = False
        self._settling: Joins | None = None
        self.networks = networks
        """who announces which addresses; may be set at any time, from any thread"""
        self._asker = Asker(self._tables)
        self._waiting: list[Batch] = []
        self._small = min(SMALL, max_events // 64)

    def append(self, batch: Batch) -> None:
        """Take in a batch; see `mailtop.store.runs` for how the order of pieces is told. ValueError for a column that
        is no part of the schema.

        Small batches that follow on each other wait, already counted, until somebody asks or there are many: to sort in
        a few rows costs nearly as much as to sort in a thousand.
        """
        check(batch)
        self._version += 1
        self._counts.update(batch.counts)
        self._counts["unparsed"] += batch.kind.count(_UNPARSED)
        if batch.unknown is not None:
            self._unknown.merge(batch.unknown)
        if self._waiting and (len(batch) >= self._small or not follows(self._waiting[-1], batch)):
            self._sort_in()
        self._waiting.append(batch)
        if len(self._waiting) >= WAITING or sum(map(len, self._waiting)) >= self._small:
            self._sort_in()

    def _sort_in(self) -> None:
        """Take in what waits."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._take(waiting[0] if len(waiting) == 1 else joined(waiting))

    def _take(self, batch: Batch) -> None:
        run = self._runs.place(batch, Joins(self._numbering))
        self._connects_logged = self._connects_logged or _CONNECT in batch.kind
        if not len(batch):
            return
        pieces = list(self._room(run, batch))
        taken = intake(batch, self._tables, np.concatenate([piece.at for piece in pieces]))
        joined = run.joins.run(taken.rows)
        made = taken.columns
        if len(joined.dropped):
            for name, values in self._dropped(joined).items():
                held = made[name].dense(name, len(batch)).copy() if name in made else np.zeros(len(batch), np.uint32)
                held[joined.dropped] = values
                made[name] = Some(None, held)
        made["session"], made["client"] = Some(None, joined.session), Some(None, joined.client)
        made["mark"] = Some(None, joined.mark)
        if not self._keys_needed:
            for name in JOINING:
                made.pop(name, None)
        for piece in pieces:
            whole = piece.start == 0 and piece.stop == len(batch)
            some = made if whole else {name: one.cut(piece.start, piece.stop) for name, one in made.items()}
            self._extend(run, piece, some)
        settling.unaccept(joined.again, self._runs.segments() if len(joined.again) else [])
        newest = int(made["time"].values.argmax())
        if batch.time[newest] >= self._utc_offset_at:
            self._utc_offset_at, self._utc_offset = batch.time[newest], batch.utc_offset[newest]
        if piece.segment.room == 0:
            piece.segment.seal()
            self._sealed += 1
            if self._sealed % _TRIM_EVERY == 0:
                heap.trim()
        self._rolling.roll(self._runs, self._tables, self._settling)

    def ask(self, query: Query | Listing) -> Table:
        """Answer from what is held; ValueError for an unknown name."""
        self._sort_in()
        if self._tables.client.lookup is not self.networks:
            self._tables.client.use(self.networks)
            self._version += 1
        table = self._asker.ask(query, self._runs.segments, self._version, self._rolling)
        return table if self._connects_logged or not self._rolling.rows else without_connections(table)

    def expect_questions(self) -> None:
        """Many questions about all that is held will be asked, and nothing more will be appended meanwhile: what
        they have in common is worked out once. Costs some 30 bytes an event until something is appended.
        """
        self._asker.kept_rows = max(KEPT_ROWS, self.holding().events)

    def holding(self) -> Holding:
        """What is held now."""
        rolling = self._rolling
        batches = [batch for batch in self._waiting if len(batch)]
        waiting = [moment for batch in batches for moment in (min(batch.time), max(batch.time))]
        if rolling.newest is None and not waiting:
            return Holding(version=self._version, counts=dict(self._counts))
        first, last = min(waiting, default=2**63), max(waiting, default=-(2**63))
        if rolling.newest is not None:
            first = min(first, max(min(segment.low for segment in self._runs.segments()), rolling.floor))
            last = max(last, rolling.newest)
        return Holding(
            events=rolling.rows + sum(map(len, self._waiting)),
            first=first / 1e6,
            last=last / 1e6,
            evicted=rolling.evicted,
            utc_offset=self._utc_offset,
            version=self._version,
            counts=dict(self._counts),
            unknown=self._unknown.ranked(),
            unknown_dropped=self._unknown.dropped,
        )

    def settle(self, final: bool = True) -> Iterator[None]:
        """Join lines over all pieces as one forward pass would. Yields between slices of work.

        `final`: no older pieces will follow, so that what only served to join lines can be let go. Should one follow
        nevertheless, its joins at the edges stay as they were found first.
        """
        self._sort_in()
        while self._runs.disordered and self._keys_needed:
            yield from self._settle_once()
        self._keys_needed &= not final
        if final:
            for segment in self._runs.segments():
                for name in JOINING:
                    segment.drop(name)
                yield
            heap.trim()

    def learnt(self, source: str, rows: int) -> tuple[list[int | None], dict[int, str]]:
        """What joining found of the newest `rows` events of a source: the session number of each, and the client of
        each that has one, by row."""
        self._sort_in()
        sessions: list[int | None] = []
        clients: dict[int, str] = {}
        wanted = rows
        for segment in reversed(self._runs.of(source)):
            some = min(wanted, segment.rows)
            wanted -= some
            numbers, codes = (segment.full(name)[segment.rows - some :] for name in ("session", "client"))
            present = distinct(codes[codes != 0])
            names = dict(zip(present.tolist(), self._tables.client.texts(present), strict=True))
            clients |= {wanted + row: names[code] for row, code in enumerate(codes.tolist()) if code}
            sessions[:0] = [number or None for number in numbers.tolist()]
            if not wanted:
                break
        return sessions, clients

    @property
    def nbytes(self) -> dict[str, int]:
        """Memory held, by what for."""
        rows = sum(segment.nbytes for segment in self._runs.segments())
        return {"rows": rows, **{name: table.nbytes for name, table in self._tables.by_name.items()}}

    def _room(self, run: Run, batch: Batch) -> Iterator[_Piece]:
        """Where the rows of a batch will be: what is left of the run's last segment, then others."""
        start = 0
        last = run.segments[-1] if run.segments else None
        while start < len(batch):
            if last is None or last.room == 0 or last.file != batch.file:
                last = Segment(run.source, batch.file, self._serial)
                self._serial += 1
            stop = min(len(batch), start + last.room)
            yield _Piece(last, start, stop, settling.addresses(last, last.rows, last.rows + stop - start))
            start, last = stop, None

    def _extend(self, run: Run, piece: _Piece, columns: dict[str, Some]) -> None:
        if not run.segments or run.segments[-1] is not piece.segment:
            if run.segments:
                run.segments[-1].seal()
            run.segments.append(piece.segment)
        rows = piece.stop - piece.start
        piece.segment.extend(rows, columns)
        self._rolling.added(piece.segment, rows)

    def _dropped(self, joined: Joined) -> dict[str, Array]:
        """The reason and the list for rows that end a session in which postscreen dropped the client."""
        reason = np.where(joined.dropped_dnsbl, self._tables.dnsbl, self._tables.protocol)
        return {"reason": reason, "zone": joined.dropped_zone}

    def _settle_once(self) -> Iterator[None]:
        self._runs.disordered = False
        joins = self._settling = Joins(self._numbering)

        def write(parts: list[settling.Part], order: Array, joined: Joined) -> None:
            settling.write(parts, order, joined, self._tables)
            settling.unaccept(joined.again, self._runs.segments())

        try:
            for _ in settling.settle(self._runs, joins, self._tables, write):
                self._version += 1
                yield
                if self._runs.disordered:  # another older piece came in meanwhile
                    return
            self._runs.unite(joins)
        finally:
            self._settling = None


assert SEGMENT == 1 << 16  # addresses of rows keep sixteen bits for the row
