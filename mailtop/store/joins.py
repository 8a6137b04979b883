"""Joins: what belongs together in a log, found by running forward over its rows: the state machine itself.

In: `Rows`, a run of rows in their order. Out: `Joined`, what each row learnt. Between runs only the state stays, and it
holds all that matters of the rows before, so the answer is the same however the rows are cut into runs.

    sessions    which SMTP session a row belongs to                    (store/sessions.py)
    messages    the client that a queue ID was given to, re-injection  (store/messages.py)
    verdicts    whose message a content filter speaks of               (store/verdicts.py)
    screening   hand-over from postscreen to smtpd, dropped clients    (store/screening.py)
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from mailtop.event import KIND_WORDS
from mailtop.store.hashing import Array
from mailtop.store.messages import Messages
from mailtop.store.rows import ACCEPTED, HANDED, JOINED, REFUSED, Rows
from mailtop.store.screening import Screening
from mailtop.store.sessions import Numbering, Sessions

_ACCEPT: Final = KIND_WORDS.index("accept")


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
        if client is not rows.client:
            learnt = client != rows.client
            mark |= learnt * np.uint8(JOINED)
            # OpenSMTPD names the session alone where it accepts a message
            mark[learnt & (rows.kind == _ACCEPT)] |= ACCEPTED
        return Joined(session, client, mark, dropped, dnsbl, zone, again)

    def codes(self, name: str) -> list[Array]:
        """The codes of field `name` that the state holds, to be kept alive and renumbered in place."""
        if name == "client":
            return [self._sessions.clients, *self._messages.clients]
        return [self._screening.zones] if name == "zone" else []
