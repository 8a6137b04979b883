"""The views that stand behind a chosen row: who it was, what was said to them, where messages went, one by one.

They count sessions and refusals, not connections: an event that says why a client was refused is not the one that says
that it had connected, so that a slice of the former has none of the latter.
"""

from dataclasses import replace
from typing import Final

from mailtop.query import Where
from mailtop.views.catalogue import (
    ACCEPTED,
    AS_NAME,
    CLIENTS,
    GREYLISTED,
    JUDGED,
    LAST,
    REFUSED,
    TEMPORARY,
    TURNED_AWAY,
    TURNED_AWAY_TREND,
    WHY,
    counted_by,
)
from mailtop.views.column import Column
from mailtop.views.view import ListingView, View, with_gaps

SESSIONS = Column("sessions", "SESS", 7, "count", 85, doc="SMTP sessions")
SESSIONS_TREND = Column("sessions.trend", "TREND", 10, "trend", 40, doc="sessions over the window, newest right")
CLIENTS_TREND = Column("clients.trend", "CLIENTS OVER TIME", 10, "trend", 40, doc="distinct clients, newest right")
SHARE = Column("turned_away", "SHARE", 5, "share", 80, doc="part of all that was turned away")
FAILED = Column("auth_failed", "FAILED", 7, "count", 90, doc="sessions with a failed authentication")
SIGNED_ON = Column("auth_ok", "OK", 6, "count", 85, doc="sessions that authenticated")
SENT = Column("delivered", "SENT", 7, "count", 90, doc="deliveries that were sent")
POSTPONED = Column("postponed", "LATER", 6, "count", 75, doc="attempts that were put off")
BOUNCED = Column("bounced", "BOUNCED", 7, "count", 80, doc="recipients that were refused, and messages that expired")
MEDIAN = Column("delay_p50", "P50", 7, "seconds", 55, doc="median delay of what was sent")
SLOW = Column("delay_p95", "P95", 7, "seconds", 50, doc="95th percentile of the same")
TO_SEND: Final = (SENT, POSTPONED, BOUNCED, MEDIAN, SLOW, LAST)
_CLIENT: Final = (
    Column("client", "IP", 22, priority=100, doc="the client's address"),
    Column("last.client_name", "HOST", 26, priority=20, doc="its verified name when last seen"),
    Column("top.asn", "ASN", 9, "asn", 52, doc="the autonomous system that announces its network"),
    replace(AS_NAME, priority=30),
)
_COUNTED: Final = (SESSIONS, REFUSED, TEMPORARY, GREYLISTED, ACCEPTED, LAST)
_ASN = Column("asn", "ASN", 9, "asn", 100, doc="the autonomous system's number")

