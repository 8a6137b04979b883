"""Query, Table and the Store protocol: the seam between those who ask and those who hold events.

A `Query` is a plain value, never a callable: the store in memory walks it, a store in a database turns it into
one statement. Its answer is a frozen `Table` that says which time it covers and what it lacks. Every figure on
the screen, in a report and in an export comes from such a pair.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, Protocol

from mailtop.batch import Batch, Unknown

Value = str | int | float | tuple[int, ...] | None
"""A cell: a field's text, a count, a rate or time in seconds, a trend's bars, or unknown."""

Unit = Literal["events", "sessions", "clients"]
"""What is counted: lines (with syslog's repeats), SMTP sessions, or distinct clients (IPv4 address, IPv6 /64)."""

FIELDS_DERIVED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "verdict": "refused, deferred, greylisted, warned or accepted",
        "why": "the reason class, with the list's zone behind a colon where a DNS list was the reason",
        "prefix": "the client's IPv4 /24 or IPv6 /64",
        "sender_domain": "what follows the sender's last @",
        "recipient_domain": "what follows the recipient's last @",
        "relay_host": "the next hop's name, or its address where it has none",
        "helo_family": "the HELO name in small letters, with # for digits and what is joined to them: `vps#.example`",
        "service": "mx, submission (submission, submissions, smtps services) or other",
    }
)
"""Fields that a query may group or filter by besides the schema's own, each computed from those."""

MEASURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "events": "lines, each as often as syslog says it happened",
        "sessions": "distinct SMTP sessions",
        "clients": "distinct clients: an IPv4 address or an IPv6 /64",
        "connections": "client TCP sessions offered to us, the hand-over from postscreen to smtpd not counted again, "
        "submission services not counted",
        "submissions": "client TCP sessions to the submission services",
        "refused": "5xx to the client, or dropped by postscreen",
        "deferred": "4xx to the client, greylisting apart",
        "greylisted": "4xx of a greylister",
        "warned": "would have been refused (reject_warning)",
        "turned_away": "refused, deferred or greylisted",
        "accepted": "queue IDs given to clients, re-injection by a content filter not counted again",
        "screened": "failed a postscreen test",
        "passed": "let through by postscreen",
        "hung_up": "left or were dropped in mid-dialogue",
        "auth_failed": "failed authentications",
        "auth_ok": "messages accepted from, or sign-ons of, an authenticated client",
        "listed": "listings by DNS lists: answers in 127/8 that are no operator's error code",
        "list_errors": "DNS list answers that are no listing: an operator's error code, or an address outside 127/8",
        "lookup_errors": "DNS list lookups that failed",
        "delivered": "delivery attempts that ended as sent",
        "postponed": "delivery attempts that ended as deferred",
        "bounced": "delivery attempts that ended as bounced, and messages that expired",
        "unparsed": "mail server lines not understood",
        "envelope": "sessions that got to MAIL or RCPT",
        "first": "time of the earliest event, seconds since 1970 UTC",
        "last": "time of the newest event, seconds since 1970 UTC",
        "delay_p50": "median seconds from arrival to delivery, of what was sent",
        "delay_p95": "95th percentile of the same",
        "delay_max": "largest of the same",
        "bytes": "octets of the messages queued",
    }
)
"""What can be counted. Counting measures honour the query's `unit` (refused, accepted, ... in sessions by default).

Four suffixed forms exist besides: `<measure>.trend` is a tuple of `buckets` counts over the span, oldest first;
`<measure>.rate` is the count per second of the span; `top.<field>` the most frequent value of a field among the
group's events (for `top.reason`, `top.why`, `top.zone`: among the refused, deferred, greylisted and warned ones);
`last.<field>` the newest value; `distinct.<field>` how many distinct values.
"""


@dataclass(frozen=True, slots=True)
class Where:
    """One part of a slice: `field` has `value`.

    `how` is `is` (equal; a value of None means the field is absent), `in` (the client's address lies in the CIDR
    network `value`), or `has` (the text occurs in the field, case ignored). `more` are other values of which any one
    will do as well. `negate` turns the whole round: none of them.
    """

    field: str
    value: str | None
    how: Literal["is", "in", "has"] = "is"
    negate: bool = False
    more: tuple[str | None, ...] = ()

    @property
    def values(self) -> tuple[str | None, ...]:
        """All the values of which one must hold."""
        return (self.value, *self.more)


