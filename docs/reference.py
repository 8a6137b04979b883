"""Writes docs/reference.md from the code itself: options, keys, figures, views, the event schema, files.

Run `python docs/reference.py` after a change of any of these; a test compares the file with what this would write, so
that the reference cannot fall behind.
"""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from textual.binding import Binding

from mailtop.analysis.reading import FIGURES
from mailtop.config import FILE_KEYS
from mailtop.event import SCHEMA
from mailtop.options import ABOUT, parser
from mailtop.query import FIELDS_DERIVED, MEASURES
from mailtop.report import unknown
from mailtop.smtp import REASONS
from mailtop.tui import slices
from mailtop.tui.app import MailtopApp
from mailtop.tui.drilldown import Drilldown
from mailtop.tui.ink import key_of
from mailtop.tui.overview import Overview
from mailtop.tui.paned import PanedScreen
from mailtop.tui.panes import Pane
from mailtop.views import DRILLDOWN, OTHER, VIEWS, Sight

REFERENCE = Path(__file__).with_name("reference.md")

HEAD = """\
# Reference

Written from the code by `docs/reference.py`; not edited by hand.
"""

READ = """\
Counts of all lines read, whatever the window. On the first lines of the screen and of a report where they say that
something is lacking; as `reading` in JSON and beside each CSV file; on standard error of `mailtop events`.
"""

FILES = """\
## Files

### What is read

Log files, whole lines, under any of these headers, which may be mixed in one file:

- RFC 3164, RFC 5424 and RFC 3339 / ISO 8601 stamps as syslog daemons and journalctl (`-o short`, `short-precise`,
  `short-iso`, `short-full`, `short-unix`) write them, with `<PRI>` or NULs in front, in UTC or with an offset, with the
  months' names in English or in some twenty other languages. A year that a stamp lacks is guessed from the file's last
  change; a stamp without offset is this machine's local time.
- the journal as JSON (`journalctl -o json`).
- the logs that Exim, Dovecot, rspamd and spamd keep themselves.
- lines of containers: Kubernetes (`... stdout F ...`), `docker logs -t`, `docker compose logs`, Docker's JSON files.

Archives (gzip, bzip2, xz, Zstandard) are known by their first octets, unpacked on the fly, and never followed.
Zstandard takes Python 3.14 or the program `zstd`. Files of one log (`mail.log`, `mail.log.1`, `mail.log.2.gz`,
`mail.log-20261101.gz`) are read as one log in the order in which they were written, whether they are named or found
by `--rotated`. Exim's `rejectlog` is left out where its `mainlog` is named as well: it holds copies.

`-` reads standard input; a file there (`mailtop < mail.log`) need not be named. `--journal` reads the journal through
journalctl(1): the entries of the facility mail, and those of mail programs that log elsewhere. It takes the group
`systemd-journal` or `adm`. Lines of an archive are shown as far as 256 MiB into it, lines of a stream or of the journal
not at all: their fields are shown instead.

### Tables of AS numbers

In this order, the first that can be read: the user's own, `$XDG_DATA_HOME/mailtop/table.asn` (else
`~/.local/share/mailtop/table.asn`); the system's, `/var/lib/mailtop/table.asn`; the seed inside the package.
`mailtop asn update` writes the system's where it runs as root and the directory `/var/lib/mailtop` is there, else the
user's. A table that is damaged is passed over with a note, one whose data are older than 180 days is used with a note.

`mailtop asn update` takes, by what is in the file, plain or packed with gzip, bzip2 or xz:

- iptoasn.com's TSV, with addresses or with decimal numbers;
- CSV, with a header that names its columns (MaxMind's GeoLite2 ASN, IPinfo Lite) or without one: `PREFIX,ASN[,NAME]`,
  `START,END,ASN[,NAME]` (DB-IP, ip-location-db), `START,END,PREFIX,ASN[,NAME]` (IP2Location);
- pyasn's text, `PREFIX<tab>ASN` a line; it has no names;
- MMDB (GeoLite2 ASN, DB-IP, IPinfo), with the extra `mailtop[mmdb]`;
- a RIB of RouteViews or RIPE RIS in MRT, with the extra `mailtop[pyasn]`: minutes of work; it has no names;
- a packed table of mailtop's own, as another machine has it in its data directory.

`--names` takes JSON (`{"15169": "GOOGLE"}`) or lines (`15169 GOOGLE, US`, as in RIPE's asn.txt). A new table takes the
place of the old one, in one rename, only if it has 100,000 prefixes or more, well-known addresses (8.8.8.8, 1.1.1.1,
9.9.9.9 and their IPv6 kin) have their AS, 50 to 87.5 % of the IPv4 space is announced, and no less than nine tenths of
what the table in use announces; `--unchecked` leaves these checks out. Whatever goes wrong is one line, exit code 2,
and the old table stays. A download is at most 512 MiB, over http or https, in 15 minutes.

### What is written

**CSV** (`e`, `E`, `mailtop report --csv DIR`): one file a view, `mailtop-<UTC time>-<view>.csv`, UTF-8, RFC 4180. The
header has the machine names of the columns below; numbers are plain, an unknown cell is empty, a trend is its counts
with blanks between. A text that begins with `= + - @`, a tab or a carriage return gets an apostrophe in front, so that
no spreadsheet takes it for a formula. Beside it stands a `.json` of the same name with the sources, the time covered,
what is lacking, and what each column means. Nothing is ever overwritten.

**JSON** (`mailtop report --json`): one object: `meta` (sources, time covered, counts of lines, how well they were
read), `totals` (measure, then events / sessions / clients), `delivery`, `reasons`, `views` (by name: rows as objects,
totals), `unknown` (templates of lines that are not understood; with `--unknown` only `meta` and these, with an example
of each).

**JSON lines** (`mailtop events`): one object for each event with the keys of the event schema below, in its order.
"""


