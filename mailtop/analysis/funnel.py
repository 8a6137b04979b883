"""Funnel: how far clients got, in distinct clients and in sessions: the five steps from the connection to the mailbox.

In: the answers to the two queries that `queries` gives (one row each, of clients and of sessions), asked of any store.
Out: `Step`s, each with its counts.

    connected -> passed screening -> got to MAIL or RCPT -> accepted -> delivered

A step is counted by itself, not among those who took the step before: a client whom postscreen knows from yesterday is
seen again at MAIL although its PASS is older than the span. Where no postscreen tested anybody (nobody passed, nobody
failed) the step says None: there was no such test.

BUGS: connections to submission services are counted apart, so they are not among the connected;
mail submitted through them is among what was accepted and delivered, for a log does not say by which door a message
came once it is in the queue.
"""

from dataclasses import dataclass
from typing import Final

from mailtop.query import EVERYTHING, Query, Slice, Span, Table

STEPS: Final = (
    ("connected", "connections"),
    ("passed screening", "passed"),
    ("got to MAIL or RCPT", "envelope"),
    ("accepted", "accepted"),
    ("delivered", "delivered"),
)
"""the steps in their order, and the measure of each"""

_MEASURES: Final = (*(measure for _, measure in STEPS), "screened")


@dataclass(frozen=True, slots=True)
class Step:
    """One step: how many distinct clients and how many sessions took it; None where there was no such test."""

    name: str
    clients: int | None
    sessions: int | None


def queries(where: Slice = (), span: Span = EVERYTHING) -> tuple[Query, Query]:
    """What to ask, in clients and in sessions, for a slice and a span."""
    return (
        Query(_MEASURES, where=where, span=span, unit="clients"),
        Query(_MEASURES, where=where, span=span, unit="sessions"),
    )


def funnel(clients: Table, sessions: Table) -> tuple[Step, ...]:
    """The steps, from the two answers."""
    tested = _count(sessions, "passed") or _count(sessions, "screened")
    return tuple(
        Step(name, _count(clients, measure), _count(sessions, measure))
        if tested or measure != "passed"
        else Step(name, None, None)
        for name, measure in STEPS
    )


def _count(table: Table, measure: str) -> int | None:
    cell = table.column(measure)[0]
    return cell if isinstance(cell, int) else None
