"""Lists watched with a fake clock: what dies is told in time, budgets hold, nobody else is asked."""

from collections.abc import Callable
from random import Random

import pytest

from mailtop.lookup.budget import BURST, DAILY, DAY, Budget
from mailtop.lookup.dnsbl import Facts, Nothing, RecordType, Reply, Story, Target
from mailtop.lookup.health import AGAIN, JITTER, ROUND
from mailtop.lookup.probe import MOST_QUERIES
from mailtop.lookup.watch import TARGETS_MOST, Told, Watch

Say = Callable[[str, RecordType], Reply]
GOOD, NO = Reply("answer", ("127.0.0.2",)), Reply("nxdomain", negative_ttl=300)


def alive(below: str, kind: RecordType) -> Reply:
    return GOOD if below == "2.0.0.127" and kind == "A" else Reply("answer", ("soa",)) if not below else NO


def emptied(below: str, kind: RecordType) -> Reply:
    return NO if below else Reply("answer", ("soa",))


def world(below: str, kind: RecordType) -> Reply:
    return GOOD


class Lists:
    """Lists in every condition, and a clock that jumps to what is due."""

    def __init__(self, zones: dict[str, Say], **facts: Facts) -> None:
        self.zones = zones
        self.asked: list[tuple[float, str]] = []
        self.now = 1_000_000.0
        self.control: Reply = NO
        targets = [Target(facts.get(zone.partition(".")[0], Facts(zone, kinds=("ip4",))), zone) for zone in zones]
        self.watch = Watch(targets, self.ask, Nothing(), Random(5), self.now)

    def ask(self, name: str, kind: RecordType) -> Reply:
        self.asked.append((self.now, name))
        zone = next((zone for zone in self.zones if name == zone or name.endswith("." + zone)), None)
        return self.control if zone is None else self.zones[zone](name[: -len(zone) - 1], kind)

    def run(self, seconds: float) -> list[Told]:
        end, told = self.now + seconds, []
        while self.watch.due <= end:
            self.now = max(self.now, self.watch.due)
            told += self.watch.step(self.now)
        self.now = end
        return told


@pytest.fixture
def lists() -> Lists:
    return Lists({f"{name}.{name}.test": alive for name in ("a", "b", "c", "d", "e")})


def states(told: list[Told]) -> list[tuple[str | None, str]]:
    return [(one.zone, one.state) for one in told]


def test_all_is_well(lists: Lists) -> None:
    assert sorted(states(lists.run(DAY))) == [(zone, "ok") for zone in sorted(lists.zones)]
    assert lists.watch.fault is None


def test_a_list_that_lists_the_world_is_told_within_a_round_and_a_minute(lists: Lists) -> None:
    lists.run(3600)
    lists.zones["a.a.test"] = world
    began = lists.now
    told = lists.run(ROUND * (1 + JITTER) + 60)
    assert states(told) == [("a.a.test", "world")]
    assert told[0].at - began <= ROUND * (1 + JITTER) + 60


def test_a_list_that_is_emptied_is_told_within_its_confirmation_time(lists: Lists) -> None:
    lists.run(3600)
    lists.zones["b.b.test"] = emptied
    longest = ROUND * (1 + JITTER) + 2 * AGAIN * (1 + JITTER)
    assert states(lists.run(longest)) == [("b.b.test", "empty")]
    lists.zones["b.b.test"] = alive
    assert states(lists.run(ROUND * (1 + JITTER) + AGAIN * (1 + JITTER))) == [("b.b.test", "ok")]


def test_a_hiccup_is_not_told(lists: Lists) -> None:
    lists.run(3600)
    lists.zones["b.b.test"] = lambda *_: Reply("servfail")
    assert lists.run(ROUND * (1 + JITTER)) == []
    lists.zones["b.b.test"] = alive
    assert lists.run(DAY) == []


def test_all_at_once_is_the_resolver_and_told_once(lists: Lists) -> None:
    lists.run(3600)
    good = dict(lists.zones)
    lists.zones = dict.fromkeys(good, lambda *_: Reply("timeout"))
    lists.control = Reply("timeout")
    assert states(lists.run(6 * 3600)) == [(None, "fault")]
    assert lists.watch.fault is not None
    assert {health.state for health in lists.watch.health.values()} == {"ok"}
    lists.zones, lists.control = good, NO
    assert states(lists.run(6 * 3600)) == [(None, "ok")]
    assert lists.watch.fault is None


