"""probe: one look at a DNS list: is it alive, emptied, gone, parked, refusing us, or listing the world?

`look` asks the test entries of RFC 5782 5 and one random documentation address (RFC 5737; a fixed one would be answered
from a resolver's memory of yesterday), and only where these leave a doubt the zone's SOA and NS, or the text of an
answer that should not be. `judge` is pure: it names the state.

    ok         the test entry is listed, the others are not
    empty      nothing is listed, not even the test entry; the zone is there (its negative answers carry its SOA)
    gone       the zone itself does not exist, or has no name servers
    world      what must never be listed is listed: the whole Internet is
    parked     answers outside 127/8: the name expired and somebody answers for everything
    refusing   the operator answers, but by an error code: not for this resolver
    limited    the same: too many queries
    refused, servfail, timeout      no answer at all, by what the resolver says of it
    unregistered   a list that answers registered resolvers only does not answer
    notest     has no test entry, but the log shows listings
    unknown    it was not asked, or the question could not be sent

Nothing but names under the list's own zone is asked for. One look is no finding yet: lookup/health.py confirms.

BUGS: a list that only lists IPv6 addresses and is not in the catalogue is found by its test entry alone; a list that is
asked for hashes of addresses cannot be told from an empty one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from mailtop.listing import WORDS
from mailtop.lookup.dnsbl import (
    LISTED,
    UNLISTED,
    Ask,
    Facts,
    Kind,
    RecordType,
    Reply,
    Target,
    entry_name,
    stranger,
    worst,
)
from mailtop.lookup.zone import masked

State = Literal[
    "ok", "empty", "gone", "world", "parked", "refusing", "limited", "refused", "servfail", "timeout", "unregistered",
    "notest", "unknown",
]  # fmt: skip
Severity = Literal["critical", "warning", "info", "ok"]

HARMFUL: Final = frozenset({"world", "parked"})
MOST_QUERIES: Final = 10
"""that one look may take: three kinds of test entry, two that must be absent, SOA, NS, a text; with room"""
TEXT_MOST: Final = 200
"""characters kept of a text that a list answers with"""
KINDS: Final[tuple[Kind, ...]] = ("ip4", "domain", "ip6")
"""of a list of which it is not known what it lists: what is tried, in this order"""


@dataclass(frozen=True, slots=True)
class Look:
    """What a list said when it was asked once."""

    test: Reply
    """of the entry that must be listed"""
    loopback: Reply | None = None
    """of the entry that must not be; None where this list lists it by design"""
    random: Reply | None = None
    """of an address that cannot be listed; None where the test entry got no answer at all"""
    soa: Reply | None = None
    servers: Reply | None = None
    text: str = ""
    """of an answer that should not be"""
    queries: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of a list, and what it follows from."""

    state: State
    because: str
    answers: tuple[str, ...] = ()
    seconds: float | None = None
    """that the answer to the test entry took; None where none came"""
    negative_ttl: int | None = None
    """seconds for which resolvers remember that something is not listed: no change is seen sooner"""
    queries: int = 0


def look(target: Target, ask: Ask, random: Random) -> Look:
    """Ask one list. At most `MOST_QUERIES` questions."""
    asked = 0

    def put(name: str, kind: RecordType = "A") -> Reply:
        nonlocal asked
        asked += 1
        return ask(name, kind)

    facts = target.facts
    kind: Kind = (facts.kinds or KINDS)[0]
    test, name = Reply("failed"), ""
    for of_kind, entry in _entries(facts):
        name = entry_name(entry, of_kind, target.asked)
        test = put(name)
        if not test.absent:
            kind = of_kind
            break
    if not (test.absent or test.outcome == "answer"):
        soa = put(target.asked, "SOA") if facts.registration else None
        return Look(test, soa=soa, queries=asked)
    loopback = None if facts.lists_loopback else put(entry_name(UNLISTED[kind], kind, target.asked))
    foreign = entry_name(stranger(kind, random), kind, target.asked)
    chance = put(foreign)
    soa = servers = None
    if test.absent and chance.absent:
        soa = put(target.asked, "SOA")
        servers = put(target.asked, "NS") if soa.outcome == "nodata" else None
    text = ""
    odd = foreign if chance.outcome == "answer" else name if _odd(facts.zone, test) else ""
    if odd:
        text = _shown(next(iter(put(odd, "TXT").records), ""))
    return Look(test, loopback, chance, soa, servers, text, asked)


def judge(facts: Facts, seen: Look, hits: bool = False) -> Verdict:
    """The state. `hits`: the log shows listings by this list within the last day."""
    state, because = _state(facts, seen, hits)
    answers = tuple(dict.fromkeys(_answers(seen)))
    negative = next((reply for reply in (seen.random, seen.loopback, seen.test) if reply and reply.absent), None)
    return Verdict(
        state,
        because,
        answers,
        None if seen.test.outcome in ("timeout", "failed") else seen.test.seconds,
        negative.negative_ttl if negative else None,
        seen.queries,
    )