def compose() -> str:
    """The whole reference."""
    views = (*_views(), *_behind())
    parts = [HEAD, *_commands(), *_settings(), *_keys(), *_figures(), *views, *_unknown(), *_schema(), FILES]
    return "\n".join(parts).rstrip() + "\n"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    heads = tuple(heads)
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _commands() -> Iterator[str]:
    yield "## Commands and options\n"
    for command, about in ABOUT.items():
        made = parser(command)
        yield f"### `{made.prog}`\n\n{about}\n"
        yield table(("option", "meaning"), map(_option, made._actions))


def _option(action: argparse.Action) -> tuple[str, str]:
    name = ", ".join(action.option_strings) or str(action.metavar)
    value = f" {action.metavar}" if action.metavar and action.option_strings else ""
    return f"`{name}{value}`", action.help or ""


def _settings() -> Iterator[str]:
    yield "## Settings\n"
    yield (
        "`$XDG_CONFIG_HOME/mailtop/config.toml` (else `~/.config/mailtop/config.toml`) may settle these for the screen,"
        " under the names of the options; the command line goes before it:\n"
    )
    yield ", ".join(f"`{name.replace('_', '-')}`" for name in FILE_KEYS) + "\n"


def _keys() -> Iterator[str]:
    yield "## Keys\n"
    for title, owner in (
        ("On a screen of panes", Overview),
        ("Besides, on the screen of a chosen row", Drilldown),
        ("In a list", Pane),
        ("Everywhere", MailtopApp),
    ):
        yield f"### {title}\n"
        here = _bindings(owner, PanedScreen if owner is Drilldown else None)
        yield table(("key", "what it does"), (_key(made) for made in here if made.description))
    yield "### The filter\n\n```\n" + (slices.__doc__ or "").partition("\n\n")[2].strip("\n") + "\n```\n"


def _bindings(owner: type, beyond: type | None = None) -> Iterator[Binding]:
    """The bindings of a class and its parents, without those that `beyond` has."""
    for base in reversed(owner.__mro__):
        if beyond is not None and issubclass(beyond, base):
            continue
        if base.__module__.startswith("mailtop."):
            yield from (made for made in base.__dict__.get("BINDINGS", ()) if isinstance(made, Binding))


def _key(binding: Binding) -> tuple[str, str]:
    keys = " ".join(f"`{key_of(Binding(key, '', ''))}`" for key in binding.key.split(","))
    return keys, binding.description


def _figures() -> Iterator[str]:
    yield "## Figures\n"
    yield "Counts are given in sessions unless a face says events (lines) or clients.\n"
    yield table(("measure", "meaning"), ((f"`{name}`", doc) for name, doc in MEASURES.items()))
    yield "### How well the log was read\n\n" + READ
    yield table(("figure", "meaning"), ((f"`{name}`", doc) for name, doc in FIGURES.items()))
    yield "### Reason classes\n\n" + ", ".join(f"`{reason}`" for reason in REASONS) + "\n"


def _views() -> Iterator[str]:
    yield "## Views\n"
    for view in VIEWS.values():
        yield f"### {view.title} (`{view.name}`)\n\n{view.doc}\n"
        columns = ((c.title or " ", f"`{c.name}`", c.doc or MEASURES.get(c.name, "")) for c in view.columns)
        yield table(("column", "name", "meaning"), columns)


def _unknown() -> Iterator[str]:
    view = unknown.VIEW
    yield f"### {view.title} (`mailtop report --unknown`)\n\n{view.doc}\n"
    yield table(("name", "meaning"), ((f"`{c.name}`", c.doc) for c in view.columns))


def _title(sight: Sight) -> str:
    """The title of a pane; of one that ends with a value, what value."""
    title = sight.title or VIEWS[sight.view].title
    return f"{title} its {sight.around}" if title.endswith((" in", " of")) else title


def _behind() -> Iterator[str]:
    yield "## What is behind a row\n"
    yield "A row of any pane opens a screen with these views, in this order, and the lines of the log:\n"
    kinds: dict[tuple[str, ...], list[str]] = {}
    for field, kind in [*DRILLDOWN.items(), ("", OTHER)]:
        titles = tuple(map(_title, kind.sights))
        kinds.setdefault(titles, []).append(f"`{field}`" if field else "any other field")
    yield table(("chosen", "views"), ((", ".join(fields), ", ".join(titles)) for titles, fields in kinds.items()))


def _schema() -> Iterator[str]:
    yield "## The event schema\n"
    yield table(("field", "meaning"), ((f"`{field.name}`", field.doc) for field in SCHEMA))
    yield "Besides these, a filter may name:\n"
    yield table(("field", "meaning"), ((f"`{name}`", doc) for name, doc in FIELDS_DERIVED.items()))


if __name__ == "__main__":
    REFERENCE.write_text(compose(), encoding="utf-8")
