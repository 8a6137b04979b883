"""rows: what a row is to the joins (store/joins.py), and the words for what became of it.

`mark` of a row: the verdict (VERDICTS) in its low three bits, HANDED for a connect that is a hand-over, JOINED for a
row whose client was not on its line.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from mailtop.event import KIND_WORDS
from mailtop.store.hashing import Array

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
