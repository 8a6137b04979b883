"""The report as text for people: what was read, the totals, the deliveries, then each view as a table.

In: `Answers`, a width in terminal cells. Out: text that ends in a newline. It says what it covers and what it lacks
before any figure; a figure that is not known is left empty.
"""

from typing import Final

from mailtop.query import Table, Value
from mailtop.report.export import iso
from mailtop.report.layout import fitted, laid_out
from mailtop.report.sections import SECTIONS, UNITS, Answers, Reading
from mailtop.views import Column
from mailtop.views.view import upright

MEASURE: Final = 16
"""cells for the name of a measure"""

LACKS: Final = (
    ("damaged", "had no header that could be read"),
    ("cut", "were longer than the limit and cut"),
    ("lost", "were dropped by syslog itself, as it says"),
)
"""counts of a reading that are worth a line when they are not zero"""

DELIVERY: Final = (
    Column("accepted", "messages accepted", 0, "count"),
    Column("delivered", "recipients delivered", 0, "count"),
    Column("postponed", "attempts deferred", 0, "count"),
    Column("bounced", "recipients bounced", 0, "count"),
    Column("bytes", "octets queued", 0, "bytes"),
    Column("delay_p50", "delay, median", 0, "seconds"),
    Column("delay_p95", "delay, 95 %", 0, "seconds"),
    Column("delay_max", "delay, longest", 0, "seconds"),
)


def compose(answers: Answers, width: int = 100, ascii_only: bool = False) -> str:
    """The whole report."""
    offset = answers.reading.holding.utc_offset
    parts = [
        _head(answers),
        _titled("Totals", _totals(answers)),
        _titled("Traffic", laid_out(_RATES, upright(answers.rates), width, offset, ascii_only)),
        _titled("Delivery", _delivery(answers.delivery)),
    ]
    for view in SECTIONS:
        table = answers.tables[view.name]
        if table.rows:
            more = f", {len(table.rows)} of {table.groups:,}" if table.groups > len(table.rows) else ""
            parts.append(
                _titled(f"{view.title}{more}", laid_out(view.columns, table, width, offset, ascii_only), view.doc)
            )
    lines = [line for part in parts for line in [*part, ""]][:-1]
    if ascii_only:
        lines = [line.encode("ascii", "replace").decode() for line in lines]
    return "\n".join(lines) + "\n"


_RATES: Final = (
    Column("measure", "sessions", MEASURE, priority=100),
    Column("count", "COUNT", 9, "count", 90),
    Column("rate", "RATE", 8, "rate", 80),
    Column("trend", "TREND", 30, "trend", 70),
)


def _titled(title: str, lines: list[str], doc: str = "") -> list[str]:
    return [title, *([doc] if doc else []), "", *lines] if lines else [title, "", "nothing"]


def _head(answers: Answers) -> list[str]:
    """What was read."""
    reading, holding = answers.reading, answers.reading.holding
    lines = [f"mailtop report: {', '.join(reading.sources) or 'no source'}"]
    if holding.first is None or holding.last is None:
        lines.append("no event of a mail server")
    else:
        covered = answers.rates
        since, until = covered.since or holding.first, covered.until or holding.last
        lines.append(f"{iso(since, holding.utc_offset)} to {iso(until, holding.utc_offset)} ({_long(until - since)})")
    lines.append(_understood(reading))
    counts = holding.counts
    lines += [f"{counts[name]:,} lines {what}" for name, what in LACKS if counts.get(name)]
    if holding.evicted:
        lines.append(f"{holding.evicted:,} older events were left out by the limit of --max-events")
    if answers.rates.truncated:
        lines.append(answers.rates.truncated)
    return [*lines, *reading.notes]


def _understood(reading: Reading) -> str:
    """Lines, and which share of the mail server's was understood."""
    counts = reading.holding.counts
    lines, foreign, unparsed = (counts.get(name, 0) for name in ("lines", "foreign", "unparsed"))
    ours = lines - foreign - counts.get("damaged", 0)
    if ours <= 0:
        return f"{lines:,} lines, none of a mail server"
    share = 100 * (ours - unparsed) / ours
    shown = "100" if not unparsed else f"{min(share, 99.99):.2f}"
    return f"{lines:,} lines, {ours:,} of the mail server, {shown} % of them understood ({unparsed:,} not)"


def _totals(answers: Answers) -> list[str]:
    """Three columns: events, sessions, clients."""
    lines = [fitted("", MEASURE) + "".join(fitted(unit, 12, right=True) for unit in UNITS)]
    names = answers.totals["events"].columns
    for name in names:
        values = [_only(answers.totals[unit], name) for unit in UNITS]
        if any(values):
            lines.append(
                fitted(name.replace("_", " "), MEASURE)
                + "".join(fitted("" if value is None else f"{value:,}", 12, right=True) for value in values)
            )
    return [line.rstrip() for line in lines] if len(lines) > 1 else []


def _delivery(table: Table) -> list[str]:
    """One figure a line."""
    if not table.rows:
        return []
    return [
        f"{fitted(column.title, 22)}{fitted(said, 14, right=True)}"
        for column in DELIVERY
        if (said := column.cell(table, table.rows[0]))
    ]


def _only(table: Table, name: str) -> Value:
    """A value of a one-row answer."""
    return table.column(name)[0] if table.rows else None


def _long(seconds: float) -> str:
    """A stretch of time: 42s, 3m 05s, 2h 10m, 4d 3h."""
    whole = round(seconds)
    for size, unit, rest_size, rest_unit in ((86400, "d", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s")):
        if whole >= size:
            return f"{whole // size}{unit} {whole % size // rest_size:02}{rest_unit}"
    return f"{whole}s"
