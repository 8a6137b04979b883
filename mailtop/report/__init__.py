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

from mailtop.analysis.reading import Reading, share
from mailtop.query import EVERYTHING, Span, Value
from mailtop.report import unknown
from mailtop.report.export import ExportError, iso, to_json, write_csv
from mailtop.report.sections import SECTIONS, TOTALS, UNITS, Answering, Answers, ask
from mailtop.report.text import compose, head, joined
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
    "summary",
    "to_json",
    "write",
    "write_csv",
]


ROWS: Final = 10
"""rows of each table where nobody says how many"""

CSV_ROWS: Final = 10_000
"""the same of a CSV file"""

TEMPLATES: Final = 50
"""templates of lines not understood, likewise"""

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

    @property
    def unknown(self) -> bool:
        """the templates of lines not understood, instead of the views"""


def write(options: Options, monitor: "Monitor") -> int:
    """Print the report of a monitor that has read all there is; the exit code."""
    status = monitor.status()
    try:
        said = (_unknown if options.unknown else _views)(options, monitor, status.reading, status.now)
    except ExportError as error:
        sys.stderr.write(f"mailtop: {error}\n")
        return 2
    sys.stdout.write(said)
    sys.stdout.flush()
    return 0


def _views(options: Options, monitor: "Monitor", reading: Reading, now: float) -> str:
    """All views; the files' names where they were written as such."""
    span = monitor.span(options.window)
    limit = options.limit or (ROWS if options.csv is None else CSV_ROWS)
    if options.csv is not None:
        return "".join(f"{path}\n" for path in as_csv(monitor, reading, options.csv, now, span, limit=limit))
    if options.json:
        return as_json(monitor, reading, span, limit=limit)
    terminal = shutil.get_terminal_size((WIDTH, 24)).columns if sys.stdout.isatty() else WIDTH
    return as_text(monitor, reading, span, limit=limit, width=options.width or terminal, ascii_only=options.ascii)


def _unknown(options: Options, monitor: "Monitor", reading: Reading, now: float) -> str:
    """The lines that are not understood; the file's name where they were written as one."""
    found = unknown.table(reading, options.limit or TEMPLATES, monitor.line)
    offset = reading.holding.utc_offset
    if options.csv is not None:
        _make(options.csv)
        path = write_csv(unknown.VIEW, found, options.csv, now, reading.sources, offset, reading.figures())
        return f"{path}\n"
    if options.json:
        meta = {**_meta(reading), "truncated": found.truncated}
        return _json({"meta": meta, "templates": found.groups, "unknown": unknown.plain(found, offset)})
    return joined([head(reading), unknown.listing(found, offset)], options.ascii)


def summary(reading: Reading) -> str:
    """One line about what the numbers lack, for a face that has no place of its own for it; empty where nothing is."""
    said = reading.lacks()
    if reading.understood_share is not None and reading.count("unparsed"):
        shown = share(reading.understood_share)
        said.insert(0, f"{reading.count('unparsed'):,} lines were not understood ({shown} % of {reading.own:,} were)")
    return "; ".join(said)


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
    `reasons` (what was turned away: reason -> unit -> count), `views` (by name), `unknown` (templates of lines)."""
    return _json(plain(ask(store, reading, span, limit), limit))


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


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
    _make(directory)
    answers = ask(store, reading, span, limit)
    offset, figures = reading.holding.utc_offset, reading.figures()
    written = [write_csv(VIEWS["rates"], answers.rates, directory, now, reading.sources, offset, figures)]
    for view in SECTIONS:
        written.append(write_csv(view, answers.tables[view.name], directory, now, reading.sources, offset, figures))
    return written


def _make(directory: str | os.PathLike[str]) -> None:
    try:
        os.makedirs(directory, exist_ok=True)
    except OSError as error:
        raise ExportError(f"cannot make {os.fspath(directory)}: {error.strerror or error}") from None


def _meta(reading: Reading) -> dict[str, Any]:
    """What was read, and what it lacks."""
    holding = reading.holding
    return {
        "sources": list(reading.sources),
        "notes": list(reading.notes),
        "first": None if holding.first is None else iso(holding.first, holding.utc_offset),
        "last": None if holding.last is None else iso(holding.last, holding.utc_offset),
        "events": holding.events,
        "evicted": holding.evicted,
        "counts": dict(holding.counts),
        "reading": reading.figures(),
    }


def plain(answers: Answers, limit: int = ROWS) -> dict[str, Any]:
    """A report as plain data, with `limit` templates of lines not understood."""
    reading, holding = answers.reading, answers.reading.holding
    offset = holding.utc_offset
    rows = {unit: dict(zip(table.columns, table.rows[0], strict=True)) for unit, table in answers.totals.items()}
    delivery = answers.delivery
    reasons: dict[str, dict[str, Value]] = {}
    for unit, table in answers.reasons.items():
        for reason, count in table.rows:
            reasons.setdefault(str(reason), {})[unit] = count
    return {
        "meta": {**_meta(reading), "truncated": answers.rates.truncated},
        "totals": {name: {unit: rows[unit][name] for unit in UNITS} for name in TOTALS},
        "delivery": dict(zip(delivery.columns, delivery.rows[0], strict=True)) if delivery.rows else {},
        "reasons": reasons,
        "views": {view.name: to_json(view, answers.tables[view.name], offset) for view in SECTIONS},
        "unknown": unknown.plain(unknown.table(reading, limit, lambda *_: None), offset),
    }
