"""One word for the ASes of one organisation; and firms that only sound alike stay apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtop.lookup.asn import AsnTable
from mailtop.lookup.asn_family import BRANDS, family

SAME = [
    ("google", ["Google LLC", "Google, LLC", "GOOGLE-CLOUD-PLATFORM", "GOOGLE", "Google Ireland Limited",
                "Google Kenya Limited - Google Kenya Limited", "GOOGLE, US"]),
    ("amazon", ["Amazon.com, Inc.", "AMAZON-02", "AMAZON-02, US", "AMAZON-AES - Amazon.com, Inc., US",
                "Amazon Data Services Ireland Ltd"]),
    ("microsoft", ["Microsoft Corporation", "Microsoft (China) Co., Ltd.", "MICROSOFT-CORP-MSN-AS-BLOCK"]),
    ("china telecom", ["China Telecom (Group)", "China Telecom(Group)", "Chinanet", "CHINANET Hubei province network",
                       "CHINATELECOM-JIANGSU-5GNETWORK"]),
    ("ovh", ["OVH SAS", "OVH", "OVH-AS"]),
    ("digitalocean", ["DigitalOcean, LLC", "DIGITALOCEAN-ASN"]),
    ("example", ["Example Ltd.", "EXAMPLE", "Example, s.r.o.", "OOO \"Example\"", "EXAMPLE-AS", "EXAMPLE-AS-64496",
                 "EXAMPLE-ASN, DE", "Example S.p.A.", "Example Sdn. Bhd.", "example  gmbh & co. kg"]),
    ("at&t", ["AT&T Enterprises, LLC", "ATT-INTERNET4"]),
]  # fmt: skip


@pytest.mark.parametrize(("word", "names"), SAME, ids=[word for word, _ in SAME])
def test_the_names_of_one_organisation(word: str, names: list[str]) -> None:
    assert {name: family(name) for name in names} == dict.fromkeys(names, word)


def test_firms_that_sound_alike_stay_apart() -> None:
    apart = ["Global Communications LLC", "Global Internet Ltd", "Bank of China Limited", "The Bank of Korea",
             "Amazonas", "AMAZONET TELECOMUNICACOES LTDA", "China Mobile", "China Unicom", "China Telecom",
             "Fast Network Ltd", "Fast 4 Technologies", "EXAMPLE-NORTH", "EXAMPLE-SOUTH"]  # fmt: skip
    assert len({family(name) for name in apart}) == len(apart)


def test_a_name_is_never_taken_away_altogether() -> None:
    for name in ("The", "AS64496", "AS", "Ltd", "SA", "as-1", "(Example)", "-Reserved AS-", "Limited Ltd", "1&1"):
        assert family(name), name
    assert family("...") == family("") == family(" \t") == ""


def test_brands_are_their_own_family() -> None:
    for words, brand in BRANDS.items():
        assert family(words) == family(words.upper()) == family(brand) == brand, words


@given(st.text(max_size=600))
def test_any_name_has_a_family(name: str) -> None:
    found = family(name)
    assert found == found.strip()
    assert len(found) <= 3 * 255  # casefold may write one letter as three


def test_the_seed_is_folded_moderately(seed: AsnTable) -> None:
    names = {name for asn in seed.asns if (name := seed.name(asn))}
    words: dict[str, set[str]] = {}
    for name in names:
        words.setdefault(family(name), set()).add(name)
    assert 0.9 < len(words) / len(names) < 1  # most firms have one name
    large = {word for word, of in words.items() if len(of) > 12}
    assert large <= set(BRANDS.values()), "a common word has made one organisation of many"
