"""Who announces the addresses of a simulated log: invented networks with numbers set aside for documentation.

Out: a table like the one for real addresses (`mailtop.lookup.asn`), so that nothing that looks addresses up knows the
difference. The AS numbers are those of RFC 5398, the addresses those of RFC 2544, RFC 5737 and RFC 3849: no operator
of any real network is made to look guilty.
"""

from typing import Final

from mailtop.lookup.asn import AsnTable
from mailtop.lookup.asn_build import build
from mailtop.lookup.asn_input import Row

Network = tuple[int, int, int, int, str]
"""family, base, length, AS number, name"""

NETWORKS: Final[tuple[Network, ...]] = (
    (4, 0xC6120000, 20, 64496, "EXAMPLE-HOSTING"),
    (4, 0xC6121000, 20, 64497, "EXAMPLE-CLOUD-EAST"),
    (4, 0xC6122000, 19, 64498, "EXAMPLE-CABLE"),
    (4, 0xC6124000, 19, 64499, "EXAMPLE-TELECOM"),
    (4, 0xC6126000, 20, 64500, "EXAMPLE-VPS"),
    (4, 0xC6127000, 20, 64501, "EXAMPLE-MOBILE"),
    (4, 0xC6128000, 18, 64502, "EXAMPLE-BROADBAND"),
    (4, 0xC612C000, 19, 64503, "EXAMPLE-FIBRE"),
    (4, 0xC612E000, 20, 64504, "EXAMPLE-COLO"),
    (4, 0xC612F000, 20, 64505, "EXAMPLE-CAMPUS"),
    (4, 0xC6130000, 18, 64506, "EXAMPLE-DSL-NORTH"),
    (4, 0xC6134000, 18, 64507, "EXAMPLE-DSL-SOUTH"),
    (4, 0xC6138000, 18, 64508, "EXAMPLE-TRANSIT"),
    (4, 0xC613C000, 19, 64509, "EXAMPLE-SATELLITE"),
    (4, 0xC613E000, 20, 64510, "EXAMPLE-GAMES"),
    (4, 0xC613F000, 20, 64511, "EXAMPLE-OFFICE"),
    (4, 0xC0000200, 24, 65536, "EXAMPLE-TEST-NET-1"),
    (4, 0xC6336400, 24, 65537, "EXAMPLE-TEST-NET-2"),
    (4, 0xCB007100, 24, 65538, "EXAMPLE-TEST-NET-3"),
    (6, 0x20010DB8_0000 << 80, 44, 65539, "EXAMPLE-SIX-ACCESS"),
    (6, 0x20010DB8_0010 << 80, 44, 65540, "EXAMPLE-SIX-CLOUD"),
    (6, 0x20010DB8_0020 << 80, 44, 65541, "EXAMPLE-SIX-MOBILE"),
    (6, 0x20010DB8_0030 << 80, 44, 65542, "EXAMPLE-SIX-HOSTING"),
)


def table() -> AsnTable:
    """The invented networks as a table of AS numbers."""
    rows: list[Row] = [(family, base, length, asn) for family, base, length, asn, _ in NETWORKS]
    names = {asn: name for *_, asn, name in NETWORKS}
    return AsnTable(build(rows, names, "never", "invented for the demonstration", "none needed"))
