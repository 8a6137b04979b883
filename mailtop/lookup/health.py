"""health: when a list's state is believed: the state machine over single looks.

    parked, world         seen twice, a minute apart: mail is being lost
    every other trouble   seen in three consecutive rounds over half an hour
    well again            seen in two consecutive rounds
    the first "ok"        is believed at once, for nothing speaks against it

Where the resolver is at fault the lists' states stand still and there is one warning, about the resolver: when a name
under `.invalid` exists or cannot be asked for, when four of five lists change within one round, or when no list at all
gives the answer in 127/8 that its test entry must have (a resolver that guards against DNS rebinding strips them), or
when all is denied without the SOA that a denial must carry (a resolver without a way out that makes it up).

Pure: time is an argument, randomness too.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from mailtop.lookup.dnsbl import Reply
from mailtop.lookup.probe import HARMFUL, State, Verdict

ROUND: Final = 1800.0
"""seconds between two looks at a list, more or less `JITTER`"""
JITTER: Final = 0.2
AGAIN: Final = 900.0
"""seconds until a list in doubt is looked at again, and up to `JITTER` more"""
HURRY: Final = 60.0
"""the same where it seems to do harm"""
ROUNDS: Final = 3
SPREAD: Final = 1800.0
"""seconds over which so many rounds must have seen a trouble"""
TWICE: Final = 2
WELL: Final = 2
MANY: Final = 3
"""lists from which on a common change is the resolver's fault"""
SHARE: Final = 0.8
HISTORY: Final = 64
"""changes kept of one list"""


@dataclass(frozen=True, slots=True)
class Change:
    """A list's state from a moment on."""

    at: float
    state: State
    because: str


@dataclass(frozen=True, slots=True)
class Health:
    """What is believed of one list, and what is in doubt."""

    state: State = "unknown"
    because: str = ""
    since: float | None = None
    """when the state was first seen, epoch seconds"""
    looked: float | None = None
    last: Verdict | None = None
    """of the newest look that counted"""
    doubted: int = 0
    """consecutive looks that saw something else"""
    doubted_since: float = 0.0
    harmed: int = 0
    """of these, the last ones that saw harm"""
    harmed_since: float = 0.0
    history: tuple[Change, ...] = ()

    @property
    def in_doubt(self) -> bool:
        """Whether the newest look saw another state than is believed."""
        return self.doubted > 0


def after(health: Health, verdict: Verdict, at: float) -> Health:
    """What is believed after one more look."""
    seen = verdict.state
    if seen == "unknown":  # nothing was learnt
        return replace(health, looked=at)
    if seen == health.state:
        return replace(health, because=verdict.because, looked=at, last=verdict, doubted=0, harmed=0, doubted_since=0.0)
    earlier = health.last.state if health.last and health.in_doubt else None
    # A look that sees a list well ends a run of trouble and begins one of health, and the other way round; one trouble
    # after another is the same run: a list that fails now by time-out, now by SERVFAIL, is in trouble.
    goes_on = earlier is not None and (earlier == "ok") == (seen == "ok")
    since = health.doubted_since if goes_on else at
    count = health.doubted + 1 if goes_on else 1
    harm_goes_on = seen in HARMFUL and health.harmed > 0 and health.in_doubt
    harmed_since = (health.harmed_since if harm_goes_on else at) if seen in HARMFUL else 0.0
    harmed = (health.harmed + 1 if harm_goes_on else 1) if seen in HARMFUL else 0
    doubted = replace(
        health,
        looked=at,
        last=verdict,
        doubted=count,
        doubted_since=since,
        harmed=harmed,
        harmed_since=harmed_since,
    )
    if not _believed(doubted, seen, at):
        return doubted
    began = harmed_since if seen in HARMFUL else since
    change = Change(began, seen, verdict.because)
    history = (*health.history, change)[-HISTORY:]
    return Health(seen, verdict.because, began, at, verdict, history=history)


def next_look(health: Health, at: float, random: Random) -> float:
    """When to look again after a look at `at`."""
    if health.harmed:
        return at + HURRY
    if health.in_doubt or health.looked is None:
        return at + AGAIN * random.uniform(1.0, 1.0 + JITTER)
    return at + ROUND * random.uniform(1.0 - JITTER, 1.0 + JITTER)


def resolver_fault(
    control: Reply,
    before: Mapping[str, Health],
    now: Mapping[str, Verdict],
    dead: Collection[str] = (),
) -> str | None:
    """Why a round says something about the resolver and not about the lists; None when it does not.

    `control`: the answer for a random name under `.invalid`, which cannot exist (RFC 6761). `now`: the newest verdict
    of each list that was looked at within the round. `dead`: lists of which it is known that they do not answer.
    """
    if control.outcome == "answer":
        return f"a name that cannot exist resolves to {', '.join(control.records)}: the resolver makes up answers"
    if not control.absent:
        return f"a name that cannot exist is answered with {control.outcome}: the resolver does not work"
    known = {zone: verdict for zone, verdict in now.items() if verdict.state != "unknown"}
    settled = [zone for zone in known if zone in before and before[zone].state != "unknown"]
    changed = [zone for zone in settled if known[zone].state != before[zone].state]
    if len(changed) >= MANY and len(changed) >= SHARE * len(settled) and not _recovering(changed, known):
        return f"{len(changed)} of {len(settled)} lists changed within one round"
    alive = [verdict for zone, verdict in known.items() if zone not in dead]
    if alive and not any(_has_loopback(verdict.answers) for verdict in alive):
        if len(alive) >= MANY:
            return f"none of {len(alive)} lists gives an answer in 127/8"
        if control.owner is None and all(_denied(verdict) for verdict in alive):
            return "it denies every name, and names nobody who says so"
    return None


def _believed(health: Health, seen: State, at: float) -> bool:
    if seen == "ok":
        return (health.state == "unknown" and health.doubted == 1) or health.doubted >= WELL
    if seen in HARMFUL:
        return health.harmed >= TWICE and at - health.harmed_since >= HURRY
    return health.doubted >= ROUNDS and at - health.doubted_since >= SPREAD


def _recovering(changed: Iterable[str], now: Mapping[str, Verdict]) -> bool:
    """Whether all that changed is well now: that is no fault."""
    return all(now[zone].state == "ok" for zone in changed)


def _denied(verdict: Verdict) -> bool:
    """Whether a list is said not to be there without the SOA that every such answer must carry (RFC 2308 3)."""
    return verdict.state in ("gone", "empty") and verdict.negative_ttl is None


def _has_loopback(answers: Iterable[str]) -> bool:
    return any(answer.startswith("127.") for answer in answers)
