#!/usr/bin/env python3
"""mailtop report against pflogsumm on the same log: what each costs, and where their totals differ, and why.

    vs_pflogsumm.py FILE [--rounds N] [--mailtop COMMAND] [--pflogsumm COMMAND]

The two run in turn (A B A B), so that what else the machine does hits both. Costs are medians. Totals are compared
with a third party as well: plain patterns over the text, as grep would find them. A difference that a definition
explains is printed with it; one that nothing explains makes the exit code 1. pflogsumm writes numbers above 512,000
rounded to k or m; such a number counts as equal when it rounds to the same.
"""

import argparse
import json
import re
import shlex
import sys
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from processes import Cost, run

HERE = Path(__file__).resolve().parents[1]

PATTERNS: Final = {
    "received": r"smtpd\[\d+\]: [0-9A-Za-z]+: client=",
    "delivered": r" status=sent ",
    "deferrals": r" status=deferred ",
    "bounced": r" status=bounced ",
    "expired": r" status=(?:force-)?expired",
    "rejects": r": [0-9A-Za-z]+: (?:milter-)?reject: ",
    "warnings": r": [0-9A-Za-z]+: reject_warning: ",
    "repeated": r"message repeated \d+ times: \[ ?[0-9A-Za-z]+: reject: ",
    "repeated warnings": r"message repeated \d+ times: \[ ?[0-9A-Za-z]+: reject_warning: ",
    "dropped": r"postscreen\[\d+\]: PREGREET ",
}
"""name -> pattern of lines, counted without repeats, but for `repeated...`, which count the repeats"""

REASONS: Final = (
    ("dnsbl", r"^blocked using|blocked using"),
    ("greylist", r"[Gg]reylist"),
    ("unknown_user", r"[Uu]ser unknown"),
    ("relay", r"[Rr]elay access denied"),
    ("helo", r"Helo command rejected"),
    ("sender_domain", r"Sender address rejected: Domain not found"),
    ("rdns", r"cannot find your (?:reverse )?hostname"),
    ("rate", r"[Tt]oo many connections"),
    ("spf", r"due to: SPF|Message rejected due to"),
    ("access", r"Access denied"),
    ("content", r"Spam message rejected|END-OF-MESSAGE"),
)
"""reason class -> what the text says, for pflogsumm's headings and for lines"""


class Claim(NamedTuple):
    """One figure from three sides; `owed` is by how much mailtop's definition differs from pflogsumm's, and `why`."""

    what: str
    mailtop: int | None
    pflogsumm: str | None
    grep: int
    owed: int = 0
    why: str = ""


def main() -> int:
    """Measure, compare, print."""
    parser = argparse.ArgumentParser(description="mailtop report against pflogsumm.")
    parser.add_argument("log", metavar="FILE")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mailtop", default=f"{sys.executable} -m mailtop")
    parser.add_argument("--pflogsumm", default="pflogsumm")
    options = parser.parse_args()
    ours = [*shlex.split(options.mailtop), "report", "--json", "--limit", "50", options.log]
    theirs = [*shlex.split(options.pflogsumm), options.log]
    costs: dict[str, list[Cost]] = {"mailtop": [], "pflogsumm": []}
    for _ in range(options.rounds):
        costs["mailtop"].append(run(ours))
        costs["pflogsumm"].append(run(theirs))
    show_costs(costs)
    report = json.loads(costs["mailtop"][0].output)
    claims = compared(report, costs["pflogsumm"][0].output.decode("utf-8", "replace"), counted(options.log))
    return show_claims(claims)


def show_costs(costs: dict[str, list[Cost]]) -> None:
    """Medians and their ratios."""
    print(f"{'':12}{'wall s':>10}{'cpu s':>10}{'peak MB':>10}")
    middle = {}
    for name, runs in costs.items():
        middle[name] = [median(values) for values in zip(*[(r.wall, r.cpu, r.peak / 1e6) for r in runs], strict=True)]
        print(f"{name:12}" + "".join(f"{value:10.2f}" for value in middle[name]))
    ratios = [theirs / ours for ours, theirs in zip(middle["mailtop"], middle["pflogsumm"], strict=True)]
    print(f"{'theirs/ours':12}" + "".join(f"{value:10.2f}" for value in ratios) + "\n")


