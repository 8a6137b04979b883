"""ratio: D4, a list that names everyone, or clients known to be good; D10, one that names all that is accepted.

The part of clients that a list names is known where it was asked about all of them (parallel evidence). Of a list that
is asked in turn it is only known whom it turned away and who got past it: those that were accepted. A bad day looks
much the same there, so that alone is a suspicion.

Good clients are those from which mail was accepted on `EARLIER` days before the list first hit them.
"""

from collections.abc import Iterator, Set
from typing import Final

from mailtop.analysis.blocklists.evidence import DAY, Evidence, Hits
from mailtop.analysis.blocklists.finding import Finding, Number
from mailtop.lookup.dnsbl import Catalogue

RATIO: Final = 0.9
LEAST: Final = 50
"""clients from which on a ratio says something"""
SURE: Final = 0.98
ALONE: Final = 0.1
"""part of a list's clients that no other list names: below it the clients are bad, not the list"""
GOOD: Final = 3
"""good clients hit that are no accident"""
EARLIER: Final = 3
ALL: Final = 0.95
"""part of the accepted clients that a list names, above which its word is worth nothing"""


def names_everyone(evidence: Evidence, catalogue: Catalogue) -> Iterator[Finding]:
    """D4: one finding for each list that does."""
    for zone, hits in sorted(evidence.hits.items()):
        if catalogue.facts(zone).allowlist:
            continue
        good = good_clients(evidence, hits)
        found = _parallel(evidence, zone) or _serial(evidence, zone)
        if len(good) < GOOD and found is None:
            continue
        figures: list[tuple[str, Number]] = [("good clients hit", len(good))]
        suspicion, sure = "", False
        if found is not None:
            suspicion, sure, more = found
            figures += more
        if len(good) >= GOOD:
            says = f"hits {len(good)} clients from which mail was accepted on {EARLIER} earlier days or more"
            figures += [(f"good client {at + 1}", client) for at, client in enumerate(good[:GOOD])]
        else:
            says = suspicion
        yield Finding(
            "D4",
            zone,
            "critical" if sure or len(good) >= GOOD else "warning",
            says + ("; it may list the whole world" if found is not None else ""),
            f"ask for 1.0.0.127.{zone}: any answer means that it lists everyone; then take it out",
            tuple(figures),
            len(hits),
        )


def good_clients(evidence: Evidence, hits: Hits) -> list[str]:
    """Of a list's clients those with accepted mail on `EARLIER` days before its first hit, in order."""
    good = []
    for client in hits.first.keys() & evidence.accepted.keys():
        days = evidence.accepted[client]
        begin = evidence.until - len(days) * DAY
        before = (count for at, count in enumerate(days) if begin + (at + 1) * DAY <= hits.first[client])
        if sum(count > 0 for count in before) >= EARLIER:
            good.append(client)
    return sorted(good)


def names_all_accepted(evidence: Evidence, catalogue: Catalogue) -> Iterator[Finding]:
    """D10: one finding for each list that names nearly all clients, accepted ones too."""
    for who, zones in sorted(evidence.named.items()):
        accepted = evidence.accepted.keys() & evidence.tested.get(who, frozenset())
        if len(accepted) < LEAST:
            continue
        for zone, hits in sorted(zones.items()):
            of_accepted = len(accepted & hits.first.keys()) / len(accepted)
            tested = evidence.tested[who] | hits.first.keys()
            if of_accepted <= ALL or len(hits) <= ALL * len(tested):
                continue
            word = "lets everyone pass" if catalogue.facts(zone).allowlist else "says nothing"
            yield Finding(
                "D10",
                zone,
                "warning",
                f"names nearly every client, the accepted ones too: its word {word}",
                f"give {zone} no weight, or take it out",
                (
                    ("part of the accepted clients that it names", round(of_accepted, 4)),
                    ("accepted clients", len(accepted)),
                    ("part of all clients", round(len(hits) / len(tested), 4)),
                ),
                len(hits),
            )


Suspicion = tuple[str, bool, list[tuple[str, Number]]]


def _parallel(evidence: Evidence, zone: str) -> Suspicion | None:
    for who, zones in sorted(evidence.named.items()):
        if zone not in zones:
            continue
        named = zones[zone].first.keys()
        tested = evidence.tested.get(who, frozenset()) | named
        if len(tested) < LEAST or len(named) < RATIO * len(tested):
            continue
        others: Set[str] = frozenset().union(*(hits.first.keys() for name, hits in zones.items() if name != zone))
        alone = len(named - others) / len(named)
        ratio = len(named) / len(tested)
        figures: list[tuple[str, Number]] = [
            ("part of the clients that it names", round(ratio, 4)),
            ("clients asked about", len(tested)),
            ("part of those that no other list names", round(alone, 4)),
        ]
        return f"names {ratio:.0%} of {len(tested)} clients", ratio >= SURE and alone > ALONE, figures
    return None


def _serial(evidence: Evidence, zone: str) -> Suspicion | None:
    """Of a list asked in turn: who got past it was accepted after its first hit."""
    if any(zone in zones for zones in evidence.named.values()):
        return None
    turned = evidence.decided.get(zone, Hits()).first
    if not turned:
        return None
    begin = min(turned.values())
    passed = {client for client, days in evidence.accepted.items() if _accepted_since(evidence, days, begin)}
    reached = passed | turned.keys()
    if len(reached) < LEAST or len(turned) < RATIO * len(reached):
        return None
    ratio = len(turned) / len(reached)
    figures: list[tuple[str, Number]] = [
        ("clients turned away on its word", len(turned)),
        ("other clients accepted since", len(passed - turned.keys())),
        ("part turned away", round(ratio, 4)),
    ]
    return f"turned away {ratio:.0%} of {len(reached)} clients that got as far", False, figures


def _accepted_since(evidence: Evidence, days: tuple[int, ...], begin: float) -> bool:
    """Whether mail was accepted on the day of `begin` or later."""
    first = len(days) - int((evidence.until - begin) // DAY) - 1
    return any(days[max(0, first) :])
