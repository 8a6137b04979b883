"""Fields: what a query may group, filter and list by, each as small codes for rows and a value for each code.

A field gives the code of every row of a selection (0: the row does not have it), how many codes there may be, and the
value of a code. Strings have the codes of their table; what follows from another column (a prefix, a domain, a service,
the reason with its list) has codes of its own, computed for each distinct value once; numbers are numbered on the spot.
"""

import re
from collections.abc import Callable
from heapq import nsmallest
from typing import Final

import numpy as np

from mailtop.event import KIND_WORDS
from mailtop.query import FIELDS_DERIVED, Value
from mailtop.store.columns import ABSENT
from mailtop.store.hashing import Array, HashIndex
from mailtop.store.rows import VERDICT, VERDICTS
from mailtop.store.segment import CODED
from mailtop.store.selection import Selection
from mailtop.store.sites import prefix_text
from mailtop.store.strings import StringTable
from mailtop.store.tables import SERVICES, CodeMap, Tables

NUMBERS: Final = (
    "time", "rank", "delay", "delays", "size", "session", "line", "offset", "repeat", "file", "utc_offset",
)  # fmt: skip
NAMES: Final = (*CODED, "kind", "source", "asn", "as_name", "network", *FIELDS_DERIVED, *NUMBERS)
"""every field there is; `file` and `utc_offset` (minutes) are not of the schema, but of each event's line"""


_NUMBERED: Final = re.compile(r"\d[^\W_]*")


def relay_host(relay: str) -> str:
    """The host of a next hop, as Postfix, Exim, Sendmail and OpenSMTPD write it; "" where there was none.

    mx.example[192.0.2.1]:25   mx.example. [192.0.2.1]   192.0.2.1 (mx.example)   [192.0.2.1]   local   none
    """
    name, bracket, rest = relay.partition("[")
    address, parenthesis, said = name.partition("(")
    if parenthesis and said.strip().endswith(")"):
        name = said.strip()[:-1] or address
    name = name.strip().rstrip(".").lower()
    if not name and bracket:
        name = rest.partition("]")[0]
    return "" if name == "none" else name


def helo_family(helo: str) -> str:
    """What HELO names that differ in their numbers only have in common."""
    return _NUMBERED.sub("#", helo.lower())


DERIVED: Final = {"relay_host": ("relay", relay_host), "helo_family": ("helo", helo_family)}
"""text fields that follow from the text of another, and how; a field of no text is absent"""


class Field:
    """The codes of one field among a selection's rows."""

    table: StringTable | None = None
    """whose codes these are, when they are a table's"""

    def __init__(self, codes: Array, size: int, value: Callable[[int], Value], order: Array | None = None) -> None:
        self.codes = codes
        self.size = size
        """one more than the largest code"""
        self.value = value
        self._order = order

    def place(self, code: int) -> Value:
        """What codes are put in order by: their values, but numbers for prefixes."""
        return self.value(code) if self._order is None else int(self._order[code])

    def smallest(self, codes: Array, wanted: int) -> Array:
        """Those of the codes whose values come first."""
        if self._order is not None:
            return codes[np.argsort(self._order[codes], kind="stable")[:wanted]]
        if self.table is not None:
            return self.table.smallest(codes, wanted)
        return np.array(nsmallest(wanted, codes.tolist(), key=self.value), codes.dtype)  # type: ignore[arg-type]


