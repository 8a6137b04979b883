"""Joins: what belongs together in a log, found by running forward over its rows: the state machine itself.

In: `Rows`, a run of rows in their order. Out: `Joined`, what each row learnt. Between runs only the state stays, and it
holds all that matters of the rows before, so the answer is the same however the rows are cut into runs.

    sessions    which SMTP session a row belongs to                    (store/sessions.py)
    messages    the client that a queue ID was given to, re-injection  (store/messages.py)
    screening   hand-over from postscreen to smtpd, dropped clients    (store/screening.py)

`mark` of a row: the verdict (VERDICTS) in its low three bits, HANDED for a connect that is a hand-over, JOINED for a
row whose client was not on its line.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from mailtop.event import KIND_WORDS
from mailtop.store.hashing import Array
from mailtop.store.messages import Messages
from mailtop.store.screening import Screening
from mailtop.store.sessions import Numbering, Sessions

VERDICTS: Final = ("", "refused", "deferred", "greylisted", "warned", "accepted")
REFUSED, DEFERRED, GREYLISTED, WARNED, ACCEPTED = range(1, 6)
VERDICT: Final = 7
HANDED: Final = 8
JOINED: Final = 16

_KIND: Final = {word: code for code, word in enumerate(KIND_WORDS)}


@dataclass(slots=True)
class Rows:
    """A run of rows: an array for each thing that joins need, all of one length."""

    time: Array
    """microseconds"""
    kind: Array
    key: Array
    """uint64 hash of the session key, 0 without one"""
    client: Array
    """code of the client on the line, 0 without one"""
    peer: Array
    """uint64 for host and client together, 0 without a client"""
    queue: Array
    """uint64 for host and queue ID together, 0 without one"""
    message: Array
    """uint64 hash of the message-id, 0 without one"""
    zone: Array
    screener: Array
    """bool: postscreen's own line"""
    server: Array
    """bool: a line of the smtpd on the mail exchanger's port"""
    dnsbl: Array
    """bool: the reason on the line is dnsbl"""
    loopback: Array
    """bool: the client on the line is this host"""
    verdict: Array
    """the verdict that the line alone gives"""
    at: Array
    """int64 address of the row in the store"""

    def __len__(self) -> int:
        return len(self.time)


@dataclass(slots=True)
class Joined:
    """What the rows learnt."""

    session: Array
    client: Array
    mark: Array
    dropped: Array
    """rows (indices) that end a session in which postscreen dropped the client"""
    dropped_dnsbl: Array
    """for each of those, bool: for its rank on DNS lists, else for its behaviour"""
    dropped_zone: Array
    """for each of those, the first list that named the client, 0 for none"""
    again: Array
    """addresses of accepts that turned out to be re-injections of messages accepted before"""


class Joins:
    """The state machine. `numbering` is shared by all that number sessions in one store."""

    def __init__(self, numbering: Numbering) -> None:
        self._sessions = Sessions(numbering)
        self._messages = Messages()
        self._screening = Screening()

    def run(self, rows: Rows) -> Joined:
        """Go on over more rows."""
        session, client = self._sessions.run(rows)
        session, client, again = self._messages.run(rows, session, client)
        handed, dropped, dnsbl, zone = self._screening.run(rows, session)
        mark = rows.verdict.copy()
        mark[dropped] = REFUSED
        mark[handed] |= HANDED
        mark[(client != rows.client)] |= JOINED
        return Joined(session, client, mark, dropped, dnsbl, zone, again)

    def codes(self, name: str) -> list[Array]:
        """The codes of field `name` that the state holds, to be kept alive and renumbered in place."""
        if name == "client":
            return [self._sessions.clients, self._messages.clients]
        return [self._screening.zones] if name == "zone" else []


def line_verdicts(kind: Array, digit: Array, greylist: Array, client: Array) -> Array:
    """What each line alone says: `digit` is the reply's first (0: none, taken for a 5), `greylist` its reason."""
    verdict = np.zeros(len(kind), np.uint8)
    reject = kind == _KIND["reject"]
    soft = digit == 4
    verdict[reject & ~soft] = REFUSED
    verdict[reject & soft & ~greylist] = DEFERRED
    verdict[reject & soft & greylist] = GREYLISTED
    verdict[kind == _KIND["warn"]] = WARNED
    verdict[(kind == _KIND["accept"]) & (client > 0)] = ACCEPTED
    return verdict
