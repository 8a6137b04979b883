"""listcheck: one look at each DNS list, for a terminal, a cron job or a monitoring system.

In: the lists, who puts the questions (None: nobody, and only the catalogue speaks). Out: a `Checked`, as text or as
JSON, and an exit code as monitoring plugins have it: 0 all is well, 1 warning, 2 critical, 3 unknown (the resolver is
at fault, or nothing could be learnt). The first line says it all.

One look is not confirmed by another: what must not wake anybody for a hiccup asks again before it alarms, as every
monitoring system does. `mailtop` itself confirms (lookup/health.py).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from textwrap import wrap
from typing import Any, Final

from mailtop.lookup.dnsbl import Ask, Catalogue, Story, Target, stranger
from mailtop.lookup.health import resolver_fault
from mailtop.lookup.probe import Severity, Verdict, judge, severity
from mailtop.lookup.watch import STORIES_OF_DEATH, look_at
from mailtop.report.layout import cells, fitted

EXIT: Final[dict[str, int]] = {"ok": 0, "info": 0, "warning": 1, "critical": 2}
UNKNOWN: Final = 3
_WORDS: Final = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
_ORDER: Final = ("critical", "warning", "info", "ok")

WAY_OUT: Final[dict[str, str]] = {
    "world": "take it out of the configuration now: it names every client",
    "parked": "take it out of the configuration now: its name belongs to somebody else",
    "empty": "take it out of the configuration: it names nobody",
    "gone": "take it out of the configuration, before somebody registers the name and lists everyone",
    "refusing": "ask it through a resolver of your own, count only the answers that it documents, or take it out",
    "limited": "ask it less, or pay for it; count only the answers that it documents",
    "refused": "see whether it must be paid for or registered with, or take it out",
    "servfail": "look again in a day; a list that stays so is dead: each client waits for it",
    "timeout": "look again in a day; a list that stays so is dead: each client waits for it",
    "unregistered": "register this resolver's address with the operator",
    "notest": "watch in the log whether it still names clients",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One list."""

    target: Target
    verdict: Verdict
    severity: Severity
    story: Story | None


@dataclass(frozen=True, slots=True)
class Checked:
    """All of them, the worst first."""

    rows: tuple[Row, ...]
    fault: str | None = None
    """why the resolver is at fault, and the lists' states say nothing"""
    servers: tuple[str, ...] = ()
    at: float = 0.0

    @property
    def code(self) -> int:
        """The exit code."""
        worst = max((EXIT[row.severity] for row in self.rows), default=0)
        learnt = any(row.verdict.state != "unknown" for row in self.rows)
        if self.fault is not None or not (learnt or worst):
            return UNKNOWN
        return worst


def check(
    targets: Sequence[Target], ask: Ask | None, catalogue: Catalogue, random: Random, at: float, servers: Sequence[str]
) -> Checked:
    """Look at each list once, several operators at a time."""
    stories = {target.facts.zone: catalogue.story(target.facts.zone) for target in targets}
    dead = {zone for zone, story in stories.items() if story and story.status in STORIES_OF_DEATH}
    fault, verdicts = None, {}
    if ask is None:
        verdicts = {target.facts.zone: Verdict("unknown", "not asked") for target in targets}
    elif targets:
        control = ask(stranger("domain", random), "A")
        verdicts = {target.facts.zone: judge(target.facts, seen) for target, seen in look_at(targets, ask, random)}
        fault = resolver_fault(control, {}, verdicts, dead)
    rows = []
    for target in targets:
        zone = target.facts.zone
        how_bad = severity(verdicts[zone].state, target.filtered)
        if fault is not None:
            how_bad = "info"
        if zone in dead and how_bad in ("ok", "info"):
            how_bad = "warning"
        rows.append(Row(target, verdicts[zone], how_bad, stories[zone]))
    rows.sort(key=lambda row: (_ORDER.index(row.severity), row.target.facts.zone))
    return Checked(tuple(rows), fault, tuple(servers), at)


def headline(checked: Checked) -> str:
    """The whole in one line."""
    word = _WORDS[checked.code]
    if checked.fault is not None:
        return f"DNSBL {word}: the resolver is at fault, not the lists: {checked.fault}"
    bad = [row for row in checked.rows if row.severity in ("critical", "warning")]
    if not bad:
        said = "nothing is known" if checked.code == UNKNOWN else "all is well"
        return f"DNSBL {word}: {_lists(len(checked.rows))}, {said}"
    named = ", ".join(f"{row.target.facts.zone} {_state(row)}" for row in bad[:5])
    more = f", and {len(bad) - 5} more" if len(bad) > 5 else ""
    return f"DNSBL {word}: {len(bad)} of {_lists(len(checked.rows))}: {named}{more}"


def text(checked: Checked, width: int, ascii_only: bool = False) -> str:
    """For people: the headline, then a row for each list with what follows."""
    lines = [headline(checked), ""]
    zones = max([4, *(cells(row.target.facts.zone) for row in checked.rows)])
    states = max([5, *(len(_state(row)) for row in checked.rows)])
    lines.append(f"{'LIST':{zones}}  {'STATE':{states}}  {'MS':>5}  WHAT IT SAYS")
    for row in checked.rows:
        seconds = row.verdict.seconds
        ms = "-" if seconds is None else f"{seconds * 1000:.0f}"
        head = f"{fitted(row.target.facts.zone, zones)}  {_state(row):{states}}  {ms:>5}  "
        said = wrap(_says(row), max(30, width - len(head)))
        lines += [head + said[0], *(" " * len(head) + rest for rest in said[1:])]
    if checked.servers:
        lines += ["", f"asked through {', '.join(checked.servers)}; one look, not confirmed by another"]
    if ascii_only:
        lines = [line.replace("“", '"').replace("”", '"').encode("ascii", "replace").decode() for line in lines]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def as_json(checked: Checked) -> str:
    """For programs: one object."""
    return json.dumps(
        {
            "at": checked.at,
            "exit": checked.code,
            "headline": headline(checked),
            "resolver": {"servers": list(checked.servers), "fault": checked.fault},
            "lists": [_object(row) for row in checked.rows],
        },
        ensure_ascii=False,
    )


def _lists(count: int) -> str:
    return "1 list" if count == 1 else f"{count} lists"


def _state(row: Row) -> str:
    known_dead = row.story is not None and row.story.status in STORIES_OF_DEATH
    return "dead" if row.verdict.state == "unknown" and known_dead else row.verdict.state


def _says(row: Row) -> str:
    parts = [row.verdict.because]
    if row.story is not None:
        since = f" since {row.story.since}" if row.story.since else ""
        parts.append(f"known as {row.story.status}{since}{f' ({row.story.cause})' if row.story.cause else ''}")
    if way_out := _way_out(row):
        parts.append(way_out)
    return "; ".join(parts)


def _way_out(row: Row) -> str | None:
    if row.severity in ("ok", "info") and row.verdict.state != "notest":
        return None
    return WAY_OUT.get(row.verdict.state, "take it out of the configuration")


def _object(row: Row) -> dict[str, Any]:
    verdict, story = row.verdict, row.story
    return {
        "zone": row.target.facts.zone,
        "operator": row.target.facts.operator or None,
        "state": verdict.state,
        "severity": row.severity,
        "because": verdict.because,
        "way_out": _way_out(row),
        "answers": list(verdict.answers),
        "seconds": verdict.seconds,
        "negative_ttl": verdict.negative_ttl,
        "queries": verdict.queries,
        "filtered": row.target.filtered,
        "known": None
        if story is None
        else {"status": story.status, "since": story.since, "cause": story.cause, "source": story.source},
    }
