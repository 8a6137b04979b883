"""fields: what the lines of a shape have in each field, as parts of a batch's columns.

In: where the fields of lines begin and end. Out: `Part`s: rows, each distinct value once, and which row has which.
A field that follows from others is worked out once for each distinct set of what they say.
"""

from __future__ import annotations  # array[int] is no type at run time before Python 3.12

from array import array
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from mailtop.event import Pass, Screen
from mailtop.ingest.bulk.block import Array, Block
from mailtop.ingest.bulk.distinct import distinct, of_words
from mailtop.ingest.bulk.template import Found
from mailtop.ingest.columns import ABSENT, Spread, Table
from mailtop.mta.parser import Derived, Shape

TEXT_KEPT: Final = (Pass, Screen)
"""kinds whose text is kept even where prose is not"""

Coded = tuple[Array, list[bytes]]
"""a code for each row, and what each code says"""


class Codes:
    """A part whose values are distinct; `codes` has that of each row."""

    def __init__(self, rows: Array, coded: Coded) -> None:
        codes, values = coded
        if not all(values):
            has = np.array([bool(value) for value in values])[codes]
            rows, codes = rows[has], codes[has]
        self.rows = plain("I", rows)
        self.values = values
        self._codes = codes

    def spread(self, typecode: str, numbers: Sequence[Any], width: int = 1) -> array[Any]:
        """A number (or `width` of them) for each value -> that of each row."""
        if not len(self._codes):
            return array(typecode)
        return plain(typecode, np.array(numbers, np.dtype(typecode))[self._codes])


class Fields:
    """Collects the fields of all shapes of a block, and writes them to a table."""

    def __init__(self, block: Block, keep_text: bool) -> None:
        self._block = block
        self._keep_text = keep_text
        self._pieces: dict[str, list[tuple[Array, Array, Array]]] = {}
        self._coded: list[tuple[str, Array, Coded]] = []

    def add(self, shape: Shape, found: Found, rows: Array) -> None:
        """The lines of a shape; `rows` says which rows of the batch they are."""
        wanted = set(shape.kind._fields)
        if not self._keep_text and shape.kind not in TEXT_KEPT:
            wanted.discard("text")
        needed: list[Derived] = []
        sources: set[str] = set()
        for derived in reversed(shape.derived):
            if derived.field in wanted or derived.field in sources:
                needed.append(derived)
                sources.update(derived.sources)
        coded: dict[str, Coded] = {}
        for name, (begin, end) in found.spans.items():
            if name in sources:
                coded[name] = distinct(self._block, begin, end)
            elif name in wanted:
                self._pieces.setdefault(name, []).append((rows, begin, end))
        for derived in reversed(needed):
            coded[derived.field] = self._followed(derived, coded, found)
        self._coded += [(name, rows, some) for name, some in coded.items() if name in wanted]

    def _followed(self, derived: Derived, coded: dict[str, Coded], found: Found) -> Coded:
        """A field that follows from others."""
        codes, values = _derived(derived.value, [coded[name] for name in derived.sources], len(found.lines))
        if None in values:
            rows = np.flatnonzero(np.array([value is None for value in values])[codes])
            asked = [(codes[rows], said) for codes, said in map(coded.__getitem__, derived.sources)]
            spans = [found.spans[name] for name in derived.others]
            asked += [distinct(self._block, begin[rows], end[rows]) for begin, end in spans]
            further, more = _derived(derived.value, asked, len(rows))
            codes = codes.copy()
            codes[rows] = further + len(values)
            values = values + more
        number: dict[bytes, int] = {}
        renumbered = [number.setdefault(value or b"", len(number)) for value in values]
        return np.array(renumbered, np.int64)[codes], list(number)

    def write(self, table: Table) -> None:
        """Give everything to the table."""
        for name, rows, coded in self._coded:
            table.put(name, Codes(rows, coded))
        for name, pieces in self._pieces.items():
            rows, begin, end = (np.concatenate(some) for some in zip(*pieces, strict=True))
            if len(rows) == table.total:  # a column that every row has is in the order of rows
                order = np.argsort(rows)
                rows, begin, end = rows[order], begin[order], end[order]
            table.put(name, Codes(rows, distinct(self._block, begin, end)))


def _derived(value: Any, sources: list[Coded], count: int) -> tuple[Array, list[bytes | None]]:
    if not sources:
        return np.zeros(count, np.int64), [value()]
    if len(sources) == 1:
        codes, values = sources[0]
        return codes, [value(one) for one in values]
    codes, sample = of_words([some.astype(np.uint64) for some, _ in sources], count)
    sets = [[values[code] for code in some[sample].tolist()] for some, values in sources]
    return codes, [value(*one) for one in zip(*sets, strict=True)]


def spread_by(of: Array) -> Spread:
    """How numbers of origins become those of rows; `of` has each row's origin."""

    def spread(numbers: list[int]) -> tuple[array[int] | None, array[int]]:
        codes = np.array(numbers, np.uint32)[of]
        if ABSENT not in numbers:
            return None, plain("I", codes)
        rows = np.flatnonzero(codes != ABSENT)
        return plain("I", rows), plain("I", codes[rows])

    return spread


def plain(typecode: str, values: Array) -> array[Any]:
    """A numpy array as one of the standard library's."""
    return array(typecode, np.ascontiguousarray(values, np.dtype(typecode)).tobytes())
