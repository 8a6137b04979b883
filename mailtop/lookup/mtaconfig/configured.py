"""configured: one DNS list that an MTA is configured to ask, and all of them: the values that the readers return.

Frozen. Every text in them is masked when it is made, so that a key of a paid list cannot be drawn; the name to ask, key
and all, is in `asked`, a Secret.

BUGS: an order holds within one chain; what decides between chains (which service a client talks to) is not in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mailtop.lookup import answers
from mailtop.lookup.zone import HIDDEN, Secret, masked, plain

KINDS: Final = (
    "client", "client_name", "reverse_client", "helo", "sender", "recipient", "received", "body", "other",
)  # fmt: skip
"""what a list is asked about: the client's address, its verified name, its unverified name, what it said in HELO, the
domain of the envelope's sender or recipient, hosts in Received fields, names in the message's text"""
ADDRESSES: Final = frozenset({"client", "received"})
"""kinds whose query is an address"""
MODES: Final = {"serial": "#", "parallel": "=", "content": "~"}
"""serial: the first match ends it; parallel: all are asked; content: asked by a filter, for each message"""
MAX_LISTS: Final = 2000
"""lists that are kept; what is beyond is said in `unread`"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list is configured."""

    file: str | None
    line: int | None
    """1-based; None where the item could not be found in the file"""
    services: tuple[str, ...]
    """what asks it: smtp/inet, an ACL, a ruleset; none when the configuration does not say"""
    parameter: str
    """smtpd_recipient_restrictions, postscreen_dnsbl_sites, dnslists, FEATURE(dnsbl), rbls.NAME, check_rbl, ..."""

    def __str__(self) -> str:
        where = self.file or ""
        if where and self.line:
            where = f"{where}:{self.line}"
        return ", ".join(part for part in (where, self.parameter) if part)


@dataclass(frozen=True, slots=True)
class Code:
    """One symbol or rule that some answers of a list make."""

    symbol: str
    filter: str
    weight: float | None


@dataclass(frozen=True, slots=True)
class ConfiguredList:
    """A list, once for each place that asks it. The texts are masked."""

    mta: str
    zone: str
    """lower case, without key, filter and final dot"""
    asked: Secret = field(repr=False)
    kind: str
    meaning: str
    """block or allow; mixed where codes differ"""
    filter: str
    """as configured, in the way of `syntax`; empty: every answer counts"""
    weight: float | None
    threshold: float | None
    action: str
    """reject, warn, permit, defer, discard, quarantine, score; postscreen's ignore, enforce, drop"""
    mode: str
    order: int | None
    """1-based, in its chain of lists; None where it has no place in one"""
    place: Place
    text: str
    """the item as it stands in the configuration"""
    codes: tuple[Code, ...] = ()
    reachable: bool = True
    """False: configured, but nothing asks it (no service uses it, or a permit or reject stands before it)"""
    reported: bool = True
    """False: a refusal by it names no list in the log"""

    @property
    def syntax(self) -> str:
        """The way its filter is written: lookup/answers.py."""
        return self.mta

    @property
    def keyed(self) -> bool:
        """Whether its name holds a key."""
        return HIDDEN in str(self.asked)

    @property
    def shown(self) -> str:
        """Its name to draw: `***` for a key."""
        return str(self.asked)

    def counts(self, answer: str) -> bool:
        """Whether an answer counts here. Never, where the filter cannot be read: Inventory.unread says so."""
        try:
            return answers.matches(self.syntax, self.filter, answer)
        except answers.FilterError:
            return False


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that could not be read, or that no reader can see, and why: one line."""

    mta: str
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


@dataclass(frozen=True, slots=True)
class Inventory:
    """All lists found, what was read, and what was not."""

    lists: tuple[ConfiguredList, ...] = ()
    unread: tuple[Unread, ...] = ()
    read: tuple[str, ...] = ()
    """commands and files that the lists come from"""
    settings: Mapping[str, str] = field(default_factory=dict)
    """what the lint must know besides: by `mta.name`, masked"""

    @property
    def zones(self) -> tuple[str, ...]:
        """Each zone once, in the order of the lists."""
        return tuple(dict.fromkeys(one.zone for one in self.lists))

    def __add__(self, other: "Inventory") -> "Inventory":
        lists, unread = self.lists + other.lists, self.unread + other.unread
        if len(lists) > MAX_LISTS:
            unread += (Unread("", "lists", f"{len(lists) - MAX_LISTS} more than {MAX_LISTS}, which are not kept"),)
        return Inventory(lists[:MAX_LISTS], unread, self.read + other.read, {**self.settings, **other.settings})


def configured(
    mta: str,
    name: str,
    place: Place,
    text: str,
    *,
    kind: str = "client",
    meaning: str = "block",
    filter_: str = "",
    weight: float | None = None,
    threshold: float | None = None,
    action: str = "reject",
    mode: str = "serial",
    order: int | None = None,
    codes: tuple[Code, ...] = (),
    reachable: bool = True,
    reported: bool = True,
) -> ConfiguredList:
    """A ConfiguredList with everything masked. `name` is the zone as configured, key and all."""
    name = name.rstrip(".")
    return ConfiguredList(
        mta=mta,
        zone=plain(name),
        asked=Secret(name),
        kind=kind,
        meaning=meaning,
        filter=masked(filter_),
        weight=weight,
        threshold=threshold,
        action=action,
        mode=mode,
        order=order,
        place=place,
        text=masked(" ".join(text.split())),
        codes=codes,
        reachable=reachable,
        reported=reported,
    )


def is_name(name: str) -> bool:
    """Whether a text can be a zone: labels of letters, digits, `-` and `_`, with a dot."""
    labels = name.rstrip(".").split(".")
    return (
        len(name) <= 254
        and len(labels) > 1
        and all(
            0 < len(label) <= 63 and label.isascii() and label.replace("-", "").replace("_", "x").isalnum()
            for label in labels
        )
    )
