"""Grouping: the rows of a selection as groups, numbered from 1; 0 for rows that lack one of the fields.

A field's own codes serve as group numbers where that is not wasteful; else, and for several fields together, the
combinations that occur are numbered.
"""

from heapq import nsmallest

import numpy as np

from mailtop.query import Value
from mailtop.store.fields import Field
from mailtop.store.hashing import Array
from mailtop.store.selection import Selection


class Groups:
    """Groups of rows by fields; `of` is each row's group (None: all rows are of group 1), `size` one more than the
    largest group number."""

    def __init__(self, rows: Selection, fields: list[Field]) -> None:
        self.fields = fields
        self.of: Array | None = None
        self._present: Array | None = None
        self.size = 2
        self._codes: list[Array] | None = None
        """of each field the code that a group has; None when group numbers are the codes of the one field"""
        if not fields:
            return
        if len(fields) == 1 and fields[0].size <= 4 * rows.count + 1024:
            self.of, self.size = fields[0].codes, fields[0].size
            return
        combined = np.zeros(rows.count, np.int64)
        lacking = np.zeros(rows.count, np.bool_)
        for field in fields:
            _, codes = np.unique(combined, return_inverse=True)  # keeps the products small
            combined = codes.reshape(-1) * field.size + field.codes
            lacking |= field.codes == 0
        present = np.flatnonzero(~lacking)
        _, first, codes = np.unique(combined[present], return_index=True, return_inverse=True)
        self.of = np.zeros(rows.count, np.int64)
        self.of[present] = codes.reshape(-1) + 1
        self.size = len(first) + 1
        nothing = np.zeros(1, np.int64)
        self._codes = [np.concatenate([nothing, field.codes[present[first]]]) for field in fields]

    def present(self) -> Array:
        """The groups that have rows."""
        if self._present is None:
            if self.of is None:
                self._present = np.ones(1, np.int64)
            else:
                some = np.zeros(self.size, np.bool_)
                some[self.of] = True
                some[0] = False
                self._present = some.nonzero()[0]
        return self._present

    def key(self, group: int) -> tuple[Value, ...]:
        """The values of a group's fields."""
        return tuple(field.value(code) for field, code in self._coded(group))

    def place(self, group: int) -> tuple[Value, ...]:
        """What groups are put in order by: the values, but numbers for prefixes."""
        return tuple(field.place(code) for field, code in self._coded(group))

    def _coded(self, group: int) -> list[tuple[Field, int]]:
        if self._codes is None:
            return [(field, group) for field in self.fields]
        return [(field, int(codes[group])) for field, codes in zip(self.fields, self._codes, strict=True)]

    def codes(self, groups: Array) -> Array:
        """The codes of groups by one field."""
        return groups if self._codes is None else self._codes[0][groups]

    def smallest(self, groups: Array, wanted: int) -> Array:
        """Those of the groups whose keys come first."""
        if len(groups) <= wanted:
            return groups
        if len(self.fields) > 1:
            return np.array(nsmallest(wanted, groups.tolist(), key=self.place), groups.dtype)
        codes = self.codes(groups)
        chosen = self.fields[0].smallest(codes, wanted)
        return chosen if self._codes is None else groups[np.isin(codes, chosen)]