Slice = tuple[Where, ...]
"""All parts must hold. Parts are stacked by choosing rows and peeled off again."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: `seconds` before `until` (epoch seconds). None means everything held, or the newest event."""

    seconds: float | None = None
    until: float | None = None


EVERYTHING: Final = Span()
"""All that is held, up to the newest event."""


@dataclass(frozen=True, slots=True)
class Query:
    """Group events by fields and measure each group; no `by` gives one row for all.

    `order` names a column of the answer (a measure, or a `by` field); ties are settled by the `by` fields, so that
    an answer never depends on the order of arrival. Groups where a `by` field is absent are left out.
    """

    measures: tuple[str, ...]
    by: tuple[str, ...] = ()
    where: Slice = ()
    span: Span = EVERYTHING
    unit: Unit = "sessions"
    buckets: int = 0
    order: str = ""
    descending: bool = True
    limit: int = 50
    having: str = ""
    """A measure that must not be zero for a group to be in the answer."""
    drawn_totals: bool = True
    """Whether totals are wanted of trends, most frequent and newest values, too; they cost as much as the rows. Where
    not, they are None."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Single events, newest first: the given fields of each (schema fields; `file` and `offset` find the raw line).

    A page of a long list: the `skip` newest are left out, and `limit` rows follow. The answer's `groups` is how many
    rows there are in all.
    """

    fields: tuple[str, ...]
    where: Slice = ()
    span: Span = EVERYTHING
    limit: int = 100
    skip: int = 0
    lines: bool = False
    """One row for each line: of the events that one line of a file gave, the first that the slice holds."""


@dataclass(frozen=True, slots=True)
class Table:
    """A frozen answer.

    `columns` are the query's `by` fields, then its measures (or a listing's fields). `totals` has the same columns
    over all groups, also those beyond `limit` (None under `by`). `groups` is how many groups there are.
    `since`/`until` is the time really covered; `truncated` says in words what is lacking, if anything is.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    totals: tuple[Value, ...] = ()
    groups: int = 0
    since: float = 0.0
    until: float = 0.0
    truncated: str | None = None

    def column(self, name: str) -> tuple[Value, ...]:
        """All cells of one column; KeyError when the answer has no such column."""
        try:
            at = self.columns.index(name)
        except ValueError:
            raise KeyError(name) from None
        return tuple(row[at] for row in self.rows)

    def total(self, name: str) -> Value:
        """The total of one column; KeyError when the answer has no such column."""
        try:
            return self.totals[self.columns.index(name)]
        except ValueError:
            raise KeyError(name) from None


@dataclass(frozen=True, slots=True)
class Holding:
    """What a store holds at this moment, and what it had to let go."""

    events: int = 0
    first: float | None = None
    last: float | None = None
    evicted: int = 0
    """events dropped by the row bound (`--max-events`), not by the window"""
    utc_offset: int = 0
    """minutes, of the newest line: times are shown in the log's own offset"""
    version: int = 0
    """grows with every change, so that an unchanged store need not be asked again"""
    counts: Mapping[str, int] = field(default_factory=dict)
    """lines read, and what became of them: see `mailtop.batch.Batch.counts`; and `unparsed`, those not understood"""
    unknown: tuple[Unknown, ...] = ()
    """templates of the lines not understood, of all that was read, the most frequent first"""
    unknown_dropped: int = 0
    """lines not understood whose template was rare and has been let go"""


class Store(Protocol):
    """Who holds events and answers for them."""

    def append(self, batch: Batch) -> None:
        """Take in a batch. Batches of one source come in order of file and offset, except older pieces during
        backfill, whose place is told by those numbers."""

    def ask(self, query: Query | Listing) -> Table:
        """Answer; a store that holds less than was asked says so in the table. ValueError for an unknown name."""

    def holding(self) -> Holding:
        """What is held now."""
