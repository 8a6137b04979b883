"""Messages: whose message a queue ID is, and which accepted message is an old one coming back from a content filter.

A row with a queue ID that names no client (queue, deliver, remove, filter) is the client's to whom the ID was last
given, and of its session, until the message is removed, the ID is given away again, or `QUEUE_AGE` has gone by. Queue
IDs are a host's own.

A content filter hands each message back over SMTP from this host: an accept from the loopback address whose message-id
was last seen (within `MESSAGE_AGE`) under another queue ID is the same message, not counted as accepted again. A
filter on another host is not recognised.
"""

from typing import Final

import numpy as np

from mailtop.event import KIND_WORDS
from mailtop.store.carry import Carry
from mailtop.store.hashing import Array
from mailtop.store.ordering import distinct, firsts, lasts, latest, together
from mailtop.store.rows import Rows

QUEUE_AGE: Final = 6 * 86400 * 1_000_000
"""microseconds: Postfix's maximal_queue_lifetime is five days"""
MESSAGE_AGE: Final = 86400 * 1_000_000
"""microseconds"""

_ACCEPT: Final = KIND_WORDS.index("accept")
_REMOVE: Final = KIND_WORDS.index("remove")


class Messages:
    """State: of each queue ID whose it is, of each message-id where it was last seen."""

    def __init__(self) -> None:
        self._queue = Carry(QUEUE_AGE, client=np.uint32, session=np.int64, at=np.int64, loopback=np.bool_)
        self._seen = Carry(MESSAGE_AGE, queue=np.uint64)

    @property
    def clients(self) -> Array:
        """Client codes held, to be renumbered in place."""
        return self._queue.held("client")

    def run(self, rows: Rows, session: Array, client: Array) -> tuple[Array, Array, Array]:
        """Sessions and clients with those of messages filled in, and addresses of accepts that are re-injections."""
        order = np.flatnonzero(rows.queue)
        if not len(order):
            return session, client, order
        order = order[together(rows.queue[order])]
        queue, time, kind = rows.queue[order], rows.time[order], rows.kind[order]
        first = firsts(queue)
        heads = np.flatnonzero(first)
        known = self._queue.find(queue[heads])
        held = self._queue.values
        given = kind == _ACCEPT
        source = given | first
        source[1:] |= (kind[:-1] == _REMOVE) & ~first[1:]
        before = heads[~given[heads]]
        before_known = known[~given[heads]]

        def of_giver(own: Array, carried: Array) -> Array:
            value = np.where(given, own, own.dtype.type(0))
            value[before] = carried[before_known]
            return value

        nearest = latest(source)
        giver_client = of_giver(client[order], held["client"])[nearest]
        giver_session = of_giver(session[order].astype(np.int64), held["session"])[nearest]
        giver_at = of_giver(rows.at[order] + 1, held["at"])[nearest]  # 0: none
        giver_loopback = of_giver(rows.loopback[order], held["loopback"])[nearest]
        giver_time = of_giver(time, self._queue.time)[nearest]
        fresh = (giver_at > 0) & (time - giver_time <= QUEUE_AGE)

        client, session = client.copy(), session.copy()
        lacks = fresh & (client[order] == 0)
        client[order[lacks]] = giver_client[lacks]
        lacks = fresh & (session[order] == 0)
        session[order[lacks]] = giver_session[lacks]
        again = self._again(rows, order, np.where(fresh & giver_loopback, giver_at, 0))

        ends = np.flatnonzero(lasts(first))
        gone = (kind[ends] == _REMOVE) | (giver_at[ends] == 0)
        self._queue.remove(queue[ends[gone]])
        ends = ends[~gone]
        self._queue.put(
            queue[ends], giver_time[ends], client=giver_client[ends], session=giver_session[ends],
            at=giver_at[ends], loopback=giver_loopback[ends],
        )  # fmt: skip
        return session, client, again

    def _again(self, rows: Rows, by_queue: Array, accepted_at: Array) -> Array:
        at = np.zeros(len(rows), np.int64)
        at[by_queue] = accepted_at
        order = np.flatnonzero((rows.message != 0) & (rows.queue != 0))
        if not len(order):
            return order
        order = order[together(rows.message[order])]
        message, queue, time = rows.message[order], rows.queue[order], rows.time[order]
        first = firsts(message)
        heads = np.flatnonzero(first)
        known = self._seen.find(message[heads])
        before_queue, before_time = np.empty_like(queue), np.empty_like(time)
        before_queue[1:], before_time[1:] = queue[:-1], time[:-1]
        before_queue[heads], before_time[heads] = self._seen.values["queue"][known], self._seen.time[known]
        elsewhere = (before_queue != 0) & (before_queue != queue) & (time - before_time <= MESSAGE_AGE)
        ends = np.flatnonzero(lasts(first))
        self._seen.put(message[ends], time[ends], queue=queue[ends])
        again = at[order[elsewhere]]
        return distinct(again[again > 0]) - 1
