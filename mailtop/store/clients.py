"""ClientTable: the clients' addresses, and what follows from an address: its site, prefix, network and AS.

A StringTable whose codes also have a `site` (uint64): the IPv4 address as a number, or the upper 64 bits of an IPv6
address. That is what a distinct client is, and the prefix follows from it.
The AS and its prefix are looked up once for each code, when an answer first needs them and only if a table is there.
"""

from ipaddress import IPv6Address, ip_network
from typing import Final, Protocol

import numpy as np

from mailtop.store.hashing import Array, HashIndex, grown
from mailtop.store.ordering import distinct
from mailtop.store.sites import LOW6, NO_ADDRESS, pack4, pack6, site
from mailtop.store.strings import StringTable

UNKNOWN: Final = 0xFFFFFFFF
"""the AS code of a client that was not looked up yet"""


class Announced(Protocol):
    """Who announces an address."""

    @property
    def asn(self) -> int:
        """The number of the autonomous system."""

    @property
    def prefix(self) -> str:
        """The announced prefix in CIDR notation."""


class AsnLookup(Protocol):
    """A table of announced prefixes."""

    def lookup(self, address: str) -> Announced | None:
        """Who announces this address; None when nobody does."""

    def name(self, asn: int) -> str | None:
        """The name of an autonomous system; None when it has none."""


