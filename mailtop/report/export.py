"""Export: a table as a CSV file, and as plain data for JSON. Raw values under their machine names, nothing formatted.

CSV is RFC 4180 with LF line ends and UTF-8; its columns are the table's, so `refused` or `last.client_name`, never a
title. Times are seconds since 1970 UTC, trends are counts with spaces between. Beside `...-clients.csv` lies
`...-clients.json`, which says what the figures cover: a number without its window is no number.

A log's strings are written by attackers, and spreadsheets run what begins with `= + - @`, a tab or a return: such
text is given a leading apostrophe. Numbers are never touched. A file is complete or absent, and none is ever replaced.
"""

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

from mailtop.query import FIELDS_DERIVED, MEASURES, Table, Value
from mailtop.views import ListingView, View

DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
"""what a cell of text must not begin with"""

MAX_TWINS: Final = 100
"""files of one view in one second"""


class ExportError(OSError):
    """One line that says why nothing was written."""


def write_csv(
    view: View | ListingView,
    table: Table,
    directory: str | os.PathLike[str],
    now: float,
    sources: Sequence[str] = (),
    utc_offset: int = 0,
    reading: Mapping[str, object] | None = None,
) -> Path:
    """Write `table`, the answer to `view`, into `directory` under a name with the time `now`; the CSV file's path.

    `sources` are the logs that it was read from, `utc_offset` minutes of their clock, `reading` what is known of how
    well they were read (`mailtop.analysis.reading`): for the file beside it. ExportError when it cannot be written.
    """
    stem = f"mailtop-{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}-{view.name}"
    about = {
        "view": view.name,
        "title": view.title,
        "sources": list(sources),
        **covered(table, utc_offset),
        "reading": None if reading is None else dict(reading),
        "rows": len(table.rows),
        "columns": {name: meaning(view, name) for name in table.columns},
    }
    for twin in range(1, MAX_TWINS):
        path = Path(directory, f"{stem}{f'-{twin}' if twin > 1 else ''}.csv")
        try:
            _publish(path, as_csv(table))
            _publish(path.with_suffix(".json"), json.dumps(about, indent=1, ensure_ascii=False) + "\n")
        except FileExistsError:
            continue
        except OSError as error:
            raise ExportError(f"cannot write {path}: {error.strerror or error}") from None
        return path
    raise ExportError(f"cannot write {stem}.csv: {MAX_TWINS} files of that name are there")


def as_csv(table: Table) -> str:
    """The table as CSV text with a header."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([cell(value) for value in row] for row in table.rows)
    return out.getvalue()


def cell(value: Value) -> str | int | float:
    """A value for a spreadsheet: unknown is empty, dangerous text is defused."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    if isinstance(value, str):
        # A bare return would end the record for many readers, and the csv module does not quote it.
        return ("'" if value.startswith(DANGEROUS) else "") + value.replace("\r", " ")
    return value


def to_json(view: View | ListingView, table: Table, utc_offset: int = 0) -> dict[str, Any]:
    """The answer to a view as plain data: rows as objects under the columns' machine names."""
    return {
        "title": view.title,
        **covered(table, utc_offset),
        "groups": table.groups,
        "totals": dict(zip(table.columns, table.totals, strict=True)) if table.totals else {},
        "rows": [dict(zip(table.columns, row, strict=True)) for row in table.rows],
    }


def covered(table: Table, utc_offset: int = 0) -> dict[str, Any]:
    """What time an answer covers and what it lacks."""
    return {
        "since": iso(table.since, utc_offset) if table.since else None,
        "until": iso(table.until, utc_offset) if table.until else None,
        "truncated": table.truncated,
    }


def iso(epoch: float, utc_offset: int) -> str:
    """A time in ISO 8601 with the log's own offset (minutes east of UTC), to the second."""
    # A span that begins just before the first event must not look as if it began a second earlier.
    return datetime.fromtimestamp(int(epoch + 0.001), timezone(timedelta(minutes=utc_offset))).isoformat()


def meaning(view: View | ListingView, name: str) -> str:
    """What a column holds, in words."""
    for column in view.columns:
        if column.name == name and column.doc:
            return column.doc
    measure, _, suffix = name.partition(".")
    known = MEASURES.get(name) or FIELDS_DERIVED.get(name) or MEASURES.get(measure, "")
    return f"{known} ({suffix})" if suffix and known else known


def _publish(path: Path, text: str) -> None:
    """Put `text` at `path` in one step. FileExistsError where something is there; other OSErrors as they come."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    if path.exists():
        raise FileExistsError(path)
    try:
        with beside.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
        try:
            os.link(beside, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            beside.rename(path)
    finally:
        beside.unlink(missing_ok=True)
