"""The command that makes the catalogue of DNS lists: python -m mailtop.lookup.catalogue_build DEAD CODES DIRECTORY.

In: DEAD, a JSON array of lists that are gone or changed (`zone`, `also`, `status`, `since`, `how`, `source`, `note`,
`confidence`), and CODES, one of lists that answer (`zone`, `operator`, `kind`, `test_entry`, `codes`, `errors`,
`notes`, `source`, `confidence`, and where known `limit`, `registration`, `credential`). Out: DIRECTORY/gone.json and
DIRECTORY/live.json, one record a line, sorted by zone, in the form that lookup/catalogue.py reads: `how` and `source`
split into their parts, the key of a paid zone dropped from its name. The same input gives the same bytes.

A record without a zone, a source, or a status of the closed set is one line on stderr and exit status 2; nothing is
then written. What the collected tables say of their own making, and what they lack (a published limit as a number, the
answers of a mixed list that are good news), stands here, in `EDITED`: each edit names its zone.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

STATUSES: Final = (
    "dead", "restricted", "merged", "superseded", "renamed", "suspect", "flapping", "fake", "alive-incident",
    "unverified",
)  # fmt: skip
KINDS: Final = {
    "generic": ("any", ()),
    "ip4": ("block", ("ip4",)),
    "ip6": ("block", ("ip6",)),
    "ip4+ip6": ("block", ("ip4", "ip6")),
    "ip4/domain": ("block", ("ip4", "domain")),
    "ip4+ip6+domain": ("block", ("ip4", "ip6", "domain")),
    "domain": ("block", ("domain",)),
    "mixed": ("mixed", ("ip4",)),
    "reputation": ("reputation", ("ip4",)),
    "email-hash": ("block", ("hash",)),
    "allow": ("allow", ("ip4",)),
    "allow-domain": ("allow", ("domain",)),
}
"""kind of a record -> what being listed means, and what may be asked"""

Edit = Mapping[str, object]
EDITED: Final[Mapping[str, Edit]] = {
    "opm.blitzed.org": {
        "note": "No primary source for the date of the shutdown was found; it is widely stated as May 2006."
    },
    "ubl.unsubscore.com": {
        "note": "LashBack UBL reported unavailable on Mailop; the post is from between 2020-05 and 2024-06."
    },
    "dnsbl.burnt-tech.com": {
        "source": [
            "http://www.dnsbl.com/ ('On or about September 19th, the domain seems to have expired')",
            "https://github.com/hassansin/node-dnsbl-lookup/pull/4",
        ],
        "note": "Expired on a 19 September after 2015; the year is not known.",
    },
    "bl.fmb.la": {
        "note": "The same commit removed dnsbl.zapbl.net, which was verified working on 2026-04-24: weak evidence."
    },
    "dialups.visi.com": {
        "source": ["a published MIME filter configuration that names http://www.pan-am.ca/pdl/ = dialups.visi.com"]
    },
    "orbz.gst-group.co.uk": {"source": ["a comment in a published RBL configuration: 'Died in Dec. 2001'"]},
    "dnsbl.tqmcube.com": {
        "source": ["http://www.spamcannibal.org/dnsbl_stats.shtml (of 2010-02, 2012-02 and 2013-05)"]
    },
    "rbl.cluecentral.net": {
        "source": ["https://www.dnsbl.com/2009/10/ (Sabri Berisha's country and AS lists)"],
        "note": "Closed; the site warned that it may reject 100 %. The source does not spell the zone's name.",
    },
    "countries.blackholes.us": {
        "source": ["https://www.dnsbl.com/2009/10/ (Matthew Evans' lists)", "SDSC report of 2008-03-22"],
        "note": "The source does not spell the zone's name.",
    },
    "sbl-xbl.spamhaus.org": {"instead": "zen.spamhaus.org"},
    "cbl.abuseat.org": {"instead": "zen.spamhaus.org"},
    "spamrbl.imp.ch": {"instead": "spamrbl.swinog.ch"},
    "sbl.spamhaus.org": {"part_of": "zen.spamhaus.org"},
    "xbl.spamhaus.org": {"part_of": "zen.spamhaus.org"},
    "pbl.spamhaus.org": {"part_of": "zen.spamhaus.org"},
    "authbl.dq.spamhaus.net": {"part_of": "zen.dq.spamhaus.net"},
    "black.mail.abusix.zone": {"part_of": "combined.mail.abusix.zone"},
    "z.mailspike.net": {"part_of": "bl.mailspike.net"},
    "rep.mailspike.net": {"good": ["127.0.0.17-20"], "neutral": ["127.0.0.13-16"]},
    "hostkarma.junkemailfilter.com": {
        "good": ["127.0.0.1"],
        "neutral": ["127.0.0.3", "127.0.0.5", "127.0.1.*", "127.0.2.*"],
    },
    "multi.uribl.com": {"also": ["black.uribl.com", "grey.uribl.com", "red.uribl.com"]},
    "b.barracudacentral.org": {"also": ["bb.barracudacentral.org"]},
    "bl.0spam.org": {"also": ["rbl.0spam.org"]},
}
"""zone -> fields set after the tables were read"""

WRAPS: Final = "https://github.com/wraps-team/wraps/pull/115"
_PER_DAY = re.compile(r"([\d,]+) queries(?:/| per )?(day|24 ?h|30 days)")


class CatalogueError(Exception):
    """One line that says which record is wrong, and what it may be."""


def _sources(text: str) -> list[str]:
    parts = [part.strip() for part in text.replace("wraps PR 115", WRAPS).split(" ; ")]
    return [part for part in parts if part]


def _name(zone: str) -> tuple[str, bool]:
    """The zone's name in lower case without its key, and whether it has one."""
    name = zone.removeprefix("<key>.")
    return name.lower().rstrip("."), name != zone


