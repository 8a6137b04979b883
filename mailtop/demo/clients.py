"""Clients of a simulated mail server: a few hundred that send mail, many thousand that should not.

In: a seeded random generator and which addresses may be used. Out: `Client` values that keep their habits, so that a
client that is listed today is listed at its next try as well. How often each comes follows Zipf's law: a handful of
loud ones and a long tail of one try each, which is what botnets look like in a log.

`documentation` addresses are those set aside by RFC 5737 and RFC 3849 for examples and by RFC 2544 (198.18.0.0/15)
for benchmarks: nobody's. `any` draws from the whole public unicast space, for measuring look-ups of real networks;
what it makes must not be shown to people as a picture of those networks.
"""

from itertools import accumulate
from random import Random
from typing import Final, Literal, NamedTuple

Addresses = Literal["documentation", "any"]

ZONES: Final = (
    ("zen.example.org", 2, ("127.0.0.2", "127.0.0.4", "127.0.0.10", "127.0.0.11")),
    ("bl.example.net", 1, ("127.0.0.2",)),
    ("spam.example.com", 1, ("127.0.0.2", "127.0.0.9")),
)
"""Invented DNS lists: zone, postscreen weight, answers."""

REFUSING_ZONE: Final = "limited.example.org"
"""A list that tells us that we ask too much (127.255.255.254), whoever the client is."""

DEAD_ZONE: Final = "gone.example.net"
"""A list whose name servers do not answer any more."""

SHUNNED: Final = frozenset((0, 10, 100, 127, 169, 172, 192, 198, 203))
"""First octets that hold special-purpose networks; left out whole when any public address will do."""

HABITS: Final = (
    ("dnsbl", 55), ("unknown_user", 10), ("greylist", 8), ("helo", 6), ("pregreet", 6), ("relay", 3), ("access", 2),
    ("sender_domain", 3), ("rdns", 2), ("spf", 1), ("scanner", 3), ("rate", 1),
)  # fmt: skip
"""What a client that should not be here does, in percent of the clients."""

STORM_HABITS: Final = (("dnsbl", 60), ("unknown_user", 30), ("helo", 10))
"""the same for the botnet that makes storms"""

STORM_NETWORK: Final = 0xC6124000
"""198.18.64.0/19, where most of that botnet lives"""

BOT_HELOS: Final = ("ylmf-pc", "localhost", "User", "WIN-8J2K4Q7R", "[127.0.0.1]", "mail", "ADMIN", "example.org")


class Client(NamedTuple):
    """A client with its habits."""

    address: str
    key: str
    """what distinct clients are counted by: the IPv4 address or the IPv6 /64"""
    name: str
    """verified name, `unknown` without one"""
    helo: str
    habit: str
    listings: tuple[tuple[str, str], ...] = ()
    """DNS lists that name it, and their answers"""
    rank: int = 0
    """sum of the weights of those"""


def v4(number: int) -> str:
    """A 32-bit number as a dotted quad."""
    return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


class Population:
    """`bots` clients that should not be here and `servers` that should."""

    def __init__(self, rng: Random, addresses: Addresses = "documentation", bots: int = 20_000, servers: int = 300):
        self._rng = rng
        self._addresses = addresses
        self._taken: set[str] = set()
        self.servers = [self._server(number) for number in range(servers)]
        self._bots: dict[int, Client] = {}
        self._bot_count = bots
        self._bot_weights = list(accumulate((rank + 10.0) ** -0.9 for rank in range(bots)))
        self._server_weights = list(accumulate(1.0 / (rank + 3) for rank in range(servers)))
        self._storm_weights = list(accumulate((rank + 30.0) ** -0.6 for rank in range(max(1, bots // 4))))
        self._numbers = range(bots)

    def server(self) -> Client:
        """One of those that send mail."""
        return self._rng.choices(self.servers, cum_weights=self._server_weights)[0]

    def bot(self, storm: bool = False) -> Client:
        """One of those that should not be here; in a `storm`, from the part of the botnet that takes part in it."""
        if storm:
            number = (
                self._bot_count
                - 1
                - self._rng.choices(range(len(self._storm_weights)), cum_weights=self._storm_weights)[0]
            )
        else:
            number = self._rng.choices(self._numbers, cum_weights=self._bot_weights)[0]
        bot = self._bots.get(number)
        if bot is None:
            bot = self._bots[number] = self._new_bot(number >= self._bot_count - len(self._storm_weights))
        return bot

    def _server(self, number: int) -> Client:
        address, key = self._address()
        domain = f"s{number}.example.com" if number % 3 else f"firm{number}.test"
        return Client(address, key, f"mail.{domain}", f"mail.{domain}", "server")

    def _new_bot(self, storm: bool) -> Client:
        rng = self._rng
        address, key = self._address(storm and rng.random() < 0.6)
        dashed = address.replace(".", "-").replace(":", "-")
        roll = rng.random()
        name = "unknown" if roll < 0.55 else f"dyn-{dashed}.isp{rng.randrange(40)}.example"
        habits = STORM_HABITS if storm else HABITS
        habit = rng.choices([word for word, _ in habits], [share for _, share in habits])[0]
        helo = rng.choice(BOT_HELOS) if habit in ("helo", "pregreet") or rng.random() < 0.4 else f"host{dashed}.invalid"
        if habit == "dnsbl":
            found = [zone for zone in ZONES if rng.random() < 0.6] or [ZONES[0]]
            if sum(weight for _, weight, _ in found) < 2:
                found.append(ZONES[0])
        else:
            found = [ZONES[1]] if rng.random() < 0.05 else []
        listings = tuple((zone, rng.choice(answers)) for zone, _, answers in found)
        return Client(address, key, name, helo, habit, listings, sum(weight for _, weight, _ in found))

    def _address(self, storm: bool = False) -> tuple[str, str]:
        """A new address and the key that distinct clients are counted by."""
        while True:
            address, key = self._draw()
            if storm and self._addresses == "documentation":
                address = key = v4(STORM_NETWORK + self._rng.randrange(1 << 13))
                storm = False  # a taken one is drawn again from everywhere: the network may be full
            if address not in self._taken:
                self._taken.add(address)
                return address, key

    def _draw(self) -> tuple[str, str]:
        rng = self._rng
        roll = rng.random()
        if roll < 0.12:
            # A /64 may hold several addresses, which are one client.
            net = f"2001:db8:{rng.randrange(1, 64):x}:{rng.randrange(1, 1024):x}"
            if self._addresses == "any":
                net = f"2{rng.randrange(0x400, 0xDFF):x}:{rng.randrange(1, 65536):x}:{rng.randrange(1, 65536):x}:1"
            return f"{net}::{rng.randrange(1, 65536):x}", f"{net}::/64"
        if self._addresses == "any":
            first = rng.randrange(1, 224)
            while first in SHUNNED:
                first = rng.randrange(1, 224)
            address = v4(first << 24 | rng.randrange(1 << 24))
        elif roll < 0.14:
            # Only 3 x 254 of these exist, so few are used: all of them must never be taken.
            block = rng.choice((0xC0000200, 0xC6336400, 0xCB007100))
            address = v4(block + rng.randrange(1, 255))
            if address in self._taken:
                address = v4(0xC6120000 + rng.randrange(1 << 17))
        else:
            # Denser in some /20s than in others, as a botnet is denser in some providers than in others.
            address = v4(0xC6120000 + (int((1 << 5) * rng.random() ** 2) << 12) + rng.randrange(1 << 12))
        return address, address
