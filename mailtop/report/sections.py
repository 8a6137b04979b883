"""What a report asks: totals, deliveries, and the views that make sense once, not live.

In: whoever answers queries, and the stretch of time. Out: `Answers`, from which text, JSON and CSV are drawn, so that
the three can never differ. Nothing is counted here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from mailtop.analysis.reading import Reading
from mailtop.query import EVERYTHING, Listing, Query, Span, Table, Unit
from mailtop.views import VIEWS, View
from mailtop.views.catalogue import JUDGED

TOTALS: Final = (
    "connections", "submissions", "screened", "passed", "envelope", "refused", "deferred", "greylisted", "warned",
    "accepted", "hung_up", "auth_ok", "auth_failed", "listed", "lookup_errors",
)  # fmt: skip
"""measures counted in events, sessions and clients"""

UNITS: Final[tuple[Unit, ...]] = ("events", "sessions", "clients")

DELIVERY: Final = (
    "accepted", "delivered", "postponed", "bounced", "bytes", "delay_p50", "delay_p95", "delay_max",
)  # fmt: skip
"""what became of the mail that was let in; counts are events"""

REFUSED_SENDERS: Final = replace(VIEWS["senders"], title="Senders of what was turned away", where=JUDGED)
REFUSED_RECIPIENTS: Final = replace(VIEWS["recipients"], title="Recipients of what was turned away", where=JUDGED)

SECTIONS: Final[tuple[View, ...]] = tuple(
    view
    for view in (
        VIEWS["clients"], VIEWS["reasons"], VIEWS["verdicts"], VIEWS["dnsbl"], VIEWS["networks"], VIEWS["prefixes"],
        VIEWS["helos"], REFUSED_SENDERS, REFUSED_RECIPIENTS, VIEWS["accounts"],
    )
    if isinstance(view, View)
)  # fmt: skip
"""the tables of a report, in their order"""


class Answering(Protocol):
    """Whoever answers: a store, or a monitor."""

    def ask(self, query: Query | Listing) -> Table:
        """The answer; see `mailtop.query.Store`."""


@dataclass(frozen=True, slots=True)
class Answers:
    """All that a report says."""

    reading: Reading
    rates: Table
    """one row: the counts of the view `rates`, with trends over the whole time"""
    totals: Mapping[Unit, Table]
    delivery: Table
    reasons: Mapping[Unit, Table]
    """what was turned away by reason class, in each unit"""
    tables: Mapping[str, Table] = field(default_factory=dict)
    """by the view's name, in the order of `SECTIONS`"""


def ask(store: Answering, reading: Reading, span: Span = EVERYTHING, limit: int = 10) -> Answers:
    """Ask all that a report says, `limit` rows of each table."""
    rates = VIEWS["rates"]
    assert isinstance(rates, View)
    return Answers(
        reading=reading,
        rates=store.ask(rates.query(span=span, buckets=trend_width(rates))),
        totals={unit: store.ask(Query(TOTALS, span=span, unit=unit)) for unit in UNITS},
        delivery=store.ask(Query(DELIVERY, span=span, unit="events")),
        reasons={
            unit: store.ask(
                Query(("turned_away",), ("reason",), JUDGED, span, unit, order="turned_away", having="turned_away")
            )
            for unit in UNITS
        },
        tables={
            view.name: store.ask(view.query(span=span, limit=limit, buckets=trend_width(view))) for view in SECTIONS
        },
    )


def trend_width(view: View) -> int:
    """Bars of the view's widest trend: a report's trend spans all of the time, one bar a column."""
    return max((column.width for column in view.columns if column.shape == "trend"), default=0)
