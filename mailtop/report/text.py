"""The report as text for people: what was read, the totals, the deliveries, then each view as a table.

In: `Answers`, a width in terminal cells. Out: text that ends in a newline. It says what it covers and what it lacks
before any figure; a figure that is not known is left empty.
"""

from typing import Final

from mailtop.analysis.reading import Reading, share
from mailtop.query import Table, Value
from mailtop.report import unknown
from mailtop.report.export import iso
from mailtop.report.layout import fitted, laid_out
from mailtop.report.sections import SECTIONS, UNITS, Answers
from mailtop.views import Column
from mailtop.views.view import upright

MEASURE: Final = 16
"""cells for the name of a measure"""

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
        head(answers.reading, answers.rates),
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
    if answers.reading.holding.unknown:
        parts.append(unknown.section(answers.reading))
    return joined(parts, ascii_only)


def joined(parts: list[list[str]], ascii_only: bool = False) -> str:
    """Sections with an empty line between."""
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


def head(reading: Reading, covered: Table | None = None) -> list[str]:
    """What was read, and what it lacks. `covered`: an answer that says which time the figures are of."""
    holding = reading.holding
    lines = [f"mailtop report: {', '.join(reading.sources) or 'no source'}"]
    if holding.first is None or holding.last is None:
        lines.append("no event of a mail server")
    else:
        since = (covered.since if covered else 0.0) or holding.first
        until = (covered.until if covered else 0.0) or holding.last
        lines.append(f"{iso(since, holding.utc_offset)} to {iso(until, holding.utc_offset)} ({_long(until - since)})")
    lines += [*_understood(reading), *reading.lacks()]
    if covered is not None and covered.truncated:
        lines.append(covered.truncated)
    return [*lines, *reading.notes]


def _understood(reading: Reading) -> list[str]:
    """Lines, which share of the mail server's was understood, and which share is no mail server's."""
    lines, unknown = reading.count("lines"), reading.count("unparsed")
    if reading.understood_share is None:
        return [f"{lines:,} lines, none of a mail server"]
    understood = share(reading.understood_share)
    said = [f"{lines:,} lines, {reading.own:,} of the mail server, {understood} % of them understood ({unknown:,} not)"]
    if reading.foreign_share:
        said.append(f"{reading.count('foreign'):,} lines of other programs, {share(reading.foreign_share)} % of all")
    return said


def _totals(answers: Answers) -> list[str]:
    """Three columns: events, sessions, clients."""
    lines = [fitted("", MEASURE) + "".join(fitted(unit, 12, right=True) for unit in UNITS)]
    names = answers.totals["events"].columns
    for name in names:
        values = [_only(answers.totals[unit], name) for unit in UNITS]
        if any(values) or None in values:
            lines.append(
                fitted(name.replace("_", " "), MEASURE)
                + "".join(fitted("?" if value is None else f"{value:,}", 12, right=True) for value in values)
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