def counted(path: str) -> Counter[str]:
    """What plain patterns find in the log."""
    patterns = {name: re.compile(pattern) for name, pattern in PATTERNS.items()}
    repeats = re.compile(r"message repeated (\d+) times")
    found: Counter[str] = Counter()
    with open(path, encoding="utf-8", errors="replace") as log:
        for line in log:
            times = repeats.search(line)
            for name, pattern in patterns.items():
                if pattern.search(line):
                    found[name] += int(times[1]) if name.startswith("repeated") and times else 1
            if patterns["rejects"].search(line) and not times:
                found[f"reason {reason_of(line)}"] += 1
            elif times and patterns["repeated"].search(line):
                found[f"repeated {reason_of(line)}"] += int(times[1])
    return found


def reason_of(text: str) -> str:
    """The reason class of a line or of pflogsumm's heading."""
    return next((reason for reason, pattern in REASONS if re.search(pattern, text)), "other")


def summed(text: str) -> tuple[dict[str, str], Counter[str]]:
    """pflogsumm's grand totals by name, as it wrote them, and its rejects by our reason classes."""
    totals = {}
    for line in text.partition("Per-Hour")[0].splitlines():
        found = re.match(r" +(\d+)([ km]) +([a-z ]+?)(?: +\((\d+)([ km]) +deferrals\)| +\(\d+%\))?$", line)
        if found:
            totals[found[3].strip()] = found[1] + found[2].strip()
            if found[4]:
                totals["deferrals"] = found[4] + found[5].strip()
    reasons: Counter[str] = Counter()
    detail = text.partition("message reject detail")[2].partition("message reject warning detail")[0]
    for line in detail.splitlines():
        found = re.match(r" +(\S.*?) \(total: (\d+)\)$", line)
        if found:
            reasons[reason_of(found[1])] += int(found[2])
    return totals, reasons


def compared(report: dict[str, Any], summary: str, grep: Counter[str]) -> list[Claim]:
    """All figures side by side."""
    totals, reasons = summed(summary)
    events = {name: units["events"] or 0 for name, units in report["totals"].items()}
    delivery = {name: value or 0 for name, value in report["delivery"].items()}
    turned = events["refused"] + events["deferred"] + events["greylisted"]
    again, silent = "syslog says that it repeated lines", "postscreen drops without a reject line"
    claims = [
        Claim("received", events["accepted"], totals.get("received"), grep["received"]),
        Claim("delivered", delivery["delivered"], totals.get("delivered"), grep["delivered"]),
        Claim("deferrals", delivery["postponed"], totals.get("deferrals"), grep["deferrals"]),
        Claim("bounced", delivery["bounced"], totals.get("bounced"), grep["bounced"], grep["expired"],
              "a message that expired is returned to its sender as well"),
        Claim("rejected", turned, totals.get("rejected"), grep["rejects"],
              grep["repeated"] + grep["dropped"], f"{again}; {silent}" if grep["repeated"] else silent),
        Claim("reject warnings", events["warned"], totals.get("reject warnings"), grep["warnings"],
              grep["repeated warnings"], again),
    ]  # fmt: skip
    ours = {reason: units["events"] for reason, units in report["reasons"].items()}
    for reason in sorted({*ours, *reasons}):
        repeated, dropped = grep[f"repeated {reason}"], grep["dropped"] if reason == "protocol" else 0
        why = "; ".join(said for said, count in ((again, repeated), (silent, dropped)) if count)
        count, theirs = grep[f"reason {reason}"], str(reasons[reason])
        claims.append(Claim(f"  {reason}", ours.get(reason, 0), theirs, count, repeated + dropped, why))
    return claims


def show_claims(claims: list[Claim]) -> int:
    """Print the figures; 1 if a difference is left that no definition explains."""
    left = 0
    print(f"{'':20}{'mailtop':>12}{'pflogsumm':>12}{'grep':>12}  difference")
    for claim in claims:
        said = ""
        if claim.mailtop is not None and claim.mailtop - claim.owed != claim.grep:
            said, left = f"UNEXPLAINED by {claim.mailtop - claim.owed - claim.grep:+}", 1
        elif claim.pflogsumm is not None and not rounds_to(claim.grep, claim.pflogsumm):
            said = "pflogsumm differs from grep"
        elif claim.owed:
            said = f"{claim.owed:+}: {claim.why}"
        print(f"{claim.what:20}{claim.mailtop if claim.mailtop is not None else '':>12}"
              f"{claim.pflogsumm or '':>12}{claim.grep:>12}  {said}".rstrip())  # fmt: skip
    return left


def rounds_to(value: int, written: str) -> bool:
    """Whether pflogsumm would write `value` so."""
    unit = {"k": 1024, "m": 1024**2}.get(written[-1], 1)
    return abs(value / unit - int(written.rstrip("km"))) <= (1 if unit > 1 else 0)


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    sys.exit(main())
