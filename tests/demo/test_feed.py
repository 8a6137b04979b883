"""The growing log: what is due comes when it is due, however often it is asked for."""

import re
from datetime import datetime

from mailtop.demo import Feed, table
from mailtop.demo.feed import FIRST_STORM

NOW = 1_795_287_600.0


def feed(seed: int = 1) -> Feed:
    return Feed(30.0, seed, lambda: NOW)


def second_of(line: bytes) -> datetime:
    return datetime.strptime("2026 " + line[:15].decode(), "%Y %b %d %H:%M:%S")  # noqa: DTZ007


def test_the_past_ends_now() -> None:
    past = feed().past(10).splitlines()
    spoken = [second_of(line) for line in past]
    here = datetime.fromtimestamp(NOW)  # noqa: DTZ006
    assert 0 <= (here - spoken[-1]).total_seconds() < 5
    assert 590 < (spoken[-1] - spoken[0]).total_seconds() <= 600
    assert spoken == sorted(spoken)


def test_steps_give_the_same_lines_as_one_leap() -> None:
    leap, steps = feed(), feed()
    assert leap.past(1) == steps.past(1)
    assert leap.step(NOW + 30) == b"".join(steps.step(NOW + tenth / 10) for tenth in range(1, 301))


def test_nothing_comes_twice_and_lines_are_whole() -> None:
    growing = feed()
    growing.past(1)
    first = growing.step(NOW + 5)
    assert first.endswith(b"\n")
    assert growing.step(NOW + 5) == b""


def test_without_a_past_it_begins_now() -> None:
    assert feed().step(NOW + 20).count(b"\n") > 100


def test_rate_and_storm() -> None:
    growing = feed()
    growing.past(5)
    calm = growing.step(NOW + FIRST_STORM).count(b"\n") / FIRST_STORM
    growing.step(NOW + FIRST_STORM + 60)
    storm = growing.step(NOW + FIRST_STORM + 120).count(b"\n") / 60
    assert 15 < calm < 60
    assert storm > 1.8 * calm


def test_every_client_has_a_network_with_a_name() -> None:
    networks = table()
    clients = set(re.findall(r"CONNECT from \[([^\]]+)\]", feed().past(5).decode()))
    assert len(clients) > 200
    numbers = set()
    for client in clients:
        found = networks.lookup(client)
        assert found, client
        assert 64496 <= found.asn <= 64511 or 65536 <= found.asn <= 65551
        assert (networks.name(found.asn) or "").startswith("EXAMPLE-")
        numbers.add(found.asn)
    assert len(numbers) >= 15
    assert networks.lookup("192.0.3.1") is None
