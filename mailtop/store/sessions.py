"""Sessions: which SMTP session each row belongs to, as a number that grows in the order in which sessions begin.

A row with a session key (one smtpd process, one peer of postscreen) belongs to the key's session: a connect begins one,
a disconnect ends it, and so does silence of more than `SESSION_IDLE`. A row without a key that names a client (a DNS
list's answer, Sendmail's and Exim's lines) belongs to the keyed session that this client has open on that host, else
to the client's last session when that was heard of within `SILENCE`, else to another one. A row that names neither
belongs to none (messages, later, have that of their queue ID).

A row with a key that does not name the client learns it from its session.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from mailtop.event import KIND_WORDS
from mailtop.store.carry import Carry, Found
from mailtop.store.hashing import Array
from mailtop.store.ordering import Together, lasts, latest
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
        keys, peers = self._keys.find(rows.by_key.keys), self._peers.find(rows.by_peer.keys)
        client = self._keyed(rows, keys, refs) if len(rows.by_key) else rows.client
        mixed = self._by_peer(rows, peers, refs)
        numbers = self._number(refs)
        self._carry_keys(rows, keys, numbers, client)
        self._carry_peers(rows, peers, numbers, mixed)
        return numbers.astype(np.uint32), client

    def _keyed(self, rows: Rows, found: Found, refs: Array) -> Array:
        order, first, heads = rows.by_key.rows, rows.by_key.first, rows.by_key.heads
        time, kind, known = rows.time[order], rows.kind[order], found.known
        silence = np.empty_like(time)
        np.subtract(time[1:], time[:-1], out=silence[1:])
        silence[heads] = time[heads] - self._keys.time[known]
        begins = (kind == _CONNECT) | (silence > SESSION_IDLE)
        begins[1:] |= (kind[:-1] == _DISCONNECT) & ~first[1:]
        begins[heads] |= known == 0
        source = latest(begins | first)
        said = order.copy()
        old = (~begins[heads]).nonzero()[0]
        goes_on = heads[old]
        said[goes_on] = -self._keys.values["session"][known[old]] - 1
        refs[order] = said[source]
        # the client of rows that do not name it
        named = rows.client[order]
        if named.all():
            return rows.client
        lacks = named == 0
        nearest = latest(~lacks | begins | first)
        named[goes_on] = np.where(lacks[goes_on], self._keys.values["client"][known[old]], named[goes_on])
        lacking = lacks.nonzero()[0]
        client = rows.client.copy()
        client[order[lacking]] = named[nearest[lacking]]
        return client

    def _by_peer(self, rows: Rows, found: Found, refs: Array) -> "_Mixed | None":
        """Tell the sessions of rows without a key. What is learnt of the clients that have such rows."""
        has_key = np.zeros(len(rows), np.bool_)
        has_key[rows.by_key.rows] = True
        alone = (~has_key[rows.by_peer.rows]).nonzero()[0]
        if not len(alone):
            return None
        peers, places = _part(rows.by_peer, alone)
        order, first = rows.by_peer.rows[places], rows.by_peer.first[places]
        known = found.known[peers]
        heads, which = first.nonzero()[0], np.cumsum(first) - 1
        time, kind, keyed = rows.time[order], rows.kind[order], has_key[order]
        anchor = latest(keyed | first)
        # the client's last keyed session, if that is still open
        held = self._peers.values
        bare = ~keyed[anchor]
        anchor_time = np.where(bare, held["keyed_time"][known][which], time[anchor])
        anchor_open = np.where(bare, held["keyed"][known][which] > 0, kind[anchor] != _DISCONNECT)
        ref = refs[order]
        anchor_ref = np.where(bare, -held["keyed"][known][which] - 1, ref[anchor])
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
        last = anchor[lasts(first)]
        return _Mixed(peers, order[last], keyed[last])

    def _number(self, refs: Array) -> Array:
        begins = refs == np.arange(len(refs))
        numbers = np.cumsum(begins)
        numbers += self._numbering.take(int(numbers[-1]) if len(numbers) else 0)
        before = (refs < 0).nonzero()[0]
        known = -refs[before] - 1
        refs[before] = 0
        numbers = numbers[refs]
        numbers[before] = known
        return numbers

    def _carry_keys(self, rows: Rows, found: Found, numbers: Array, client: Array) -> None:
        ends = rows.by_key.rows[rows.by_key.ends]
        over = rows.kind[ends] == _DISCONNECT
        self._keys.remove(found, over)
        stay = (~over).nonzero()[0]
        ends = ends[stay]
        self._keys.put(found, stay, rows.time[ends], session=numbers[ends], client=client[ends])

    def _carry_peers(self, rows: Rows, found: Found, numbers: Array, mixed: "_Mixed | None") -> None:
        ends = rows.by_peer.rows[rows.by_peer.ends]
        keyed = np.where(rows.kind[ends] != _DISCONNECT, numbers[ends], 0)
        keyed_time = rows.time[ends]
        if mixed is not None:
            still_open = mixed.keyed & (rows.kind[mixed.source] != _DISCONNECT)
            known, held = found.known[mixed.peers], self._peers.values
            keyed[mixed.peers] = np.where(
                mixed.keyed, np.where(still_open, numbers[mixed.source], 0), held["keyed"][known]
            )
            keyed_time[mixed.peers] = np.where(mixed.keyed, rows.time[mixed.source], held["keyed_time"][known])
        self._peers.put(
            found, np.arange(len(ends)), rows.time[ends],
            session=numbers[ends], keyed=keyed, keyed_time=keyed_time,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Mixed:
    """Clients that have rows without a session key."""

    peers: Array
    """which of the peers"""
    source: Array
    """of each its last row with a key; where it has none, its first row"""
    keyed: Array
    """bool: it has one"""


def _part(of: Together, places: Array) -> tuple[Array, Array]:
    """The groups that have one of these places, and all places of those groups."""
    which = of.which()
    wanted = np.zeros(len(of.heads), np.bool_)
    wanted[which[places]] = True
    return wanted.nonzero()[0], wanted[which].nonzero()[0]
