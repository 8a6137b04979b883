"""Tables: the string table of each field, and what follows from a string alone.

A `CodeMap` computes something of a string once for each code: the first digit of a reply, the service of a daemon, the
domain of a sender. It notices by itself when its table has grown or was renumbered.
"""

from collections.abc import Callable
from typing import Final

import numpy as np

from mailtop.store.clients import ClientTable
from mailtop.store.hashing import Array
from mailtop.store.segment import CODED
from mailtop.store.strings import StringTable

SERVICES: Final = ("other", "mx", "submission")
OTHER, MX, SUBMISSION = range(3)
SMTPD, POSTSCREEN = 1, 2
"""what a daemon does at the front door: bits of `Tables.roles`"""

_SUBMISSION: Final = frozenset({"submission", "submissions", "smtps"})
_SERVERS: Final = frozenset({
    "smtpd", "postscreen", "dnsblog", "tlsproxy", "exim", "exim4", "sendmail", "sm-mta", "sm-acceptingconnections",
})  # fmt: skip
"""daemons that speak SMTP with clients, or for one that does"""


class CodeMap:
    """A small number for each code of a table, computed from its string once."""

    def __init__(self, table: StringTable, function: Callable[[str], int]) -> None:
        self._table = table
        self._function = function
        self._known: Array = np.zeros(1, np.uint32)
        self._count = 1
        self._generation = table.generation

    def all(self) -> Array:
        """The number of each code; 0 for code 0."""
        table = self._table
        if self._generation != table.generation:
            self._count, self._generation = 1, table.generation
        size = len(table)
        if self._count < size:
            if len(self._known) < size:
                larger = np.zeros(max(size, len(self._known) * 5 // 4), np.uint32)
                larger[: self._count] = self._known[: self._count]
                self._known = larger
            new = table.texts(np.arange(self._count, size))
            self._known[self._count : size] = [self._function(text) for text in new]
            self._count = size
        return self._known[:size]

    def of(self, codes: Array) -> Array:
        """The number for each of these codes."""
        return np.asarray(self.all()[codes])


def service(daemon: str) -> int:
    """Index into SERVICES: `smtpd` and `postscreen` are mx, `submission/smtpd` is submission, `10025/smtpd` other."""
    where, slash, program = daemon.rpartition("/")
    if program not in _SERVERS:
        return OTHER
    if not slash:
        return MX
    return SUBMISSION if where.rpartition("/")[2] in _SUBMISSION else OTHER


def _role(daemon: str) -> int:
    return {"smtpd": SMTPD, "postscreen": POSTSCREEN}.get(daemon, 0)


def _digit(reply: str) -> int:
    return int(reply[0]) if reply[:1] in set("12345") else 0


class Tables:
    """All string tables of a store."""

    def __init__(self) -> None:
        self.client = ClientTable()
        self.by_name: dict[str, StringTable] = {name: StringTable() for name in CODED}
        self.by_name["client"] = self.client
        self.domains = StringTable()
        """domains of senders and recipients"""
        self.service = CodeMap(self.by_name["daemon"], service)
        self.roles = CodeMap(self.by_name["daemon"], _role)
        self.reply_digit = CodeMap(self.by_name["reply"], _digit)
        self.enhanced_digit = CodeMap(self.by_name["enhanced"], _digit)
        self.sender_domain = CodeMap(self.by_name["sender"], self._domain)
        self.recipient_domain = CodeMap(self.by_name["recipient"], self._domain)
        reasons = self.by_name["reason"].codes(("dnsbl", "protocol", "greylist"))
        self.dnsbl, self.protocol, self.greylist = reasons.tolist()
        """codes of reasons; this table is a closed set and never renumbered"""

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return sum(table.nbytes for table in self.by_name.values()) + self.domains.nbytes

    def _domain(self, path: str) -> int:
        name = path.rpartition("@")[2].strip("<>").lower() if "@" in path else ""
        return int(self.domains.codes((name,))[0]) if name else 0
