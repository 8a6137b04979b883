"""listfacts: the package's catalogue of DNS lists as probes and detectors ask for it.

In: lookup/catalogue.py's tables, by zone. Out: a `Catalogue` of lookup/dnsbl.py: what must be known to ask a list, and
what became of it. What the tables do not say is left at the defaults of RFC 5782.
"""

from functools import lru_cache
from typing import Final

from mailtop.lookup import catalogue
from mailtop.lookup.dnsbl import LISTED, Facts, Kind, Story

_KINDS: Final[tuple[Kind, ...]] = ("ip4", "ip6", "domain")
_CONVENTIONAL: Final = frozenset(LISTED.values())
_LOOPBACK: Final = "127.0.0.1"


class ListFacts:
    """See the module."""

    def __init__(self, tables: catalogue.Catalogue) -> None:
        self._tables = tables

    def facts(self, zone: str) -> Facts:
        """Of any zone."""
        found = self._tables.find(zone)
        service = found.service if found else None
        if service is None:
            return Facts(zone, operator=self._tables.operator(zone))
        kinds = tuple(kind for kind in _KINDS if kind in service.asked)
        entries = tuple(entry.lower() for entry in service.listed)
        return Facts(
            zone,
            kinds,
            service.operator,
            test_entry=None if _CONVENTIONAL & set(entries) or not entries else entries[0],
            has_test_entry=bool(entries) and bool(kinds),
            lists_loopback=bool(entries) and _LOOPBACK not in service.not_listed and "ip4" in kinds,
            expected=service.expected,
            allowlist=service.meaning == "allow",
            registration=service.registration,
            queries_per_day=service.per_day,
        )

    def story(self, zone: str) -> Story | None:
        """What became of a list, if it is not simply alive."""
        found = self._tables.find(zone)
        story = found.story if found else None
        if story is None or found is None or found.state == "live":
            return None
        return Story(zone, story.status, story.since or "", story.cause, story.note, " ; ".join(story.sources))


@lru_cache(maxsize=1)
def load() -> ListFacts:
    """Of the catalogue that ships with mailtop."""
    return ListFacts(catalogue.load())
