"""Every state of a list, as a real resolver library sees it: provoked by a name server, and named right."""

from collections.abc import Iterator
from random import Random

import pytest

from mailtop.lookup.dnsbl import Facts, Reply, Target
from mailtop.lookup.probe import MOST_QUERIES, Verdict, judge, look, severity
from mailtop.lookup.resolver import DnsResolver, ResolverError
from tests.lookup.responder import PARKED, Responder, everything, failing, gone, honest, rebound, silent

ENTRY, LOOPBACK = "2.0.0.127", "1.0.0.127"
ENTRY6 = "2.0.0.0.0.0.f.7.f.f.f.f" + ".0" * 20
ZONES = {
    "ok.test": honest(ENTRY),
    "many.test": honest(ENTRY, answers=("127.0.0.2", "127.0.0.4", "127.0.0.10")),
    "odd.test": honest(ENTRY, answers=("127.0.0.99",)),
    "white.test": honest(ENTRY, LOOPBACK),
    "six.test": honest(ENTRY6),
    "dom.test": honest("test"),
    "own.test": honest("9.0.0.127"),
    "likeip.test": honest("2.0.0.127"),
    "empty.test": honest(),
    "hits.test": honest(),
    "gone.test": gone,
    "world.test": everything("127.0.0.2", text="dead; all are listed"),
    "parked.test": everything(PARKED, apex=False),
    "refusing.test": everything("127.255.255.254", text="Error: open resolver"),
    "limited.test": everything("127.255.255.255"),
    "multi.uribl.com": everything("127.0.0.1"),
    "list.dnswl.org": everything("127.0.10.3"),
    "refused.test": failing("REFUSED"),
    "servfail.test": failing("SERVFAIL"),
    "timeout.test": silent,
    "unregistered.test": lambda below, kind: silent(below, kind) if below else honest()("", kind),
    "registered.test": honest(),
    "none.test": honest(),
    "rebound.test": rebound,
}
FACTS = {
    "six.test": Facts("six.test", kinds=("ip6",)),
    "dom.test": Facts("dom.test", kinds=("domain",)),
    "own.test": Facts("own.test", kinds=("ip4",), test_entry="127.0.0.9"),
    "likeip.test": Facts("likeip.test", kinds=("domain",), test_entry="2.0.0.127"),
    "white.test": Facts("white.test", lists_loopback=True),
    "multi.uribl.com": Facts("multi.uribl.com", kinds=("domain",)),
    "list.dnswl.org": Facts("list.dnswl.org", allowlist=True, expected=("127.0.10.0",)),
    "unregistered.test": Facts("unregistered.test", registration=True),
    "registered.test": Facts("registered.test", registration=True),
    "none.test": Facts("none.test", has_test_entry=False),
}
STATES = {
    "ok.test": "ok",
    "many.test": "ok",
    "odd.test": "ok",
    "white.test": "ok",
    "six.test": "ok",
    "dom.test": "ok",
    "own.test": "ok",
    "likeip.test": "ok",
    "empty.test": "empty",
    "hits.test": "notest",
    "gone.test": "gone",
    "world.test": "world",
    "parked.test": "parked",
    "refusing.test": "refusing",
    "limited.test": "limited",
    "multi.uribl.com": "refusing",
    "list.dnswl.org": "limited",
    "refused.test": "refused",
    "servfail.test": "servfail",
    "timeout.test": "timeout",
    "unregistered.test": "unregistered",
    "registered.test": "unregistered",
    "none.test": "notest",
    "rebound.test": "empty",
}


@pytest.fixture(scope="module")
def responder() -> Iterator[Responder]:
    with Responder(dict(ZONES)).running() as made:
        yield made


def seen(responder: Responder, zone: str, facts: Facts | None = None) -> Verdict:
    facts = facts or FACTS.get(zone, Facts(zone))
    ask = DnsResolver(servers=("127.0.0.1",), port=responder.port, lifetime=0.3)
    return judge(facts, look(Target(facts, zone), ask, Random(zone)), hits=zone == "hits.test")


@pytest.mark.parametrize("zone", STATES)
def test_every_state_is_named_right(responder: Responder, zone: str) -> None:
    verdict = seen(responder, zone)
    assert verdict.state == STATES[zone], verdict
    assert verdict.queries <= MOST_QUERIES


@pytest.mark.parametrize("zone", ["six.test", "dom.test"])
def test_what_a_list_lists_is_found_out(responder: Responder, zone: str) -> None:
    assert seen(responder, zone, Facts(zone)).state == "ok"


def test_only_names_of_the_list_are_asked_for(responder: Responder) -> None:
    for zone in STATES:
        responder.asked.clear()
        seen(responder, zone)
        assert {name for name, _ in responder.asked if name != zone and not name.endswith("." + zone)} == set()


def test_what_a_healthy_list_costs(responder: Responder) -> None:
    responder.asked.clear()
    verdict = seen(responder, "ok.test", Facts("ok.test", kinds=("ip4",)))
    assert len(responder.asked) == verdict.queries == 3


def test_the_random_address_is_another_each_time(responder: Responder) -> None:
    responder.asked.clear()
    ask = DnsResolver(servers=("127.0.0.1",), port=responder.port)
    random = Random(7)
    for _ in range(10):
        look(Target(Facts("ok.test"), "ok.test"), ask, random)
    constant = {f"{ENTRY}.ok.test", f"{LOOPBACK}.ok.test"}
    assert len({name for name, _ in responder.asked} - constant) == 10


def test_evidence(responder: Responder) -> None:
    assert "dead; all are listed" in seen(responder, "world.test").because
    assert PARKED in seen(responder, "parked.test").because
    assert "public resolver" in seen(responder, "refusing.test").because
    assert "Error: open resolver" in seen(responder, "refusing.test").because
    assert seen(responder, "many.test").answers == ("127.0.0.2", "127.0.0.4", "127.0.0.10")
    assert seen(responder, "ok.test").negative_ttl == 300
    assert seen(responder, "timeout.test").seconds is None
    assert (seen(responder, "ok.test").seconds or 0) > 0


def test_a_list_that_lists_loopback_without_saying_so_does_not_list_the_world(responder: Responder) -> None:
    verdict = seen(responder, "white.test", Facts("white.test"))
    assert verdict.state == "ok"
    assert "127.0.0.1 is listed" in verdict.because


def test_severity() -> None:
    assert severity("world", filtered=True) == "critical"
    assert severity("parked") == severity("refusing", False) == "critical"
    assert severity("refusing", True) == severity("empty") == severity("timeout") == "warning"
    assert severity("ok") == "ok"
    assert severity("notest") == severity("unknown") == "info"


def test_a_question_that_cannot_be_sent_says_nothing() -> None:
    assert judge(
        Facts("x.test"), look(Target(Facts("x.test"), "x.test"), lambda *_: Reply("failed"), Random(1))
    ).state == ("unknown")
    assert DnsResolver(servers=("127.0.0.1",), port=9)("a" * 80 + ".test", "A").outcome == "failed"


def test_a_resolver_that_cannot_be_had(tmp_path: object) -> None:
    with pytest.raises(ResolverError, match="nowhere"):
        DnsResolver("/nowhere/resolv.conf")
