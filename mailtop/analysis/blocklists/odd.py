"""odd: D2, answers that are no listings; D3, lists whose text says that they are dead or refuse to serve.

Who has no filter on answers takes either for a listing, and turns the client away. The text of a refusal is the list's
own and says the same to everyone; what precedes the list's name in the line is the client's, and is not looked at.
"""

import re
from collections.abc import Iterator
from typing import Final

from mailtop.analysis.blocklists.evidence import Evidence, Hits
from mailtop.analysis.blocklists.finding import Finding, Number
from mailtop.listing import WORDS, meaning

_DYING: Final = re.compile(
    r"open resolver|query refused|excess(?:ive)? (?:number|volume)|please remove|no longer|shut ?down|deprecated"
    r"|is dead",
    re.IGNORECASE,
)
ALIKE: Final = 2
"""clients that must have been told so: all whose line was read back, and at least so many"""
SHOWN: Final = 160
"""characters of a text that are shown"""
ANSWERS_SHOWN: Final = 5


def odd_answers(evidence: Evidence) -> Iterator[Finding]:
    """D2: one finding for each list with answers that are no listings."""
    for zone, answers in sorted(evidence.answers.items()):
        odd = {answer: clients for answer, clients in answers.items() if meaning(zone, answer) != "listed"}
        if not odd:
            continue
        outside = sum(clients for answer, clients in odd.items() if meaning(zone, answer) == "outside")
        clients = sum(odd.values())
        truly = set().union(*(zones[zone].first for zones in evidence.named.values() if zone in zones))
        turned = evidence.decided.get(zone, Hits()).first.keys() & evidence.odd.get(zone, Hits()).first.keys()
        refused = len(turned - truly)
        shown = sorted(odd, key=lambda answer: (-odd[answer], answer))[:ANSWERS_SHOWN]
        figures: list[tuple[str, Number]] = [
            *((f"clients answered {answer}", odd[answer]) for answer in shown),
            ("clients truly listed", len(truly)),
            ("clients turned away for such an answer", refused),
        ]
        words = WORDS.get(shown[0])
        if outside:
            says = f"answers with addresses outside 127/8 ({shown[0]}): its name is parked, or answers are rewritten"
            way_out = f"take {zone} out of the configuration"
        else:
            says = f"answers with an error code ({shown[0]}{f': {words}' if words else ''})"
            way_out = "ask it through a resolver of your own, or pay for it; until then take it out"
        if refused:
            says += ", and turns clients away"
            way_out += f"; a filter such as {zone}=127.0.0.[2..11] keeps such answers from counting"
        yield Finding("D2", zone, "critical" if refused else "warning", says, way_out, tuple(figures), clients)


def odd_texts(evidence: Evidence) -> Iterator[Finding]:
    """D3: one finding for each list that tells everyone so."""
    for zone, lines in sorted(evidence.texts.items()):
        told = [said(zone, line) for line in lines]
        if len(told) < ALIKE or not all(_DYING.search(text) for text in told):
            continue
        refused = len(evidence.decided.get(zone, ()))
        yield Finding(
            "D3",
            zone,
            "critical",
            f"refuses clients with the text “{told[-1][:SHOWN]}”",
            f"take {zone} out of the configuration, or see why it refuses this resolver",
            (("clients turned away on its word", refused), ("clients whose line was read", len(told))),
            refused,
        )


def said(zone: str, line: str) -> str:
    """What a list said in a line about a refusal: what follows its name, up to the envelope."""
    _, found, rest = line.lower().rpartition("blocked using " + zone)
    if not found:
        _, found, rest = line.lower().rpartition(zone)
    text = line[len(line) - len(rest) :] if found and len(line) == len(line.lower()) else rest
    return text.partition("; from=<")[0].strip(" ;:,.")
