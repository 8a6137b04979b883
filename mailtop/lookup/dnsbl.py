"""dnsbl: DNS lists as RFC 5782 has them: query names, test entries, and what is known of a list.

Pure: nothing here asks anything. A `Reply` is what came of one question, an `Ask` whoever puts questions
(lookup/resolver.py, or a test). `Facts` is what a prober must know of one list, `Story` what became of it; a
`Catalogue` has both for any zone.

Sources: RFC 5782 2.1 (IPv4), 2.4 (IPv6), 3 (domains), 5 (test entries).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from random import Random
from typing import Final, Literal, Protocol

from mailtop.listing import Meaning, meaning

Kind = Literal["ip4", "ip6", "domain"]
"""what a list lists"""
Outcome = Literal["answer", "nxdomain", "nodata", "servfail", "refused", "timeout", "failed"]
"""`nodata`: the name exists without such a record; `failed`: the question could not be sent at all"""
RecordType = Literal["A", "TXT", "SOA", "NS"]

LISTED: Final[dict[Kind, str]] = {"ip4": "127.0.0.2", "ip6": "::ffff:7f00:2", "domain": "test"}
"""what every list must list, RFC 5782 5"""
UNLISTED: Final[dict[Kind, str]] = {"ip4": "127.0.0.1", "ip6": "::ffff:7f00:1", "domain": "invalid"}
"""what no list may list"""

_DOCUMENTATION: Final = ("192.0.2", "198.51.100", "203.0.113")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of one question."""

    outcome: Outcome
    records: tuple[str, ...] = ()
    """addresses, texts, or names of servers"""
    owner: str | None = None
    """of a negative answer: whose SOA came with it, in small letters without a trailing dot"""
    negative_ttl: int | None = None
    """of a negative answer: seconds for which a resolver may remember it (RFC 2308 5)"""
    seconds: float = 0.0

    @property
    def absent(self) -> bool:
        """Whether there certainly is no such record."""
        return self.outcome in ("nxdomain", "nodata")


Ask = Callable[[str, RecordType], Reply]
"""Puts one question; never raises for what DNS may do."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What must be known of a list to ask it, and to understand what it says."""

    zone: str
    """without a key, in small letters"""
    kinds: tuple[Kind, ...] = ()
    """what it lists; () when that is not known"""
    operator: str = ""
    """who shares a budget; where it is not known, the zone's last two labels stand for it"""
    test_entry: str | None = None
    """what it lists instead of the entry of RFC 5782"""
    has_test_entry: bool = True
    lists_loopback: bool = False
    """lists 127.0.0.1 by design, so that the negative test entry says nothing"""
    expected: tuple[str, ...] = ()
    """what the test entry is answered with, where that is known"""
    allowlist: bool = False
    registration: bool = False
    """answers only resolvers that were registered"""
    queries_per_day: float | None = None
    """the operator's limit for free use"""

    @property
    def payer(self) -> str:
        """Whose budget its queries are counted against."""
        return (self.operator or ".".join(self.zone.split(".")[-2:])).lower()


@dataclass(frozen=True, slots=True)
class Story:
    """What became of a list."""

    zone: str
    status: str
    """dead, restricted, merged, superseded, renamed, suspect, flapping, fake, alive-incident, unverified"""
    since: str = ""
    cause: str = ""
    note: str = ""
    source: str = ""


class Catalogue(Protocol):
    """What is known of lists."""

    def facts(self, zone: str) -> Facts:
        """Of any zone; one that is not known has the defaults."""

    def story(self, zone: str) -> Story | None:
        """What became of a list, if it is not simply alive."""


class Nothing:
    """A catalogue that knows no list."""

    def facts(self, zone: str) -> Facts:
        """The defaults."""
        return Facts(zone)

    def story(self, zone: str) -> Story | None:
        """None."""
        return None


@dataclass(frozen=True, slots=True)
class Target:
    """One list to be asked. `asked` is its full name: it may hold a paid list's key, and so is never shown."""

    facts: Facts
    asked: str = field(repr=False)
    filtered: bool | None = None
    """whether only such answers count as the list gives for a listing; None where that is not known"""


def query_name(what: str, zone: str) -> str:
    """The name to ask for: an IPv4 address' octets or an IPv6 address' 32 nibbles backwards, or a domain, and the zone.

    ::ffff:7f00:2 stays an IPv6 address: it is the test entry of IPv6 lists.
    """
    try:
        address: IPv4Address | IPv6Address = ip_address(what)
    except ValueError:
        return f"{what.rstrip('.')}.{zone}"
    if isinstance(address, IPv4Address):
        return ".".join(reversed(str(address).split("."))) + "." + zone
    return ".".join(reversed(address.exploded.replace(":", ""))) + "." + zone


def entry_name(entry: str, kind: Kind, zone: str) -> str:
    """The name to ask a list for one of its test entries: one of a list of domains stands below it as it is written,
    even if it looks like an address (2.0.0.127.multi.uribl.com)."""
    return f"{entry}.{zone}" if kind == "domain" else query_name(entry, zone)


def stranger(kind: Kind, random: Random) -> str:
    """What no honest list has, and another one each time: a fixed name would be answered from a resolver's memory."""
    if kind == "domain":
        return f"x{random.getrandbits(48):012x}.invalid"
    if kind == "ip6":
        return str(IPv6Address((0x20010DB8 << 96) | random.getrandbits(96)))
    return f"{random.choice(_DOCUMENTATION)}.{random.randrange(1, 255)}"


def worst(zone: str, answers: Iterable[str]) -> Meaning | None:
    """What several answers to one question say together: an answer that is none outweighs a listing; None of none."""
    said = {meaning(zone, answer) for answer in answers}
    return next((word for word in ("outside", "limited", "refused", "listed") if word in said), None)
