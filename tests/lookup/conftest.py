"""What the tests of the AS-number table share: the seed, loaded once, and a small made-up table."""

import ipaddress

import pytest

from mailtop.lookup.asn import AsnTable, load
from mailtop.lookup.asn_build import build
from mailtop.lookup.asn_file import Columns
from mailtop.lookup.asn_input import Row

# Nested, touching, finer than a /64, at both ends of the address space. AS numbers are RFC 5398's for documents.
DAT = """\
; a made-up table
192.0.2.0/24\t64496
192.0.2.64/26\t64497
192.0.2.80/32\t64498
198.51.100.0/25\t64499
198.51.100.128/25\t64499
203.0.113.0/24\t64500
203.0.113.128/25\t64500
203.0.113.255/32\t64501
2001:db8::/32\t64496
2001:db8:0:1::/64\t64502
2001:db8:0:1:8000::/65\t64503
2001:db8:0:1:8000::1/128\t64504
2001:db8:0:1:ffff:ffff:ffff:ffff/128\t64505
2001:db8:ffff:ffff:ffff:ffff:ffff:fff0/124\t64506
2001:db8:5::/127\t64507
2001:db8:7::/65\t64508
2001:db8:7:0:8000::/65\t64508
2001:db8:8::/65\t64508
"""
NAMES = {64496: "Example One", 64497: "Exämple Two", 64500: "=CMD()", 65551: "Named, but announces nothing"}


def rows_of(dat: str) -> list[Row]:
    """Read a .dat text without the reader under test."""
    rows: list[Row] = []
    for line in dat.splitlines():
        if not line.startswith(";"):
            prefix, asn = line.split()
            network = ipaddress.ip_network(prefix)
            rows.append((network.version, int(network.network_address), network.prefixlen, int(asn)))
    return rows


@pytest.fixture(scope="session")
def columns() -> Columns:
    return build(rows_of(DAT), NAMES, "2026-01-02", "a test", "CC0")


@pytest.fixture(scope="session")
def small(columns: Columns) -> AsnTable:
    return AsnTable(columns)


@pytest.fixture(scope="session")
def seed() -> AsnTable:
    return load()


@pytest.fixture(scope="session")
def dat() -> str:
    return DAT
