"""policyd-weight: the lists it scores: `@dnsbl_score` and `@rhsbl_score` of its configuration, else its built-in ones.

In: /etc/policyd-weight.conf and the program's own text, which has the defaults; out: an Inventory. Source:
policyd-weight 0.1.15. An entry is four values: zone, score of a hit, score of a miss, name in the log.

BUGS: the files are Perl; only the lists written out in them are found. A score of a miss is not kept.
"""

import re
from typing import Final

from mailtop.lookup.mtaconfig.configured import ConfiguredList, Inventory, Place, Unread, configured, is_name
from mailtop.lookup.mtaconfig.machine import Machine, why

CONFIGURATION: Final = "/etc/policyd-weight.conf"
PROGRAMS: Final = ("/usr/sbin/policyd-weight", "/usr/local/sbin/policyd-weight", "/usr/local/bin/policyd-weight")
_LISTS: Final = (("dnsbl_score", "client"), ("rhsbl_score", "sender"))
_ENTRY = re.compile(r"['\"]([^'\"]+)['\"]\s*,\s*(-?[\d.]+)\s*,\s*(-?[\d.]+)\s*,\s*['\"]([^'\"]*)['\"]")


def inventory(machine: Machine) -> Inventory:
    """policyd-weight's lists. Empty, with one line in `unread`, where it is not installed."""
    texts: list[tuple[str, str]] = []
    reason = ""
    for path in (CONFIGURATION, *PROGRAMS):
        try:
            texts.append((path, machine.read(path)))
        except OSError as error:
            reason = reason or why(error)
    if not texts:
        return Inventory(unread=(Unread("policyd-weight", CONFIGURATION, reason),))
    made: list[ConfiguredList] = []
    read: list[str] = []
    for name, kind in _LISTS:
        for path, text in texts:
            if rows := _rows(text, name):
                made += [_one(row, number, path, name, kind, order) for order, (number, row) in enumerate(rows, 1)]
                read += [path] if path not in read else []
                break
    return Inventory(tuple(made), (), tuple(read))


def _rows(text: str, name: str) -> list[tuple[int, "re.Match[str]"]]:
    """The entries of one Perl list, with their line numbers; comments are none."""
    lines = text.splitlines()
    start = next((at for at, line in enumerate(lines) if re.match(rf"\s*(?:my\s+)?@{name}\s*=\s*\(", line)), None)
    rows = []
    for at in range(start if start is not None else len(lines), len(lines)):
        line = lines[at].partition("#")[0]
        rows += [(at + 1, found) for found in _ENTRY.finditer(line) if is_name(found[1])]
        if ");" in line:
            break
    return rows


def _one(row: "re.Match[str]", number: int, path: str, name: str, kind: str, order: int) -> ConfiguredList:
    return configured(
        "policyd-weight",
        row[1],
        Place(path, number, ("policyd-weight",), f"@{name}"),
        row[0],
        kind=kind,
        weight=float(row[2]),
        action="score",
        order=order,
    )
