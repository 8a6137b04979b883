"""Screening: what postscreen did with a client whom it did not answer itself.

Hand-over: a client that PASSed and was not disconnected by postscreen goes to an smtpd; the next connect of that client
on that host within `HANDOVER` is the same connection, not another one. (PASS NEW followed by DISCONNECT ended the tests
after the handshake: that client must come back, and nothing is handed over.)

Dropped: a session with a failed test that ends by DISCONNECT without PASS, reject or HANGUP was refused, although no
line says so (`postscreen_*_action = drop`): by the DNS lists when a rank was logged, else for its behaviour. The list
is the first that named the client in that session.
"""

from typing import Final

import numpy as np

from mailtop.event import KIND_WORDS
from mailtop.store.carry import Carry
from mailtop.store.hashing import Array
from mailtop.store.ordering import firsts, lasts, together
from mailtop.store.rows import Rows

HANDOVER: Final = 100 * 1_000_000
"""microseconds: postscreen waits that long for an smtpd (postscreen_watchdog_timeout is 10 s, the queue is longer)"""
_SCREENED_AGE: Final = 3600 * 1_000_000
_PENDING_MOST: Final = 20_000

_CONNECT, _DISCONNECT, _HANGUP, _SCREEN, _LISTED, _PASS, _REJECT = map(
    KIND_WORDS.index, ("connect", "disconnect", "hangup", "screen", "listed", "pass", "reject")
)
_BEHAVIOUR, _RANK, _ANSWERED, _JUDGED = 1, 2, 4, 8
_BITS: Final = np.zeros(256, np.uint8)
_BITS[_SCREEN] = _BEHAVIOUR
_BITS[[_PASS, _REJECT, _HANGUP]] = _ANSWERED
_BITS[_DISCONNECT] = _JUDGED


