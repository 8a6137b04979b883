"""Filters: a slice over a selection. What a condition says of a string is found out once for each code, not a row.

`is` compares with the value's text (numbers by value), `has` looks for text within it, case ignored, and `in` asks
whether the client's address lies in a network. A negated condition also holds for rows that do not have the field.
Conditions on a field of numbers that is given as text that is no number hold for no row. Of several values one will do.
"""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_network
from typing import Final

import numpy as np

from mailtop.query import Where
from mailtop.store.fields import NAMES, Field, Fields
from mailtop.store.hashing import Array
from mailtop.store.selection import Selection
from mailtop.store.strings import StringTable
from mailtop.store.tables import Tables

REMEMBERED: Final = 32
"""conditions whose answer for each code is kept"""
_ADDRESSES: Final = ("client", "network", "prefix")


class Filters:
    """Evaluates conditions."""

    def __init__(self, tables: Tables, fields: Fields) -> None:
        self._clients = tables.client
        self._fields = fields
        self._known: OrderedDict[tuple[int, str, str], tuple[int, Array]] = OrderedDict()

    def holds(self, rows: Selection, where: Where) -> Array:
        """For each row (bool): does the condition hold? ValueError for an unknown field or a wrong network."""
        if where.field not in NAMES:
            raise ValueError(f"no such field: {where.field}")
        holds = self._holds(rows, where)
        for value in where.more:
            holds = holds | self._holds(rows, Where(where.field, value, where.how))
        return ~holds if where.negate else holds

    def _holds(self, rows: Selection, where: Where) -> Array:
        if where.how == "in":
            if where.field not in _ADDRESSES or where.value is None:
                raise ValueError(f"`in` asks for a network that has the client, not for {where.field}")
            network = where.value
            matches = self._by_code(self._clients, "in", network, lambda since: self._clients.within(network, since))
            return np.asarray(matches[rows.column("client")])
        if where.how == "is" and where.value is not None and where.field in ("prefix", "session"):
            return self._at_once(rows, where.field, where.value)
        field = self._fields.of(rows, where.field)
        if where.value is None:
            if where.how == "has":
                raise ValueError("`has` needs a text")
            return np.asarray(field.codes == 0)
        text = where.value
        if field.table is not None:
            table = field.table
            if where.how == "is":
                code = table.find(text)
                return np.asarray(field.codes == code) if code else np.zeros(rows.count, np.bool_)
            return np.asarray(self._by_code(table, "has", text, lambda since: table.having(text, since))[field.codes])
        return _of_values(field, where.how == "has", text)

    def _at_once(self, rows: Selection, field: str, text: str) -> Array:
        """Of fields that have as many values as clients or sessions, one is found without looking at all of them."""
        if field == "session":
            # not by float: the largest numbers must not run together
            number = int(text) if text.isdecimal() and len(text) < 11 else 0
            return np.asarray(rows.column("session") == number) if number else np.zeros(rows.count, np.bool_)
        try:
            network = ip_network(text)
        except ValueError:
            return np.zeros(rows.count, np.bool_)
        if str(network) != text or network.prefixlen != (24 if network.version == 4 else 64):
            return np.zeros(rows.count, np.bool_)
        return self._holds(rows, Where("client", text, "in"))

    def _by_code(self, table: StringTable, how: str, text: str, find: Callable[[int], Array]) -> Array:
        key = (id(table), how, text)
        generation, known = self._known.pop(key, (table.generation, np.zeros(1, np.bool_)))
        if generation != table.generation:
            known = np.zeros(1, np.bool_)
        if len(known) < len(table):
            known = np.concatenate([known, find(len(known))])
        self._known[key] = (table.generation, known)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return known


def _of_values(field: Field, has: bool, text: str) -> Array:
    matches = np.zeros(field.size, np.bool_)
    folded = text.casefold()
    codes = np.flatnonzero(np.bincount(field.codes)) if len(field.codes) else np.zeros(0, np.int64)
    for code in codes.tolist():
        if code:
            value = field.value(code)
            matches[code] = folded in _text(value).casefold() if has else _same(value, text)
    return np.asarray(matches[field.codes])


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "/".join(f"{stage:g}" for stage in value)
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _same(value: object, text: str) -> bool:
    if isinstance(value, str | tuple):
        return _text(value) == text
    try:
        return float(text) == value
    except ValueError:
        return False
