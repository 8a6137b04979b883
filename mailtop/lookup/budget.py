"""budget: how many questions each operator of DNS lists is asked: a token bucket for each.

A bucket fills at the least of `RATE` a second, `DAILY` a day and one percent of the operator's published limit for free
use, up to `BURST`. Lists of one operator share one. Whoever looks at a list asks for room for a whole look first, and
pays for what was really asked: within n days no more than n times the daily share and one `BURST`.

Pure: time is an argument (seconds of any clock that does not go back).
"""

from dataclasses import dataclass
from typing import Final

from mailtop.lookup.dnsbl import Facts
from mailtop.lookup.probe import MOST_QUERIES

DAY: Final = 86400.0
RATE: Final = 0.2
"""questions a second"""
DAILY: Final = 2000.0
"""questions a day"""
PART: Final = 0.01
"""of the operator's published limit"""
BURST: Final = 40.0
"""questions at once; of an operator with a small limit, what one look takes"""


@dataclass(slots=True)
class Bucket:
    """What one operator may still be asked."""

    per_day: float
    burst: float
    tokens: float
    at: float
    asked: int = 0
    """since the beginning"""


class Budget:
    """The buckets of all operators."""

    def __init__(self) -> None:
        self._buckets: dict[str, Bucket] = {}

    def room(self, facts: Facts, at: float, queries: int = MOST_QUERIES) -> bool:
        """Whether so many questions may be put now."""
        return self._of(facts, at).tokens >= queries

    def wait(self, facts: Facts, at: float, queries: int = MOST_QUERIES) -> float:
        """Seconds until there is room."""
        bucket = self._of(facts, at)
        return max(0.0, (queries - bucket.tokens) * DAY / bucket.per_day)

    def pay(self, facts: Facts, at: float, queries: int) -> None:
        """So many were put."""
        bucket = self._of(facts, at)
        bucket.tokens -= queries
        bucket.asked += queries

    def asked(self) -> dict[str, int]:
        """Operator -> questions put since the beginning."""
        return {payer: bucket.asked for payer, bucket in sorted(self._buckets.items())}

    def _of(self, facts: Facts, at: float) -> Bucket:
        per_day = min(RATE * DAY, DAILY)
        if facts.queries_per_day is not None:
            per_day = min(per_day, max(1.0, PART * facts.queries_per_day))
        burst = max(float(MOST_QUERIES), min(BURST, per_day / 10))
        bucket = self._buckets.get(facts.payer)
        if bucket is None:
            bucket = self._buckets[facts.payer] = Bucket(per_day, burst, burst, at)
        bucket.per_day, bucket.burst = min(bucket.per_day, per_day), min(bucket.burst, burst)
        bucket.tokens = min(bucket.burst, bucket.tokens + max(0.0, at - bucket.at) * bucket.per_day / DAY)
        bucket.at = max(bucket.at, at)
        return bucket
