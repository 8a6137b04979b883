"""The views, each once. A new figure begins here; the faces follow.

OVERVIEW is the first screen in the order of its panes. What stands behind a chosen row: `mailtop.views.behind`.
"""

from dataclasses import replace
from typing import Final

from mailtop.query import Where
from mailtop.views.column import Column
from mailtop.views.view import ListingView, View

CONNECTIONS = Column(
    "connections", "CONN", 7, "count", 80, doc="client TCP sessions offered to us, hand-overs not counted twice"
)
REFUSED = Column("refused", "REJ", 7, "count", 90, doc="refused with a 5xx, or dropped by postscreen")
REFUSED_PART = Column("refused", "REJ%", 4, "part", 60, of="connections", doc="refused / connections")
TEMPORARY = Column("deferred", "TMP", 6, "count", 45, doc="deferred with a 4xx, greylisting apart")
GREYLISTED = Column("greylisted", "GREY", 6, "count", 30, doc="told to come back by a greylister")
ACCEPTED = Column("accepted", "OK", 6, "count", 65, doc="messages accepted from the client: sessions with a queue ID")
CLIENTS = Column("clients", "CLIENTS", 7, "count", 80, doc="distinct clients: an IPv4 address or an IPv6 /64")
LAST = Column("last", "LAST", 4, "ago", 50, doc="age of the newest event")
WHY = Column("top.why", "WHY", 22, priority=70, doc="the most frequent reason among what was not accepted")
TREND = Column("connections.trend", "TREND", 10, "trend", 40, doc="connections over the window, newest right")


def rate_of(measure: str) -> Column:
    """How often it happened; the first to go where there is no room, since it repeats the count."""
    return Column(f"{measure}.rate", "RATE", 7, "rate", 28, doc="the count per second, minute or hour of the window")


TURNED_AWAY = Column("turned_away", "COUNT", 7, "count", 90, doc="sessions refused, deferred or greylisted for it")
TURNED_AWAY_TREND = Column("turned_away.trend", "TREND", 10, "trend", 40, doc="the count over the window, newest right")
AS_NAME = Column("top.as_name", "NETWORK", 20, priority=55, doc="the name of the network's autonomous system")

JUDGED: Final = (Where("verdict", None, negate=True), Where("verdict", "accepted", negate=True))
"""Events that refused, deferred, greylisted or warned."""

RATES = View(
    "rates",
    "Traffic",
    "Connections and what became of them.",
    tuple(
        column
        for name in ("connections", "refused", "deferred", "greylisted", "accepted", "hung_up", "auth_failed")
        for column in (
            Column(name, name, 9, "count"),
            Column(f"{name}.rate", "RATE", 8, "rate"),
            Column(f"{name}.trend", "TREND", 30, "trend"),
        )
    ),
)

TOP_CLIENTS = View(
    "clients",
    "Top clients",
    "Clients by what they did to us.",
    (
        Column("client", "IP", 22, priority=100, doc="the client's address"),
        Column("last.client_name", "HOST", 26, priority=20, doc="its verified name when last seen"),
        Column("top.asn", "ASN", 9, "asn", 52, doc="the autonomous system that announces its network"),
        AS_NAME,
        CONNECTIONS,
        REFUSED,
        REFUSED_PART,
        TEMPORARY,
        GREYLISTED,
        ACCEPTED,
        LAST,
        WHY,
        rate_of("connections"),
        TREND,
    ),
    by=("client",),
    order="refused",
)

REASONS = View(
    "reasons",
    "Reject reasons",
    "Why clients were turned away.",
    (
        Column("reason", "REASON", 14, priority=100, doc="the reason class"),
        TURNED_AWAY,
        Column("turned_away", "SHARE", 5, "share", 80, doc="part of all that was turned away"),
        Column("refused", "5xx", 7, "count", 35, doc="for good"),
        Column("top.reply", "CODE", 4, priority=45, doc="the most frequent reply code"),
        Column("clients", "CLIENTS", 7, "count", 60, doc="distinct clients"),
        Column("turned_away.rate", "RATE", 7, "rate", 55, doc="per second of the window"),
        TURNED_AWAY_TREND,
    ),
    by=("reason",),
    order="turned_away",
    where=JUDGED,
    having="turned_away",
)

BLOCKLISTS = View(
    "dnsbl",
    "DNS blocklists",
    "What each list decided and saw. Decisive counts depend on the order in which the lists are asked.",
    (
        Column("zone", "LIST", 26, priority=100, doc="the list's zone, keys of paid lists masked"),
        Column("refused", "DECIDED", 7, "count", 90, doc="sessions refused on this list's word"),
        Column("refused", "SHARE", 5, "share", 60, doc="part of all that lists decided"),
        Column("clients", "CLIENTS", 7, "count", 70, doc="distinct clients it named or decided on"),
        Column("listed", "LISTED", 7, "count", 65, doc="sessions for which an answer of the list was logged"),
        Column("lookup_errors", "ERRORS", 6, "count", 75, doc="lookups that failed"),
        LAST,
        rate_of("refused"),
        Column("refused.trend", "TREND", 10, "trend", 40, doc="decided over the window, newest right"),
    ),
    by=("zone",),
    order="refused",
)

