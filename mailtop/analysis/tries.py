"""Tries: how often a client came, how long it stayed away between, and what it did after it was told to come back.

In: an answer by `session` with `TRIES_MEASURES`. Out: `Tries`. Sessions that begin under five seconds after the one
before are one try with it, as they are in persistence. "Back" is the first try that begins `AWAY` seconds or more after
the first one that ended in a 4xx.

BUGS: sees as many sessions as the answer has; of more, `complete` says so.
"""

from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from mailtop.query import Table

TRIES_MEASURES: Final = ("first", "deferred", "greylisted", "accepted")

AWAY: Final = 5.0
"""seconds: two sessions closer than this are one try"""


@dataclass(frozen=True, slots=True)
class Tries:
    """See the module. Times in seconds."""

    count: int
    gap: float | None
    """median time from the beginning of a try to that of the next; None of one try"""
    put_off: bool
    """some try was answered with a 4xx"""
    back: float | None
    """from the first such try to the next one; None where there was none after it"""
    accepted: bool
    """a message was accepted in that next try or later"""
    complete: bool


def tries(table: Table) -> Tries:
    """What the sessions of one client amount to."""
    at = {name: table.columns.index(name) for name in TRIES_MEASURES}
    rows = sorted(
        (first, bool(row[at["deferred"]] or row[at["greylisted"]]), bool(row[at["accepted"]]))
        for row in table.rows
        if isinstance(first := row[at["first"]], int | float)
    )
    made: list[tuple[float, bool, bool]] = []
    last = float("-inf")
    for first, later, taken in rows:
        if first - last < AWAY:
            begin, was_later, was_taken = made[-1]
            made[-1] = begin, was_later or later, was_taken or taken
        else:
            made.append((first, later, taken))
        last = first
    put_off = next((i for i, one in enumerate(made) if one[1]), None)
    after = [] if put_off is None else made[put_off + 1 :]
    return Tries(
        count=len(made),
        gap=median(b[0] - a[0] for a, b in pairwise(made)) if len(made) > 1 else None,
        put_off=put_off is not None,
        back=after[0][0] - made[put_off][0] if after and put_off is not None else None,
        accepted=any(one[2] for one in after),
        complete=table.groups <= len(table.rows),
    )
