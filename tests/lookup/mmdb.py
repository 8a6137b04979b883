"""A writer of small MaxMind DB files, after the format's specification 2.0, for tests: IPv6 tree, 32-bit records."""

import ipaddress
import struct
from collections.abc import Mapping
from typing import Any

MARK = b"\xab\xcd\xefMaxMind.com"
EPOCH = 1_790_000_000  # 2026-09-21


def mmdb(networks: Mapping[str, Any]) -> bytes:
    """Return the file in which each network has its record; networks must not overlap."""
    nodes: list[list[Any]] = [[None, None]]
    for text, record in networks.items():
        network = ipaddress.ip_network(text)
        bits, length = int(network.network_address), network.prefixlen
        if network.version == 4:
            length += 96
        at = 0
        for depth in range(length):
            side = bits >> (127 - depth) & 1
            if depth == length - 1:
                nodes[at][side] = ("data", record)
            else:
                if nodes[at][side] is None:
                    nodes.append([None, None])
                    nodes[at][side] = len(nodes) - 1
                at = nodes[at][side]
    data, tree = b"", b""
    for node in nodes:
        for side in node:
            if isinstance(side, tuple):
                tree += struct.pack(">I", len(nodes) + 16 + len(data))
                data += _value(side[1])
            else:
                tree += struct.pack(">I", len(nodes) if side is None else side)
    about = {
        "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": EPOCH,
        "database_type": "a test", "description": {"en": "a test"}, "ip_version": 6, "languages": ["en"],
        "node_count": len(nodes), "record_size": 32,
    }  # fmt: skip
    return tree + bytes(16) + data + MARK + _value(about)


def _value(value: Any) -> bytes:
    if isinstance(value, str):
        raw = value.encode()
        return _head(2, len(raw)) + raw
    if isinstance(value, int):
        raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
        return _head(6 if value < 1 << 32 else 9, len(raw)) + raw
    if isinstance(value, Mapping):
        return _head(7, len(value)) + b"".join(_value(key) + _value(item) for key, item in value.items())
    return _head(11, len(value)) + b"".join(map(_value, value))


def _head(kind: int, size: int) -> bytes:
    more = b"" if size < 29 else bytes([size - 29])
    size = min(size, 29)
    return (bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])) + more
