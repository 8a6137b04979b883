"""options: the command line, as argparse knows it. Each option fills the field of `Config` that bears its name."""

import argparse
from collections.abc import Callable
from datetime import date
from typing import Final, NoReturn

from mailtop import __version__
from mailtop.config import MAX_EVENTS, ConfigError, duration

ABOUT: Final = {
    "screen": "Watch mail logs: what is hitting this server, from where, and what stops it.",
    "report": "Print the views of a mail log once, as text, JSON or CSV files.",
    "events": "Print one JSON object a line for each event of a mail log.",
    "demo": "Watch a simulated storm on this machine; nothing leaves it and no mail log is read.",
    "dnsbl": "Look after the DNS lists that a mail server asks.",
    "dnsbl check": "Look once at DNS lists: alive, empty, gone, parked, refusing, or listing the world? "
    "Exit code 0: all is well, 1: warning, 2: critical, 3: the resolver is at fault.",
    "asn": "Show which table of AS numbers is in use, and how old it is.",
    "asn update": "Make a new table of AS numbers of published data; the old one stays if anything is wrong with it.",
    "asn lookup": "Print the AS number, the announced prefix and the AS name of IP addresses.",
}

COMMANDS_HELP: Final = """\
commands:
  mailtop report [PATH...]   the same views as text, once (--json, --csv DIR)
  mailtop events [PATH...]   one JSON object a line for each event, for jq
  mailtop demo               the screen on a simulated storm
  mailtop dnsbl check [ZONE...]  is each DNS list alive: for people, cron and monitoring
  mailtop asn update         fetch a newer table of AS numbers (asn lookup IP... asks it)
  mailtop COMMAND --help     the options of a command

PATH is a log file, an archive of one (.gz .bz2 .xz .zst), or - for standard input. Without one, the first readable of
the usual logs is taken, else the journal. Files that were rotated away from one log are read as one.
Keys on the screen: ? shows them all, q quits.
"""


class Parser(argparse.ArgumentParser):
    """argparse, with errors in one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is; exit code 2."""
        self.exit(2, f"mailtop: {message}; see {self.prog} --help\n")


def parser(command: str) -> argparse.ArgumentParser:
    """The options of one command, a key of ABOUT."""
    made = Parser(
        prog="mailtop" if command == "screen" else f"mailtop {command}",
        description=ABOUT[command],
        epilog=COMMANDS_HELP if command == "screen" else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    add = made.add_argument
    if command.startswith("asn"):
        _asn(command, add)
        return made
    if command.startswith("dnsbl"):
        _dnsbl(command, add)
        return made
    if command == "screen":
        add("--version", action="version", version=f"mailtop {__version__}")
    if command != "demo":
        add("paths", metavar="PATH", nargs="*", help="log files, archives of them, or - for standard input")
        _sources(add)
    if command in ("screen", "demo"):
        _screen(add)
    if command == "screen":
        add("--replay", action="store_true", help="play an old log from its first line, as if it were being written")
        add("--speed", type=_number, metavar="N", help="of --replay: N times as fast as it was written (default 1)")
    if command == "demo":
        add("--rate", type=_number, metavar="N", help="lines a second outside the waves (default 30)")
        add("--minutes", type=_number, metavar="N", help="minutes of traffic before now (default 30)")
        add("--seed", type=int, metavar="N", help="another seed, another storm (default 1)")
    if command == "report":
        _report(add)
    if command == "events":
        add("--compact", action="store_true", help="leave out fields that are null")
    return made


def _dnsbl(command: str, add: Callable[..., object]) -> None:
    if command == "dnsbl":
        add("command", metavar="COMMAND", choices=("check",), help="what to do: check")
    if command == "dnsbl check":
        add(
            "zones",
            metavar="ZONE",
            nargs="*",
            help="lists, as zone or zone=filter (default: those that the mail servers and filters here ask)",
        )
        add("--json", action="store_true", help="one JSON object instead of text")
        add("--no-dns", action="store_true", help="ask nothing of DNS: say what the catalogue knows")
        add("--resolv-conf", metavar="FILE", help="the mail server's resolv.conf (default /etc/resolv.conf)")
        add("--width", type=int, metavar="N", help="columns of text (default: the terminal's, else 100)")
        add("--ascii", action="store_true", help="write ASCII characters only")


def _sources(add: Callable[..., object]) -> None:
    add("--rotated", action="store_true", help="read what was rotated away from each log as well, packed or not")
    add("--journal", action="store_true", help="read systemd's journal")
    add(
        "--host",
        action="append",
        metavar="NAME",
        help="read the lines of this host alone (may be given again); without a dot, of any domain",
    )
    add(
        "--syslog-name",
        action="append",
        metavar="NAME",
        help="read the lines of this syslog name alone: postfix-out takes postfix-out/smtpd (may be given again)",
    )


def _screen(add: Callable[..., object]) -> None:
    _kept(add, "24h")
    add("--show", type=_stretch, metavar="TIME", help="window shown at first: 1m, 5m, 1h, all (default 5m)")
    add("--delay", type=_number, metavar="SECONDS", help="seconds between two drawings (default 1)")
    add("--export-dir", metavar="DIR", help="where e and E write CSV files (default: here)")
    add("--theme", metavar="NAME", help="colours: mailtop, mailtop-light, high-contrast, ansi-dark, ansi-light")
    add("--mouse", action=argparse.BooleanOptionalAction, help="use the mouse (default: not over SSH)")
    add("--ascii", action="store_true", help="draw with ASCII characters only")


def _report(add: Callable[..., object]) -> None:
    _kept(add, "all")
    add("--json", action="store_true", help="one JSON object instead of text")
    add("--csv", metavar="DIR", help="write each view as a CSV file into DIR")
    add(
        "--unknown",
        action="store_true",
        help="instead of the views, list the lines that are not understood by template, with an example of each",
    )
    add(
        "--limit",
        type=int,
        metavar="N",
        help="rows of each view (default 10, of a CSV file 10,000; templates of --unknown: 50)",
    )
    add("--width", type=int, metavar="N", help="columns of text (default: the terminal's, else 100)")
    add("--ascii", action="store_true", help="write ASCII characters only")


def _kept(add: Callable[..., object], default: str) -> None:
    add("--window", type=_stretch, metavar="TIME", help=f"how much log to keep: 12h, 7d, all (default {default})")
    add(
        "--max-events",
        type=int,
        metavar="N",
        help=f"keep at most N events, the newest (default {MAX_EVENTS:,})",
    )


def _asn(command: str, add: Callable[..., object]) -> None:
    if command == "asn update":
        add(
            "sources",
            metavar="URL|FILE",
            nargs="*",
            help="published data, several if one table is in several files (default: iptoasn.com's combined table)",
        )
        add("--names", metavar="URL|FILE", help="names of the ASes, where the data have none (default: those in use)")
        add("--date", metavar="YYYY-MM-DD", type=_day, help="day of the data (default: what they say, or the server)")
        add("--unchecked", action="store_true", help="take a table of a part of the Internet, or a private one")
    if command == "asn lookup":
        add("addresses", metavar="IP", nargs="+", help="addresses, or - to read them from standard input, one a line")
        add("--json", action="store_true", help="one JSON object a line for each address")


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; say 2026-01-31") from None


def _stretch(text: str) -> float:
    """A stretch of time; infinity stands for `all`."""
    try:
        seconds = duration(text)
    except ConfigError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return float("inf") if seconds is None else seconds


def _number(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above zero")
    return number
