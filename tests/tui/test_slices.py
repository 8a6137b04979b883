"""The typed filter: every form of it, and what is said when it makes no sense."""

import pytest

from mailtop.query import Where
from mailtop.tui.slices import SliceError, parse, told


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
    ],
)
def test_what_makes_no_sense_is_told(text: str, said: str) -> None:
    with pytest.raises(SliceError, match=said):
        parse(text)


def test_a_slice_is_told_in_words() -> None:
    assert told(parse("ip:203.0.113.0/24 !why:rdns helo:-")) == ("ip in 203.0.113.0/24", "!why:rdns", "helo=-")
