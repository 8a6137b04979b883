"""The table's answers: against pyasn (the reference) on the seed and on a made-up table, and what it says of itself."""

import random
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mailtop
from mailtop.lookup.address import parse, text
from mailtop.lookup.asn import AsnEntry, AsnTable
from mailtop.lookup.asn_build import build

SPACE = {4: 32, 6: 128}


def _pyasn(dat: str) -> Any:
    """Return pyasn's radix tree of `dat`; pyasn is for development only, as it needs a compiler to install."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an escape in its source that newer Pythons warn of
        pyasn = pytest.importorskip("pyasn", reason="pyasn, the reference, is not installed")
    return pyasn.pyasn(None, ipasn_string=dat)


def _edges(prefixes: Iterable[AsnEntry]) -> set[str]:
    """Return the first and last address of each prefix, the one before and the one after."""
    out = set()
    for entry in prefixes:
        bits = SPACE[entry.family]
        last = entry.base + (1 << (bits - entry.length)) - 1
        for number in (entry.base - 1, entry.base, last, last + 1):
            if 0 <= number < 1 << bits:
                out.add(text(entry.family, number))
    return out


def _compare(table: AsnTable, reference: Any, addresses: Iterable[str]) -> None:
    for address in addresses:
        entry = table.lookup(address)
        ours = (entry.asn, entry.prefix) if entry else (None, None)
        assert ours == reference.lookup(address), address


def _random_addresses(count: int, seed: int) -> set[str]:
    dice = random.Random(seed)
    v4 = {text(4, dice.getrandbits(32)) for _ in range(count)}
    return v4 | {text(6, 0b001 << 125 | dice.getrandbits(125)) for _ in range(count)}


def test_small_table_answers_as_pyasn_does(small: AsnTable, dat: str) -> None:
    reference = _pyasn(dat)
    edges = _edges(small.prefixes())
    assert len(edges) > 40
    _compare(small, reference, edges)


def test_random_nested_tables_answer_as_pyasn_does() -> None:
    dice = random.Random(5398)
    for _ in range(40):
        rows, lines = [], []
        for _ in range(30):
            family = dice.choice((4, 6))
            low, high, base = (24, 32, 0xC0000200) if family == 4 else (60, 72, 0x20010DB8 << 96)
            length = dice.randint(low, high)
            base |= dice.getrandbits(length - low) << (SPACE[family] - length) if length > low else 0
            rows.append((family, base, length, dice.randint(64496, 64500)))
            lines.append(f"{text(family, base)}/{length}\t{rows[-1][3]}\n")
        table = AsnTable(build(rows, {}, "", "", ""))
        _compare(table, _pyasn("".join(lines)), _edges(table.prefixes()))
        assert len(table) == len({row[:3] for row in rows})


def test_seed_answers_as_pyasn_does(seed: AsnTable) -> None:
    prefixes = list(seed.prefixes())
    assert len({entry[1:] for entry in prefixes}) == len(seed)  # no prefix of the data was lost in the packing
    reference = _pyasn("".join(f"{entry.prefix}\t{entry.asn}\n" for entry in prefixes))
    dice = random.Random(4271)
    finer = [entry for entry in prefixes if entry.family == 6 and entry.length > 64]
    assert len(finer) > 1000
    _compare(seed, reference, _edges([*dice.sample(prefixes, 8000), *finer]))
    _compare(seed, reference, _random_addresses(10_000, 1930))


def test_prefixes_finer_than_64_bits_are_kept(small: AsnTable) -> None:
    def asn(address: str) -> int | None:
        entry = small.lookup(address)
        return entry and entry.asn

    assert asn("2001:db8:0:1::") == asn("2001:db8:0:1:7fff:ffff:ffff:ffff") == 64502
    assert asn("2001:db8:0:1:8000::") == 64503
    assert asn("2001:db8:0:1:8000::1") == 64504
    assert asn("2001:db8:0:1:8000::2") == 64503
    assert asn("2001:db8:0:1:ffff:ffff:ffff:ffff") == 64505
    assert asn("2001:db8:0:2::") == 64496
    assert asn("2001:db8:5::1") == 64507
    assert asn("2001:db8:5::2") == 64496


def test_other_spellings_have_the_same_answer(small: AsnTable) -> None:
    expected = AsnEntry(64497, 0xC0000240, 26, 4)
    assert expected.prefix == "192.0.2.64/26"
    for spelling in ("192.0.2.65", "[192.0.2.65]", "::ffff:192.0.2.65", "::FFFF:c000:241", "[::ffff:192.0.2.65]"):
        assert small.lookup(spelling) == expected
    v6 = small.lookup("2001:db8::1")
    assert v6 is not None
    assert v6.prefix == "2001:db8::/32"
    for spelling in ("[2001:db8::1]", "[IPv6:2001:db8::1]", "2001:db8::1%eth0", "2001:DB8:0:0::1"):
        assert small.lookup(spelling) == v6


@pytest.mark.parametrize(
    "rubbish",
    ["", "unknown", "192.0.2", "192.0.2.65 ", "192.0.2.65\0", "[", "\ud800", ":\ud800", ":", "::%", "9" * 100_000,
     ":" * 100_000, "::ffff:192.0.2.65.1", "192.0.2.065", "0xc0.0.2.65", "192.0.2.65/32", "\u0661\u0669\u0662.0.2.65"],
    ids=lambda rubbish: ascii(rubbish[:16]),
)  # fmt: skip
def test_rubbish_has_no_answer(small: AsnTable, rubbish: str) -> None:
    assert small.lookup(rubbish) is None


def test_what_nobody_announces_has_no_answer(small: AsnTable) -> None:
    for address in ("0.0.0.0", "255.255.255.255", "192.0.1.255", "192.0.3.0", "::", "2001:db9::", "ff" * 2 + "::"):
        assert small.lookup(address) is None


def test_bulk_answers_are_the_single_ones(seed: AsnTable) -> None:
    addresses = sorted(_random_addresses(3000, 7)) + sorted(_edges(e for e in seed.prefixes() if e.length > 100))
    for family, bulk in ((4, seed.lookup_packed), (6, seed.lookup_packed6)):
        parsed = [found for address in addresses if (found := parse(address)) and found[0] == family]
        expected = [entry.asn if (entry := seed.lookup(text(*found))) else 0 for found in parsed]
        assert any(expected)
        assert list(bulk(number for _, number in parsed)) == expected


def test_columns_can_be_searched_with_numpy_as_the_manual_says(seed: AsnTable) -> None:
    numbers = np.array([parse(a)[1] for a in sorted(_random_addresses(3000, 8)) if ":" not in a], "u4")  # type: ignore[index]
    index = np.searchsorted(np.frombuffer(seed.v4_starts, "u4"), numbers, "right") - 1
    codes = np.frombuffer(seed.v4_codes, "u4")[index]
    found = np.frombuffer(seed.asns, "u4")[codes >> 8]
    assert found.tolist() == list(seed.lookup_packed(numbers.tolist()))
    assert ((codes & 255 > 0) == (found > 0)).all()


def test_names(small: AsnTable) -> None:
    assert small.name(64496) == "Example One"
    assert small.name(64497) == "Exämple Two"
    assert small.name(64500) == "=CMD()"
    assert small.name(65551) == "Named, but announces nothing"
    for unknown in (64499, 64511, 0, -1, 1 << 40):
        assert small.name(unknown) is None


def test_seed_says_what_it_is(seed: AsnTable) -> None:
    assert seed.date == "2026-06-17"
    assert seed.licence == "CC BY 4.0"
    for word in ("RouteViews", "NRO", "DB-IP"):
        assert word in seed.source
    named = [name for asn in seed.asns if (name := seed.name(asn))]
    assert len(named) > 90_000
    assert all(name.isprintable() and name == name.strip() for name in named)


def test_licences_of_the_seed_come_with_it() -> None:
    beside = Path(mailtop.__file__).parent / "asn"
    licences = (beside / "LICENCES").read_text()
    for word in ("DB-IP.com", "nro.net", "routeviews.org", "Creative Commons Attribution 4.0"):
        assert word in licences
    assert "DB-IP" in (beside / "README.md").read_text()
