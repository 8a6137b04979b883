"""failing: D6, lists that cannot be asked; D7, what content filters say; D8, an allowlist that defers everyone.

Postfix writes the same line for a time-out and for a server failure, and lets the client pass where a blocklist cannot
be asked. Where an allowlist cannot be asked, it turns the refusal that follows into `450 4.7.1 Client host rejected:
Service unavailable` and names no list (smtpd_check.c): clients that should have been refused for good come back again
and again.
"""

import re
from collections.abc import Iterator
from typing import Final

from mailtop.analysis.blocklists.evidence import Evidence
from mailtop.analysis.blocklists.finding import Finding, Severity
from mailtop.lookup.dnsbl import Catalogue

PART: Final = 0.2
"""failed lookups for each session, in one step of time"""
LEAST: Final = 5
"""failed lookups in that step"""
DEFERRED: Final = 3
"""clients put off that are no accident"""
SHARED: Final = 0.9
"""part of the clients put off about whom a list could not be asked, from which on it is the one"""
_SAID: Final[tuple[tuple[re.Pattern[str], Severity, str], ...]] = (
    (re.compile(r"while 'no records with this name' was expected", re.I), "critical", "lists what must not be listed"),
    (re.compile(r"\bDNS query blocked\b|_BLOCKED|dns_block_rule", re.I), "warning", "refuses to serve this resolver"),
    (re.compile(r"query refused", re.I), "warning", "refuses the question"),
    (re.compile(r"server fail", re.I), "warning", "gives no valid answer (server failure)"),
    (re.compile(r"timed out|aborting after|timeout \(", re.I), "warning", "does not answer in time"),
)
"""what rspamd, SpamAssassin and postfwd write of a list -> how bad, and in words"""


def fails(evidence: Evidence) -> Iterator[Finding]:
    """D6: one finding for each list with a step of time in which too many lookups failed."""
    for zone, failures in sorted(evidence.failures.items()):
        asked = evidence.sessions or (0,) * len(failures)
        bad = [
            at
            for at, (failed, sessions) in enumerate(zip(failures, asked, strict=False))
            if failed >= LEAST and failed > PART * max(1, sessions)
        ]
        if not bad:
            continue
        first = evidence.until - len(failures) * evidence.step
        worst = max(bad, key=lambda at: failures[at] / max(1, asked[at]))
        still = bad[-1] >= len(failures) - 2
        minutes = max(1, round(evidence.step / 60))
        yield Finding(
            "D6",
            zone,
            "warning",
            "cannot be asked (server failure or no answer)" + ("" if still else ", or could not for a while"),
            f"see with `mailtop dnsbl check {zone}` what is wrong; each client waits for it",
            (
                ("lookups failed", sum(failures)),
                (f"at worst in {minutes} minutes", failures[worst]),
                ("sessions in these", asked[worst]),
                ("from", first + bad[0] * evidence.step),
                ("to", first + (bad[-1] + 1) * evidence.step),
                ("bound", f"more than {PART:.0%} of the sessions, and {LEAST}"),
            ),
            sum(failures),
        )


def filters_say(evidence: Evidence) -> Iterator[Finding]:
    """D7: one finding for each list of which a content filter says what is wrong."""
    for zone, lines in sorted(evidence.faults.items()):
        for pattern, severity, says in _SAID:
            telling = [line for line in lines if pattern.search(line)]
            if telling:
                yield Finding(
                    "D7",
                    zone,
                    severity,
                    says + ", a filter says",
                    f"see with `mailtop dnsbl check {zone}`; then take it out, or ask through a resolver of your own",
                    (
                        ("lines read", len(lines)),
                        ("that say so", len(telling)),
                        ("the newest", _from(pattern, telling[-1])),
                    ),
                    sum(evidence.failures.get(zone, ())),
                )
                break


def _from(pattern: re.Pattern[str], line: str) -> str:
    """What a line says, from where it matters."""
    found = pattern.search(line)
    return line[max(0, found.start() - 80) if found else 0 :][:160]


def defers(evidence: Evidence, catalogue: Catalogue) -> Iterator[Finding]:
    """D8: one finding for the allowlist that could not be asked about the clients put off.

    Several lists may fail at once; known allowlists are meant then, else all that come into question are named.
    """
    clients = evidence.put_off
    if len(clients) < DEFERRED:
        return
    about = {zone: len(clients & failed) for zone, failed in evidence.failed.items()}
    meant = sorted(zone for zone, number in about.items() if number >= SHARED * len(clients))
    allowlists = [zone for zone in meant if catalogue.facts(zone).allowlist]
    for zone in allowlists or meant:
        yield Finding(
            "D8",
            zone,
            "critical",
            "cannot be asked, so that refused clients are put off instead"
            + ("" if zone in allowlists else ", if it is an allowlist"),
            f"take permit_dnswl_client {zone} out of the restrictions until it answers",
            (("clients put off", len(clients)), ("of these, lookups failed for", about[zone])),
            len(clients),
        )
