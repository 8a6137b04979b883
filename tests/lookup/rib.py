"""A writer of small RIBs for tests: MRT, TABLE_DUMP_V2 (RFC 6396), one peer, AS paths of four octets a number."""

import ipaddress
import struct
from collections.abc import Iterable

EPOCH = 1_790_000_000  # 2026-09-21


def rib(origins: Iterable[tuple[str, int | set[int]]]) -> bytes:
    """Return a dump in which each prefix has this origin (a set: an AS_SET at the path's end)."""
    peer = struct.pack(">B4s4sI", 2, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 1]), 64511)
    out = _record(1, bytes(4) + struct.pack(">HH", 0, 1) + peer)
    for number, (prefix, origin) in enumerate(origins):
        network = ipaddress.ip_network(prefix)
        path = struct.pack(">BBI", 2, 1, 64511)
        if isinstance(origin, set):
            path += struct.pack(f">BB{len(origin)}I", 1, len(origin), *sorted(origin, reverse=True))
        else:
            path = struct.pack(">BBII", 2, 2, 64511, origin)
        attributes = struct.pack(">BBB", 0x40, 1, 1) + b"\0" + struct.pack(">BBB", 0x40, 2, len(path)) + path
        entry = struct.pack(">HIH", 0, EPOCH, len(attributes)) + attributes
        octets = network.network_address.packed[: (network.prefixlen + 7) // 8]
        body = struct.pack(">IB", number, network.prefixlen) + octets + struct.pack(">H", 1) + entry
        out += _record(2 if network.version == 4 else 4, body)
    return out


def _record(sub: int, body: bytes) -> bytes:
    return struct.pack(">IHHI", EPOCH, 13, sub, len(body)) + body
