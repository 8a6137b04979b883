"""blocklint: what is wrong with the configured DNS lists, by the configuration alone: no log is read, nothing asked.

In: an Inventory (lookup/mtaconfig), the catalogue, and the addresses of the resolvers that the MTA asks; out: Findings,
the worst first, each with where it stands and the change that mends it.

    L1  dead, fake, renamed or merged list        L8   list with its aggregate, or under its old and new name
    L2  error answers count as listings           L9   the same list twice in a chain
    L3  an allowlist trusts error answers         L10  configured, but never asked; or only measured
    L4  a list of domains asked with addresses    L11  the key of a paid list is told to those who are refused
    L5  a list of addresses asked with names      L12  the operator wants the resolver registered
    L6  the threshold cannot be reached           L13  a refusal names no list in the log
    L7  a site that can never decide              L14  a public resolver, which operators refuse

Critical is what refuses everyone's mail as it stands, or the day an operator says no; then what is useless.

BUGS: L7 takes the sites for independent, so it says nothing of sites of one list whose filters exclude each other.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mailtop.analysis.blocklists.finding import Finding, Severity, worst_first
from mailtop.lookup.catalogue import Catalogue, Known
from mailtop.lookup.mtaconfig.advice import narrow, remove
from mailtop.lookup.mtaconfig.configured import ADDRESSES, ConfiguredList, Inventory

REFUSES: Final = frozenset({"reject", "drop", "enforce", "defer", "discard", "quarantine"})
ERRORS: Final = (
    "127.255.255.252", "127.255.255.254", "127.255.255.255", "127.0.0.1", "127.0.0.255", "127.0.1.255",
    "127.0.10.1", "127.0.10.2", "127.0.10.3",
)  # fmt: skip
"""answers that some operator gives for an error; which of them are errors of a list, the catalogue says"""
PARKED: Final = "198.51.100.80"
"""stands for any address outside 127.0.0.0/8, which the domain of a lapsed list answers with"""
REFUSE_PUBLIC: Final = frozenset({"Spamhaus", "URIBL", "SURBL"})
PUBLIC: Final = {
    "8.8.8.8": "Google",
    "8.8.4.4": "Google",
    "2001:4860:4860::8888": "Google",
    "2001:4860:4860::8844": "Google",
    "1.1.1.1": "Cloudflare",
    "1.0.0.1": "Cloudflare",
    "2606:4700:4700::1111": "Cloudflare",
    "2606:4700:4700::1001": "Cloudflare",
    "9.9.9.9": "Quad9",
    "149.112.112.112": "Quad9",
    "2620:fe::fe": "Quad9",
    "2620:fe::9": "Quad9",
    "208.67.222.222": "OpenDNS",
    "208.67.220.220": "OpenDNS",
    "2620:119:35::35": "OpenDNS",
    "2620:119:53::53": "OpenDNS",
    "213.186.33.99": "OVH",
    "169.254.169.253": "AWS",
    "4.2.2.1": "Level 3",
    "4.2.2.2": "Level 3",
    "64.6.64.6": "Verisign",
    "64.6.65.6": "Verisign",
}
"""resolvers that many share, and whose they are: operators of lists refuse or count them as one client"""
MAX_SUMS: Final = 100_000
"""sums of weights that L7 keeps; with more it says nothing"""


def lint(inventory: Inventory, catalogue: Catalogue, resolvers: Iterable[str] = ()) -> tuple[Finding, ...]:
    """All that is to be said, the worst first."""
    public = [address for address in resolvers if address in PUBLIC]
    asked = [one for one in inventory.lists if one.reachable]
    found: list[Finding] = []
    for one in asked:
        known = catalogue.find(one.zone)
        found += _stories(one, known)
        found += _errors(one, known, catalogue, public)
        found += _kinds(one, known)
        found += _names(one, known, inventory)
    found += _sums(asked)
    found += _twice(asked, catalogue)
    found += _idle(inventory.lists)
    found += _public(asked, catalogue, public)
    return worst_first(dict.fromkeys(found))


def refuses(one: ConfiguredList) -> bool:
    """Whether this list alone turns a client away."""
    if not one.reachable or one.meaning == "allow" or one.action not in REFUSES:
        return False
    return one.weight is None or one.threshold is None or one.weight >= one.threshold


def _say(
    code: str, one: ConfiguredList, severity: Severity, says: str, way_out: str, *more: tuple[str, str]
) -> Finding:
    return Finding(code, one.zone, severity, says, way_out, (("where", str(one.place)), ("item", one.text), *more))


def _stories(one: ConfiguredList, known: Known | None) -> Iterator[Finding]:
    """L1."""
    story = known.story if known else None
    if known is None or story is None or known.state in ("live", "suspect", "unverified"):
        return
    when = f" since {story.since}" if story.since else ""
    more = (("source", story.sources[0]), ("what happened", story.note))
    change = str(remove(one))
    if known.dead:
        last = story.stages[-1].cause
        everyone = (last.startswith("lists-world") and one.counts("127.0.0.2")) or (
            last.startswith("parked-wildcard") and one.counts(PARKED)
        )
        severity: Severity = "critical" if everyone and refuses(one) else "warning"
        says = "gives out another list's data as its own" if known.state == "fake" else f"is dead{when} ({story.cause})"
        if everyone:
            says += ": its last known answers name everyone"
        yield _say("L1", one, severity, says, change, *more)
    elif story.instead:
        words = {"renamed": "has another name", "merged": "went into another list"}.get(known.state, "was replaced")
        way_out = f"ask {story.instead} instead; {change}"
        yield _say("L1", one, "warning" if known.state == "renamed" else "info", f"{words}{when}", way_out, *more)
    elif known.state == "restricted":
        yield _say("L1", one, "warning", f"answers registered users only{when}", f"register, or {change}", *more)
    elif known.state == "flapping":
        yield _say("L1", one, "warning", f"has named everyone before{when} ({story.cause})", change, *more)


def errors_that_count(one: ConfiguredList, catalogue: Catalogue) -> tuple[str, ...]:
    """Error answers of this list that its configuration takes for listings."""
    return tuple(answer for answer in ERRORS if catalogue.error(one.zone, answer) and one.counts(answer))


def _errors(one: ConfiguredList, known: Known | None, catalogue: Catalogue, public: Sequence[str]) -> Iterator[Finding]:
    """L2 and L3."""
    if one.codes or one.mta in ("rspamd", "spamassassin", "policyd-weight"):
        return
    counted = errors_that_count(one, catalogue)
    service = known.service if known else None
    own = service is not None and bool(service.errors)
    change = narrow(one, service)
    way_out = str(change) if change else "count only the answers that are listings"
    shown = ("answers", ", ".join(counted) or PARKED)
    if one.meaning == "allow":
        if counted:
            says = "is trusted even when it answers that it was asked too often: everyone is then allowed"
            yield _say("L3", one, "warning" if own else "info", says, way_out, shown)
    elif counted and own:
        says = "an answer that says it refuses to be asked counts as a listing of every client"
        refused = service is not None and service.operator in REFUSE_PUBLIC and bool(public)
        severity: Severity = "critical" if refused and refuses(one) else "warning" if refuses(one) else "info"
        yield _say("L2", one, severity, says, way_out, shown)
    elif one.counts(PARKED) and one.mta != "exim":
        says = "every answer counts, an error or the page of a domain that lapsed too"
        yield _say("L2", one, "info", says, way_out, shown)


def _kinds(one: ConfiguredList, known: Known | None) -> Iterator[Finding]:
    """L4 and L5."""
    service = known.service if known else None
    if service is None or not service.asked:
        return
    addresses = any(kind.startswith("ip") for kind in service.asked)
    if one.kind in ADDRESSES and not addresses:
        everyone = any(one.counts(answer) for answer in service.errors if answer.count(".") == 3)
        says = "has names in it and is asked about addresses" + (
            ": it answers with an error that counts as a listing of everyone"
            if everyone
            else ", of which it knows none"
        )
        way_out = f"ask it about names (reject_rhsbl_sender, /$sender_address_domain), or {remove(one)}"
        yield _say("L4", one, "critical" if everyone and refuses(one) else "warning", says, way_out)
    elif one.kind in ("client_name", "reverse_client", "helo", "sender", "recipient") and "domain" not in service.asked:
        yield _say(
            "L5", one, "warning", "has addresses in it and is asked about names: it never answers", str(remove(one))
        )


def _names(one: ConfiguredList, known: Known | None, inventory: Inventory) -> Iterator[Finding]:
    """L11, L12 and L13."""
    if one.keyed and _told(one, inventory):
        setting = "postscreen_dnsbl_reply_map" if one.mode == "parallel" else "rbl_reply_maps"
        way_out = (
            f"give {setting} a table that shows another name for it"
            if one.mta == "postfix"
            else "write a message of your own that does not name it"
        )
        yield _say("L11", one, "warning", "its key is told to every client that it refuses", way_out)
    service = known.service if known else None
    if service is not None and service.registration and (known is None or known.state == "live"):
        way_out = f"register the resolver's address with {service.operator}, else it answers nothing of use"
        yield _say("L12", one, "info", "answers only resolvers that were registered", way_out)
    if not one.reported and one.action in REFUSES:
        way_out = (
            f"add a message or log_message with $dnslist_domain ({one.place})"
            if one.mta == "exim"
            else (f"name {one.zone} in the text of the refusal ({one.place})")
        )
        yield _say("L13", one, "info", "a refusal by it is in the log without its name: it cannot be counted", way_out)


def _told(one: ConfiguredList, inventory: Inventory) -> bool:
    """Whether the reply to a refused client has the list's name with its key."""
    if one.mta == "postfix" and one.mode == "parallel":
        return one.action in ("enforce", "drop") and "postfix.postscreen_dnsbl_reply_map" not in inventory.settings
    if one.mta == "postfix":
        plain = "$rbl_domain" in inventory.settings.get("postfix.default_rbl_reply", "$rbl_domain")
        return one.action == "reject" and plain and "postfix.rbl_reply_maps" not in inventory.settings
    return one.mta == "sendmail" and one.action == "reject" and one.reported


