"""Messages: whose message a queue ID is, and which accepted message is an old one coming back from a content filter.

A row with a queue ID that names no client (queue, deliver, remove, filter) is the client's to whom the ID was last
given, and of its session (also where the process that delivers has a session key of its own), until the message is
removed, the ID is given away again, or `QUEUE_AGE` has gone by. Queue IDs are a host's own. Rows of content filters,
which may know a message by its message-id alone: store/verdicts.py.

A content filter hands each message back over SMTP from this host: an accept from the loopback address whose message-id
was last seen (within `MESSAGE_AGE`) under another queue ID is the same message, not counted as accepted again. A
filter on another host is not recognised.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from mailtop.event import KIND_WORDS
from mailtop.store.carry import Carry, Found
from mailtop.store.hashing import Array
from mailtop.store.ordering import distinct, latest
from mailtop.store.rows import Rows
from mailtop.store.verdicts import MESSAGE_AGE, Given, Verdicts, speaking, spoken

QUEUE_AGE: Final = 6 * 86400 * 1_000_000
"""microseconds: Postfix's maximal_queue_lifetime is five days"""

_ACCEPT: Final = KIND_WORDS.index("accept")
_MOVES: Final = np.array([word in ("queue", "deliver", "remove") for word in KIND_WORDS])
"""kinds that speak of a message, whatever process says them: Sendmail's deliver under the tag that serves clients"""
_REMOVE: Final = KIND_WORDS.index("remove")


class Messages:
    """State: of each queue ID whose it is, of each message-id where it was last seen."""

    def __init__(self) -> None:
        self._queue = Carry(QUEUE_AGE, client=np.uint32, session=np.int64, at=np.int64, loopback=np.bool_)
        self._seen = Carry(MESSAGE_AGE, queue=np.uint64)
        self._verdicts = Verdicts()

    @property
    def clients(self) -> list[Array]:
        """Client codes held, to be renumbered in place."""
        return [self._queue.held("client"), self._verdicts.clients]

    def run(self, rows: Rows, session: Array, client: Array) -> tuple[Array, Array, Array]:
        """Sessions and clients with those of messages filled in, and addresses of accepts that are re-injections."""
        by = rows.by_queue
        if not len(by):
            none = np.zeros(len(rows) + 1, np.int64)
            nobody = Given(none[1:], none[:1].astype(np.uint32), none[:1], none[:1] > 0)
            return *self._verdicts.run(rows, session, client, nobody), none[:0]
        found = self._queue.find(by.keys)
        order, giver, givers = self._givers(rows, found, session, client)
        time = rows.time[order]
        fresh = giver > 0
        if len(givers.time) > 1 and int(time.max()) - int(givers.time[1:].min()) > QUEUE_AGE:
            fresh &= time - givers.time[giver] <= QUEUE_AGE

        lacks = (fresh & (client[order] == 0)).nonzero()[0]
        if len(lacks):
            client = client.copy()
            client[order[lacks]] = givers.client[giver[lacks]]
        of_message = (speaking(rows) | _MOVES[rows.kind])[order] & (givers.session[giver] > 0)
        lacks = (fresh & ((session[order] == 0) | of_message)).nonzero()[0]
        if len(lacks):
            session = session.copy()
            session[order[lacks]] = givers.session[giver[lacks]]
        given = np.zeros(len(rows), np.int64)
        given[order] = np.where(fresh, giver, 0)
        session, client = self._verdicts.run(
            rows, session, client, Given(given, givers.client, givers.session, givers.loopback)
        )
        again = self._again(rows, np.where(fresh & givers.loopback[giver], givers.at[giver], 0))

        ends = by.ends
        last = giver[ends]
        gone = (rows.kind[order[ends]] == _REMOVE) | (last == 0)
        self._queue.remove(found, gone)
        stay = (~gone).nonzero()[0]
        last = last[stay]
        self._queue.put(
            found, stay, givers.time[last], client=givers.client[last], session=givers.session[last],
            at=givers.at[last], loopback=givers.loopback[last],
        )  # fmt: skip
        return session, client, again

    def _givers(self, rows: Rows, found: Found, session: Array, client: Array) -> tuple[Array, Array, "_Givers"]:
        """The rows by queue ID, for each the number of the accept that gave its ID away (0: none is known), and what
        those accepts said: those among these rows, then those that are remembered."""
        by = rows.by_queue
        order, heads = by.rows, by.heads
        kind = rows.kind[order]
        source = (kind == _ACCEPT) | by.first
        source[1:] |= (kind[:-1] == _REMOVE) & ~by.first[1:]
        accepts = (kind == _ACCEPT).nonzero()[0]
        before = ((kind[heads] != _ACCEPT) & (found.known > 0)).nonzero()[0]
        known = found.known[before]
        number = np.zeros(len(order), np.int64)
        number[accepts] = np.arange(1, len(accepts) + 1)
        number[heads[before]] = np.arange(len(accepts) + 1, len(accepts) + len(before) + 1)
        of, held = order[accepts], self._queue.values

        def both(own: Array, carried: Array) -> Array:
            return np.concatenate([np.zeros(1, carried.dtype), own.astype(carried.dtype), carried[known]])

        givers = _Givers(
            time=both(rows.time[of], self._queue.time),
            client=both(client[of], held["client"]),
            session=both(session[of], held["session"]),
            at=both(rows.at[of] + 1, held["at"]),
            loopback=both(rows.loopback(rows.client[of]), held["loopback"]),
        )
        return order, number[latest(source)], givers

    def _again(self, rows: Rows, accepted_at: Array) -> Array:
        by = rows.by_message
        if not len(by):
            return np.zeros(0, np.int64)
        of = np.zeros(len(rows), np.int64)  # a place in the order by queue ID, from 1
        of[rows.by_queue.rows] = np.arange(1, len(rows.by_queue) + 1)
        places = of[by.rows]
        # a message-id without a queue ID tells nothing, and a filter may speak of a message after it has come back
        left_out = (places == 0) | spoken(rows)[by.rows]
        if left_out.any():
            by = by.without(left_out)
            places = of[by.rows]
        queue = rows.by_queue.keys[rows.by_queue.which()[places - 1]]
        time, heads = rows.time[by.rows], by.heads
        found = self._seen.find(by.keys)
        before_queue, before_time = np.empty_like(queue), np.empty_like(time)
        before_queue[1:], before_time[1:] = queue[:-1], time[:-1]
        before_queue[heads] = self._seen.values["queue"][found.known]
        before_time[heads] = self._seen.time[found.known]
        elsewhere = (before_queue != 0) & (before_queue != queue) & (time - before_time <= MESSAGE_AGE)
        ends = by.ends
        self._seen.put(found, np.arange(len(ends)), time[ends], queue=queue[ends])
        again = accepted_at[places[elsewhere] - 1]
        return distinct(again[again > 0]) - 1


@dataclass(frozen=True, slots=True)
class _Givers:
    """Accepts, by number; number 0 is none."""

    time: Array
    client: Array
    session: Array
    at: Array
    """address and one more"""
    loopback: Array
