"""The package's catalogue as probes see it, and the two places that say what an answer means: they agree."""

import pytest

from mailtop.listing import meaning
from mailtop.lookup import catalogue
from mailtop.lookup.dnsbl import query_name
from mailtop.lookup.listfacts import ListFacts, load

ANSWERS = (
    "127.0.0.1", "127.0.0.2", "127.0.0.255", "127.0.1.255", "127.0.10.0", "127.0.10.1", "127.0.10.3", "127.0.10.4",
    "127.255.255.252", "127.255.255.253", "127.255.255.254", "127.255.255.255", "198.51.100.80",
)  # fmt: skip
TEST_ENTRY = ("list.dnswl.org", "127.0.10.0")
"""an error by the tables, and its test entry's answer as well"""


@pytest.fixture(scope="module")
def lists() -> ListFacts:
    return load()


def test_what_is_an_error_is_one_for_probes_log_and_catalogue() -> None:
    tables = catalogue.load()
    for known in tables:
        for answer in ANSWERS if known.service else ():
            if (known.zone, answer) != TEST_ENTRY:
                listed = tables.error(known.zone, answer) is None
                assert (meaning(known.zone, answer) == "listed") == listed, (known.zone, answer)


def test_what_the_tables_say_of_asking(lists: ListFacts) -> None:
    zen = lists.facts("zen.spamhaus.org")
    assert (zen.kinds, zen.operator, zen.test_entry) == (("ip4", "ip6"), "Spamhaus", None)
    assert zen.payer == lists.facts("dbl.spamhaus.org").payer
    assert lists.facts("hostkarma.junkemailfilter.com").lists_loopback
    assert lists.facts("b.barracudacentral.org").registration
    assert lists.facts("list.dnswl.org").allowlist
    assert lists.facts("multi.uribl.com").test_entry == "2.0.0.127"
    assert lists.facts("bl.ipv6.spameatingmonkey.net").kinds == ("ip6",)
    assert lists.facts("bl.nordspam.com").queries_per_day == 10_000


def test_of_an_unknown_list_nothing_is_guessed(lists: ListFacts) -> None:
    facts = lists.facts("bl.example")
    assert (facts.kinds, facts.test_entry, facts.has_test_entry, facts.queries_per_day) == ((), None, True, None)
    assert lists.story("bl.example") is None


def test_stories(lists: ListFacts) -> None:
    story = lists.story("ix.dnsbl.manitu.net")
    assert story is not None
    assert (story.status, story.since, story.cause) == ("dead", "2025-01-16", "emptied")
    assert story.source
    assert lists.story("bl.spamcop.net") is None, "an incident of a list that lives is no story"


def test_every_test_entry_can_be_asked_for(lists: ListFacts) -> None:
    for known in catalogue.load():
        facts = lists.facts(known.zone)
        if facts.test_entry:
            assert query_name(facts.test_entry, known.zone)
