"""Where AS-number tables lie, which one is in use, and whether it has grown old.

Looked for in this order; the first that can be read is used:

1. the user's own, `$XDG_DATA_HOME/mailtop/table.asn` (`~/.local/share/mailtop/table.asn`);
2. the system's, `/var/lib/mailtop/table.asn`, for all users;
3. the seed inside the package.

`mailtop asn update` writes the system's where it runs as root and the directory /var/lib/mailtop is there, else the
user's. A table that is damaged is passed over, with a note. Routes and owners change: a table older than STALE_DAYS
gets a note.

In: the environment, the clock. Out: `InUse`. BUGS: a user's own table goes before a newer one of the system: whoever
made it may have meant it.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, NamedTuple

from mailtop.lookup.asn import AsnTable, AsnTableError, load

STALE_DAYS: Final = 180
"""age of the data, in days, from which on a table is called old"""
SYSTEM: Final = Path("/var/lib/mailtop")
FILE: Final = "table.asn"


class InUse(NamedTuple):
    """The table that is used, where it is (None: the seed), and what is to be said about it, a line each."""

    table: AsnTable
    path: Path | None
    notes: tuple[str, ...]


def own(environ: Mapping[str, str]) -> Path:
    """Return where the user's own table is, whether or not it exists."""
    # XDG base directories: a relative path there is to be ignored.
    home = environ.get("XDG_DATA_HOME", "")
    base = Path(home) if home.startswith("/") else Path(environ.get("HOME") or "/", ".local", "share")
    return base / "mailtop" / FILE


def target(environ: Mapping[str, str], root: bool, system: Path = SYSTEM) -> Path:
    """Return where an update goes; `root`: whether this process is the superuser's."""
    return system / FILE if root and system.is_dir() else own(environ)


def in_use(environ: Mapping[str, str], now: float, system: Path = SYSTEM) -> InUse:
    """Return the table in use; `now` is epoch seconds. AsnTableError only where not even the seed can be read."""
    notes = []
    for path in (own(environ), system / FILE):
        try:
            if not path.is_file():
                continue
            table = load(path)
        except (AsnTableError, OSError) as error:
            notes.append(f"{error}; it is not used")
            continue
        return InUse(table, path, (*notes, *_aged(table, now)))
    table = load()
    return InUse(table, None, (*notes, *_aged(table, now)))


def age(table: AsnTable, now: float) -> int | None:
    """Return how many days ago the table's data were made; None where it does not say."""
    try:
        made = date.fromisoformat(table.date[:10])
    except ValueError:
        return None
    return (datetime.fromtimestamp(now, UTC).date() - made).days


def _aged(table: AsnTable, now: float) -> tuple[str, ...]:
    days = age(table, now)
    if days is None or days <= STALE_DAYS:
        return ()
    return (f"AS numbers are of {table.date}, {days} days ago: `mailtop asn update` gets newer ones",)