class ClientTable(StringTable):
    """Client addresses to codes, and each code's site, prefix, AS and network."""

    def __init__(self) -> None:
        super().__init__()
        self._sites: Array = np.zeros(1, np.uint64)
        self._sixes = HashIndex()
        self._first: Array = np.zeros(1, np.uint32)
        self._keys: Array | None = None
        """site as a code: the client's own, for IPv6 the first code with the same /64; None while all are IPv4"""
        self._keyed = 1
        self.lookup: AsnLookup | None = None
        self._as: Array = np.zeros(0, np.uint32)
        self._net: Array = np.zeros(0, np.uint32)
        self.asns = HashIndex()
        self.networks = StringTable()
        self.names = StringTable()
        self._named: list[int] = [0]

    @property
    def nbytes(self) -> int:
        """Memory held."""
        keys = 0 if self._keys is None else self._keys.nbytes
        return int(super().nbytes + self._sites.nbytes + self._as.nbytes + self._net.nbytes + keys)

    @property
    def sites(self) -> Array:
        """The site of each code (uint64)."""
        return self._sites[: len(self)]

    def loopback(self, codes: Array) -> Array:
        """Which of the codes are 127.0.0.0/8 or ::1."""
        sites = self._sites[codes]
        return np.asarray(((sites >> np.uint64(24)) == 127) | (sites == LOW6))

    def distinct(self, codes: Array) -> Array:
        """For each code, the code that stands for its distinct client."""
        self._key()
        return codes if self._keys is None else self._keys[codes]

    def prefix_keys(self, codes: Array) -> Array:
        """For each code a number (uint64) for its IPv4 /24 or IPv6 /64; the largest number where it is no address."""
        sites = self._sites[codes]
        keys = np.where(sites < 1 << 32, sites >> np.uint64(8), sites)
        keys[(sites >> np.uint64(32)) == NO_ADDRESS] = np.iinfo(np.uint64).max
        return keys

    def within(self, network: str, since: int = 1) -> Array:
        """For each code from `since` on: does the address lie in this CIDR network? ValueError when it is none."""
        asked = ip_network(network.strip(), strict=False)
        sites = self._sites[since : len(self)]
        if asked.version == 4:
            low, high = int(asked.network_address), int(asked.broadcast_address)
            return np.asarray((sites >= low) & (sites <= high))
        low, high = int(asked.network_address) >> 64, int(asked.broadcast_address) >> 64
        real = np.where(sites < 1 << 34, sites - np.uint64(LOW6), sites)
        no_v6 = (sites < 1 << 32) | ((sites >> np.uint64(32)) == NO_ADDRESS)
        matches = np.asarray(~no_v6 & (real >= low) & (real <= high))
        if asked.prefixlen > 64:
            for at in np.flatnonzero(matches).tolist():
                matches[at] = IPv6Address(self.text(at + since)) in asked
        return matches

    def announced(self, codes: Array) -> tuple[Array, Array]:
        """For each code, the number of its AS in `asns` and of its prefix in `networks`; 0 where unknown."""
        if self.lookup is None:
            return np.zeros(len(codes), np.uint32), np.zeros(len(codes), np.uint32)
        before = len(self._as)
        if before < len(self):
            self._as = grown(self._as, before, len(self))[: len(self)]
            self._net = grown(self._net, before, len(self))[: len(self)]
            self._as[before:], self._net[before:] = UNKNOWN, 0
            self._as[0] = 0
        todo = codes[self._as[codes] == UNKNOWN]
        if len(todo):
            self._look_up(distinct(todo), self.lookup)
        return self._as[codes], self._net[codes]

    def name_codes(self, asn_numbers: Array) -> Array:
        """For each number of `asns`, the code of the AS's name in `names`; 0 where it has none."""
        for number in range(len(self._named), self.asns.count + 1):
            name = self.lookup.name(int(self.asns.keys[number])) if self.lookup else None
            self._named.append(int(self.names.codes((name,))[0]) if name else 0)
        return np.array(self._named, np.uint32)[asn_numbers]

    def use(self, table: AsnLookup | None) -> None:
        """Look networks up in this table from now on; what another said is forgotten."""
        self.lookup = table
        self._as, self._net = np.zeros(0, np.uint32), np.zeros(0, np.uint32)
        self.asns, self.networks, self.names, self._named = HashIndex(), StringTable(), StringTable(), [0]

    def compact(self, live: Array) -> Array:
        """As StringTable.compact."""
        remap = super().compact(live)
        kept = np.concatenate([np.zeros(1, np.int64), np.flatnonzero(remap)])
        self._sites = self._sites[kept]
        known = kept[kept < len(self._as)]
        self._as, self._net = self._as[known], self._net[known]
        self._sixes, self._first, self._keys, self._keyed = HashIndex(), np.zeros(1, np.uint32), None, 1
        return remap

    def _learn(self, new: list[str], first: int) -> None:
        super()._learn(new, first)
        sites = np.empty(len(new), np.uint64)
        six = np.fromiter((":" in value for value in new), np.bool_, len(new))
        try:
            sites[~six] = np.frombuffer(b"".join([pack4(value) for value in new if ":" not in value]), ">u4")
            upper = np.frombuffer(b"".join([pack6(value) for value in new if ":" in value]), ">u8")[::2]
            usual = not (upper < 1 << 34).any()
            sites[six] = upper
        except (OSError, ValueError):
            usual = False
        if not usual:
            sites[:] = [site(value) for value in new]
        self._sites = grown(self._sites, first, first + len(new))
        self._sites[first : first + len(new)] = sites

    def _key(self) -> None:
        first, self._keyed = self._keyed, len(self)
        sixes = np.flatnonzero(self._sites[first : len(self)] >= 1 << 32) + first
        if self._keys is None:
            if not len(sixes):
                return
            self._keys = np.arange(len(self), dtype=np.uint32)
        elif len(self._keys) < len(self):
            known = len(self._keys)
            self._keys = np.concatenate([self._keys, np.arange(known, len(self), dtype=np.uint32)])
        if len(sixes):
            known = self._sixes.count + 1
            numbers = self._sixes.add(self._sites[sixes])
            self._first = grown(self._first, known, self._sixes.count + 1)
            new = np.flatnonzero(numbers >= known)[::-1]  # written backwards, the first one stays
            self._first[numbers[new]] = sixes[new]
            self._keys[sixes] = self._first[numbers]

    def _look_up(self, codes: Array, table: AsnLookup) -> None:
        found = [table.lookup(text) for text in self.texts(codes)]
        known = np.array([at for at, entry in enumerate(found) if entry is not None], np.int64)
        self._as[codes] = 0
        if len(known):
            entries = [entry for entry in found if entry is not None]
            self._as[codes[known]] = self.asns.add(np.array([entry.asn for entry in entries], np.uint64))
            self._net[codes[known]] = self.networks.codes([entry.prefix for entry in entries])
