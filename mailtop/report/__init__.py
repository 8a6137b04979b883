"""Reports: the views as text, as JSON, as CSV files, and the events themselves as JSON lines.

In: whoever answers queries (`mailtop.query.Store.ask`) and what was read. Out: text. All faces draw from the same
answers. Importing this loads neither the screen nor the charts.
"""

import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from mailtop.query import EVERYTHING, Span, Value
from mailtop.report.export import ExportError, iso, to_json, write_csv
from mailtop.report.sections import SECTIONS, TOTALS, UNITS, Answering, Answers, Reading, ask
from mailtop.report.text import compose
from mailtop.views import VIEWS

if TYPE_CHECKING:
    from mailtop.monitor import Monitor

__all__ = [
    "Answering",
    "Answers",
    "ExportError",
    "Reading",
    "as_csv",
    "as_json",
    "as_text",
    "ask",
    "to_json",
    "write",
    "write_csv",
]


ROWS: Final = 10
"""rows of each table where nobody says how many"""

CSV_ROWS: Final = 10_000
"""the same of a CSV file"""

WIDTH: Final = 100
"""cells of text where no terminal says how wide it is"""


class Options(Protocol):
    """What `mailtop report` was told; `mailtop.config.Config` has it."""

    @property
    def window(self) -> float | None:
        """seconds to report on, None for all"""

    @property
    def json(self) -> bool:
        """as one JSON object"""

    @property
    def csv(self) -> str | None:
        """as CSV files in this directory"""

    @property
    def limit(self) -> int | None:
        """rows of each table; None for what suits"""

    @property
    def width(self) -> int | None:
        """cells of text, None for the terminal's"""

    @property
    def ascii(self) -> bool:
        """ASCII characters only"""


def write(options: Options, monitor: "Monitor") -> int:
    """Print the report of a monitor that has read all there is; the exit code."""
    status = monitor.status()
    reading = Reading(status.holding, status.sources, status.notes)
    span = monitor.span(options.window)
    limit = options.limit or (ROWS if options.csv is None else CSV_ROWS)
    if options.csv is not None:
        try:
            paths = as_csv(monitor, reading, options.csv, status.now, span, limit=limit)
        except ExportError as error:
            sys.stderr.write(f"mailtop: {error}\n")
            return 2
        said = "".join(f"{path}\n" for path in paths)
    elif options.json:
        said = as_json(monitor, reading, span, limit=limit)
    else:
        terminal = shutil.get_terminal_size((WIDTH, 24)).columns if sys.stdout.isatty() else WIDTH
        width = options.width or terminal
        said = as_text(monitor, reading, span, limit=limit, width=width, ascii_only=options.ascii)
    sys.stdout.write(said)
    sys.stdout.flush()
    return 0


def as_text(
    store: Answering,
    reading: Reading,
    span: Span = EVERYTHING,
    *,
    limit: int = 10,
    width: int = 100,
    ascii_only: bool = False,
) -> str:
    """The report for people, `limit` rows of each table, `width` terminal cells wide."""
    return compose(ask(store, reading, span, limit), width, ascii_only)


def as_json(store: Answering, reading: Reading, span: Span = EVERYTHING, *, limit: int = 10) -> str:
    """The report as one JSON object: `meta`, `totals` (measure -> unit -> count), `delivery`,
    `reasons` (what was turned away: reason -> unit -> count), `views` (by name)."""
    return json.dumps(plain(ask(store, reading, span, limit)), indent=1, ensure_ascii=False) + "\n"


def as_csv(
    store: Answering,
    reading: Reading,
    directory: str | os.PathLike[str],
    now: float,
    span: Span = EVERYTHING,
    *,
    limit: int = 10,
) -> Sequence[Path]:
    """Write each view as a CSV file into `directory`, which is made if need be; the files. ExportError when one cannot
    be written."""
    try:
        os.makedirs(directory, exist_ok=True)
    except OSError as error:
        raise ExportError(f"cannot make {os.fspath(directory)}: {error.strerror or error}") from None
    answers = ask(store, reading, span, limit)
    offset = reading.holding.utc_offset
    written = [write_csv(VIEWS["rates"], answers.rates, directory, now, reading.sources, offset)]
    for view in SECTIONS:
        written.append(write_csv(view, answers.tables[view.name], directory, now, reading.sources, offset))
    return written


def plain(answers: Answers) -> dict[str, Any]:
    """A report as plain data."""
    reading, holding = answers.reading, answers.reading.holding
    offset = holding.utc_offset
    rows = {unit: dict(zip(table.columns, table.rows[0], strict=True)) for unit, table in answers.totals.items()}
    delivery = answers.delivery
    reasons: dict[str, dict[str, Value]] = {}
    for unit, table in answers.reasons.items():
        for reason, count in table.rows:
            reasons.setdefault(str(reason), {})[unit] = count
    return {
        "meta": {
            "sources": list(reading.sources),
            "notes": list(reading.notes),
            "first": None if holding.first is None else iso(holding.first, offset),
            "last": None if holding.last is None else iso(holding.last, offset),
            "events": holding.events,
            "evicted": holding.evicted,
            "counts": dict(holding.counts),
            "truncated": answers.rates.truncated,
        },
        "totals": {name: {unit: rows[unit][name] for unit in UNITS} for name in TOTALS},
        "delivery": dict(zip(delivery.columns, delivery.rows[0], strict=True)) if delivery.rows else {},
        "reasons": reasons,
        "views": {view.name: to_json(view, answers.tables[view.name], offset) for view in SECTIONS},
    }