def severity(state: State, filtered: bool | None = None) -> Severity:
    """How bad a state is. `filtered`: whether the MTA takes only answers that the list documents (None: not known)."""
    if state == "world":
        return "critical"
    if state in ("parked", "refusing", "limited"):
        return "warning" if filtered else "critical"
    return {"ok": "ok", "notest": "info", "unknown": "info"}.get(state, "warning")  # type: ignore[return-value]


def _entries(facts: Facts) -> Iterator[tuple[Kind, str]]:
    """The test entries to try: of a list whose kind is known its first, else one of each kind."""
    if facts.test_entry is not None:
        yield (facts.kinds or KINDS)[0], facts.test_entry
        return
    for kind in facts.kinds[:1] or KINDS:
        yield kind, LISTED[kind]


def _answers(seen: Look) -> Iterator[str]:
    for reply in (seen.test, seen.loopback, seen.random):
        if reply is not None and reply.outcome == "answer":
            yield from reply.records


def _shown(text: str) -> str:
    """A list's text, fit to be drawn: it is a stranger's, and may quote our own key."""
    return masked("".join(char if char.isprintable() else "?" for char in text[:TEXT_MOST]))


def _odd(zone: str, reply: Reply) -> bool:
    return reply.outcome == "answer" and worst(zone, reply.records) != "listed"


def _state(facts: Facts, seen: Look, hits: bool) -> tuple[State, str]:
    said = worst(facts.zone, _answers(seen))
    if said in ("outside", "refused", "limited"):
        return _wrong(said, seen)
    chance, loopback = seen.random, seen.loopback
    if chance is not None and chance.outcome == "answer":
        return "world", f"an address that nobody uses is listed as {chance.records[0]}{_quoted(seen)}"
    if chance is not None and not chance.absent and loopback is not None and loopback.outcome == "answer":
        return "world", f"127.0.0.1 is listed as {loopback.records[0]}"
    if seen.test.outcome == "answer":
        return "ok", _fine(facts, seen)
    if seen.test.absent:
        return _absent(facts, seen, hits)
    if seen.test.outcome == "failed":
        return "unknown", "the question could not be sent"
    if facts.registration and seen.test.outcome == "timeout" and seen.soa is not None and seen.soa.outcome == "answer":
        return "unregistered", "it does not answer this resolver, and answers only those that were registered"
    return seen.test.outcome, {  # type: ignore[return-value]
        "refused": "its name servers refuse the question",
        "servfail": "the resolver gets no valid answer from its name servers",
        "timeout": "its name servers do not answer",
    }.get(seen.test.outcome, seen.test.outcome)


def _wrong(said: str, seen: Look) -> tuple[State, str]:
    """Answers that are no listings: the worst of them."""
    answer = next((one for one in _answers(seen) if one in WORDS), next(_answers(seen), ""))
    if said == "outside":
        foreign = next((one for one in _answers(seen) if not one.startswith("127.")), answer)
        return "parked", f"answers with {foreign}, outside 127/8{_quoted(seen)}"
    words = WORDS.get(answer, "an error code of this list")
    return ("limited" if said == "limited" else "refusing"), f"answers with {answer}: {words}{_quoted(seen)}"


def _quoted(seen: Look) -> str:
    return f" (“{seen.text}”)" if seen.text else ""


def _fine(facts: Facts, seen: Look) -> str:
    said = f"its test entry is listed as {', '.join(seen.test.records)}"
    if facts.expected and not set(facts.expected) & set(seen.test.records):
        said += f", known is {', '.join(facts.expected)}"
    if seen.loopback is not None and seen.loopback.outcome == "answer":
        said += "; 127.0.0.1 is listed, against RFC 5782, but others are not"
    return said


def _absent(facts: Facts, seen: Look, hits: bool) -> tuple[State, str]:
    soa, servers = seen.soa, seen.servers
    if soa is not None and soa.outcome == "nxdomain":
        return "gone", f"the zone does not exist{_above(soa)}"
    if soa is not None and soa.outcome == "nodata" and servers is not None and servers.outcome == "nodata":
        owner = soa.owner or ""
        if owner != facts.zone and owner.count(".") == 0:
            return "gone", f"the zone has no name servers{_above(soa)}"
    if hits:
        return "notest", "it has no test entry, but the log shows listings"
    if facts.registration:
        return "unregistered", "its test entry is not listed, and it answers only resolvers that were registered"
    if not facts.has_test_entry:
        return "notest", "it is known to have no test entry, so that nothing can be said"
    if soa is not None and not (soa.absent or soa.outcome == "answer"):
        return "servfail", "nothing is listed, and the zone's SOA cannot be had"
    return "empty", "the zone is there, but lists nothing, not even its test entry"


def _above(reply: Reply) -> str:
    return f" (says {reply.owner})" if reply.owner else ""
