"""D1 to D10 on a store: each provoked, and each silent where it must be."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from mailtop.analysis.blocklists import Finding, findings, gather
from mailtop.analysis.blocklists.odd import said
from mailtop.lookup.dnsbl import Facts, Nothing, Story
from mailtop.store.memory import MemoryStore
from tests.store.build import batch

Rows = list[dict[str, Any]]
NOON = 1_700_000_000.0
HOUR, DAY = 3600.0, 86400.0
ERROR, PARKED = "127.255.255.254", "198.51.100.80"


class Known(Nothing):
    """A catalogue of two stories and an allowlist."""

    def facts(self, zone: str) -> Facts:
        return Facts(zone, allowlist=zone == "wl.test")

    def story(self, zone: str) -> Story | None:
        if zone == "dead.test":
            return Story(zone, "dead", "2023-11", "emptied", "The operator gave up.", "https://www.example.org/dead")
        if zone == "old.test":
            return Story(zone, "superseded", "2006-12-04", "superseded", "", "https://www.example.org/old")
        return Story(zone, "suspect") if zone == "suspect.test" else None


def client(number: int) -> str:
    return f"{('192.0.2', '198.51.100', '203.0.113')[number // 250]}.{number % 250 + 1}"


def found(rows: Rows, detector: str, configured: Iterable[str] = (), line: Any = None, **figures: Any) -> list[Finding]:
    rows = sorted(({"host": "mx1", "mta": "postfix", **row} for row in rows), key=lambda row: row["time"])
    store = MemoryStore(window=None)
    store.append(batch(rows))
    evidence = gather(store.ask, line, configured=tuple(configured))
    return [one for one in findings(evidence, Known()) if one.detector == detector]


def listed(zone: str, number: int, at: float = NOON, answer: str | None = "127.0.0.2") -> dict[str, Any]:
    return {
        "kind": "listed", "daemon": "dnsblog", "client": client(number), "zone": zone, "answer": answer, "time": at,
    }  # fmt: skip


def screened(number: int, at: float = NOON) -> dict[str, Any]:
    peer = client(number)
    return {
        "kind": "connect", "daemon": "postscreen", "client": peer, "session": f"[{peer}]:{at}", "time": at,
    }  # fmt: skip


def remembered(number: int, at: float = NOON) -> dict[str, Any]:
    return {"kind": "pass", "daemon": "postscreen", "client": client(number), "text": "OLD", "time": at}


def connect(number: int, at: float = NOON) -> dict[str, Any]:
    return {"kind": "connect", "daemon": "smtpd", "client": client(number), "session": f"c{number} {at}", "time": at}


def refused(zone: str, number: int, at: float = NOON) -> dict[str, Any]:
    return {
        "kind": "reject", "daemon": "smtpd", "client": client(number), "zone": zone, "reason": "dnsbl",
        "reply": "554", "enhanced": "5.7.1", "stage": "RCPT", "session": f"r{number} {at}", "time": at,
    }  # fmt: skip


def accepted(number: int, at: float = NOON) -> dict[str, Any]:
    return {
        "kind": "accept", "daemon": "smtpd", "client": client(number), "queue_id": f"Q{number}x{at:.0f}",
        "session": f"a{number} {at}", "time": at,
    }  # fmt: skip


def unasked(zone: str, number: int, at: float = NOON, daemon: str = "smtpd") -> dict[str, Any]:
    return {"kind": "lookup_error", "daemon": daemon, "client": client(number), "zone": zone, "time": at}


def put_off(number: int, at: float = NOON) -> dict[str, Any]:
    return {
        "kind": "reject", "daemon": "smtpd", "client": client(number), "reason": "server", "reply": "450",
        "enhanced": "4.7.1", "stage": "RCPT", "session": f"p{number}", "time": at,
    }  # fmt: skip


def only(rows: Rows, detector: str, **more: Any) -> Finding:
    some = found(rows, detector, **more)
    assert len(some) == 1, some
    return some[0]


def test_an_empty_log_says_nothing() -> None:
    evidence = gather(MemoryStore(window=None).ask)
    assert findings(evidence, Known()) == ()


def test_d1_a_dead_list_that_hits_after_its_death_is_critical() -> None:
    before, after = NOON, NOON + 60 * DAY  # NOON is in November 2023
    assert only([listed("dead.test", 1, before)], "D1").severity == "warning"
    dead = only([listed("dead.test", 1, after)], "D1")
    assert dead.severity == "critical"
    assert "2023-11" in dead.says
    assert dict(dead.evidence)["source"] == "https://www.example.org/dead"


def test_d1_a_configured_dead_list_need_not_be_in_the_log() -> None:
    assert only([connect(1)], "D1", configured=["dead.test"]).zone == "dead.test"
    assert only([refused("old.test", 1)], "D1").severity == "info"
    assert found([refused("suspect.test", 1), refused("bl.test", 1)], "D1") == []


@pytest.mark.parametrize(("answer", "word"), [(ERROR, "error code"), (PARKED, "outside 127/8")])
def test_d2_answers_that_are_no_listings(answer: str, word: str) -> None:
    rows = [listed("bl.test", at, answer=answer) for at in range(4)]
    odd = only(rows, "D2")
    assert (odd.zone, odd.severity) == ("bl.test", "warning")
    assert word in odd.says
    assert dict(odd.evidence)[f"clients answered {answer}"] == 4
    assert dict(odd.evidence)["clients truly listed"] == 0


def test_d2_is_critical_where_such_answers_turn_clients_away() -> None:
    rows = [listed("bl.test", at, answer=ERROR) for at in range(4)] + [refused("bl.test", 1), refused("bl.test", 9)]
    odd = only(rows, "D2")
    assert odd.severity == "critical"
    assert dict(odd.evidence)["clients turned away for such an answer"] == 1


def test_d2_a_client_that_is_truly_listed_as_well_was_rightly_turned_away() -> None:
    rows = [listed("bl.test", 1, answer=ERROR), listed("bl.test", 1), refused("bl.test", 1)]
    assert only(rows, "D2").severity == "warning"
    assert found([listed("bl.test", 1), listed("bl.test", 2, answer=None)], "D2") == []


def texts(*lines: str) -> Callable[[str, int, int], str | None]:
    return lambda source, file, offset: lines[(offset // 100) % len(lines)]


def rejection(text: str, sender: str = "a@example.com") -> str:
    return (
        f"554 5.7.1 Service unavailable; Sender address [{sender}] blocked using bl.test; {text}; "
        f"from=<{sender}> to=<b@example.org> proto=ESMTP helo=<x.example>"
    )


def test_d3_a_list_that_tells_everyone_that_it_is_dead() -> None:
    rows = [refused("bl.test", at) for at in range(3)]
    dead = only(rows, "D3", line=texts(rejection("bl.test was shut down. Please remove it")))
    assert dead.severity == "critical"
    assert "was shut down" in dead.says
    assert dict(dead.evidence)["clients turned away on its word"] == 3


@pytest.mark.parametrize(
    "lines",
    [
        (rejection("listed, see https://www.example.org/"),),
        (rejection("please remove the malware"), rejection("spam source")),
        (rejection("spam source", sender='"this list is dead"@example.com'),),
        (rejection("spam source") + " no longer",),
    ],
)
def test_d3_not_by_what_the_client_wrote_nor_by_one_listings_text(lines: tuple[str, ...]) -> None:
    assert found([refused("bl.test", at) for at in range(4)], "D3", line=texts(*lines)) == []


def test_d3_one_client_alone_is_not_everyone() -> None:
    rows = [refused("bl.test", 1, NOON + at) for at in range(5)]
    assert found(rows, "D3", line=texts(rejection("is dead"))) == []


def test_said() -> None:
    assert said("bl.test", rejection("A; B")) == "A; B"
    assert said("bl.test", "rejected RCPT <x>: found in bl.test") == ""


def test_d4_a_list_that_names_everyone() -> None:
    rows = [screened(at) for at in range(60)] + [listed("bl.test", at) for at in range(60)]
    world = only(rows, "D4")
    assert world.severity == "critical"
    assert dict(world.evidence)["part of the clients that it names"] == 1.0


def test_d4_is_a_suspicion_where_other_lists_agree() -> None:
    rows = [screened(at) for at in range(60)]
    rows += [listed(zone, at) for at in range(58) for zone in ("bl.test", "zen.test")]
    assert {one.severity for one in found(rows, "D4")} == {"warning"}


def test_d4_clients_that_postscreen_remembers_were_not_asked_about() -> None:
    rows = [screened(at) for at in range(100)] + [listed("bl.test", at) for at in range(60)]
    assert found(rows, "D4") == []
    assert len(found(rows + [remembered(at) for at in range(60, 100)], "D4")) == 1


def test_d4_few_clients_say_nothing() -> None:
    assert found([screened(at) for at in range(49)] + [listed("bl.test", at) for at in range(49)], "D4") == []


def test_d4_good_clients() -> None:
    days = [accepted(at, NOON - day * DAY) for at in range(3) for day in (1, 2, 3)]
    good = only([*days, *(refused("bl.test", at) for at in range(3))], "D4")
    assert good.severity == "critical"
    assert dict(good.evidence)["good clients hit"] == 3
    two_days = [row for row in days if row["time"] > NOON - 2.5 * DAY]
    assert found([*two_days, *(refused("bl.test", at) for at in range(3))], "D4") == []
    assert found([*days, *(refused("bl.test", at) for at in range(2))], "D4") == []
    assert found([*days, *(refused("bl.test", at, NOON - 9 * DAY) for at in range(3))], "D4") == []
    assert found([*days, *(listed("wl.test", at) for at in range(3))], "D4") == []


def test_d4_of_a_list_asked_in_turn_it_is_a_suspicion() -> None:
    rows = [refused("bl.test", at) for at in range(60)] + [accepted(at) for at in range(60, 64)]
    assert only(rows, "D4").severity == "warning"
    assert found(rows + [accepted(at) for at in range(64, 70)], "D4") == []


def weeks(silence: float, each_week: int = 24, connections: int = 10_000) -> Rows:
    """Four weeks of steady hits by other clients each, then silence amid traffic."""
    end = NOON + 28 * DAY
    number = 4 * each_week
    rows = [refused("bl.test", at, end - at * 28 * DAY / number) for at in range(number)]
    whole = 28 * DAY + silence
    return rows + [connect(700, NOON + 1 + at * (whole - 1) / connections) for at in range(connections + 1)]


@pytest.mark.parametrize(("each_week", "hours"), [(24, 49), (10, 118)])
def test_d5_silence_and_its_bound(each_week: int, hours: float) -> None:
    assert found(weeks((hours - 2) * HOUR, each_week), "D5") == []
    silent = only(weeks((hours + 5) * HOUR, each_week), "D5")
    assert silent.severity == "warning"
    assert float(dict(silent.evidence)["chance of this silence"]) < 0.001
    assert "bound" in dict(silent.evidence)


def test_d5_a_server_without_traffic_hits_nobody() -> None:
    rows = [row for row in weeks(80 * HOUR) if row["kind"] == "reject" or row["time"] < NOON + 28 * DAY]
    assert found([*rows, connect(700, NOON + 28 * DAY + 80 * HOUR)], "D5") == []


def test_d5_never() -> None:
    rows = [connect(1, NOON + at) for at in range(100)]
    never = only(rows, "D5", configured=["bl.test"])
    assert "never" in never.says
    assert found(rows[:99], "D5", configured=["bl.test"]) == []
    assert found([*rows, listed("bl.test", 1)], "D5", configured=["bl.test"]) == []
    assert only([*rows, unasked("bl.test", 1)], "D5", configured=["bl.test"]).zone == "bl.test"


def test_d6_lookups_that_fail() -> None:
    calm = [connect(at % 200, NOON + at * 36) for at in range(200)]
    errors = [unasked("bl.test", at, NOON + 3600 + at * 60) for at in range(14)]
    failing = only(calm + errors, "D6")
    assert dict(failing.evidence)["lookups failed"] == 14
    assert "for a while" in failing.says
    assert found(calm + errors[:4], "D6") == []
    busy = [connect(at % 200, NOON + at) for at in range(7200)]
    assert found(busy + errors, "D6") == []
    late = [unasked("bl.test", at, NOON + 6600 + at * 30) for at in range(14)]
    assert "for a while" not in only(calm + late, "D6").says


@pytest.mark.parametrize(
    ("line", "severity", "says"),
    [
        (
            "DNS reply returned 'no error' for bl.test while 'no records with this name' was expected",
            "critical",
            "lists",
        ),
        (
            "DNS query blocked on bl.test (127.0.0.1 returned), possibly due to high volume",
            "warning",
            "refuses to serve",
        ),
        ("error looking up 5.113.0.203.bl.test: server fail", "warning", "server failure"),
        ("error looking up 5.113.0.203.bl.test: query refused", "warning", "refuses the question"),
        ("error looking up 5.113.0.203.bl.test: query timed out", "warning", "in time"),
    ],
)
def test_d7_what_filters_say(line: str, severity: str, says: str) -> None:
    told = only([unasked("bl.test", 1, daemon="rspamd")], "D7", line=texts(line))
    assert told.severity == severity
    assert says in told.says
    assert found([unasked("bl.test", 1)], "D7", line=texts("RBL lookup error: Host not found, try again")) == []
    assert found([unasked("bl.test", 1, daemon="rspamd")], "D7") == []


def test_d8_an_allowlist_that_defers_everyone() -> None:
    rows = [row for at in range(3) for row in (unasked("wl.test", at), unasked("bl.test", at), put_off(at))]
    allowlist = only(rows, "D8")
    assert (allowlist.zone, allowlist.severity) == ("wl.test", "critical")
    assert dict(allowlist.evidence)["clients put off"] == 3
    assert found(rows[:6], "D8") == []
    assert found([put_off(at) for at in range(9)], "D8") == []


def test_d8_of_lists_that_are_not_known_all_are_named() -> None:
    rows = [row for at in range(3) for row in (unasked("one.test", at), unasked("two.test", at), put_off(at))]
    both = found([*rows, unasked("three.test", 1)], "D8")
    assert [one.zone for one in both] == ["one.test", "two.test"]
    assert all("if it is an allowlist" in one.says for one in both)


def test_d9_two_lists_with_the_same_data() -> None:
    rows = [listed(zone, at) for at in range(220) for zone in ("cbl.test", "xbl.test")]
    same = only(rows, "D9")
    assert (same.zone, same.other, same.severity) == ("cbl.test", "xbl.test", "info")
    assert found([listed("cbl.test", at) for at in range(220, 225)] + rows, "D9") == []
    assert found(rows[:380], "D9") == []
    in_turn = [refused(zone, at) for at in range(220) for zone in ("cbl.test", "xbl.test")]
    assert found(in_turn, "D9") == []


def test_d10_a_list_that_names_all_that_is_accepted() -> None:
    rows = [one for at in range(60) for one in (screened(at), listed("bl.test", at), accepted(at))]
    assert "says nothing" in only(rows, "D10").says
    assert "everyone pass" in only([{**row, "zone": "wl.test"} for row in rows], "D10").says
    some = [one for at in range(60) for one in (screened(at), accepted(at))] + [
        listed("bl.test", at) for at in range(56)
    ]
    assert found(some, "D10") == []


def test_the_worst_comes_first() -> None:
    rows = [listed("dead.test", 1, NOON), *(listed("bl.test", at, answer=ERROR) for at in range(4))]
    rows += [refused("bl.test", 1), refused("old.test", 2)]
    store = MemoryStore(window=None)
    store.append(batch([{"host": "mx1", "mta": "postfix", **row} for row in rows]))
    told = findings(gather(store.ask), Known())
    assert [(one.severity, one.detector) for one in told] == [("critical", "D2"), ("warning", "D1"), ("info", "D1")]


def test_what_was_cut_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailtop.analysis.blocklists.evidence.PAIRS", 5)
    store = MemoryStore(window=None)
    store.append(batch([{"host": "mx1", "mta": "postfix", **listed("bl.test", at)} for at in range(9)]))
    assert gather(store.ask).cut == ("listings: 5 of 9",)


def test_d5_a_few_hits_in_a_minute_are_no_rate() -> None:
    few = [refused("bl.test", at, NOON + at) for at in range(9)] + [connect(1, NOON + at * 60) for at in range(400)]
    assert found(few, "D5") == []
    burst = [refused("bl.test", at, NOON + at) for at in range(60)] + [connect(1, NOON + at * 60) for at in range(400)]
    assert found(burst, "D5") == []
