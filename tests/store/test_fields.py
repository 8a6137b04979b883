"""Fields that follow from another: a relay's host, a HELO name's family."""

import pytest

from mailtop.query import Query, Where
from mailtop.store.fields import helo_family, relay_host
from mailtop.store.memory import MemoryStore
from tests.store.build import batch


@pytest.mark.parametrize(
    ("relay", "host"),
    [
        ("mx.relay.example[192.0.2.60]:25", "mx.relay.example"),
        ("mx.relay.example[2001:db8::60]:25", "mx.relay.example"),
        ("MX.sink.example [192.0.2.30]", "mx.sink.example"),
        ("mx.example.net. [192.0.2.26]", "mx.example.net"),
        ("192.0.2.26 (mx.example.net)", "mx.example.net"),
        ("[192.0.2.1] [192.0.2.1]", "192.0.2.1"),
        ("mx1.local.test[private/dovecot-lmtp]", "mx1.local.test"),
        ("local", "local"),
        (":blackhole:", ":blackhole:"),
        ("none", ""),
        ("", ""),
        ("(", "("),
        ("[", ""),
    ],
)
def test_the_host_of_a_relay(relay: str, host: str) -> None:
    assert relay_host(relay) == host


@pytest.mark.parametrize(
    ("helo", "family"),
    [
        ("ylmf-pc", "ylmf-pc"),
        ("WIN-8J2K4Q7R", "win-#"),
        ("vps12345.Example", "vps#.example"),
        ("[192.0.2.33]", "[#.#.#.#]"),
        ("a" * 100_000, "a" * 100_000),
        ("", ""),
    ],
)
def test_the_family_of_a_helo_name(helo: str, family: str) -> None:
    assert helo_family(helo) == family


def test_names_of_a_family_are_one_group_and_one_of_several_values_will_do() -> None:
    rows = [
        {"time": 1.0 + n, "kind": "reject", "client": f"192.0.2.{n}", "helo": helo, "reply": "554"}
        for n, helo in enumerate(("vps1.example", "vps22.example", "mail.example", None))
    ]
    store = MemoryStore(window=None)
    store.append(batch(rows))
    by_family = store.ask(Query(("events",), by=("helo_family",), order="events"))
    assert by_family.rows == (("vps#.example", 2), ("mail.example", 1))
    either = Where("client", "192.0.2.0", more=("192.0.2.3",))
    assert store.ask(Query(("events",), where=(either,))).rows == ((2,),)
    neither = Where("helo", "mail.example", negate=True, more=(None,))
    assert store.ask(Query(("events",), where=(neither,))).rows == ((2,),)
