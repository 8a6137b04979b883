"""A table that is well formed and wrong does not take the place of a good one."""

from array import array
from dataclasses import replace

import pytest

from mailtop.lookup import asn_check
from mailtop.lookup.asn import AsnTable
from mailtop.lookup.asn_check import fault, shares
from mailtop.lookup.asn_file import Columns, Meta


def test_the_seed_may_take_its_own_place(seed: AsnTable) -> None:
    assert fault(seed) is None
    assert fault(seed, seed) is None


def test_a_small_table_is_refused(small: AsnTable) -> None:
    assert "18 prefixes" in (fault(small) or "")


def test_a_known_address_with_another_as_is_refused(seed: AsnTable, monkeypatch: pytest.MonkeyPatch) -> None:
    for address in asn_check.KNOWN:
        monkeypatch.setattr(asn_check, "KNOWN", {address: 64496})
        assert address in (fault(seed) or "")
    monkeypatch.setattr(asn_check, "KNOWN", {"192.0.2.1": 64496})
    assert "announced by nobody" in (fault(seed) or "")


def test_half_a_table_is_refused(seed: AsnTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asn_check, "KNOWN", {})
    columns = seed._columns
    for part, says in ((0.75, "cut short"), (0.4, "of the IPv4 space announced")):
        at = int(len(columns.v4_codes) * part)
        codes = columns.v4_codes[:at] + array("I", bytes(4 * (len(columns.v4_codes) - at)))
        cut = AsnTable(replace(columns, v4_codes=codes, fine_keys=array("Q"), fine_lows=array("Q"),
                               fine_codes=array("I")))  # fmt: skip
        assert says in (fault(cut, seed) or ""), part
    gone = AsnTable(replace(columns, v6_codes=array("I", bytes(4 * len(columns.v6_codes)))))
    assert fault(gone) is None
    assert "IPv6" in (fault(gone, seed) or "")


def test_a_table_that_announces_everything_is_refused(columns: Columns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asn_check, "KNOWN", {})
    meta = Meta("2026-01-01", "a test", "CC0", 900_000)
    whole = AsnTable(replace(columns, meta=meta, v4_starts=array("I", [0]), v4_codes=array("I", [1 << 8 | 1])))
    assert shares(whole)[0] == 1
    assert "100.0%" in (fault(whole) or "")


def test_shares_are_those_of_the_prefixes(small: AsnTable) -> None:
    v4, v6 = shares(small)
    assert v4 == 3 * 256 / (1 << 32)
    assert v6 == pytest.approx((1 << 32) / (1 << 61), rel=1e-6)
