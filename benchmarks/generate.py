#!/usr/bin/env python3
"""Write a realistic Postfix log, and what it truly says.

    generate.py [--lines N] [--seed N] [--hours H] [--iso] [--addresses documentation|any] [--repeats]
                [--bots N] [--begin TIME] [--storms N] [--truth FILE] OUT

The same arguments write the same bytes. OUT may be `-`. The traffic model is mailtop's own demonstration
(`mailtop.demo`); the truth is counted by the model and not read back from the log.
"""

import argparse
import json
import sys
from contextlib import nullcontext
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mailtop.demo import Traffic, epoch, rfc3164, rfc3339

LINES_A_CONNECTION = 6.6
"""about, of the model; sets the rate that fills the hours with the lines"""

CHUNK = 60.0
"""seconds of log written at a time"""


def arguments(words: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write a realistic Postfix log.")
    parser.add_argument("out", metavar="OUT")
    parser.add_argument("--lines", type=int, default=100_000, help="at least so many (default 100000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hours", type=float, default=24.0, help="about the time that they span (default 24)")
    parser.add_argument("--begin", default="2026-11-20T00:00:00", help="time of the first line, UTC")
    parser.add_argument("--iso", action="store_true", help="RFC 3339 stamps with microseconds, not RFC 3164")
    parser.add_argument("--addresses", choices=("documentation", "any"), default="documentation")
    parser.add_argument("--bots", type=int, default=20_000, help="distinct unwanted clients")
    parser.add_argument("--storms", type=int, default=3)
    parser.add_argument("--repeats", action="store_true", help="syslog's `message repeated N times`")
    parser.add_argument("--truth", metavar="FILE", help="write what the log truly says, as JSON")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> None:
    """Write the log."""
    options = arguments(words)
    begin, span = epoch(options.begin), options.hours * 3600
    draw = Random(options.seed + 1)
    traffic = Traffic(
        options.seed,
        begin,
        options.lines / LINES_A_CONNECTION / span,
        rfc3339() if options.iso else rfc3164(),
        addresses=options.addresses,
        bots=options.bots,
        storms=tuple(sorted(begin + draw.random() * span for _ in range(options.storms))),
        repeats=options.repeats,
    )
    with nullcontext(sys.stdout) if options.out == "-" else open(options.out, "w", encoding="ascii") as out:
        t = begin
        while traffic.tally.lines < options.lines:
            t += CHUNK
            out.write(traffic.until(t))
        out.write(traffic.rest())
    if options.truth:
        Path(options.truth).write_text(json.dumps(traffic.tally.truth(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