class Fields:
    """Makes fields of selections."""

    def __init__(self, tables: Tables, sources: StringTable) -> None:
        self._tables = tables
        self._sources = sources
        self._prefixes = HashIndex()
        self._derived = {name: self._mapped(name) for name in DERIVED}

    def of(self, rows: Selection, name: str) -> Field:
        """A field; ValueError when there is none of this name."""
        return rows.keep(("field", name), lambda: self._make(rows, name))

    def implied(self, by: str, name: str, codes: Array) -> Field | None:
        """Where the field `name` follows from the field `by`: the values that go with these codes of `by`."""
        clients = self._tables.client
        if by == "asn" and name == "as_name":
            return _coded(clients.name_codes(codes), clients.names)
        if by == "client" and name in ("asn", "as_name", "network"):
            return self._of_announced(name, *clients.announced(codes))
        return None

    def _make(self, rows: Selection, name: str) -> Field:
        tables = self._tables
        if name in CODED:
            return _coded(rows.column(name), tables.by_name[name])
        if name == "kind":
            return Field(rows.column("kind") + np.uint8(1), len(KIND_WORDS) + 1, lambda code: KIND_WORDS[code - 1])
        if name == "verdict":
            return Field(rows.column("mark") & np.uint8(VERDICT), len(VERDICTS), lambda code: VERDICTS[code])
        if name == "source":
            return _coded(rows.column("source"), self._sources)
        if name == "service":
            daemon = rows.column("daemon")
            codes = np.where(daemon > 0, tables.service.of(daemon) + np.uint32(1), np.uint32(0))
            return Field(codes, len(SERVICES) + 1, lambda code: SERVICES[code - 1])
        if name in ("sender_domain", "recipient_domain"):
            map_ = tables.sender_domain if name == "sender_domain" else tables.recipient_domain
            return _coded(map_.of(rows.column(name.removesuffix("_domain"))), tables.domains)
        if name in DERIVED:
            texts, derived = self._derived[name]
            return _coded(derived.of(rows.column(DERIVED[name][0])), texts)
        if name == "why":
            return self._why(rows)
        if name in ("asn", "as_name", "network", "prefix"):
            return self._of_client(rows, name)
        if name in NUMBERS:
            return _numbered(rows, name)
        raise ValueError(f"no such field: {name}")

    def _mapped(self, name: str) -> tuple[StringTable, CodeMap]:
        """The texts of a derived field, and the code of one for each code of the field that it follows from."""
        of, function = DERIVED[name]
        texts = StringTable()

        def code(text: str) -> int:
            said = function(text)
            return int(texts.codes((said,))[0]) if said else 0

        return texts, CodeMap(self._tables.by_name[of], code)

    def _why(self, rows: Selection) -> Field:
        reasons, zones = self._tables.by_name["reason"], self._tables.by_name["zone"]
        reason, zone = rows.column("reason"), rows.column("zone")
        first = len(reasons)
        listed = (reason == self._tables.dnsbl) & (zone > 0)
        codes = np.where(listed, zone.astype(np.uint32) + np.uint32(first), reason)

        def value(code: int) -> Value:
            return reasons.text(code) if code < first else f"dnsbl:{zones.text(code - first)}"

        return Field(codes, first + len(zones), value)

    def _of_client(self, rows: Selection, name: str) -> Field:
        clients = self._tables.client
        client = rows.column("client")
        if name == "prefix":
            if self._prefixes.count > 2 * len(clients) + 4096:  # prefixes of clients that left
                self._prefixes = HashIndex()
            distinct = np.flatnonzero(np.bincount(client, minlength=1)) if len(client) else np.zeros(0, np.int64)
            keys = clients.prefix_keys(distinct)
            of_code = np.zeros(len(clients), np.uint32)
            real = (distinct > 0) & (keys != np.iinfo(np.uint64).max)
            of_code[distinct[real]] = self._prefixes.add(keys[real])
            known = self._prefixes.keys
            return Field(of_code[client], len(known), lambda code: prefix_text(int(known[code])), known)
        return self._of_announced(name, *rows.keep("announced", lambda: clients.announced(client)))

    def _of_announced(self, name: str, asn: Array, network: Array) -> Field:
        clients = self._tables.client
        if name == "network":
            return _coded(network, clients.networks)
        if name == "as_name":
            return _coded(clients.name_codes(asn), clients.names)
        numbers = clients.asns.keys
        return Field(asn, len(numbers), lambda code: int(numbers[code]), numbers)


def _coded(codes: Array, table: StringTable) -> Field:
    field = Field(codes, len(table), table.text)
    field.table = table
    return field


def _numbered(rows: Selection, name: str) -> Field:
    if name == "delays":
        stages = np.stack([rows.column(f"delays.{place}") for place in range(4)], axis=1)
        present = ~np.isnan(stages).any(axis=1)
        distinct, codes = np.unique(stages[present], axis=0, return_inverse=True)
    elif name == "line":
        present, distinct, codes = np.zeros(rows.count, np.bool_), np.zeros(0), np.zeros(0, np.int64)
    else:
        values = rows.column("extra").astype(np.int64) + 1 if name == "repeat" else rows.column(name)
        present = _present(name, values)
        distinct, codes = np.unique(values[present], return_inverse=True)
    full = np.zeros(rows.count, np.int64)
    full[present] = codes.reshape(-1) + 1

    def value(code: int) -> Value:
        one = distinct[code - 1]
        if name == "delays":
            return tuple(one.tolist())
        return int(one) / 1e6 if name == "time" else float(one) if name == "delay" else int(one)

    return Field(full, len(distinct) + 1, value)


def _present(name: str, values: Array) -> Array:
    if name in ("rank", "size"):
        return np.asarray(values != ABSENT)
    if name == "delay":
        return ~np.isnan(values)
    if name == "session":
        return np.asarray(values > 0)
    return np.ones(len(values), np.bool_)
