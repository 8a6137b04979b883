"""postfix: the lists that Postfix asks: smtpd's restrictions, in their order, and postscreen's sites.

In: `postconf -nx`, `-Px` and `-M` of a configuration directory, else its main.cf and master.cf; out: an Inventory.
Source: postconf(1), postconf(5), smtpd_check.c, postscreen_dnsbl.c.

Services whose restrictions are the same share one chain: `order` counts the lists in it, from the client's restrictions
to those at the end of the data, as smtpd evaluates them. `-o` in master.cf is followed, and so are restriction classes,
braces and warn_if_reject. A `permit` or `reject` in a list ends it: what stands after it is not reachable.

BUGS: restrictions that the entries of access tables return, and those of policy services, cannot be seen; `unread`
names the tables, and a class that no restriction names is taken for one that a table names (it has no order).
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from mailtop.lookup import answers
from mailtop.lookup.mtaconfig.configured import ConfiguredList, Inventory, Place, Unread, configured, is_name
from mailtop.lookup.mtaconfig.machine import Machine, why
from mailtop.lookup.mtaconfig.postfix_files import Logical, Service, expand, line_of, parameters, services
from mailtop.lookup.zone import masked

DIRECTORY: Final = "/etc/postfix"
MAX_NESTED: Final = 50
"""restriction classes within one another"""
_RELAY: Final = "smtpd_relay_restrictions"
_RECIPIENT: Final = "smtpd_recipient_restrictions"
_STAGES: Final = (
    "smtpd_client_restrictions", "smtpd_helo_restrictions", "smtpd_sender_restrictions", _RELAY, _RECIPIENT,
    "smtpd_data_restrictions", "smtpd_end_of_data_restrictions", "smtpd_etrn_restrictions",
)  # fmt: skip
_KEYWORDS: Final = {
    "reject_rbl_client": ("client", "block"),
    "reject_rbl": ("client", "block"),
    "reject_rhsbl_client": ("client_name", "block"),
    "reject_rhsbl_reverse_client": ("reverse_client", "block"),
    "reject_rhsbl_helo": ("helo", "block"),
    "reject_rhsbl_sender": ("sender", "block"),
    "reject_rhsbl_recipient": ("recipient", "block"),
    "permit_dnswl_client": ("client", "allow"),
    "permit_rhswl_client": ("client_name", "allow"),
}
_ENDS: Final = frozenset({"permit", "reject", "defer"})
_SETTINGS: Final = (
    "rbl_reply_maps", "default_rbl_reply", "postscreen_dnsbl_reply_map", "postscreen_dnsbl_allowlist_threshold",
    "postscreen_dnsbl_whitelist_threshold", "soft_bounce", "maps_rbl_reject_code",
)  # fmt: skip

Word: TypeAlias = "str | list[Word]"


@dataclass(slots=True)
class Configuration:
    """What one configuration directory says."""

    directory: str
    main: dict[str, str]
    services: list[Service] | None
    """None: master.cf could not be read"""
    lines: dict[str, Logical]
    unread: list[Unread] = field(default_factory=list)
    read: list[str] = field(default_factory=list)


def inventory(machine: Machine, directory: str = DIRECTORY) -> Inventory:
    """The lists of one Postfix instance. Empty, with one line in `unread`, where there is no configuration."""
    found = _by_postconf(machine, directory)
    if found is None:
        return Inventory(
            unread=(Unread("postfix", posixpath.join(directory, "main.cf"), "no Postfix is configured here"),)
        )
    return _lists(found)


def _by_postconf(machine: Machine, directory: str) -> Configuration | None:
    """The configuration by postconf's own reading; by ours where postconf does not run; None where there is none."""
    main, master = posixpath.join(directory, "main.cf"), posixpath.join(directory, "master.cf")
    unread: list[Unread] = []
    lines: dict[str, Logical] = {}
    text = None
    try:
        text = machine.read(main)
        lines = parameters(text)
    except OSError as error:
        unread.append(Unread("postfix", main, why(error)))
    command = ["postconf", "-c", directory]
    try:
        done = [machine.run([*command, option]) for option in ("-nx", "-Px", "-M")]
        failed = next((one for one in done if one.status), None)
        if failed is None:
            values = dict(_pairs(done[0].out))
            return Configuration(
                directory,
                values,
                _services(done[2].out, done[1].out),
                lines,
                [],
                [f"postconf -c {directory} -nx -Px -M"],
            )
        reason = failed.last_words
    except OSError as error:
        reason = why(error)
    if text is None:
        return None
    unread.append(Unread("postfix", "postconf", f"{reason}; {main} was read instead"))
    raw = {name: line.text for name, line in lines.items()}
    made = Configuration(
        directory, {name: expand(value, raw) for name, value in raw.items()}, None, lines, unread, [main]
    )
    try:
        made.services = [
            Service(one.name, one.command, {name: expand(value, raw) for name, value in one.overrides.items()})
            for one in services(machine.read(master))
        ]
        made.read.append(master)
    except OSError as error:
        unread.append(Unread("postfix", master, f"{why(error)}; which services use the lists is not known"))
    return made


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals:
            yield name.strip(), value.strip()


