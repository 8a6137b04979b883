"""known: D1, lists in the log or the configuration that are known to be dead, changed, or not what they were.

A dead list that hits somebody after its death lists the world, or is parked: that is critical.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from mailtop.analysis.blocklists.evidence import DAY, Evidence, Hits
from mailtop.analysis.blocklists.finding import Finding, Severity
from mailtop.lookup.dnsbl import Catalogue

SAYS: Final[dict[str, tuple[Severity, str]]] = {
    "dead": ("warning", "is dead"),
    "fake": ("warning", "is no list that anybody should ask"),
    "merged": ("info", "went into another list"),
    "superseded": ("info", "was superseded"),
    "renamed": ("warning", "has another name"),
    "restricted": ("info", "answers registered users only"),
}
"""status of a story -> how bad, and in words; what is only suspected is not said"""


def known(evidence: Evidence, catalogue: Catalogue) -> Iterator[Finding]:
    """One finding for each list that has such a story."""
    for zone in sorted({*evidence.zones, *evidence.configured}):
        story = catalogue.story(zone)
        if story is None or story.status not in SAYS:
            continue
        severity, says = SAYS[story.status]
        hits = evidence.hits.get(zone, Hits())
        since = _day(story.since)
        if severity == "warning" and since is not None and hits.last > since:
            severity = "critical"
        told = ", ".join(part for part in (f"since {story.since}" if story.since else "", story.cause) if part)
        figures: list[tuple[str, int | float | str]] = [
            ("status", story.status),
            ("since", story.since or "not known"),
            ("source", story.source),
            ("clients hit in this log", len(hits)),
        ]
        if story.note:
            figures.append(("what happened", story.note))
        yield Finding(
            "D1",
            zone,
            severity,
            f"{says} ({told})" if told else says,
            f"take {zone} out of the configuration: a dead list may one day list everyone",
            tuple(figures),
            len(hits),
        )


def _day(since: str) -> float | None:
    """The end of a date as exact as it is given (2013, 2013-03, 2013-03-01), epoch seconds UTC."""
    parts = since.split("-")
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts[0]) != 4:
        return None
    year, month, day = (int(part) if part else 0 for part in (*parts, "", "")[:3])
    try:
        if not month:
            return datetime(year + 1, 1, 1, tzinfo=UTC).timestamp()
        if not day:
            return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp()
        return datetime(year, month, day, tzinfo=UTC).timestamp() + DAY
    except ValueError:
        return None
