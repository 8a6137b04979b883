"""IP addresses as a log writes them: text to number, and the word for an address that no AS can announce.

In: any text that stood where an address should be. Out: `parse` gives (family, number), `reserved` a word such as
"private" or "documentation", `text` the usual spelling of a number. Nothing here raises on any text.

Taken as an address: RFC 5952 and dotted-quad text as inet_pton(3) reads it, in brackets or not (`[192.0.2.1]`,
RFC 5321's `[IPv6:2001:db8::1]`), with an RFC 4007 zone (`fe80::1%eth0`, dropped). An IPv4-mapped address
(`::ffff:192.0.2.1`) is the IPv4 address: a dual-stack daemon logs it so for the same client. Not taken: `192.0.2`,
`0x7f.1`, `010.0.0.1` (whose octal is a known trick), spaces.

The words follow IANA's special-purpose registries (RFC 6890 and its updates) for IPv4 and IPv6, and RFC 5771 and
RFC 4291 for multicast.

BUGS: an address inside 6to4, Teredo or NAT64 is not unwrapped; the word says which it is.
"""

import socket
import struct
from bisect import bisect_right
from typing import Final

from mailtop.lookup.intervals import flatten

LONGEST: Final = 64  # characters of text that can be an address: 45, a zone and the brackets of RFC 5321

MAPPED: Final = 0xFFFF  # the upper 96 bits of ::ffff:0:0/96
_unpack4 = struct.Struct("!I").unpack
_unpack6 = struct.Struct("!QQ").unpack

_RESERVED: Final = """
0.0.0.0/8 unspecified
10.0.0.0/8 private
100.64.0.0/10 shared
127.0.0.0/8 loopback
169.254.0.0/16 link-local
172.16.0.0/12 private
192.0.0.0/24 protocol
192.0.2.0/24 documentation
192.88.99.0/24 6to4
192.168.0.0/16 private
198.18.0.0/15 benchmarking
198.51.100.0/24 documentation
203.0.113.0/24 documentation
224.0.0.0/4 multicast
240.0.0.0/4 reserved
255.255.255.255/32 broadcast
::/128 unspecified
::1/128 loopback
64:ff9b::/96 nat64
64:ff9b:1::/48 nat64
100::/64 discard
2001::/23 protocol
2001::/32 teredo
2001:2::/48 benchmarking
2001:db8::/32 documentation
2002::/16 6to4
3fff::/20 documentation
5f00::/16 protocol
fc00::/7 private
fe80::/10 link-local
fec0::/10 private
ff00::/8 multicast
"""
# Inside 192.0.0.0/24 and 2001::/23 some ranges are announced in the global table: they are no more reserved than
# any other address.
_GLOBAL: Final = """
192.0.0.9/32
192.0.0.10/32
2001:1::1/128
2001:1::2/128
2001:1::3/128
2001:3::/32
2001:4:112::/48
2001:20::/28
2001:30::/28
"""


def parse(address: str) -> tuple[int, int] | None:
    """Return (4, 32-bit number) or (6, 128-bit number), or None where the text is no address."""
    if len(address) > LONGEST:
        return None
    if address.startswith("[") and address.endswith("]"):
        address = address[1:-1]
        if address[:5].lower() == "ipv6:":
            address = address[5:]
    try:
        if ":" not in address:
            return 4, _unpack4(socket.inet_pton(socket.AF_INET, address))[0]
        upper, lower = _unpack6(socket.inet_pton(socket.AF_INET6, address.partition("%")[0]))
    except (OSError, ValueError):  # ValueError: NUL bytes and lone surrogates
        return None
    if upper == 0 and lower >> 32 == MAPPED:
        return 4, lower & 0xFFFFFFFF
    return 6, upper << 64 | lower


def text(family: int, number: int) -> str:
    """Return the usual spelling (RFC 5952) of an address; family is 4 or 6, as `parse` gives it."""
    if family == 4:
        return socket.inet_ntop(socket.AF_INET, number.to_bytes(4, "big"))
    return socket.inet_ntop(socket.AF_INET6, number.to_bytes(16, "big"))


def _ranges(family: int, bits: int) -> tuple[list[int], list[str | None]]:
    rows = []
    for line in (_RESERVED + _GLOBAL).split("\n"):
        prefix, _, word = line.partition(" ")
        base, _, length = prefix.partition("/")
        if (parsed := parse(base)) and parsed[0] == family:
            rows.append((parsed[1], int(length), word))
    flat = flatten(rows, bits)
    return [start for start, _, _ in flat], [word or None for _, _, word in flat]


_BY_FAMILY: Final = {4: _ranges(4, 32), 6: _ranges(6, 128)}


def reserved(address: str) -> str | None:
    """Return the word for a special-purpose address, None for any other address and for text that is none.

    One of: unspecified, private, shared (carrier NAT, RFC 6598), loopback, link-local, protocol, documentation,
    benchmarking, multicast, reserved, broadcast, discard, 6to4, teredo, nat64.
    """
    parsed = parse(address)
    if parsed is None:
        return None
    family, number = parsed
    starts, words = _BY_FAMILY[family]
    return words[bisect_right(starts, number) - 1]
