"""What a mail server reports, as values: one class for each kind of event, and the one schema they share.

    Event
    |-- a client comes and goes      Connect  Disconnect  Hangup
    |-- is tested before it speaks   Screen  Listed  Pass
    |-- is judged                    Reject  Warn  Accept  Auth
    |-- a message moves              Queue  Deliver  Remove  Filter
    `-- the server says              LookupError_  Notice  Unparsed

A parser returns one of these for a line, or None for a line that says nothing about mail traffic. Fields hold
the bytes the daemon wrote, as slices of the line: nothing is decoded, cleaned or converted for each event.
That is done once for each distinct value when events become columns (`mailtop.batch`), where every string of a
log is treated as an attacker's.

The fields of all kinds together, with those that every record has (`RECORD_FIELDS`), are the schema: `SCHEMA`
is its one list, and the CSV headers, JSON keys and store columns follow it. A field has the same name and
shape in every kind. Names follow Postfix's policy delegation protocol where it has one.
"""

from typing import Final, NamedTuple

Text = bytes | None
"""What a daemon wrote, or None where it wrote nothing."""


class Connect(NamedTuple):
    """A client opened a TCP session (smtpd `connect from`, postscreen `CONNECT from`)."""

    client: Text
    client_name: Text = None
    session: Text = None


class Disconnect(NamedTuple):
    """A session ended; `text` has smtpd's command counts (`ehlo=1 mail=1 rcpt=0/1 ...`)."""

    client: Text
    client_name: Text = None
    text: Text = None
    session: Text = None


class Hangup(NamedTuple):
    """The client left, or was dropped, in mid-dialogue: lost connection, timeout, too many errors, HANGUP."""

    client: Text
    client_name: Text = None
    stage: Text = None
    reason: Text = None
    text: Text = None
    queue_id: Text = None
    session: Text = None


class Screen(NamedTuple):
    """A postscreen test that the client failed; `text` opens with the test's name (PREGREET, DNSBL, ...)."""

    client: Text
    reason: Text
    text: Text = None
    rank: Text = None
    stage: Text = None
    session: Text = None


class Listed(NamedTuple):
    """A DNS list gave an answer for the client (RFC 5782), whether or not a filter accepts that answer."""

    client: Text
    zone: Text
    answer: Text


class Pass(NamedTuple):
    """postscreen let the client through; `text` is NEW, OLD or ALLOWLISTED."""

    client: Text
    text: Text = None
    session: Text = None


class Reject(NamedTuple):
    """A 4xx or 5xx reply to the client, at any stage."""

    client: Text
    client_name: Text
    stage: Text
    reply: Text
    enhanced: Text
    reason: Text
    text: Text
    sender: Text = None
    recipient: Text = None
    helo: Text = None
    zone: Text = None
    queue_id: Text = None
    sasl_user: Text = None
    session: Text = None


class Warn(NamedTuple):
    """What would have been a Reject, had the administrator not asked for a warning only."""

    client: Text
    client_name: Text
    stage: Text
    reply: Text
    enhanced: Text
    reason: Text
    text: Text
    sender: Text = None
    recipient: Text = None
    helo: Text = None
    zone: Text = None
    queue_id: Text = None
    sasl_user: Text = None
    session: Text = None


class Accept(NamedTuple):
    """A queue ID was given to a client: the message is ours from here on."""

    queue_id: Text
    client: Text
    client_name: Text = None
    sasl_user: Text = None
    sender: Text = None
    helo: Text = None
    size: Text = None
    recipient: Text = None
    tls: Text = None
    message_id: Text = None
    session: Text = None


class Auth(NamedTuple):
    """An authentication attempt; `status` is `failed` or `ok`, `text` the mechanism and what was said."""

    client: Text
    client_name: Text
    status: Text
    sasl_user: Text = None
    text: Text = None
    reason: Text = None
    helo: Text = None
    session: Text = None


class Queue(NamedTuple):
    """A message in the queue: entered, became active, got its message-id, was held, expired, returned."""

    queue_id: Text
    sender: Text = None
    size: Text = None
    status: Text = None
    text: Text = None
    message_id: Text = None


class Deliver(NamedTuple):
    """One recipient's delivery attempt; `enhanced` is Postfix's dsn=, `reply` the next hop's three digits."""

    queue_id: Text
    recipient: Text
    relay: Text
    delay: Text
    delays: Text
    enhanced: Text
    status: Text
    reply: Text = None
    text: Text = None


class Remove(NamedTuple):
    """A message left the queue; `status` is `removed` or `canceled`."""

    queue_id: Text
    status: Text = None


