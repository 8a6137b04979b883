"""overlap: D9, two lists that name the same clients: the same data is asked for twice.

Only where lists are asked side by side (parallel evidence) can it be seen: of lists asked in turn, the second is never
asked about what the first has named.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from mailtop.analysis.blocklists.evidence import Evidence
from mailtop.analysis.blocklists.finding import Finding

SAME: Final = 0.98
LEAST: Final = 200
"""clients that one of the two names"""


def same_data(evidence: Evidence) -> Iterator[Finding]:
    """One finding for each such pair, under the name that comes first."""
    for _, zones in sorted(evidence.named.items()):
        for one, other in combinations(sorted(zones), 2):
            a, b = zones[one].first.keys(), zones[other].first.keys()
            if max(len(a), len(b)) < SAME * LEAST or min(len(a), len(b)) < SAME * max(len(a), len(b)):
                continue
            both = len(a & b)
            either = len(a) + len(b) - both
            if either < LEAST or both <= SAME * either:
                continue
            yield Finding(
                "D9",
                one,
                "info",
                f"names the same clients as {other}",
                "keep one of the two: the second costs queries and counts the same evidence twice",
                (("clients that both name", both), ("that either names", either), ("Jaccard", round(both / either, 4))),
                both,
                other,
            )
