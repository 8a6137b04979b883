"""spamassassin: the lists that SpamAssassin's rules ask, from its .cf files: check_rbl, urirhsbl, and their kin.

In: the rules that sa-update fetched, else those of the package, and the site's own; out: an Inventory, one list for
each zone and kind, with its rules as codes. Source: Mail::SpamAssassin::Plugin::DNSEval and ::URIDNSBL.

A rule whose score is 0 does not run; `dns_query_restriction deny` and `skip_rbl_checks` are followed.

BUGS: `if` and `ifplugin` are not evaluated: what is inside counts. User preferences and SQL are not read.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from mailtop.lookup.mtaconfig.configured import Code, ConfiguredList, Inventory, Place, Unread, configured, is_name
from mailtop.lookup.mtaconfig.machine import Machine, why

RULES: Final = ("/var/lib/spamassassin/*/updates_spamassassin_org/*.cf", "/usr/share/spamassassin/*.cf")
SITE: Final = ("/etc/spamassassin/*.cf", "/etc/mail/spamassassin/*.cf")
_EVAL = re.compile(
    r"header\s+(\w+)\s+eval:(check_rbl\w*)\(\s*['\"]([^'\"]*)['\"](?:\s*,\s*['\"]([^'\"]*)['\"])?"
    r"(?:\s*,\s*['\"]([^'\"]*)['\"])?"
)
_URI = re.compile(r"(uri(?:full)?(?:ns)?(?:rhs|dns)(?:bl|sub))\s+(\w+)\s+(\S+)\s+(?:A|TXT)(?:\s+(\S+))?", re.IGNORECASE)
_SCORE = re.compile(r"score\s+(\w+)((?:\s+\(?-?[\d.]+\)?)+)")
_NO_LISTING = re.compile(r"BLOCKED|ERROR")
_SENDER: Final = ("check_rbl_from_host", "check_rbl_from_domain", "check_rbl_envfrom", "check_rbl_ns_from")


@dataclass(slots=True)
class _Asked:
    """One zone as it is met: where first, and its rules with the answers that they want."""

    name: str
    place: Place
    text: str
    kind: str
    rules: list[tuple[str, str]] = field(default_factory=list)


class _Reading:
    """What the files have said so far; a later line wins."""

    def __init__(self) -> None:
        self.asked: dict[tuple[str, str], _Asked] = {}
        self.sets: dict[str, _Asked] = {}
        self.scores: dict[str, float] = {}
        self.nice: set[str] = set()
        self.denied: set[str] = set()
        self.switches: dict[str, str] = {}

    def line(self, text: str, path: str, number: int) -> None:
        if found := _EVAL.match(text):
            self._eval(found, path, number)
        elif found := _URI.match(text):
            self._one(found[3], "body", found[2], found[4] or "", Place(path, number, (), found[1].lower()), text)
        elif found := _SCORE.match(text):
            values = [float(value) for value in re.findall(r"-?\d+(?:\.\d+)?|-?\.\d+", found[2])]
            # The fourth is the one with the network and with Bayes.
            self.scores[found[1]] = values[-1] if values else 0.0
        elif text.startswith("tflags") and "nice" in text.split()[2:]:
            self.nice.add(text.split()[1])
        elif text.startswith("dns_query_restriction"):
            words = text.split()
            (self.denied.update if words[1:2] == ["deny"] else self.denied.difference_update)(
                word.lower().rstrip(".") for word in words[2:]
            )
        elif found := re.match(r"(skip_rbl_checks|skip_uribl_checks|required_score|required_hits)\s+(\S+)", text):
            self.switches[found[1]] = found[2]

    def _eval(self, found: "re.Match[str]", path: str, number: int) -> None:
        rule, function, group, zone, wanted = found.groups()
        if function == "check_rbl_sub":
            if group in self.sets:
                self.sets[group].rules.append((rule, zone or ""))
            return
        kind = "sender" if function in _SENDER else "client" if "-" in group else "received"
        one = self._one(
            zone or "",
            kind,
            rule,
            "" if function == "check_rbl_txt" else wanted or "",
            Place(path, number, (), function),
            found.string,
        )
        if one is not None:
            self.sets[group] = one

    def _one(self, zone: str, kind: str, rule: str, wanted: str, place: Place, text: str) -> _Asked | None:
        if not is_name(zone):
            return None
        one = self.asked.setdefault((zone.lower().rstrip("."), kind), _Asked(zone, place, text, kind))
        one.rules.append((rule, wanted))
        return one


def inventory(machine: Machine) -> Inventory:
    """SpamAssassin's lists. Empty, with one line in `unread`, where there are no rules."""
    paths = next((found for pattern in RULES if (found := machine.files(pattern))), [])
    paths += [path for pattern in SITE for path in machine.files(pattern)]
    if not paths:
        return Inventory(unread=(Unread("spamassassin", RULES[-1], "no rules are here"),))
    reading = _Reading()
    unread = []
    for path in paths:
        try:
            for number, line in enumerate(machine.read(path).splitlines(), 1):
                text = line.partition("#")[0].strip()
                if text:
                    reading.line(text, path, number)
        except OSError as error:
            unread.append(Unread("spamassassin", path, why(error)))
    lists = tuple(_list(one, reading) for one in reading.asked.values())
    return Inventory(lists, tuple(unread), tuple(paths))


def _list(one: _Asked, reading: _Reading) -> ConfiguredList:
    codes = tuple(Code(rule, wanted, reading.scores.get(rule)) for rule, wanted in one.rules)
    # A rule without a score weighs 1, and one whose name begins with __ nothing by itself; -0.01 only informs.
    weighing = [code for code in codes if not code.symbol.startswith("__") and not _NO_LISTING.search(code.symbol)]
    weights = [1.0 if code.weight is None else code.weight for code in weighing]
    good = [weight < 0 or code.symbol in reading.nice for code, weight in zip(weighing, weights, strict=True)]
    filters = [code.filter for code in weighing]
    switch = "skip_uribl_checks" if one.kind == "body" else "skip_rbl_checks"
    zone = one.name.lower().rstrip(".")
    denied = any(zone == name or zone.endswith("." + name) for name in reading.denied)
    threshold = reading.switches.get("required_score") or reading.switches.get("required_hits") or "5"
    return configured(
        "spamassassin",
        one.name,
        one.place,
        one.text,
        kind=one.kind,
        meaning="allow" if good and all(good) else "mixed" if any(good) else "block",
        filter_=" ".join(filters) if all(filters) else "",
        weight=max(weights, key=abs) if weights else None,
        threshold=float(threshold) if re.fullmatch(r"\d+(\.\d+)?", threshold) else None,
        action="score",
        mode="content",
        codes=codes,
        reachable=not denied and reading.switches.get(switch, "0") != "1" and any(weight != 0 for weight in weights),
    )
