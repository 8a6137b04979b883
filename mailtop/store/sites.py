"""Sites: what a distinct client is, as a number: an IPv4 address, or the upper 64 bits of an IPv6 address.

An IPv6 address within ::/32 (the loopback address, mainly) has 2**33 added, so that no IPv6 site is taken for an IPv4
address. Text that is no address (and the unassigned 0:1::/32 to 0:3::/32) has a site of its own, 3 << 32 and part of
its hash.
"""

from functools import partial
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Final

LOW6: Final = 1 << 33
"""what is added to the upper half of an address within ::/32; so, the site of ::1"""
NO_ADDRESS: Final = 3
"""the upper half of the site of text that is no address"""
pack4 = partial(inet_pton, AF_INET)
pack6 = partial(inet_pton, AF_INET6)


def site(address: str) -> int:
    """The site number of an address; of any other text, a number that is no address's."""
    try:
        return int.from_bytes(pack4(address), "big")
    except (OSError, ValueError):
        pass
    try:
        upper = int.from_bytes(pack6(address)[:8], "big")
    except (OSError, ValueError):
        return NO_ADDRESS << 32 | hash(address) & 0xFFFFFFFF
    if upper < 1 << 32:
        return upper + LOW6
    return upper if upper >= 1 << 34 else NO_ADDRESS << 32 | upper & 0xFFFFFFFF


def prefix_text(key: int) -> str:
    """CIDR notation of a key of `ClientTable.prefixes`."""
    if key < 1 << 32:
        return ".".join(str(key >> shift & 255) for shift in (16, 8, 0)) + ".0/24"
    upper = key - LOW6 if key < 1 << 34 else key
    return inet_ntop(AF_INET6, (upper << 64).to_bytes(16, "big")) + "/64"
