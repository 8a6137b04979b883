"""When a state is believed: confirmation, recovery, and the resolver that is at fault."""

from random import Random

import pytest

from mailtop.lookup.dnsbl import Reply
from mailtop.lookup.health import AGAIN, HISTORY, HURRY, ROUND, Health, after, next_look, resolver_fault
from mailtop.lookup.probe import State, Verdict

NO = Reply("nxdomain", owner="", negative_ttl=86400)
MINUTE = 60.0


def verdict(state: State) -> Verdict:
    answers = {"ok": ("127.0.0.2",), "world": ("127.0.0.2",), "parked": ("198.51.100.80",)}.get(state, ())
    return Verdict(state, f"because {state}", answers)


def told(*looks: tuple[float, State], health: Health | None = None) -> Health:
    health = health or Health()
    for minutes, state in looks:
        health = after(health, verdict(state), minutes * MINUTE)
    return health


def test_the_first_ok_is_believed() -> None:
    health = told((5, "ok"))
    assert (health.state, health.since, health.in_doubt) == ("ok", 5 * MINUTE, False)


@pytest.mark.parametrize("state", ["empty", "gone", "servfail", "timeout", "refused", "refusing", "limited"])
def test_trouble_takes_three_rounds_over_half_an_hour(state: State) -> None:
    assert told((0, "ok"), (30, state), (45, state)).state == "ok"
    assert told((0, "ok"), (30, state), (45, state), (59, state)).state == "ok"
    health = told((0, "ok"), (30, state), (45, state), (60, state))
    assert (health.state, health.since) == (state, 30 * MINUTE)
    assert health.because == f"because {state}"


@pytest.mark.parametrize("state", ["world", "parked"])
def test_harm_takes_two_looks_a_minute_apart(state: State) -> None:
    assert told((0, "ok"), (30, state)).state == "ok"
    assert told((0, "ok"), (30, state), (30.5, state)).state == "ok"
    health = told((0, "ok"), (30, state), (31, state))
    assert (health.state, health.since) == (state, 30 * MINUTE)


def test_one_well_look_ends_a_run_of_trouble() -> None:
    assert told((0, "ok"), (30, "empty"), (45, "empty"), (60, "ok"), (75, "empty"), (90, "empty")).state == "ok"
    assert told((0, "ok"), (30, "world"), (31, "ok"), (32, "world")).state == "ok"


def test_troubles_that_take_turns_are_one_run() -> None:
    assert told((0, "ok"), (30, "timeout"), (45, "servfail"), (60, "timeout")).state == "timeout"


def test_harm_amid_trouble_is_confirmed_by_itself() -> None:
    assert told((0, "ok"), (30, "timeout"), (45, "timeout"), (46, "world")).state == "ok"
    assert told((0, "ok"), (30, "timeout"), (45, "timeout"), (46, "world"), (47, "world")).state == "world"


@pytest.mark.parametrize("state", ["empty", "world"])
def test_recovery_takes_two_rounds(state: State) -> None:
    sick = told((0, state), (15, state), (30, state))
    assert sick.state == state
    assert told((60, "ok"), health=sick).state == state
    well = told((60, "ok"), (75, "ok"), health=sick)
    assert (well.state, well.since) == ("ok", 60 * MINUTE)
    assert [change.state for change in well.history] == [state, "ok"]


def test_what_was_not_learnt_changes_nothing() -> None:
    health = told((0, "ok"), (30, "empty"), (45, "unknown"), (50, "empty"), (60, "empty"))
    assert health.state == "empty"
    assert told((0, "unknown")).state == "unknown"


def test_the_history_is_bounded() -> None:
    health = told((0, "ok"))
    for round_ in range(1, 100):
        state: State = "world" if round_ % 2 else "ok"
        health = told((round_ * 100, state), (round_ * 100 + 15, state), health=health)
    assert health.state == "world"
    assert len(health.history) == HISTORY


@pytest.mark.parametrize("seed", range(20))
def test_when_to_look_again(seed: int) -> None:
    random = Random(seed)
    assert 0.8 * ROUND <= next_look(told((0, "ok")), 0.0, random) <= 1.2 * ROUND
    assert AGAIN <= next_look(told((0, "ok"), (30, "empty")), 0.0, random) <= 1.2 * AGAIN
    assert next_look(told((0, "ok"), (30, "world")), 0.0, random) == HURRY
    assert 0.8 * ROUND <= next_look(told((0, "world"), (2, "world")), 0.0, random) <= 1.2 * ROUND


def round_of(states: str, before: str = "") -> tuple[dict[str, Health], dict[str, Verdict]]:
    words: dict[str, State] = {"o": "ok", "e": "empty", "w": "world", "t": "timeout", "g": "gone", "u": "unknown"}
    health = {f"{at}.test": Health(words[letter]) for at, letter in enumerate(before or "u" * len(states))}
    return health, {f"{at}.test": verdict(words[letter]) for at, letter in enumerate(states)}


@pytest.mark.parametrize(
    ("states", "before", "fault"),
    [
        ("ooooo", "ooooo", False),
        ("eeeeo", "ooooo", True),
        ("eeeoo", "ooooo", False),
        ("wwwww", "ooooo", True),
        ("ee", "oo", False),
        ("eoo", "ooo", False),
        ("ttt", "", True),
        ("eee", "", True),
        ("ee", "", False),
        ("eew", "", False),
        ("ooooo", "eeeee", False),
        ("uuu", "ooo", False),
    ],
)
def test_whose_fault(states: str, before: str, fault: bool) -> None:
    assert (resolver_fault(NO, *round_of(states, before)) is not None) == fault


def test_dead_lists_that_are_known_to_be_dead_are_not_the_resolvers_fault() -> None:
    before, now = round_of("eee")
    assert resolver_fault(NO, before, now)
    assert resolver_fault(NO, before, now, dead={"0.test"}) is None


@pytest.mark.parametrize(
    ("control", "says"),
    [
        (Reply("answer", ("192.0.2.1",)), "makes up answers"),
        (Reply("timeout"), "does not work"),
        (Reply("servfail"), "does not work"),
        (Reply("failed"), "does not work"),
        (Reply("nodata"), ""),
    ],
)
def test_a_name_that_cannot_exist(control: Reply, says: str) -> None:
    assert says in (resolver_fault(control, *round_of("ooo", "ooo")) or "")
    assert bool(resolver_fault(control, *round_of("ooo", "ooo"))) == bool(says)


def test_denials_that_nobody_answers_for() -> None:
    one = {"0.test": Verdict("gone", "")}
    assert "denies every name" in (resolver_fault(Reply("nxdomain"), {}, one) or "")
    assert resolver_fault(NO, {}, one) is None
    assert resolver_fault(Reply("nxdomain"), {}, {"0.test": Verdict("gone", "", negative_ttl=300)}) is None
    assert resolver_fault(Reply("nxdomain"), {}, {**one, "1.test": verdict("ok")}) is None
