"""Names to ask for and test entries, against the examples of RFC 5782."""

from random import Random

import pytest

from mailtop.lookup.dnsbl import LISTED, UNLISTED, Facts, Target, query_name, stranger, worst


@pytest.mark.parametrize(
    ("what", "name"),
    [
        ("192.0.2.99", "99.2.0.192.bad.example.com"),
        ("127.0.0.2", "2.0.0.127.bad.example.com"),
        (
            "2001:db8:1:2:3:4:567:89ab",
            "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.bad.example.com",
        ),
        ("::ffff:7f00:2", "2.0.0.0.0.0.f.7.f.f.f.f" + ".0" * 20 + ".bad.example.com"),
        ("test", "test.bad.example.com"),
        ("spam.example.", "spam.example.bad.example.com"),
    ],
)
def test_query_names(what: str, name: str) -> None:
    assert query_name(what, "bad.example.com") == name


def test_the_entries_of_ipv6_lists_stay_ipv6() -> None:
    for entry in (LISTED["ip6"], UNLISTED["ip6"]):
        assert len(query_name(entry, "z").split(".")) == 33


@pytest.mark.parametrize("kind", ["ip4", "ip6", "domain"])
def test_a_stranger_is_another_one_each_time_and_nobodys(kind: str) -> None:
    random = Random(1)
    made = {stranger(kind, random) for _ in range(50)}  # type: ignore[arg-type]
    assert len(made) > 40
    of_documentation = ("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:")
    assert all(one.startswith(of_documentation) or one.endswith(".invalid") for one in made)


def test_the_worst_answer_counts() -> None:
    assert worst("bl.test", ("127.0.0.2", "127.0.0.4")) == "listed"
    assert worst("bl.test", ("127.0.0.2", "127.255.255.254")) == "refused"
    assert worst("bl.test", ("127.255.255.255", "198.51.100.80")) == "outside"
    assert worst("bl.test", ()) is None


def test_who_pays() -> None:
    assert Facts("zen.spamhaus.org").payer == Facts("dbl.spamhaus.org").payer == "spamhaus.org"
    assert Facts("zen.spamhaus.org", operator="Spamhaus").payer == "spamhaus"


def test_a_paid_lists_full_name_is_in_no_repr() -> None:
    assert "secretkey" not in repr(Target(Facts("zen.dq.spamhaus.net"), "secretkey.zen.dq.spamhaus.net"))
