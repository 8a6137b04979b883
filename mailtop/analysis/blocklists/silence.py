"""silence: D5, a list that has not hit anybody for longer than chance explains.

A list that hits now and then is silent now and then. With hits at random at a steady rate the chance that none comes
while `n` are expected is e^-n (Poisson); at `EXPECTED` it is under one in a thousand. A hit is a client, not a line, so
that one client who tries all day is one. The rate is that of the time up to the newest hit, by the clock and by the
number of sessions, and the lesser of the two counts: a server without traffic hits nobody.

A configured list that never hit anybody in the whole log is said as such, with how long the log is.
"""

from collections.abc import Iterator
from math import exp
from typing import Final

from mailtop.analysis.blocklists.evidence import DAY, Evidence, Hits
from mailtop.analysis.blocklists.finding import Finding

EXPECTED: Final = 7.0
"""hits that chance does not leave out: e^-7 is 0.0009"""
TRAILING: Final = 28 * DAY
"""how far back the rate looks"""
HITS: Final = 10
"""clients without which a rate is none"""
SHORTEST: Final = 3600.0
"""seconds; what a few hits in a minute say of the next minute is nothing"""
ENOUGH: Final = 100
"""sessions without which a log says nothing of a list that never hit"""


def expected(evidence: Evidence, hits: Hits) -> float:
    """How many clients should have been hit since the newest hit."""
    begin = max(evidence.since, hits.last - TRAILING)
    # The newest client is the end of the time looked at, not within it.
    before = sum(begin <= at < hits.last for at in hits.first.values())
    watched = hits.last - begin
    if before < HITS or min(watched, evidence.until - hits.last) < SHORTEST:
        return 0.0
    by_clock = before / watched * (evidence.until - hits.last)
    earlier, later = _sessions(evidence, begin, hits.last)
    return min(by_clock, before * later / earlier) if earlier else by_clock


def silent(evidence: Evidence) -> Iterator[Finding]:
    """One finding for each list that is silent, or never said anything."""
    for zone, hits in sorted(evidence.hits.items()):
        missing = expected(evidence, hits)
        if missing <= EXPECTED:
            continue
        hours = (evidence.until - hits.last) / 3600
        yield Finding(
            "D5",
            zone,
            "warning",
            f"has hit nobody for {hours:.0f} hours, in which {missing:.0f} clients were to be expected",
            f"see with `mailtop dnsbl check {zone}` whether it still answers",
            (
                ("newest hit", hits.last),
                ("hours since", round(hours, 1)),
                ("clients hit before", len(hits)),
                ("expected since", round(missing, 1)),
                ("chance of this silence", float(f"{exp(-missing):.2g}")),
                ("bound", f"expected > {EXPECTED:g}, a chance under {exp(-EXPECTED):.2g}"),
            ),
            missing,
        )
    sessions = sum(evidence.sessions)
    for zone in sorted(set(evidence.configured) - evidence.hits.keys()):
        if sessions >= ENOUGH:
            days = (evidence.until - evidence.since) / DAY
            yield Finding(
                "D5",
                zone,
                "warning",
                f"never hit anybody in the whole log of {days:.1f} days",
                f"see with `mailtop dnsbl check {zone}` whether it still answers",
                (("days of log", round(days, 2)), ("sessions", sessions), ("clients hit", 0)),
            )


def _sessions(evidence: Evidence, begin: float, end: float) -> tuple[int, int]:
    """Sessions from `begin` to `end`, and after it; a step counts where its middle lies."""
    first = evidence.until - len(evidence.sessions) * evidence.step
    earlier = later = 0
    for at, count in enumerate(evidence.sessions):
        middle = first + (at + 0.5) * evidence.step
        if middle > end:
            later += count
        elif middle >= begin:
            earlier += count
    return earlier, later
