"""What is shown of a chosen value: one table from its field to views, figures and facts. A new kind is a new row here.

A screen of any kind has the same shape: who it is and what it did in two lines, a chart, the views of `sights` in the
order of their weight, and the lines of the log. A `Sight` is normally asked with the whole slice.
"""

from dataclasses import dataclass
from typing import Final

from mailtop.query import Unit
from mailtop.views.column import Column


@dataclass(frozen=True, slots=True)
class Sight:
    """A view by its name, under a title of its own. `around`: asked of all that have the same value of this field as
    the chosen one, instead of it alone; the title ends with that value. `alone`: asked of the chosen value alone,
    without the rest of the slice. `order`: a measure that it is ordered by at first, instead of its own."""

    view: str
    title: str = ""
    order: str = ""
    around: str = ""
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of drill-down. `ever`: its figures and views are over all that is held, not the window."""

    sights: tuple[Sight, ...]
    facts: tuple[Column, ...] = ()
    """who it is, over all that is held"""
    figures: tuple[str, ...] = ("sessions", "refused", "clients", "deferred", "greylisted", "accepted", "warned")
    """what it did, measures over the window; the share of the first is told of what was refused or failed"""
    rank: str = "refused"
    """what its place among the field's values goes by"""
    chart: tuple[str, str] | None = ("sessions", "refused")
    """two counting measures over time, the second a part of the first"""
    ever: bool = False
    unit: Unit = "sessions"


def _sights(*names: str | Sight) -> tuple[Sight, ...]:
    return tuple(Sight(name) if isinstance(name, str) else name for name in names)


_AS: Final = (Column("top.asn", "", 9, "asn"), Column("top.as_name", "", 20))
_ADDRESSES = Column("distinct.client", "addresses", 7, "count")
_NETWORKS = Column("distinct.asn", "networks", 5, "count")
_CONNECTED: Final = (
    "connections", "refused", "accepted", "deferred", "greylisted", "warned", "auth_failed", "hung_up", "delivered",
)  # fmt: skip
_SENT: Final = ("delivered", "postponed", "bounced", "delay_p50", "delay_p95", "delay_max")

