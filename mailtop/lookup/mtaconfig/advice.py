"""advice: the change to a configuration that takes a list out of it, or narrows the answers that count: text to paste.

In: a ConfiguredList; out: a Change, what stands where and what should stand there. Nothing is written. Where the name
holds a key, both texts have `***` in its place: the administrator puts his own.

BUGS: `old` is the item as the program reads it; where the file writes it through a variable or a macro, it is that
variable or macro that must change. SpamAssassin and rspamd are told of their own switch instead of the line.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mailtop.lookup import answers
from mailtop.lookup.catalogue import Service
from mailtop.lookup.mtaconfig.configured import ConfiguredList

DOCUMENTED: Final = {
    "zen.spamhaus.org": "127.0.0.[2..11]",
    "zen.dq.spamhaus.net": "127.0.0.[2..11]",
    "dbl.spamhaus.org": "127.0.1.[2..99]",
    "dbl.dq.spamhaus.net": "127.0.1.[2..99]",
    "list.dnswl.org": "127.0.[2..9;11..20].[1..3]",
    "dwl.dnswl.org": "127.0.[2..9;11..20].[1..3]",
}
"""filters that operators or postconf(5) write themselves"""
ANY: Final = "127.0.0.[2..254]"
"""for a list whose codes are not known: what RFC 5782 leaves usual, without 127.0.0.1 and 127.0.0.255"""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: where, what is there, and what should be there (None: nothing)."""

    where: str
    old: str
    new: str | None

    def __str__(self) -> str:
        return f"{self.where}: {f'replace {self.old} by {self.new}' if self.new else f'remove {self.old}'}"


def remove(one: ConfiguredList) -> Change:
    """Take the list out, where it stands."""
    if one.mta == "spamassassin":
        return Change("local.cf", one.text, f"dns_query_restriction deny {one.zone}")
    if one.mta == "rspamd":
        rule = one.place.parameter.rpartition(".")[2]
        return Change("local.d/rbl.conf", one.text, f"rbls {{ {rule} {{ enabled = false; }} }}")
    return Change(str(one.place), one.text, None)


def narrow(one: ConfiguredList, service: Service | None) -> Change | None:
    """Count only answers that are listings. None where the program has no such filter in that place."""
    wanted = usual(one.zone, service)
    if one.mta == "postfix":
        new = re.sub(r"(=[^*\s]*)?(\*-?\d+)?$", lambda found: f"={wanted}{found[2] or ''}", one.text, count=1)
        return Change(str(one.place), one.text, new)
    if one.mta == "exim":
        name, slash, key = one.text.partition("/")
        name = re.split(r"!?(?:==|=&|=|&)", name, maxsplit=1)[0]
        return Change(str(one.place), one.text, f"{name}{_exim(wanted)}{slash}{key}")
    if one.mta == "sendmail":
        codes = "', `".join(f"{answer}." for answer in _members(wanted)[:5]) if wanted.count("[") else f"{wanted}."
        return Change(str(one.place), one.text, f"FEATURE(`enhdnsbl', `{one.shown}', `', `t', `{codes}')")
    return None


def usual(zone: str, service: Service | None) -> str:
    """A filter as Postfix writes it: the documented one, else the codes of the catalogue, else what is usual."""
    if zone in DOCUMENTED:
        return DOCUMENTED[zone]
    if service is None:
        return ANY
    if any(code.startswith("bit ") for code in service.codes):
        return ANY.replace("[2", "[1") if "bit 1" in service.codes and "127.0.0.1" not in service.errors else ANY
    for third in range(3):
        wanted = [
            last
            for last in range(256)
            if service.names(answer := f"127.0.{third}.{last}")
            and not any(answers.matches("catalogue", error, answer) for error in service.errors)
        ]
        if wanted:
            return f"127.0.{third}.{_ranges(wanted)}"
    return ANY


def _ranges(numbers: Iterable[int]) -> str:
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    if len(spans) == 1 and spans[0][0] == spans[0][1]:
        return str(spans[0][0])
    return "[" + ";".join(str(low) if low == high else f"{low}..{high}" for low, high in spans) + "]"


def _members(filter_: str) -> list[str]:
    """The addresses 127.0.x.y that a filter as Postfix writes it lets count."""
    test = answers.compiled("postfix", filter_)
    return [f"127.0.{third}.{last}" for third in range(256) for last in range(256) if test((127, 0, third, last))]


def _exim(filter_: str) -> str:
    """The same for Exim, which has no ranges: the mask that its documentation gives, or the addresses themselves."""
    members = _members(filter_)
    if all(member.startswith("127.0.0.") for member in members) and len(members) > 4:
        return "!&0.255.255.0"
    return "=" + ",".join(members[:40])
