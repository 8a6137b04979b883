"""The typed filter: every form of it, and what is said when it makes no sense."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtop.query import Where
from mailtop.tui.slices import SliceError, parse, told, written


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("zen", Where("client", "zen", "has")),
        ("!zen", Where("client", "zen", "has", negate=True)),
        ("ip:203.0.113.0/24", Where("client", "203.0.113.0/24", "in")),
        ("203.0.113.9/24", Where("client", "203.0.113.0/24", "in")),
        ("net:2001:db8::/32", Where("client", "2001:db8::/32", "in")),
        ("2001:db8::1", Where("client", "2001:db8::1", "has")),
        ("ip:203.0.113.7", Where("client", "203.0.113.7")),
        ("ip:203.0", Where("client", "203.0", "has")),
        ("!ip:10.0.0.0/8", Where("client", "10.0.0.0/8", "in", negate=True)),
        ("why:dnsbl", Where("why", "dnsbl", "has")),
        ("code:550", Where("reply", "550")),
        ("as:AS64500", Where("asn", "64500")),
        ("helo:-", Where("helo", None)),
        ('helo:"two words"', Where("helo", "two words", "has")),
        ("FROM:<>", Where("sender", "<>", "has")),
        ("helo=ylmf-pc", Where("helo", "ylmf-pc")),
        ("!net=203.0.113.0/24", Where("prefix", "203.0.113.0/24", negate=True)),
        ("server:mx1", Where("host", "mx1", "has")),
        ("helo:a|b", Where("helo", "a", "has", more=("b",))),
        ("helo=a|-", Where("helo", "a", more=(None,))),
        ("ip:192.0.2.1|192.0.2.2", Where("client", "192.0.2.1", more=("192.0.2.2",))),
        ("ip:192.0.2.1|203.0.113.0/24", Where("client", "192.0.2.1/32", "in", more=("203.0.113.0/24",))),
        ("zen|spam", Where("client", "zen", "has", more=("spam",))),
        (r"helo:'a\|b'", Where("helo", "a|b", "has")),
        ("bounce+x=y@example.org", Where("client", "bounce+x=y@example.org", "has")),
    ],
)
def test_each_form(text: str, where: Where) -> None:
    assert parse(text) == (where,)


def test_parts_stand_side_by_side() -> None:
    assert parse("ip:203.0.113.0/24 !why:rdns") == (
        Where("client", "203.0.113.0/24", "in"),
        Where("why", "rdns", "has", negate=True),
    )
    assert parse("   ") == ()


def test_a_bare_word_is_looked_for_in_the_panes_own_field() -> None:
    assert parse("zen", "zone") == (Where("zone", "zen", "has"),)
    assert parse("bigmail", "asn") == (Where("as_name", "bigmail", "has"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ip:203.0.113.0/99", "no network"),
        ("colour:red", "no field 'colour'"),
        ("helo:", "helo: what"),
        ("!", "must not be"),
        ('helo:"open', "quote"),
        ("offset:7", "no field"),
        ("ip:203.0.113.1|example", "of one kind"),
    ],
)
def test_what_makes_no_sense_is_told(text: str, said: str) -> None:
    with pytest.raises(SliceError, match=said):
        parse(text)


def words() -> st.SearchStrategy[str]:
    cleaned = st.characters(exclude_categories=("C", "Zl", "Zp"))
    hostile = st.sampled_from(["-", "|", "\\", "a|b", "\\-", "!", "[/]", "'\""])
    return st.text(cleaned, min_size=1, max_size=30) | hostile


@given(st.sampled_from(["helo", "sender", "host", "relay_host", "text", "queue_id"]), st.booleans(),
       st.sampled_from(["is", "has"]), st.lists(words(), min_size=1, max_size=3))  # fmt: skip
def test_what_is_written_is_read_again(field: str, negate: bool, how: Literal["is", "has"], values: list[str]) -> None:
    part = Where(field, values[0], how, negate, tuple(values[1:]))
    also = Where("client", "2001:db8::/64", "in"), Where("asn", "64500", negate=True), Where("helo", None)
    assert parse(written((part, *also))) == (part, *also)


def test_a_slice_is_told_in_words() -> None:
    assert told(parse("ip:203.0.113.0/24 !why:rdns helo:-")) == ("ip in 203.0.113.0/24", "!why:rdns", "helo=-")
    assert told((Where("asn", "64500", more=("64501",)),)) == ("as=64500|64501",)
