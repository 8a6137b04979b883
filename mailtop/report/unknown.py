"""Lines that are not understood, by their templates: `mailtop report --unknown`, and a section of every report.

In: what a store holds (`Holding.unknown`), and whoever reads a raw line back. Out: text, plain data, a table for CSV.
The example is the newest line of its template as the log has it; where it cannot be read back (a stream, a file that is
gone) it is left out.

A template says which words stay the same (`mailtop.ingest.unknown`). To have such lines understood, send some of them
with the version of the program that wrote them.
"""

from collections.abc import Callable
from typing import Any, Final

from mailtop.analysis.reading import Reading
from mailtop.query import Table
from mailtop.report.export import iso
from mailtop.views import Column, ListingView

FEW: Final = 3
"""templates in a report that was not asked for them"""

Line = Callable[[str, int, int], str | None]
"""source, file, offset -> the raw line there, cleaned"""

VIEW: Final = ListingView(
    "unknown",
    "Lines not understood",
    "Lines of mail programs that mailtop does not understand, by template; * stands for what changes.",
    (
        Column("mta", "MTA", 10, doc="whose program"),
        Column("daemon", "DAEMON", 12, doc="the program"),
        Column("lines", "LINES", 9, "count", doc="lines of this template; at least, where templates were let go"),
        Column("template", "TEMPLATE", 60, doc="the line's text, an asterisk for each thing that changes"),
        Column("first", "FIRST", 8, "clock", doc="time of the first of them, seconds since 1970 UTC"),
        Column("last", "LAST", 8, "clock", doc="time of the newest of them, seconds since 1970 UTC"),
        Column("source", "SOURCE", 20, doc="the log that the newest is in"),
        Column("offset", "OFFSET", 9, "count", doc="octets in that file before the newest"),
        Column("example", "EXAMPLE", 60, doc="the newest line as the log has it, where it can still be read"),
    ),
)


def table(reading: Reading, limit: int, line: Line) -> Table:
    """The `limit` most frequent templates."""
    holding = reading.holding
    rows = tuple(
        (it.mta, it.daemon, it.lines, it.template, it.first / 1e6, it.last / 1e6, it.source, it.offset,
         line(it.source, it.file, it.offset))
        for it in holding.unknown[:limit]
    )  # fmt: skip
    dropped = holding.unknown_dropped
    return Table(
        tuple(column.name for column in VIEW.columns),
        rows,
        groups=len(holding.unknown),
        since=holding.first or 0.0,
        until=holding.last or 0.0,
        truncated=f"{dropped:,} lines were of rare templates that were let go" if dropped else None,
    )


def plain(found: Table, offset: int) -> list[dict[str, Any]]:
    """The rows as plain data, times in ISO 8601."""
    rows: list[dict[str, Any]] = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    return [row | {name: iso(row[name], offset) for name in ("first", "last")} for row in rows]


def listing(found: Table, offset: int) -> list[str]:
    """The section for people: each template with its example."""
    if not found.rows:
        return [VIEW.title, "", "none: all lines of the mail server are understood"]
    many = f", {len(found.rows)} of {found.groups:,} templates" if found.groups > len(found.rows) else ""
    lines = [VIEW.title + many, VIEW.doc, *([found.truncated] if found.truncated else [])]
    for row in plain(found, offset):
        where = f"{row['source']}, octet {row['offset']:,}"
        lines += ["", f"{row['lines']:>9,}  {row['mta']}/{row['daemon']}: {row['template']}"]
        lines += [f"{'':11}{said}" for said in (f"{row['last']}, {where}", row["example"]) if said]
    return lines


def section(reading: Reading) -> list[str]:
    """The most frequent of them, for a report on everything."""
    lines = [f"{it.lines:>9,}  {it.mta}/{it.daemon}: {it.template}" for it in reading.holding.unknown[:FEW]]
    return [VIEW.title, "The most frequent; `mailtop report --unknown` lists them with an example of each.", "", *lines]