def _sums(asked: Sequence[ConfiguredList]) -> Iterator[Finding]:
    """L6 and L7, of postscreen's sites."""
    groups: dict[tuple[str, ...], list[ConfiguredList]] = defaultdict(list)
    for one in asked:
        if one.mode == "parallel" and one.threshold is not None and one.weight is not None:
            groups[one.place.services].append(one)
    for sites in groups.values():
        threshold = int(sites[0].threshold or 0)
        weights = [int(one.weight or 0) for one in sites]
        highest = sum(weight for weight in weights if weight > 0)
        figures = (("threshold", str(threshold)), ("highest score", str(highest)))
        if 0 < highest < threshold:
            says = f"all sites together reach {highest}, and the threshold is {threshold}: nobody is ever refused"
            yield _say(
                "L6", sites[0], "warning", says, f"set postscreen_dnsbl_threshold to {highest} or less", *figures
            )
            continue
        for at, (one, weight) in enumerate(zip(sites, weights, strict=True)):
            if weight and not decides(weight, weights[:at] + weights[at + 1 :], threshold):
                says = f"its weight of {weight} changes no decision, whatever the other sites answer"
                yield _say("L7", one, "info", says, f"give it more weight, or {remove(one)}", *figures)


def decides(weight: int, others: Sequence[int], threshold: int) -> bool:
    """Whether some set of the others' weights is on one side of the threshold without `weight`, on the other with it.

    True where there are too many sums to tell.
    """
    sums = {0}
    for other in others:
        sums |= {one + other for one in sums}
        if len(sums) > MAX_SUMS:
            return True
    return any((one < threshold) != (one + weight < threshold) for one in sums)


