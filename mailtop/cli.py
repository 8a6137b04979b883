"""cli: arguments in, one face out. The only place that builds things.

    mailtop [PATH...]           the screen
    mailtop report [PATH...]    the same views as text, once; --json, --csv DIR
    mailtop events [PATH...]    one JSON object a line for each event
    mailtop demo                the screen on a simulated storm
    mailtop dnsbl check [ZONE...]   is each DNS list alive: a table or --json, and an exit code for monitoring
    mailtop asn update|lookup   the table of AS numbers

Exit codes: 0 done; 1 stopped by an error while running; 2 the command line, the configuration or a log cannot be used
(one line on standard error says what to do). `dnsbl check` has those of monitoring plugins: see report/listcheck.py.
Standard output is data, standard error narration. What a face does not need is not imported: `--help` loads no
third-party package, `report` and `events` load no screen.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final

from mailtop.config import Config, ConfigError, from_file, path_of_file
from mailtop.options import parser

COMMANDS: Final = ("report", "events", "demo", "dnsbl", "asn")
DNSBL: Final = ("check",)
ASN: Final = ("update", "lookup")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    command = given.pop(0) if given and given[0] in COMMANDS else "screen"
    if command == "asn" and given and given[0] in ASN:
        command = f"asn {given.pop(0)}"
    if command == "dnsbl" and given and given[0] in DNSBL:
        command = f"dnsbl {given.pop(0)}"
    options = vars(parser(command).parse_args(given))
    try:
        if command.startswith("asn"):
            from mailtop import asn_command

            return asn_command.run(command, options)
        config = _settle(command, options)
        from mailtop import faces
        from mailtop.source.refusal import SourceError

        try:
            return faces.FACES[command](config)
        except SourceError as error:
            raise ConfigError(str(error)) from None
    except ConfigError as error:
        print(f"mailtop: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0


def _settle(command: str, options: Mapping[str, Any]) -> Config:
    """Defaults, then the file, then the command line. A report is on the whole log unless told not."""
    config = from_file(Config(), path_of_file(os.environ))
    if command == "report":
        config = replace(config, window=None)
    given = {field.name: options[field.name] for field in fields(Config) if field.name in options}
    if "speed" in given and "replay" not in given:
        raise ConfigError("--speed is that of a replay: say --replay as well")
    given = {name: None if value == float("inf") else value for name, value in given.items()}
    lists = {name: tuple(given.get(name, ())) for name in ("paths", "host", "syslog_name", "zones")}
    return replace(config, **given | lists)
