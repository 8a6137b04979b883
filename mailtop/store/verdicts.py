"""Verdicts: whose message a content filter speaks of, by queue ID and by message-id.

A filter after the queue names the client minutes later, when the client's session is long over; one beside the queue
knows the message-id only. A filter's row (without a session key of its own) belongs to the session in which its message
was accepted. One without a queue ID, or with one that was given to nobody here (a filter on another host), belongs to
the message that had its message-id last, within `MESSAGE_AGE`, and has its client. Messages that this host gave itself
over SMTP do not count for that: they are on their way back from a filter, and whose they are is known from before.

A verdict that comes before its message has a queue ID in the log (a milter of an MTA that logs the message-id with the
acceptance) stays without client.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from mailtop.event import KIND_WORDS
from mailtop.store.carry import Carry
from mailtop.store.hashing import Array
from mailtop.store.ordering import latest
from mailtop.store.rows import Rows

MESSAGE_AGE: Final = 86400 * 1_000_000
"""microseconds"""

_FILTER: Final = KIND_WORDS.index("filter")


def spoken(rows: Rows) -> Array:
    """Which rows (bool) are a filter's."""
    return np.asarray(rows.kind == _FILTER)


def speaking(rows: Rows) -> Array:
    """Which rows (bool) are a filter's own, and so belong to the session of the message they speak of."""
    made = spoken(rows)
    if made.any():
        made[rows.by_key.rows] = False
    return made


@dataclass(frozen=True, slots=True)
class Given:
    """Accepts, by number; number 0 is none."""

    rows: Array
    """for each row the number of the accept that gave its queue ID away"""
    client: Array
    session: Array
    loopback: Array


class Verdicts:
    """State: of each message-id the client and session of the message that had it last."""

    def __init__(self) -> None:
        self._whose = Carry(MESSAGE_AGE, client=np.uint32, session=np.int64)

    @property
    def clients(self) -> Array:
        """Client codes held, to be renumbered in place."""
        return self._whose.held("client")

    def run(self, rows: Rows, session: Array, client: Array, given: Given) -> tuple[Array, Array]:
        """Sessions and clients with those filled in that a message-id alone leads to."""
        by = rows.by_message
        if not len(by):
            return session, client
        found = self._whose.find(by.keys)
        time, number = rows.time[by.rows], given.rows[by.rows]
        source = (number > 0) & ~given.loopback[number]
        carried = ~source[by.heads]
        heads, known = by.heads[carried], found.known[carried]
        held = self._whose.values

        def nearest(own: Array, remembered: Array) -> Array:
            values = own.copy()
            values[heads] = remembered[known]
            return np.asarray(values[place])

        place = latest(source | by.first)
        whose_client = nearest(given.client[number], held["client"])
        whose_session = nearest(given.session[number], held["session"])
        when = nearest(time, self._whose.time)

        alone = np.ones(len(rows), np.bool_)
        alone[rows.by_queue.rows] = False
        alone |= spoken(rows) & (given.rows == 0)
        follows = alone[by.rows] & (time - when <= MESSAGE_AGE)
        lacks = follows & (client[by.rows] == 0) & (whose_client > 0)
        if lacks.any():
            client = client.copy()
            client[by.rows[lacks]] = whose_client[lacks]
        lacks = follows & ((session[by.rows] == 0) | speaking(rows)[by.rows]) & (whose_session > 0)
        if lacks.any():
            session = session.copy()
            session[by.rows[lacks]] = whose_session[lacks]

        ends = by.ends
        fresh = source[place[ends]].nonzero()[0]
        last = ends[fresh]
        self._whose.put(found, fresh, when[last], client=whose_client[last], session=whose_session[last])
        return session, client
