"""Sessions: which SMTP session each row belongs to, as a number that grows in the order in which sessions begin.

A row with a session key (one smtpd process, one peer of postscreen) belongs to the key's session: a connect begins one,
a disconnect ends it, and so does silence of more than `SESSION_IDLE`. A row without a key that names a client (a DNS
list's answer, Sendmail's and Exim's lines) belongs to the keyed session that this client has open on that host, else
to the client's last session when that was heard of within `SILENCE`, else to another one. A row that names neither
belongs to none (messages, later, have that of their queue ID).

A row with a key that does not name the client learns it from its session.
"""

from typing import Final

import numpy as np

from mailtop.event import KIND_WORDS
from mailtop.store.carry import Carry
from mailtop.store.hashing import Array
from mailtop.store.ordering import firsts, lasts, latest, together
from mailtop.store.rows import Rows

SESSION_IDLE: Final = 3600 * 1_000_000
"""microseconds"""
SILENCE: Final = 60 * 1_000_000
"""microseconds"""

_CONNECT: Final = KIND_WORDS.index("connect")
_DISCONNECT: Final = KIND_WORDS.index("disconnect")


class Numbering:
    """The one source of session numbers of a store."""

    def __init__(self) -> None:
        self.last = 0

    def take(self, count: int) -> int:
        """Reserve `count` numbers; the one before the first of them."""
        before, self.last = self.last, self.last + count
        return before


class Sessions:
    """State: of each key its session, of each client its last one."""

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self._keys = Carry(SESSION_IDLE, session=np.int64, client=np.uint32)
        self._peers = Carry(SESSION_IDLE, session=np.int64, keyed=np.int64, keyed_time=np.int64)

    @property
    def clients(self) -> Array:
        """Client codes held, to be renumbered in place."""
        return self._keys.held("client")

    def run(self, rows: Rows) -> tuple[Array, Array]:
        """The session of each row (uint32, 0 for none) and its client."""
        # A session is told first as the row where it begins (>= 0), or as one known before (-number - 1), because
        # numbers are given in the order of rows once all beginnings are known.
        refs = np.full(len(rows), -1, np.int64)
        client = rows.client
        order = np.flatnonzero(rows.key)
        if len(order):
            order = order[together(rows.key[order])]
            client = self._keyed(rows, order, refs)
        peers = np.flatnonzero(rows.peer)
        if len(peers):
            peers = peers[together(rows.peer[peers])]
            kept = self._by_peer(rows, peers, refs)
        numbers = self._number(refs)
        if len(order):
            self._carry_keys(rows, order, numbers, client)
        if len(peers):
            self._carry_peers(rows, peers, numbers, *kept)
        return numbers.astype(np.uint32), client

    def _keyed(self, rows: Rows, order: Array, refs: Array) -> Array:
        key, time, kind = rows.key[order], rows.time[order], rows.kind[order]
        first = firsts(key)
        heads = np.flatnonzero(first)
        known = self._keys.find(key[heads])
        before = np.empty_like(time)
        before[1:] = time[:-1]
        before[heads] = self._keys.time[known]
        begins = (kind == _CONNECT) | (time - before > SESSION_IDLE)
        begins[1:] |= (kind[:-1] == _DISCONNECT) & ~first[1:]
        begins[heads] |= known == 0
        source = latest(begins | first)
        said = np.where(begins, order, 0)
        goes_on = heads[~begins[heads]]
        said[goes_on] = -self._keys.values["session"][known[~begins[heads]]] - 1
        refs[order] = said[source]
        # the client of rows that do not name it
        named = rows.client[order]
        if named.all():
            return rows.client
        held = np.zeros(len(order), np.uint32)
        held[goes_on] = self._keys.values["client"][known[~begins[heads]]]
        held = np.where(named > 0, named, held)
        client = rows.client.copy()
        client[order] = held[latest((named > 0) | begins | first)]
        return client

    def _by_peer(self, rows: Rows, order: Array, refs: Array) -> tuple[Array, Array, Array]:
        peer, time, kind = rows.peer[order], rows.time[order], rows.kind[order]
        keyed = rows.key[order] != 0
        first = firsts(peer)
        heads = np.flatnonzero(first)
        known = self._peers.find(peer[heads])
        which = np.cumsum(first) - 1
        anchor = latest(keyed | first)
        if keyed.all():
            return known, which, anchor
        # the client's last keyed session, if that is still open
        held = self._peers.values
        alone = ~keyed[anchor]
        anchor_time = np.where(alone, held["keyed_time"][known][which], time[anchor])
        anchor_open = np.where(alone, held["keyed"][known][which] > 0, kind[anchor] != _DISCONNECT)
        ref = refs[order]
        anchor_ref = np.where(alone, -held["keyed"][known][which] - 1, ref[anchor])
        joins = ~keyed & anchor_open & (time - anchor_time <= SESSION_IDLE)
        ref[joins] = anchor_ref[joins]
        # else the line before of the same client, if not too long ago
        before = np.empty_like(time)
        before[1:] = time[:-1]
        before[heads] = np.where(known > 0, self._peers.time[known], -(2**62))
        begins = ~keyed & ~joins & (time - before > SILENCE)
        ref[begins] = order[begins]
        goes_on = ~keyed & ~joins & ~begins
        at_head = heads[goes_on[heads]]
        ref[at_head] = -held["session"][known][which[at_head]] - 1
        refs[order] = ref[latest(~goes_on | first)]
        return known, which, anchor

    def _number(self, refs: Array) -> Array:
        begins = refs == np.arange(len(refs))
        count = int(np.count_nonzero(begins))
        numbers = np.cumsum(begins) + self._numbering.take(count)
        return np.where(refs >= 0, numbers[np.maximum(refs, 0)], -refs - 1)

    def _carry_keys(self, rows: Rows, order: Array, numbers: Array, client: Array) -> None:
        key = rows.key[order]
        ends = np.flatnonzero(lasts(firsts(key)))
        over = rows.kind[order[ends]] == _DISCONNECT
        self._keys.remove(key[ends[over]])
        ends = ends[~over]
        row = order[ends]
        self._keys.put(key[ends], rows.time[row], session=numbers[row], client=client[row])

    def _carry_peers(
        self, rows: Rows, order: Array, numbers: Array, known: Array, which: Array, anchor: Array
    ) -> None:
        ends = np.flatnonzero(lasts(firsts(rows.peer[order])))
        row, source = order[ends], order[anchor[ends]]
        keyed = rows.key[source] != 0
        still_open = keyed & (rows.kind[source] != _DISCONNECT)
        held = self._peers.values
        self._peers.put(
            rows.peer[row],
            rows.time[row],
            session=numbers[row],
            keyed=np.where(keyed, np.where(still_open, numbers[source], 0), held["keyed"][known]),
            keyed_time=np.where(keyed, rows.time[source], held["keyed_time"][known]),
        )