def test_a_resolver_that_strips_loopback_answers(lists: Lists) -> None:
    lists.zones = dict.fromkeys(lists.zones, emptied)
    assert states(lists.run(DAY)) == [(None, "fault")]
    assert {health.state for health in lists.watch.health.values()} == {"unknown"}


def test_known_dead_lists_are_no_fault_of_the_resolver() -> None:
    class Known(Nothing):
        def story(self, zone: str) -> Story | None:
            return Story(zone, "dead", "2025-01-16", "emptied")

    lists = Lists({f"{name}.{name}.test": emptied for name in ("a", "b", "c")})
    targets = [Target(Facts(zone, kinds=("ip4",)), zone) for zone in lists.zones]
    lists.watch = Watch(targets, lists.ask, Known(), Random(5), lists.now)
    assert sorted(states(lists.run(3 * 3600))) == [(zone, "empty") for zone in sorted(lists.zones)]


def test_nobody_else_is_asked(lists: Lists) -> None:
    lists.zones["a.a.test"] = world
    lists.run(2 * DAY)
    names = {name for _, name in lists.asked}
    strangers = {name for name in names if not any(name == z or name.endswith("." + z) for z in lists.zones)}
    assert strangers
    assert all(name.count(".") == 1 and name.endswith(".invalid") for name in strangers)
    below = {name.removesuffix("." + zone) for zone in lists.zones for name in names if name.endswith("." + zone)}
    documentation = (".2.0.192", ".100.51.198", ".113.0.203")
    assert all(one in ("2.0.0.127", "1.0.0.127") or one.endswith(documentation) for one in below)


def test_looks_are_spread(lists: Lists) -> None:
    lists.run(DAY)
    assert len({round(at) for at, name in lists.asked if name.startswith("2.0.0.127.a.")}) > 30
    together = [at for at, name in lists.asked if name.startswith("2.0.0.127.")]
    assert len(set(together)) > len(together) * 0.8


def test_budgets_hold_for_a_week() -> None:
    zones: dict[str, Say] = {f"{at}.shared.test": alive for at in range(40)}
    zones |= {"small.other.test": alive}
    lists = Lists(zones, small=Facts("small.other.test", kinds=("ip4",), queries_per_day=10_000.0))
    lists.run(7 * DAY)
    shared = [at for at, name in lists.asked if name.endswith("shared.test")]
    small = [at for at, name in lists.asked if name.endswith("small.other.test")]
    assert len(shared) <= 7 * DAILY + BURST
    assert 7 * 100 * 0.9 < len(small) <= 7 * 100 + MOST_QUERIES
    assert lists.watch.budget.asked()["shared.test"] == len(shared)
    for first in range(7):
        day = lists.now - DAY * (first + 1), lists.now - DAY * first
        assert len([at for at in small if day[0] < at <= day[1]]) <= 100 + MOST_QUERIES


def test_a_bucket_does_not_fill_beyond_its_burst() -> None:
    budget = Budget()
    facts = Facts("x.test")
    budget.pay(facts, 0.0, 30)
    assert budget.room(facts, 1e9, int(BURST))
    assert not budget.room(facts, 1e9, int(BURST) + 1)
    budget.pay(facts, 1e9, int(BURST))
    wait = budget.wait(facts, 1e9)
    assert not budget.room(facts, 1e9 + wait - 1)
    assert budget.room(facts, 1e9 + wait + 1)


def test_lists_watched_are_bounded() -> None:
    targets = [Target(Facts(f"z{at}.test"), f"z{at}.test") for at in range(TARGETS_MOST + 3)]
    watch = Watch(targets, lambda *_: NO, Nothing(), Random(1), 0.0)
    assert (len(watch.targets), watch.left_out) == (TARGETS_MOST, 3)


def test_of_a_paid_list_the_key_is_asked_with_and_never_told() -> None:
    key = "a1b2c3d4e5f6g7h8"
    zone = f"{key}.zen.dq.spamhaus.net"
    asked: list[str] = []

    def ask(name: str, kind: RecordType) -> Reply:
        asked.append(name)
        if not name.endswith(zone):
            return NO
        return Reply("answer", (f"127.0.0.2 by order of {zone}",)) if kind == "TXT" else GOOD

    watch = Watch([Target(Facts("zen.dq.spamhaus.net"), zone)], ask, Nothing(), Random(1), 0.0)
    told = watch.step(0.0) + watch.step(60.0)
    assert states(told) == [("zen.dq.spamhaus.net", "world")]
    assert any(key in name for name in asked)
    assert "by order of" in told[0].because
    assert key not in repr((told, watch.health, watch.targets))