class Screening:
    """State: passes that no smtpd has taken yet; of each session what postscreen found."""

    def __init__(self) -> None:
        self._pending: dict[int, list[tuple[int, int]]] = {}
        self._sessions = Carry(_SCREENED_AGE, bits=np.uint8, zone=np.uint32)

    @property
    def zones(self) -> Array:
        """Zone codes held, to be renumbered in place."""
        return self._sessions.held("zone")

    def run(self, rows: Rows, session: Array) -> tuple[Array, Array, Array, Array]:
        """Rows that are hand-overs; rows where a client was dropped, whether by rank, and the zone."""
        return self._handed(rows, session), *self._dropped(rows, session)

    def _handed(self, rows: Rows, session: Array) -> Array:
        by = rows.by_peer
        kind = rows.kind[by.rows]
        concerned = kind == _PASS
        if not self._pending and not concerned.any():
            return np.zeros(0, np.int64)
        # rows of clients of whom a pass is known, here or from before
        which = by.which()
        passed = np.zeros(len(by.heads), np.bool_)
        passed[which[concerned]] = True
        waiting = np.zeros(len(by.heads), np.bool_)
        if self._pending:
            waiting = np.fromiter(map(self._pending.__contains__, by.keys.tolist()), np.bool_, len(by.heads))
            passed |= waiting
        concerned |= (kind == _CONNECT) & rows.server[by.rows] | (kind == _DISCONNECT) & rows.screener[by.rows]
        places = (concerned & passed[which]).nonzero()[0]
        row, which, kind = by.rows[places], which[places], kind[places]
        time, number = rows.time[row], session[row]
        # A pass is mostly followed by its connect or its disconnect before the client does anything else; such clients
        # are told all at once, the others row by row.
        at = (kind == _PASS).nonzero()[0]
        after = np.minimum(at + 1, max(0, len(row) - 1))
        alone = (after == at) | (which[after] != which[at])
        takes = ~alone & (kind[after] == _CONNECT)
        usual = alone | takes | ((kind[after] == _DISCONNECT) & (number[after] == number[at]))
        waiting[which[at[~usual]]] = True
        usual &= ~waiting[which[at]]
        taken = usual & takes
        taken[taken] = (time[after] - time[at] <= HANDOVER)[taken]
        left = at[usual & alone]
        peers = by.keys[which[left]].tolist()
        new = zip(peers, time[left].tolist(), number[left].tolist(), strict=True)
        slow = waiting[which].nonzero()[0]
        handed = self._one_by_one(row[slow], kind[slow], by.keys[which[slow]], time[slow], number[slow])
        self._pending.update((peer, [(moment, session_number)]) for peer, moment, session_number in new)
        if len(self._pending) > _PENDING_MOST // 2:
            self._expire(int(rows.time.max()))
        return np.concatenate([row[after[taken]], handed])

    def _one_by_one(self, *columns: Array) -> Array:
        """The hand-overs among these rows: their numbers, kinds, peers, times and sessions, each peer's in order."""
        handed = []
        for row, kind, peer, time, number in zip(*(column.tolist() for column in columns), strict=True):
            if kind == _PASS:
                self._pending.setdefault(peer, []).append((time, number))
                continue
            waiting = self._pending.get(peer)
            if waiting is None:
                continue
            if kind == _DISCONNECT:
                waiting[:] = [one for one in waiting if one[1] != number]
            else:
                waiting[:] = [one for one in waiting if time - one[0] <= HANDOVER]
                if waiting:
                    del waiting[0]
                    handed.append(row)
            if not waiting:
                del self._pending[peer]
        return np.array(handed, np.int64)

    def _expire(self, now: int) -> None:
        oldest = now - HANDOVER - 60_000_000
        kept = {peer: some for peer, some in self._pending.items() if some[-1][0] >= oldest}
        self._pending = dict(list(kept.items())[-_PENDING_MOST:])

    def _dropped(self, rows: Rows, session: Array) -> tuple[Array, Array, Array]:
        bits = _BITS[rows.kind] * rows.screener
        none = np.zeros(0, np.int64)
        some = ((rows.kind == _LISTED) | (bits > 0)).nonzero()[0]
        some = some[session[some] > 0]
        if not len(some):
            return none, none, none
        number = session[some].astype(np.uint64)
        number -= number.min()  # smaller numbers are sorted faster
        order = some[together(number)]
        number = session[order].astype(np.uint64)
        listed = rows.kind[order] == _LISTED
        first = firsts(number)
        heads = np.flatnonzero(first)
        entries = self._sessions.find(number[heads])
        known = entries.known
        bits = bits[order]
        bits[(bits == _BEHAVIOUR) & rows.dnsbl[order]] = _RANK
        over = bits == _JUDGED
        # what comes after the first disconnect of a session, or of one judged before, no longer matters
        judged = (self._sessions.values["bits"][known] & _JUDGED) > 0
        ended = np.cumsum(over)
        which = np.cumsum(first) - 1
        late = (ended - over > (ended - over)[heads][which]) | judged[which]
        bits[late] = 0
        found = np.bitwise_or.reduceat(bits, heads) | self._sessions.values["bits"][known]
        zone = self._zones(rows.zone[order] * (listed & ~late), heads, known)
        failed = found & (_BEHAVIOUR | _RANK)
        drops = np.flatnonzero(((found & _ANSWERED) == 0) & (failed > 0) & ((found & _JUDGED) > 0) & ~judged)
        end = np.flatnonzero(over & ~late)
        row = np.zeros(len(heads), np.int64)
        row[which[end]] = order[end]
        by_rank = (found[drops] & _RANK) > 0
        last = np.flatnonzero(lasts(first))
        self._sessions.put(entries, np.arange(len(heads)), rows.time[order[last]], bits=found, zone=zone)
        return row[drops], by_rank, np.where(by_rank, zone[drops], 0)

    def _zones(self, zone: Array, heads: Array, known: Array) -> Array:
        """The first zone of each session: the one known before, else the first among its rows."""
        at = np.flatnonzero(zone)
        found = np.zeros(len(heads), np.uint32)
        which = np.searchsorted(heads, at, "right") - 1
        found[which[::-1]] = zone[at[::-1]]  # written backwards, the first one stays
        before = self._sessions.values["zone"][known]
        return np.where(before > 0, before, found)