def _services(table: str, overrides: str) -> list[Service]:
    """postconf -M's table with -Px's overrides, which have `$name` expanded."""
    given: dict[str, dict[str, str]] = {}
    for name, value in _pairs(overrides):
        service, _, parameter = name.rpartition("/")
        given.setdefault(service, {})[parameter] = value
    return [Service(one.name, one.command, given.get(one.name, {})) for one in services(table)]


def _lists(found: Configuration) -> Inventory:
    smtpd = [one for one in found.services or () if one.command == "smtpd"]
    screens = [one for one in found.services or () if one.command == "postscreen"]
    if found.services is None:
        smtpd, screens = [Service("", "smtpd")], [Service("", "postscreen")]
    lists: list[ConfiguredList] = []
    seen: set[str] = set()
    for names, values in _alike(found.main, smtpd or [Service("", "smtpd")]):
        chain = _Chain(found, values, names, bool(smtpd))
        lists += chain.lists()
        seen |= chain.seen
    lists += _Chain(found, found.main, (), bool(smtpd)).unused(seen)
    for names, values in _alike(found.main, screens or [Service("", "postscreen")]):
        lists += _sites(found, values, names, bool(screens))
    settings = {f"postfix.{name}": masked(found.main[name]) for name in _SETTINGS if found.main.get(name)}
    settings["postfix.postscreen"] = " ".join(one.name for one in screens)
    others = found.main.get("multi_instance_directories", "").replace(",", " ").split()
    unread = [*found.unread, *(Unread("postfix", other, "another instance, which is not read") for other in others)]
    for one in lists:
        if fault := answers.fault("postfix", one.filter):
            unread.append(Unread("postfix", f"{one.place}: {one.text}", f"the filter cannot be read: {fault}"))
    return Inventory(tuple(lists), tuple(dict.fromkeys(unread)), tuple(found.read), settings)


def _alike(main: Mapping[str, str], given: list[Service]) -> list[tuple[tuple[str, ...], dict[str, str]]]:
    """Services whose lists are the same, with the parameters that hold for them."""
    groups: list[tuple[list[str], dict[str, str]]] = []
    for service in given:
        relevant = {
            name: value
            for name, value in service.overrides.items()
            if name.startswith(("smtpd_", "postscreen_dnsbl", "maps_rbl"))
        }
        values = {**main, **relevant}
        asked = {
            name: values.get(name) for name in (*_STAGES, *_SCREEN, "maps_rbl_domains", "smtpd_restriction_classes")
        }
        for names, others in groups:
            if all(others.get(name) == value for name, value in asked.items()):
                names.append(service.name)
                break
        else:
            groups.append(([service.name] if service.name else [], values))
    return [(tuple(names), values) for names, values in groups]


def tree(text: str) -> list[Word]:
    """A list of restrictions: words, and lists for what stands in braces."""
    stack: list[list[Word]] = [[]]
    for token in re.findall(r"[{}]|[^\s,{}]+", text):
        if token == "{" and len(stack) < MAX_NESTED:
            stack.append([])
        elif token == "}":
            if len(stack) > 1:
                inner = stack.pop()
                stack[-1].append(inner)
        elif token != "{":
            stack[-1].append(token)
    while len(stack) > 1:
        inner = stack.pop()
        stack[-1].append(inner)
    return stack[0]