class Filter(NamedTuple):
    """A verdict on a message that is no reply to the client: hold, discard, redirect, filter, quarantine."""

    queue_id: Text
    client: Text = None
    client_name: Text = None
    stage: Text = None
    status: Text = None
    reason: Text = None
    text: Text = None
    sender: Text = None
    recipient: Text = None
    helo: Text = None
    message_id: Text = None


class LookupError_(NamedTuple):  # noqa: N801 (LookupError is Python's own)
    """A DNS list could not be asked: timeout or server failure, which look alike in a log."""

    zone: Text
    client: Text = None
    text: Text = None


class Notice(NamedTuple):
    """Something else that a daemon said of a client or a message, or a warning of its own."""

    text: Text
    client: Text = None
    client_name: Text = None
    queue_id: Text = None
    sender: Text = None
    recipient: Text = None
    relay: Text = None
    tls: Text = None
    sasl_user: Text = None


class Unparsed(NamedTuple):
    """A mail server's line that mailtop does not understand: counted and shown, never dropped in silence."""

    text: Text


Event = (
    Connect | Disconnect | Hangup | Screen | Listed | Pass | Reject | Warn | Accept | Auth
    | Queue | Deliver | Remove | Filter | LookupError_ | Notice | Unparsed
)  # fmt: skip

KINDS: Final[dict[type[Event], str]] = {
    Connect: "connect",
    Disconnect: "disconnect",
    Hangup: "hangup",
    Screen: "screen",
    Listed: "listed",
    Pass: "pass",
    Reject: "reject",
    Warn: "warn",
    Accept: "accept",
    Queue: "queue",
    Deliver: "deliver",
    Remove: "remove",
    Auth: "auth",
    LookupError_: "lookup_error",
    Filter: "filter",
    Notice: "notice",
    Unparsed: "unparsed",
}
"""The word for each kind, in the order whose index is the kind's code in columns."""

KIND_WORDS: Final = tuple(KINDS.values())


class Field(NamedTuple):
    """One field of the schema: its name, its shape, and what it holds."""

    name: str
    shape: str
    """`time`, `word` (few distinct values), `name` (many), `count`, `seconds`, `stages` (four seconds), `prose`."""
    doc: str


SCHEMA: Final = (
    Field("time", "time", "when, ISO 8601 with the log's own offset"),
    Field("host", "word", "the server that wrote the line"),
    Field("mta", "word", "postfix, exim, sendmail, ..."),
    Field("daemon", "word", "the program's part: smtpd, postscreen, submission/smtpd, smtp, ..."),
    Field("kind", "word", "what happened: one of " + ", ".join(KIND_WORDS)),
    Field("client", "name", "the SMTP client's IP address"),
    Field("client_name", "name", "its verified name, `unknown` without one"),
    Field("helo", "name", "what it said after HELO or EHLO"),
    Field("sender", "name", "the reverse-path; `<>` for the null sender"),
    Field("recipient", "name", "the forward-path"),
    Field("queue_id", "name", "the message's name in the queue"),
    Field("stage", "word", "the SMTP command it happened at"),
    Field("reply", "word", "three digits, RFC 5321"),
    Field("enhanced", "word", "enhanced status code, RFC 3463"),
    Field("reason", "word", "the reason class"),
    Field("zone", "word", "the DNS list"),
    Field("answer", "word", "the address a DNS list answered with"),
    Field("rank", "count", "postscreen's sum of list weights"),
    Field("status", "word", "sent, forwarded, deferred, bounced, expired; failed or ok of an authentication"),
    Field("relay", "name", "the next hop"),
    Field("delay", "seconds", "from arrival to this delivery attempt"),
    Field("delays", "stages", "before the queue manager / in the queue / connecting / transmitting"),
    Field("size", "count", "octets of the message"),
    Field("sasl_user", "name", "the name used to authenticate"),
    Field("tls", "word", "protocol version of an encrypted session"),
    Field("text", "prose", "the rest of what the daemon said"),
    Field("session", "count", "one number for all events of one SMTP session"),
    Field("asn", "count", "the autonomous system that announces the client's network"),
    Field("as_name", "name", "its name"),
    Field("network", "name", "the announced prefix"),
    Field("source", "word", "the file or stream it was read from"),
    Field("line", "count", "1-based line number (files only)"),
    Field("offset", "count", "byte offset of the line in its file"),
    Field("repeat", "count", "how many times syslog says it happened"),
)
"""The one schema: every face's columns are these, in this order; absent means null."""

RECORD_FIELDS: Final = ("time", "host", "mta", "daemon", "kind", "source", "line", "offset", "repeat")
"""Fields that every event has from its record, not from its kind."""

LOOKED_UP_FIELDS: Final = ("asn", "as_name", "network")
"""Fields that follow from the client's address."""

JOIN_FIELDS: Final = ("message_id",)
"""Fields of kinds that only serve to join lines, and are no part of the schema."""