def _twice(asked: Sequence[ConfiguredList], catalogue: Catalogue) -> Iterator[Finding]:
    """L8 and L9: within one program, and for L9 within one chain."""
    by_zone: dict[tuple[str, str, str], ConfiguredList] = {}
    for one in asked:
        by_zone.setdefault((one.mta, one.kind, one.zone), one)
    for (mta, kind, zone), one in by_zone.items():
        known = catalogue.find(zone)
        whole = (known.service.part_of if known and known.service else None) or (
            known.story.instead if known and known.story and known.state in ("merged", "superseded") else None
        )
        if whole and (mta, kind, whole) in by_zone:
            says = f"its data is in {whole}, which is asked too: one of the two is a look-up for nothing"
            yield Finding(
                "L8",
                zone,
                "warning",
                says,
                str(remove(one)),
                (("where", str(one.place)), ("item", one.text)),
                other=whole,
            )
    seen: dict[tuple[object, ...], ConfiguredList] = {}
    for one in asked:
        if one.order is None:
            continue
        key = (one.mta, one.place.services, one.mode, one.kind, one.zone, one.filter)
        if key not in seen:
            seen[key] = one
            continue
        says = (
            "its weight counts twice" if one.mode == "parallel" else "is asked a second time, and cannot decide there"
        )
        yield _say("L9", one, "info", says, str(remove(one)), ("first", str(seen[key].place)))


def _idle(lists: Sequence[ConfiguredList]) -> Iterator[Finding]:
    """L10."""
    for one in lists:
        if not one.reachable:
            says = "is configured, and nothing ever asks it"
            yield _say("L10", one, "info", says, f"use it, or {remove(one)}")
        elif one.mode == "parallel" and one.action == "ignore":
            says = "is asked for the statistics only: postscreen_dnsbl_action is ignore"
            yield _say("L10", one, "info", says, "set postscreen_dnsbl_action to enforce once its figures please you")


def _public(asked: Sequence[ConfiguredList], catalogue: Catalogue, public: Sequence[str]) -> Iterator[Finding]:
    """L14: once for each list."""
    if not public:
        return
    whose = ", ".join(f"{address} ({PUBLIC[address]})" for address in public)
    for one in {one.zone: one for one in asked if catalogue.operator(one.zone) in REFUSE_PUBLIC}.values():
        says = f"is asked through a public resolver, which {catalogue.operator(one.zone)} refuses"
        way_out = "let the MTA ask a resolver of your own (unbound on this machine) that asks nobody else"
        yield _say("L14", one, "warning", says, way_out, ("resolver", whose))