def _stages(how: str, since: str | None) -> list[dict[str, str | None]]:
    """`emptied -> ns-localhost (2012-10-30)` as its steps; the first one's date is `since`."""
    stages: list[dict[str, str | None]] = []
    for at, part in enumerate(how.split(" -> ")):
        found = re.fullmatch(r"(.+?) \((\d{4}[\d-]*)\)", part)
        cause, date = (found[1], found[2]) if found else (part, None)
        stages.append({"cause": cause, "since": date or (since if at == 0 else None)})
    return stages


def gone(record: Mapping[str, Any]) -> dict[str, object]:
    """One record of gone.json. CatalogueError where it lacks what makes it worth anything."""
    zone, _ = _name(str(record.get("zone") or ""))
    if not zone or not record.get("source"):
        raise CatalogueError(f"a record needs a zone and a source: {json.dumps(record)[:80]}")
    if record["status"] not in STATUSES:
        raise CatalogueError(f"{zone}: status {record['status']!r} is none of {', '.join(STATUSES)}")
    made: dict[str, object] = {
        "zone": zone,
        "also": sorted(_name(name)[0] for name in record["also"]),
        "status": record["status"],
        "since": record["since"],
        "how": _stages(record["how"], record["since"]),
        "source": _sources(record["source"]),
        "note": record["note"],
        "confidence": record["confidence"],
    }
    return made | dict(EDITED.get(zone, {}))


def _listed(given: str | Sequence[str] | None) -> list[str]:
    return [] if given is None else [given] if isinstance(given, str) else list(given)


def _codes(codes: Mapping[str, Any]) -> dict[str, str]:
    """Codes by pattern; a bit mask's bits are `bit 4`. What only explains an octet is no code."""
    made: dict[str, str] = {}
    for pattern, meaning in codes.items():
        if pattern == "bitmask":
            made |= {f"bit {bit}": text for bit, text in meaning.items()}
        elif isinstance(meaning, str):
            made[pattern] = meaning
    return made


def live(record: Mapping[str, Any]) -> dict[str, object]:
    """One record of live.json. CatalogueError where it lacks what makes it worth anything."""
    zone, keyed = _name(str(record.get("zone") or ""))
    if not zone or not record.get("source") or record.get("kind") not in KINDS:
        raise CatalogueError(f"a record needs a zone, a source and a known kind: {json.dumps(record)[:80]}")
    meaning, asked = KINDS[record["kind"]]
    test = record["test_entry"] or {}
    limit = record.get("limit")
    found = _PER_DAY.search(limit or "")
    made: dict[str, object] = {
        "zone": zone,
        "operator": record["operator"],
        "meaning": meaning,
        "asked": list(asked),
        "listed": _listed(test.get("listed")),
        "not_listed": _listed(test.get("not_listed")),
        "expected": _listed(test.get("expected")),
        "codes": _codes(record["codes"]),
        "errors": record["errors"],
        "limit": limit,
        "per_day": None if found is None else int(found[1].replace(",", "")) // (30 if found[2] == "30 days" else 1),
        "registration": bool(record.get("registration")),
        "keyed": keyed,
        "quirk": test.get("quirk"),
        "note": record["notes"],
        "source": _sources(record["source"]),
        "confidence": record["confidence"],
    }
    return {key: value for key, value in (made | dict(EDITED.get(zone, {}))).items() if value not in (None, [], "")}


def lines(records: Sequence[Mapping[str, object]]) -> str:
    """A JSON array with one record a line, sorted by zone: a change is one line of a diff."""
    rows = [json.dumps(record, ensure_ascii=False) for record in sorted(records, key=lambda one: str(one["zone"]))]
    return "[\n" + ",\n".join(rows) + "\n]\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Build both files; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m mailtop.lookup.catalogue_build", description="Build the catalogue")
    parser.add_argument("dead", type=Path)
    parser.add_argument("codes", type=Path)
    parser.add_argument("directory", type=Path)
    given = parser.parse_args(arguments)
    try:
        made = {
            "gone.json": lines([gone(one) for one in json.loads(given.dead.read_text("utf-8"))]),
            "live.json": lines([live(one) for one in json.loads(given.codes.read_text("utf-8"))]),
        }
        for name, text in made.items():
            (given.directory / name).write_text(text, "utf-8")
    except (OSError, ValueError, KeyError, CatalogueError) as error:
        sys.stderr.write(f"catalogue_build: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
