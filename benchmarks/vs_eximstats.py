#!/usr/bin/env python3
"""mailtop report against eximstats on the same mainlog: what each costs, and where their totals differ, and why.

    vs_eximstats.py FILE [--rounds N] [--mailtop COMMAND] [--eximstats COMMAND]

eximstats is in Debian's exim4-base (`dpkg -x` of it serves: fixtures/lab/exim_program.py). The two run in turn
(A B A B), so that what else the machine does hits both. Costs are medians. Totals are compared with a third party as
well: plain patterns over the text, as grep would find them. A difference that a definition explains is printed with it;
one that nothing explains makes the exit code 1.
"""

import argparse
import json
import re
import shlex
import sys
from collections import Counter
from statistics import median
from typing import Any, Final, NamedTuple

from processes import Cost, run

PATTERNS: Final = {
    "received": r" <= ",
    "bounces and local": r" <= .* P=local",
    "delivered": r"^\S+ \S+ \S+ (?:=>|->) ",
    "messages delivered": r"^\S+ \S+ \S+ => ",
    "deferrals": r"^\S+ \S+ \S+ == ",
    "failed": r"^\S+ \S+ \S+ \*\* ",
    "rejects": r"(?<!temporarily) rejected (?:RCPT|MAIL|EHLO|after|DATA|connection)",
    "temporary rejects": r" temporarily rejected ",
    "auth failures": r" authenticator failed for ",
    "auth not offered": r' error in "AUTH',
    "dropped": r"SMTP call from .* dropped: ",
    "synchronization": r"SMTP protocol synchronization error",
    "connections": r"SMTP connection from \S+ \(TCP/IP connection count = ",
}
"""name -> pattern of lines"""


class Claim(NamedTuple):
    """One figure from three sides; `owed` is by how much mailtop's definition differs from the lines', and `why`."""

    what: str
    mailtop: int
    eximstats: int | None
    grep: int
    owed: int = 0
    why: str = ""
    theirs: int = 0
    """by how much eximstats's definition differs"""


def main() -> int:
    """Measure, compare, print."""
    parser = argparse.ArgumentParser(description="mailtop report against eximstats.")
    parser.add_argument("log", metavar="FILE")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mailtop", default=f"{sys.executable} -m mailtop")
    parser.add_argument("--eximstats", default="eximstats")
    options = parser.parse_args()
    ours = [*shlex.split(options.mailtop), "report", "--json", "--limit", "50", options.log]
    theirs = [*shlex.split(options.eximstats), options.log]
    costs: dict[str, list[Cost]] = {"mailtop": [], "eximstats": []}
    for _ in range(options.rounds):
        costs["mailtop"].append(run(ours))
        costs["eximstats"].append(run(theirs))
    show_costs(costs)
    report = json.loads(costs["mailtop"][0].output)
    said = summed(costs["eximstats"][0].output.decode("utf-8", "replace"))
    return show_claims(compared(report, said, counted(options.log)))


def show_costs(costs: dict[str, list[Cost]]) -> None:
    """Medians and their ratios."""
    print(f"{'':12}{'wall s':>10}{'cpu s':>10}{'peak MB':>10}")
    middle = {}
    for name, runs in costs.items():
        middle[name] = [median(values) for values in zip(*[(r.wall, r.cpu, r.peak / 1e6) for r in runs], strict=True)]
        print(f"{name:12}" + "".join(f"{value:10.2f}" for value in middle[name]))
    ratios = [theirs / ours for ours, theirs in zip(middle["mailtop"], middle["eximstats"], strict=True)]
    print(f"{'theirs/ours':12}" + "".join(f"{value:10.2f}" for value in ratios) + "\n")


def counted(path: str) -> Counter[str]:
    """What plain patterns find in the log."""
    patterns = {name: re.compile(pattern) for name, pattern in PATTERNS.items()}
    found: Counter[str] = Counter()
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            found.update(name for name, pattern in patterns.items() if pattern.search(line))
    return found


def summed(text: str) -> dict[str, int]:
    """eximstats's grand totals: messages received and delivered, addresses delivered to, rejects."""
    totals = {}
    head = text.partition("Deliveries by transport")[0]
    for name, words in (
        ("received", r"Received +\S+ +(\d+)"),
        ("messages delivered", r"Delivered +\S+ +(\d+)"),
        ("delivered", r"Delivered +\S+ +\d+ +(\d+)"),
        ("rejects", r"\n  Rejects +(\d+)"),
        ("temporary rejects", r"Temp Rejects +(\d+)"),
    ):
        if found := re.search(words, head):
            totals[name] = int(found[1])
    return totals


def compared(report: dict[str, Any], theirs: dict[str, int], grep: Counter[str]) -> list[Claim]:
    """All figures side by side."""
    events = {name: units["events"] or 0 for name, units in report["totals"].items()}
    delivery = {name: value or 0 for name, value in report["delivery"].items()}
    none = "a message of this host's own was given by no client"
    attack = grep["auth failures"]
    return [
        Claim("received", events["accepted"], theirs.get("received"), grep["received"],
              -grep["bounces and local"], none),
        Claim("delivered", delivery["delivered"], theirs.get("delivered"), grep["delivered"]),
        Claim("deferrals", delivery["postponed"], None, grep["deferrals"]),
        Claim("failed", delivery["bounced"], None, grep["failed"]),
        Claim("rejects", events["refused"], theirs.get("rejects"), grep["rejects"], grep["synchronization"],
              "who speaks too soon is refused", grep["dropped"] + attack + grep["synchronization"]),
        Claim("temporary rejects", events["deferred"] + events["greylisted"], theirs.get("temporary rejects"),
              grep["temporary rejects"]),
        Claim("auth failures", events["auth_failed"], None, grep["auth failures"], grep["auth not offered"],
              "AUTH where none is offered fails too"),
        Claim("connections", events["connections"], None, grep["connections"]),
    ]  # fmt: skip


def show_claims(claims: list[Claim]) -> int:
    """Print the figures; 1 if a difference is left that no definition explains."""
    left = 0
    print(f"{'':20}{'mailtop':>12}{'eximstats':>12}{'grep':>12}  difference")
    for claim in claims:
        said = ""
        if claim.mailtop - claim.owed != claim.grep:
            said, left = f"UNEXPLAINED by {claim.mailtop - claim.owed - claim.grep:+}", 1
        elif claim.owed:
            said = f"{claim.owed:+}: {claim.why}"
        if claim.eximstats is not None and claim.eximstats not in (claim.grep, claim.grep + claim.theirs):
            said += f"; eximstats differs from grep by {claim.eximstats - claim.grep:+}"
        shown = "" if claim.eximstats is None else claim.eximstats
        print(f"{claim.what:20}{claim.mailtop:>12}{shown:>12}{claim.grep:>12}  {said}".rstrip())
    return left


if __name__ == "__main__":
    sys.exit(main())