WHO = View(
    "who",
    "Clients",
    "The clients behind it.",
    (*_CLIENT, *_COUNTED, replace(WHY, priority=35), SESSIONS_TREND),
    by=("client",),
    order="sessions",
)
NETS = View(
    "nets",
    "Networks",
    "The autonomous systems behind it.",
    (_ASN, replace(AS_NAME, priority=85), CLIENTS, *_COUNTED, SESSIONS_TREND),
    by=("asn",),
    order="sessions",
)
WORST_PREFIXES = View(
    "worst",
    "Worst prefixes",
    "IPv4 /24 and IPv6 /64 networks by what was refused of them, and when how many of their clients were there.",
    (
        Column("prefix", "PREFIX", 24, priority=100, doc="IPv4 /24 or IPv6 /64"),
        CLIENTS,
        *_COUNTED,
        CLIENTS_TREND,
    ),
    by=("prefix",),
    order="refused",
)
TRIES = View(
    "tries",
    "Tries",
    "Session by session, the newest first, and how long it was away before each.",
    (
        Column("first", "BEGAN", 12, "when", 100, doc="when the session began"),
        Column("gap", "GAP", 4, "span", 90, doc="time since the end of the session before", made_of=("first", "last")),
        Column("lasted", "TOOK", 4, "span", 40, doc="how long the session took", made_of=("first", "last")),
        replace(REFUSED, title="5xx", width=4, priority=85, doc="refused for good, or dropped"),
        replace(TEMPORARY, title="4xx", width=4, priority=80, doc="deferred with a 4xx, greylisting apart"),
        replace(GREYLISTED, title="GREY", width=4, priority=60),
        replace(ACCEPTED, title="OK", width=3, priority=75, doc="whether a message was accepted"),
        replace(WHY, width=24, priority=70),
        Column("top.helo", "HELO", 24, priority=45, doc="the HELO name most often given"),
        Column("top.daemon", "DAEMON", 12, priority=20, doc="who spoke with it: postscreen, then smtpd"),
    ),
    by=("session",),
    order="first",
    finish=with_gaps,
)
CODES = View(
    "codes",
    "What was said",
    "The enhanced codes (RFC 3463) and replies that clients were given.",
    (
        Column("enhanced", "ENH", 6, priority=100, doc="enhanced status code"),
        Column("top.reply", "CODE", 4, priority=95, doc="the most frequent reply code"),
        TURNED_AWAY,
        SHARE,
        Column("top.stage", "AT", 8, priority=60, doc="the command it was most often said at"),
        CLIENTS,
        Column("top.why", "WHY", 22, priority=70, doc="the most frequent reason"),
        TURNED_AWAY_TREND,
    ),
    by=("enhanced",),
    order="turned_away",
    where=JUDGED,
    having="turned_away",
)
TESTS = View(
    "tests",
    "Tests failed",
    "The tests of postscreen that clients failed before they had said anything that counts.",
    (
        Column("text", "TEST", 22, priority=100, doc="PREGREET, DNSBL, COMMAND PIPELINING, ..."),
        Column("screened", "FAILED", 7, "count", 90, doc="sessions that failed it"),
        CLIENTS,
        LAST,
        Column("screened.trend", "TREND", 10, "trend", 40, doc="failures over the window, newest right"),
    ),
    by=("text",),
    order="screened",
    where=(Where("kind", "screen"),),
)
ANSWERS = View(
    "answers",
    "Answers",
    "The addresses that DNS lists answered with: what a list says of a client.",
    (
        Column("answer", "ANSWER", 15, priority=100, doc="127.0.0.x, in a meaning of the list's own"),
        Column("last.zone", "LIST", 26, priority=70, doc="the list that last gave it"),
        Column("listed", "LISTED", 7, "count", 90, doc="sessions for which it was logged"),
        CLIENTS,
        LAST,
        Column("listed.trend", "TREND", 10, "trend", 40, doc="the same over the window, newest right"),
    ),
    by=("answer",),
    order="listed",
)
LOGINS = View(
    "logins",
    "Accounts tried",
    "Names used to authenticate, those that failed most first.",
    (
        Column("sasl_user", "ACCOUNT", 30, priority=100, doc="the name used to authenticate"),
        FAILED,
        SIGNED_ON,
        CLIENTS,
        Column("distinct.asn", "NETS", 4, "count", 60, doc="distinct autonomous systems it was tried from"),
        LAST,
        Column("auth_failed.trend", "TREND", 10, "trend", 40, doc="failures over the window, newest right"),
    ),
    by=("sasl_user",),
    order="auth_failed",
)
ATTEMPTS = View(
    "attempts",
    "Addresses that tried it",
    "Who authenticated, or tried to.",
    (
        *_CLIENT,
        FAILED,
        SIGNED_ON,
        Column("first", "FIRST", 12, "when", 45, doc="when it was first tried from there, in the window"),
        LAST,
        Column("auth_failed.trend", "TREND", 10, "trend", 40, doc="failures over the window, newest right"),
    ),
    by=("client",),
    order="auth_failed",
)
HELO_FAMILIES = counted_by(
    "families", "HELO families", "HELO names that differ in their numbers only.", "helo_family", "FAMILY", 30
)
SENDER_DOMAINS = counted_by(
    "sender_domains", "Sender domains", "Domains of reverse-paths.", "sender_domain", "DOMAIN", 30
)
RECIPIENT_DOMAINS = counted_by(
    "recipient_domains", "Recipient domains", "Domains of forward-paths.", "recipient_domain", "DOMAIN", 30
)
SERVERS = counted_by("servers", "Servers", "The hosts that wrote the log.", "host", "SERVER", 24)
SERVERS = replace(SERVERS, columns=(*SERVERS.columns[:2], CLIENTS, FAILED, *SERVERS.columns[2:]))
DELIVERED = View(
    "delivered",
    "Delivered",
    "Where messages went, by recipient.",
    (Column("recipient", "RECIPIENT", 34, priority=100, doc="the forward-path"), *TO_SEND),
    by=("recipient",),
    order="delivered",
    unit="events",
)
DELIVERED_DOMAINS = replace(
    DELIVERED,
    name="delivered_domains",
    title="Recipient domains",
    doc="Where messages went, by the recipient's domain.",
    columns=(Column("recipient_domain", "DOMAIN", 30, priority=100, doc="what follows the @"), *TO_SEND),
    by=("recipient_domain",),
)
RELAYS = View(
    "relays",
    "Relays",
    "The next hops, and what they did with messages.",
    (
        Column("relay_host", "RELAY", 30, priority=100, doc="the next hop's name, or its address"),
        *TO_SEND,
        Column("delivered.trend", "TREND", 10, "trend", 40, doc="sent over the window, newest right"),
    ),
    by=("relay_host",),
    order="delivered",
    unit="events",
)
OUTCOMES = View(
    "outcomes",
    "Outcomes",
    "How delivery attempts ended, by the enhanced code that the next hop gave.",
    (
        Column("enhanced", "ENH", 6, priority=100, doc="enhanced status code"),
        Column("top.status", "STATUS", 8, priority=95, doc="sent, deferred, bounced, expired"),
        Column("events", "TRIES", 7, "count", 90, doc="delivery attempts, of every recipient"),
        Column("distinct.recipient", "RCPTS", 6, "count", 70, doc="distinct recipients"),
        Column("delay_max", "SLOWEST", 7, "seconds", 50, doc="largest delay of what was sent"),
        LAST,
    ),
    by=("enhanced",),
    order="events",
    where=(Where("kind", "deliver"),),
)
MESSAGES = View(
    "messages",
    "Messages",
    "Messages in the queue, by queue ID, the newest first.",
    (
        Column("queue_id", "QUEUE ID", 14, priority=100, doc="the message's name in the queue"),
        LAST,
        Column("top.sender", "SENDER", 28, priority=70, doc="the reverse-path"),
        Column("distinct.recipient", "RCPTS", 5, "count", 60, doc="recipients"),
        Column("top.recipient", "RECIPIENT", 28, priority=65, doc="one of them"),
        Column("last.status", "STATUS", 8, priority=80, doc="what became of it last"),
        Column("delay_max", "DELAY", 7, "seconds", 55, doc="until the last of what was sent"),
        Column("bytes", "SIZE", 8, "bytes", 40, doc="octets"),
    ),
    by=("queue_id",),
    order="last",
    unit="events",
)
_WHAT: Final = (
    Column("recipient", "RECIPIENT", 30, priority=75),
    Column("relay", "RELAY", 34, priority=60),
    Column("status", "STATUS", 9, priority=85),
    Column("enhanced", "ENH", 6, priority=55),
    Column("delay", "DELAY", 7, "seconds", 80, doc="from arrival to this attempt"),
    Column("delays", "IN/QUEUE/CONN/SEND", 21, "stages", 70, doc="the stages the delay was spent in, seconds"),
)
LIFE = ListingView(
    "life",
    "Life",
    "From the connection to the removal, the oldest first, with the stages that each delay was spent in.",
    (
        Column("time", "TIME", 12, "when", 100),
        Column("kind", "KIND", 10, priority=95),
        Column("client", "IP", 22, priority=65),
        Column("sender", "SENDER", 28, priority=50),
        *_WHAT,
        Column("reply", "CODE", 4, priority=45),
        Column("why", "WHY", 24, priority=78),
        Column("daemon", "DAEMON", 14, priority=40),
    ),
    opens=("relay_host", "recipient", "sender", "client"),
    forward=True,
)
DELIVERIES = ListingView(
    "deliveries",
    "Delivery attempts",
    "The newest attempts to deliver, with the stages that each delay was spent in.",
    (Column("time", "TIME", 12, "when", 95), Column("queue_id", "QUEUE ID", 14, priority=100), *_WHAT),
    where=(Where("kind", "deliver"),),
    opens=("queue_id", "recipient"),
)

BEHIND: Final = (
    WHO, NETS, WORST_PREFIXES, TRIES, CODES, TESTS, ANSWERS, LOGINS, ATTEMPTS, HELO_FAMILIES, SENDER_DOMAINS,
    RECIPIENT_DOMAINS, SERVERS, DELIVERED, DELIVERED_DOMAINS, RELAYS, OUTCOMES, MESSAGES, LIFE, DELIVERIES,
)  # fmt: skip
