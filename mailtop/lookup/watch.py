"""watch: keeps an eye on the configured lists: looks when it is time and there is budget, and says what changed.

    watch = Watch(targets, ask, catalogue, Random())
    while running: for change in watch.step(now): ...; sleep until watch.due

`step` asks on the calling thread and on `THREADS` more, so it takes as long as the slowest list; nothing of a list that
is not among the targets is ever asked for but one random name under `.invalid`, each round. Lists of one operator are
asked one after another. Time is an argument; whoever drives this must not do so for an archived log, whose lists may
be long dead and whose server is not this one.
"""

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from random import Random
from typing import Final

from mailtop.lookup.budget import Budget
from mailtop.lookup.dnsbl import Ask, Catalogue, Reply, Target, stranger
from mailtop.lookup.health import AGAIN, JITTER, ROUND, Health, after, next_look, resolver_fault
from mailtop.lookup.probe import Look, State, Verdict, judge, look

THREADS: Final = 8
TARGETS_MOST: Final = 200
"""lists watched; a configuration with more is cut, and `Watch.left_out` says of how many"""
STORIES_OF_DEATH: Final = frozenset({"dead", "merged", "superseded", "renamed", "fake"})


@dataclass(frozen=True, slots=True)
class Told:
    """A change worth telling: of a list, or (`zone` None) of the resolver, whose `state` is `fault` or `ok`."""

    zone: str | None
    state: State | str
    was: State | str
    because: str
    at: float


@dataclass(frozen=True, slots=True)
class Fault:
    """The resolver is at fault."""

    since: float
    because: str


class Watch:
    """See the module."""

    def __init__(self, targets: Sequence[Target], ask: Ask, catalogue: Catalogue, random: Random, now: float) -> None:
        self._ask, self._random = ask, random
        self.targets = tuple({target.facts.zone: target for target in targets}.values())[:TARGETS_MOST]
        self.left_out = max(0, len({target.facts.zone for target in targets}) - TARGETS_MOST)
        stories = {target.facts.zone: catalogue.story(target.facts.zone) for target in self.targets}
        self._dead = frozenset(zone for zone, story in stories.items() if story and story.status in STORIES_OF_DEATH)
        self.health: dict[str, Health] = {target.facts.zone: Health() for target in self.targets}
        self.budget = Budget()
        self.fault: Fault | None = None
        self._newest: dict[str, tuple[float, Verdict]] = {}
        self._due = {target.facts.zone: now for target in self.targets}

    @property
    def due(self) -> float:
        """When there is something to do next."""
        return min(self._due.values(), default=float("inf"))

    def step(self, now: float, hits: Collection[str] = ()) -> list[Told]:
        """Look at the lists whose time has come; what changed. `hits`: zones that listed a client within a day."""
        due = [target for target in self.targets if self._due[target.facts.zone] <= now]
        due = [target for target in due if self._may(target, now)]
        if not due:
            return []
        control = self._ask(stranger("domain", self._random), "A")
        for target, seen in look_at(due, self._ask, self._random):
            self.budget.pay(target.facts, now, seen.queries)
            zone = target.facts.zone
            self._newest[zone] = (now, judge(target.facts, seen, zone in hits))
        recent = {zone: verdict for zone, (at, verdict) in self._newest.items() if now - at <= ROUND * (1 + JITTER)}
        return self._take(due, control, recent, now)

    def _may(self, target: Target, now: float) -> bool:
        if self.budget.room(target.facts, now):
            return True
        self._due[target.facts.zone] = now + self.budget.wait(target.facts, now) + 1.0
        return False

    def _take(self, due: list[Target], control: Reply, recent: dict[str, Verdict], now: float) -> list[Told]:
        because = resolver_fault(control, self.health, recent, self._dead)
        told = []
        if because is not None:
            if self.fault is None:
                told.append(Told(None, "fault", "ok", because, now))
            self.fault = Fault(self.fault.since if self.fault else now, because)
            for target in due:
                self._due[target.facts.zone] = now + AGAIN * self._random.uniform(1.0, 1.0 + JITTER)
            return told
        if self.fault is not None:
            told.append(Told(None, "ok", "fault", "the resolver works again", now))
            self.fault = None
        for target in due:
            zone = target.facts.zone
            before = self.health[zone]
            health = self.health[zone] = after(before, self._newest[zone][1], now)
            self._due[zone] = next_look(health, now, self._random)
            if health.state != before.state:
                told.append(Told(zone, health.state, before.state, health.because, now))
        return told


def look_at(targets: Iterable[Target], ask: Ask, random: Random) -> list[tuple[Target, Look]]:
    """One look at each list, several operators at a time."""
    ordered = sorted(targets, key=lambda target: target.facts.payer)
    chains = [list(chain) for _, chain in groupby(ordered, key=lambda target: target.facts.payer)]
    seeds = [Random(random.getrandbits(64)) for _ in chains]

    def run(chain: list[Target], own: Random) -> list[tuple[Target, Look]]:
        return [(target, look(target, ask, own)) for target in chain]

    if len(chains) < 2:
        return [one for chain, own in zip(chains, seeds, strict=True) for one in run(chain, own)]
    with ThreadPoolExecutor(min(THREADS, len(chains))) as pool:
        return [one for done in pool.map(run, chains, seeds) for one in done]
