"""sendmail: the lists that Sendmail's rulesets ask: FEATURE(dnsbl), FEATURE(enhdnsbl) and the contributed rhsbl.

In: sendmail.cf, else the .mc file that it is made from; out: an Inventory. Source: cf/feature/dnsbl.m4, enhdnsbl.m4,
rhsbl.m4 of Sendmail 8.17. In sendmail.cf a list is a look-up of `$4.$3.$2.$1.ZONE.` in a DNS map, and the rules after
it say which answers count and what happens.

BUGS: rulesets written by hand are found only when they ask in that form. What the access map exempts is not seen.
"""

import re
from typing import Final

from mailtop.lookup import answers
from mailtop.lookup.mtaconfig.configured import ConfiguredList, Inventory, Place, Unread, configured, is_name
from mailtop.lookup.mtaconfig.machine import Machine, why
from mailtop.lookup.zone import masked

CF: Final = ("/etc/mail/sendmail.cf", "/etc/sendmail.cf")
MC: Final = ("/etc/mail/sendmail.mc",)
MAX_LINE: Final = 2048
"""characters of a line that are read: MAXLINE of Sendmail's conf.h"""
_LOOKUP = re.compile(r"R.*\$\((\w+) ((?:\$[1-9]\.)+)([0-9A-Za-z_.-]+)\.\s")
_ANSWER = re.compile(r"R<\?>(\S+)\s+(\$#(?:error|discard).*)")
_FEATURE = re.compile(r"^\s*FEATURE\(\s*`?(dnsbl|enhdnsbl|rhsbl)'?\s*,\s*(.*)", re.MULTILINE)


def inventory(machine: Machine) -> Inventory:
    """Sendmail's lists. Empty, with one line in `unread`, where there is no configuration."""
    reason = ""
    for path in CF:
        try:
            return _compiled(machine.read(path), path)
        except OSError as error:
            reason = reason or why(error)
    for path in MC:
        try:
            return _source(machine.read(path), path, reason)
        except OSError:
            continue
    return Inventory(unread=(Unread("sendmail", CF[0], reason),))


def _compiled(text: str, path: str) -> Inventory:
    """sendmail.cf. One walk over its lines; a list's rules end at the next look-up, ruleset or empty comment."""
    made: list[ConfiguredList] = []
    unread: list[Unread] = []
    lines = [line[:MAX_LINE] for line in text.splitlines()]
    ruleset = ""
    for at, line in enumerate(lines):
        if line.startswith("S"):
            ruleset = line[1:].split("=")[0].strip()
        found = _LOOKUP.match(line)
        if not found or not is_name(found[3]):
            continue
        filters, action, reported = _rules(lines[at + 1 : at + 20], found[3])
        one = configured(
            "sendmail",
            found[3],
            Place(path, at + 1, (ruleset,), f"FEATURE({'rhsbl' if found[2].count('$') == 1 else _feature(found[1])})"),
            f"{found[1]} {found[3]}",
            kind="client" if found[2].count("$") == 4 else "sender",
            filter_=" ".join(filters),
            action=action,
            order=len(made) + 1,
            reported=reported,
        )
        made.append(one)
        if fault := answers.fault("sendmail", one.filter):
            unread.append(Unread("sendmail", str(one.place), f"the filter cannot be read: {fault}"))
    return Inventory(tuple(made), tuple(unread), (path,))


def _feature(table: str) -> str:
    return "enhdnsbl" if table == "ednsbl" else table


def _rules(lines: list[str], zone: str) -> tuple[list[str], str, bool]:
    """Which answers count (none: every one), what happens, and whether the log will name the list."""
    filters: list[str] = []
    action, reported, every = "reject", True, False
    for line in lines:
        if _LOOKUP.match(line) or line.startswith("S"):
            break
        found = _ANSWER.match(line)
        if not found or found[1].endswith("<TMP>"):
            continue
        every = every or found[1] in ("$+", "$*")
        filters.append(found[1])
        action = (
            "discard"
            if found[2].startswith("$#discard")
            else "quarantine"
            if re.search(r"\$@\s+quarantine\b", found[2])
            else "reject"
        )
        reported = zone.lower() in found[2].lower()
    return ([] if every else filters), action, reported


def _source(text: str, path: str, reason: str) -> Inventory:
    """The .mc file: its FEATUREs. What `dnl` hides is a comment."""
    made: list[ConfiguredList] = []
    unread = [Unread("sendmail", CF[0], f"{reason}; {path} was read instead")]
    for number, line in enumerate(text.splitlines(), 1):
        found = _FEATURE.match(line[:MAX_LINE].partition("dnl")[0])
        if not found:
            continue
        given = [one.strip() for one in re.findall(r"`([^']*)'|([^,()`']+)", found[2]) for one in one if one.strip()]
        if not given or not is_name(given[0]):
            unread.append(
                Unread("sendmail", masked(f"{path}:{number}: {line[:MAX_LINE].strip()}")[:300], "names no zone")
            )
            continue
        filters = [one for one in given[1:] if re.match(r"[\d$]+[-+]?\.|\$[-+]", one)] if found[1] == "enhdnsbl" else []
        made.append(
            configured(
                "sendmail",
                given[0],
                Place(path, number, (), f"FEATURE({found[1]})"),
                f"{found[1]} {given[0]}",
                kind="sender" if found[1] == "rhsbl" else "client",
                filter_=" ".join(filters),
                action=next((one for one in ("quarantine", "discard") if one in given[1:2]), "reject"),
                order=len(made) + 1,
            )
        )
    return Inventory(tuple(made), tuple(unread), (path,))
