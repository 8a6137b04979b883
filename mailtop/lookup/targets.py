"""targets: configured lists as lists to be asked: each once, with what is known of it.

In: the lists of a configuration (mtaconfig), the catalogue. Out: `Target`s. A list that is configured in several places
counts as filtered only when it is in all of them. Where the catalogue does not know what a list lists, what it is asked
about tells: an address, or a name.

Lists that nothing asks (`reachable` is False) are left out.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from mailtop.lookup.dnsbl import Catalogue, Target
from mailtop.lookup.mtaconfig.configured import ADDRESSES, ConfiguredList

WRONG: Final = ("127.255.255.254", "198.51.100.80")
"""an error code and a parked list's answer: what a filter must keep from counting"""


def targets(lists: Iterable[ConfiguredList], catalogue: Catalogue, named: bool = False) -> tuple[Target, ...]:
    """In the order of the lists. `named`: they come from a command line, which may well leave the filter out."""
    found: dict[str, list[ConfiguredList]] = {}
    for one in lists:
        if one.reachable:
            found.setdefault(one.zone, []).append(one)
    return tuple(_target(places, catalogue, named) for places in found.values())


def _target(places: list[ConfiguredList], catalogue: Catalogue, named: bool) -> Target:
    facts = catalogue.facts(places[0].zone)
    if not facts.kinds and not named:
        facts = replace(facts, kinds=("ip4",) if any(one.kind in ADDRESSES for one in places) else ("domain",))
    if places[0].meaning == "allow":
        facts = replace(facts, allowlist=True)
    open_to = [one for one in places if any(one.counts(answer) for answer in WRONG)]
    unknown = named and any(not one.filter for one in places)
    return Target(facts, places[0].asked.reveal(), None if unknown else not open_to)