NETWORKS = View(
    "networks",
    "Networks",
    "Autonomous systems behind the clients: many clients of one network are a wider problem than one loud client.",
    (
        Column("asn", "ASN", 9, "asn", 100, doc="the autonomous system's number"),
        replace(AS_NAME, priority=85),
        CLIENTS,
        CONNECTIONS,
        REFUSED,
        REFUSED_PART,
        ACCEPTED,
        LAST,
        WHY,
        rate_of("connections"),
        TREND,
    ),
    by=("asn",),
    order="clients",
)

PREFIXES = View(
    "prefixes",
    "Prefixes",
    "IPv4 /24 and IPv6 /64 networks behind the clients.",
    (Column("prefix", "PREFIX", 24, priority=100, doc="IPv4 /24 or IPv6 /64"), *NETWORKS.columns[1:]),
    by=("prefix",),
    order="clients",
)

REFUSALS = ListingView(
    "refusals",
    "Refused mail",
    "The newest mail that was refused, deferred or warned of.",
    (
        Column("time", "TIME", 8, "clock", 95),
        Column("client", "IP", 22, priority=100),
        Column("reply", "CODE", 4, priority=80),
        Column("why", "WHY", 22, priority=90),
        Column("helo", "HELO", 24, priority=30),
        Column("sender", "SENDER", 28, priority=40),
        Column("recipient", "RECIPIENT", 28, priority=60),
    ),
    where=JUDGED,
)


def counted_by(name: str, title: str, doc: str, field: str, heading: str, width: int) -> View:
    """A view of one field's values with the columns that suit any of them."""
    key = Column(field, heading, width, priority=100, doc=doc)
    return View(
        name,
        title,
        doc,
        (
            key,
            Column("sessions", "SESS", 7, "count", 85, doc="SMTP sessions"),
            REFUSED,
            Column("deferred", "TMP", 6, "count", 45, doc="deferred with a 4xx, greylisting apart"),
            ACCEPTED,
            LAST,
            rate_of("sessions"),
            Column("sessions.trend", "TREND", 10, "trend", 40, doc="sessions over the window, newest right"),
        ),
        by=(field,),
        order="sessions",
    )


VERDICTS = View(
    "verdicts",
    "Verdicts",
    "What the client was told, and why.",
    (
        Column("why", "WHY", 30, priority=100, doc="reason class, and the list that decided"),
        TURNED_AWAY,
        Column("turned_away", "SHARE", 5, "share", 80, doc="part of all that was turned away"),
        Column("top.reply", "CODE", 4, priority=70, doc="the most frequent reply code"),
        Column("top.enhanced", "ENH", 6, priority=40, doc="the most frequent enhanced status code"),
        LAST,
        rate_of("turned_away"),
        TURNED_AWAY_TREND,
    ),
    by=("why",),
    order="turned_away",
    where=JUDGED,
    having="turned_away",
)

LISTINGS = View(
    "listings",
    "Blocklists and codes",
    "Which lists answered for the client, and with what.",
    (
        Column("zone", "LIST", 26, priority=100, doc="the list's zone"),
        Column("refused", "DECIDED", 7, "count", 90, doc="sessions refused on this list's word"),
        Column("listed", "LISTED", 7, "count", 80, doc="sessions for which an answer was logged"),
        Column("top.answer", "ANSWER", 15, priority=85, doc="the most frequent answer"),
        LAST,
        rate_of("listed"),
        Column("listed.trend", "TREND", 10, "trend", 40, doc="answers over the window, newest right"),
    ),
    by=("zone",),
    order="refused",
)

HELOS = counted_by("helos", "HELO names", "What clients called themselves.", "helo", "HELO", 30)
SENDERS = counted_by("senders", "Senders", "Reverse-paths.", "sender", "SENDER", 34)
RECIPIENTS = counted_by("recipients", "Recipients", "Forward-paths.", "recipient", "RECIPIENT", 34)
ACCOUNTS = counted_by("accounts", "Accounts", "Names used to authenticate.", "sasl_user", "ACCOUNT", 30)

LINES = ListingView(
    "lines",
    "Lines",
    "The newest events, each leading back to its line in the log.",
    (
        Column("time", "TIME", 8, "clock", 95),
        Column("daemon", "DAEMON", 12, priority=60),
        Column("kind", "KIND", 12, priority=90),
        Column("client", "IP", 22, priority=50),
        Column("reply", "CODE", 4, priority=70),
        Column("why", "WHY", 22, priority=80),
        Column("recipient", "RECIPIENT", 28, priority=40),
    ),
    opens=("queue_id", "client", "zone", "session"),
)

CATALOGUE: Final = (
    RATES, TOP_CLIENTS, REASONS, BLOCKLISTS, NETWORKS, PREFIXES, REFUSALS,
    VERDICTS, LISTINGS, HELOS, SENDERS, RECIPIENTS, ACCOUNTS, LINES,
)  # fmt: skip

OVERVIEW: Final = ("rates", "clients", "reasons", "dnsbl", "networks", "refusals")