_CLIENT = Kind(
    _sights(
        "verdicts", "tries", "listings", Sight("clients", "Neighbours in", around="prefix"), "helos",
        Sight("delivered", "What it delivered"), "senders", "tests",
    ),
    (
        Column("last.client_name", "", 30), *_AS, Column("last.prefix", "", 20),
        Column("accepted", "ever accepted", 6, "count"), Column("delivered", "delivered", 6, "count"),
    ),
    _CONNECTED,
    chart=("connections", "refused"),
)  # fmt: skip
_PREFIX = Kind(
    _sights("clients", "verdicts", "helos", "listings", "recipients", Sight("worst", "Prefixes of", around="asn"),
            "senders", "logins"),
    (*_AS, _ADDRESSES, Column("accepted", "ever accepted", 6, "count")),
    ("connections", "refused", "clients", *_CONNECTED[2:]),
    chart=("connections", "refused"),
)  # fmt: skip
_AS_KIND = Kind(
    _sights("worst", "clients", "verdicts", "helos", "listings", "recipients", "senders", "logins"),
    (Column("top.as_name", "", 30), _ADDRESSES, Column("distinct.prefix", "prefixes", 6, "count"),
     Column("distinct.network", "announced networks", 5, "count")),
    ("connections", "refused", "clients", *_CONNECTED[2:]),
    chart=("connections", "refused"),
)  # fmt: skip
_REASON = Kind(
    _sights("who", "codes", "recipients", "nets", "helos", "senders", "verdicts", "servers"),
    (_ADDRESSES, _NETWORKS, Column("distinct.recipient", "recipients", 6, "count")),
    ("turned_away", "refused", "deferred", "greylisted", "warned", "clients"),
    rank="turned_away",
    chart=("turned_away", "refused"),
)
_LIST = Kind(
    _sights("answers", "who", "nets", "recipients", "helos", "senders", "worst", "codes"),
    (_ADDRESSES, _NETWORKS, Column("top.answer", "mostly", 15)),
    ("sessions", "refused", "listed", "clients", "lookup_errors"),
)
_ANSWER = Kind(
    _sights("listings", "who", "nets", Sight("worst", "Prefixes", order="sessions")),
    (Column("last.zone", "of", 26), _ADDRESSES, _NETWORKS),
    ("listed", "clients"),
    rank="listed",
    chart=("listed", "listed"),
)
_TEST = Kind(
    _sights("who", "nets", Sight("worst", "Prefixes", order="sessions"), "servers"),
    (_ADDRESSES, _NETWORKS),
    ("screened", "clients"),
    rank="screened",
    chart=("screened", "screened"),
)
_HELO = Kind(
    _sights("who", "verdicts", "nets", Sight("helos", "Its family", around="helo_family"), "senders", "recipients"),
    (_ADDRESSES, _NETWORKS, Column("top.helo_family", "family", 30)),
)
_FAMILY = Kind(
    _sights("helos", "who", "verdicts", "nets", "senders", "recipients"),
    (_ADDRESSES, _NETWORKS, Column("distinct.helo", "names", 6, "count")),
)
_SENDER = Kind(
    _sights("recipients", "who", "verdicts", "messages", "nets",
            Sight("senders", "Its domain", around="sender_domain")),
    (_ADDRESSES, _NETWORKS, Column("distinct.recipient", "recipients", 6, "count")),
)  # fmt: skip
_SENDERS = Kind(
    _sights("senders", "who", "verdicts", "recipients", "nets", "helos"),
    (_ADDRESSES, _NETWORKS, Column("distinct.sender", "senders", 6, "count")),
)
_RECIPIENT = Kind(
    _sights("who", "verdicts", "senders", "outcomes", "nets",
            Sight("recipients", "Its domain", around="recipient_domain"), "helos", "deliveries"),
    (_ADDRESSES, _NETWORKS, Column("distinct.sender", "senders", 6, "count")),
    ("sessions", "refused", "clients", "deferred", "greylisted", "warned", *_SENT[:4]),
    rank="sessions",
)  # fmt: skip
_RECIPIENTS = Kind(
    _sights("recipients", "who", "verdicts", "senders", "nets", "relays", "helos", "deliveries"),
    (_ADDRESSES, _NETWORKS, Column("distinct.recipient", "recipients", 6, "count")),
    _RECIPIENT.figures,
    rank="sessions",
)
_ACCOUNT = Kind(
    _sights("attempts", "nets", Sight("worst", "Prefixes", order="sessions"), "servers", "messages", "verdicts"),
    (_ADDRESSES, _NETWORKS, Column("accepted", "ever accepted", 6, "count")),
    ("sessions", "auth_failed", "auth_ok", "clients", "accepted"),
    rank="auth_failed",
    chart=("sessions", "auth_failed"),
)
_RELAY = Kind(
    _sights("outcomes", "delivered", "delivered_domains", "deliveries", "relays", "servers"),
    (Column("distinct.relay", "addresses", 6, "count"), Column("distinct.recipient", "recipients", 6, "count")),
    _SENT,
    rank="delivered",
    chart=("delivered", "postponed"),
    unit="events",
)
_MESSAGE = Kind(
    (Sight("life", alone=True), *_sights("delivered", "relays")),
    (
        Column("top.sender", "from", 30), Column("top.recipient", "to", 30), Column("bytes", "", 9, "bytes"),
        Column("last.client", "by", 30), Column("top.sasl_user", "user", 20), Column("last.status", "now", 10),
    ),
    ("delivered", "postponed", "bounced", "delay_p50", "delay_max"),
    rank="",
    chart=None,
    ever=True,
    unit="events",
)  # fmt: skip
_SESSION = Kind(
    (Sight("life", "Events of the session"), *_sights("verdicts", "messages")),
    (Column("last.client", "of", 30), Column("top.helo", "helo", 30), *_AS),
    ("refused", "deferred", "greylisted", "accepted", "auth_failed"),
    rank="",
    chart=None,
    ever=True,
)
_SERVER = Kind(
    _sights("clients", "reasons", "dnsbl", "networks", "recipients", "helos", "logins", "relays"),
    (_ADDRESSES, _NETWORKS),
    _CONNECTED,
    chart=("connections", "refused"),
)
_VERDICT = Kind(_sights("who", "verdicts", "nets", "recipients", "helos", "senders", "messages", "servers"))

OTHER: Final = Kind(_sights("who", "verdicts", "nets", "recipients", "helos", "senders", "messages", "relays"))
"""for every field that has no row of its own"""

DRILLDOWN: Final[dict[str, Kind]] = {
    "client": _CLIENT,
    "prefix": _PREFIX,
    "network": _AS_KIND,
    "asn": _AS_KIND,
    "as_name": _AS_KIND,
    "reason": _REASON,
    "why": _REASON,
    "enhanced": _REASON,
    "reply": _REASON,
    "verdict": _VERDICT,
    "zone": _LIST,
    "answer": _ANSWER,
    "text": _TEST,
    "helo": _HELO,
    "helo_family": _FAMILY,
    "sender": _SENDER,
    "sender_domain": _SENDERS,
    "recipient": _RECIPIENT,
    "recipient_domain": _RECIPIENTS,
    "sasl_user": _ACCOUNT,
    "relay": _RELAY,
    "relay_host": _RELAY,
    "queue_id": _MESSAGE,
    "session": _SESSION,
    "host": _SERVER,
}
