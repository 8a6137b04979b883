"""rows: what a row is to the joins (store/joins.py), and the words for what became of it.

`mark` of a row: the verdict (VERDICTS) in its low three bits, HANDED for a connect that is a hand-over, JOINED for a
row whose client was not on its line.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from mailtop.event import KIND_WORDS
from mailtop.store.hashing import Array
from mailtop.store.ordering import Together

VERDICTS: Final = ("", "refused", "deferred", "greylisted", "warned", "accepted")
REFUSED, DEFERRED, GREYLISTED, WARNED, ACCEPTED = range(1, 6)
VERDICT: Final = 7
HANDED: Final = 8
JOINED: Final = 16

_VERDICTS: Final = np.zeros(256, np.uint8)
for _word, _verdict in (("reject", REFUSED), ("warn", WARNED), ("accept", ACCEPTED)):
    _VERDICTS[KIND_WORDS.index(_word)] = _verdict


@dataclass(slots=True)
class Rows:
    """A run of rows: what joins need of them. Arrays have one value for each row."""

    time: Array
    """microseconds"""
    kind: Array
    client: Array
    """code of the client on the line, 0 without one"""
    by_key: Together
    """by session key"""
    by_peer: Together
    """by host and client together"""
    by_queue: Together
    """by host and queue ID together"""
    by_message: Together
    """by message-id"""
    zone: Array
    screener: Array
    """bool: postscreen's own line"""
    server: Array
    """bool: a line of the smtpd on the mail exchanger's port"""
    dnsbl: Array
    """bool: the reason on the line is dnsbl"""
    verdict: Array
    """the verdict that the line alone gives"""
    at: Array
    """int64 address of the row in the store"""
    loopback: Callable[[Array], Array]
    """client codes to bool: is it this host?"""

    def __len__(self) -> int:
        return len(self.time)


def line_verdicts(kind: Array, client: Array, soft: Callable[[Array], tuple[Array, Array]]) -> Array:
    """What each line alone says. `soft`: of some rows, whether the reply begins with a 4 (no reply is taken for a 5),
    and whether the reason is greylisting."""
    verdict = _VERDICTS[kind]
    rejects = (verdict == REFUSED).nonzero()[0]
    if len(rejects):
        four, greylist = soft(rejects)
        verdict[rejects[four]] = np.where(greylist[four], GREYLISTED, DEFERRED)
    accepts = (verdict == ACCEPTED).nonzero()[0]
    verdict[accepts[client[accepts] == 0]] = 0
    return verdict