class _Chain:
    """One walk through the restrictions that a group of services shares."""

    def __init__(self, found: Configuration, values: Mapping[str, str], names: tuple[str, ...], used: bool) -> None:
        self.found, self.values, self.names, self.used = found, values, names, used
        self.classes = set(values.get("smtpd_restriction_classes", "").replace(",", " ").split())
        self.seen: set[str] = set()
        self.inside: list[str] = []
        self.tables: list[str] = []
        self.made: list[ConfiguredList] = []
        self.count = 0
        self.parameter = ""

    def lists(self) -> list[ConfiguredList]:
        stages = list(_STAGES)
        if self.values.get("smtpd_relay_before_recipient_restrictions", "yes") == "no":
            stages.remove(_RELAY)
            stages.insert(stages.index(_RECIPIENT) + 1, _RELAY)
        for self.parameter in stages:
            self._walk(tree(self.values.get(self.parameter, "")), reachable=self.used, depth=0)
        if self.tables:
            names = ", ".join(dict.fromkeys(self.tables))
            self.found.unread.append(
                Unread("postfix", masked(names)[:300], "lists that the entries of these tables name cannot be seen")
            )
        return self.made

    def unused(self, seen: set[str]) -> list[ConfiguredList]:
        """The lists of the classes that no restriction names: they are there for the entries of access tables."""
        self.made = []
        for name in sorted(self.classes - seen):
            self.parameter = name
            self._walk(tree(self.values.get(name, "")), reachable=self.used, depth=1, ordered=False)
        return self.made

    def _walk(self, words: list[Word], reachable: bool, depth: int, ordered: bool = True) -> bool:
        """One list of restrictions; whether what follows it can be reached."""
        warn = False
        at = 0
        while at < len(words):
            word = words[at]
            at += 1
            if isinstance(word, list):
                reachable = self._walk(word, reachable, depth + 1, ordered)
                continue
            keyword = word.lower()
            if keyword == "warn_if_reject":
                warn = True
                continue
            argument = _first(words[at]) if at < len(words) else ""
            if keyword in _KEYWORDS:
                at += 1
                self._one(keyword, argument, warn, reachable, ordered)
            elif keyword == "reject_maps_rbl":
                for name in self.values.get("maps_rbl_domains", "").replace(",", " ").split():
                    self._one(keyword, name, warn, reachable, ordered)
            elif keyword.startswith("check_") and keyword.endswith(("_access", "_policy_service")):
                at += 1
                if keyword.endswith("_access"):
                    self.tables.append(argument)
            elif word in self.classes:
                self.seen.add(word)
                if word in self.inside or depth > MAX_NESTED:
                    self.found.unread.append(Unread("postfix", word, "a restriction class within itself"))
                else:
                    self.inside.append(word)
                    reachable = self._walk(tree(self.values.get(word, "")), reachable, depth + 1, ordered)
                    self.inside.pop()
            elif keyword in _ENDS and not warn:
                reachable = False
            warn = False
        return reachable

    def _one(self, keyword: str, argument: str, warn: bool, reachable: bool, ordered: bool) -> None:
        kind, meaning = _KEYWORDS.get(keyword, ("client", "block"))
        name, _, filter_ = argument.partition("=")
        if not is_name(name):
            what = masked(f"{self.parameter}: {keyword} {argument}")
            self.found.unread.append(Unread("postfix", what[:300], "names no zone"))
            return
        self.count += ordered
        self.made.append(
            configured(
                "postfix",
                name,
                _place(self.found, self.names, self.parameter, name),
                f"{'warn_if_reject ' if warn else ''}{keyword} {argument}",
                kind=kind,
                meaning=meaning,
                filter_=filter_,
                action="permit" if meaning == "allow" else "warn" if warn else "reject",
                order=self.count if ordered else None,
                reachable=reachable,
            )
        )


def _first(word: Word) -> str:
    while isinstance(word, list):
        if not word:
            return ""
        word = word[0]
    return word


def _place(found: Configuration, names: tuple[str, ...], parameter: str, zone: str) -> Place:
    for service in found.services or ():
        if service.name in names and parameter in service.overrides:
            return Place(posixpath.join(found.directory, "master.cf"), None, names, parameter)
    line = line_of(found.lines, parameter, zone)
    return Place(posixpath.join(found.directory, "main.cf"), line, names, parameter)


_SCREEN: Final = ("postscreen_dnsbl_sites", "postscreen_dnsbl_threshold", "postscreen_dnsbl_action")
_SITE = re.compile(r"([^=*\s]+)(?:=([^*\s]*))?(?:\*(-?\d{1,9}))?")


def _sites(found: Configuration, values: Mapping[str, str], names: tuple[str, ...], used: bool) -> list[ConfiguredList]:
    """postscreen's sites: asked all at once, the weights of those that answer added."""
    made = []
    threshold = values.get("postscreen_dnsbl_threshold", "1")
    action = values.get("postscreen_dnsbl_action", "ignore").lower()
    for order, word in enumerate(re.findall(r"[^\s,]+", values.get("postscreen_dnsbl_sites", "")), 1):
        site = _SITE.fullmatch(word)
        if not site or not is_name(site[1]):
            found.unread.append(
                Unread("postfix", masked(f"postscreen_dnsbl_sites: {word}")[:300], "not zone[=filter][*weight]")
            )
            continue
        weight = int(site[3] or 1)
        made.append(
            configured(
                "postfix",
                site[1],
                _place(found, names, "postscreen_dnsbl_sites", site[1]),
                word,
                meaning="allow" if weight < 0 else "block",
                filter_=site[2] or "",
                weight=float(weight),
                threshold=float(threshold) if threshold.isdigit() else None,
                action=action,
                mode="parallel",
                order=order,
                reachable=used,
            )
        )
    return made
