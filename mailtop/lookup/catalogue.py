"""The catalogue: what is known of DNS lists, by zone, without asking anybody.

In: lists/gone.json (lists that are gone, changed, or were once hijacked: RFC 6471's ends, with date and source) and
lists/live.json (lists that answer: operator, what may be asked, RFC 5782 test entries, codes, error answers, limits),
both made by lookup/catalogue_build.py. Out: `load()`, a Catalogue; `find(zone)` gives a Known or None.

A zone is given in any case, with or without its final dot and its key. A zone under a dead one is dead with it
(x.blackholes.us): those who ran it are gone. Of a list that nothing is known of, the answer is None, never a guess.

BUGS: what answered when the tables were collected may be dead today: `state` "live" means that it is known, not that it
answers now. Dates are as exact as their sources: a year, a month, or a day.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from mailtop.listing import WORDS, meaning
from mailtop.lookup import answers
from mailtop.lookup.zone import plain

HARMFUL: Final = frozenset({"dead", "fake"})
"""states in which asking is useless or worse, whatever the list answers today"""
CHANGED: Final = frozenset({"merged", "superseded", "renamed"})


class CatalogueError(Exception):
    """One line that says what is wrong with the package's own data."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a list's end: emptied, ns-testnet, lists-world, parked-wildcard, nxdomain, ..."""

    cause: str
    since: str | None


@dataclass(frozen=True, slots=True)
class Story:
    """How a list ended or changed."""

    zone: str
    also: tuple[str, ...]
    """zones of the same operator that went with it"""
    status: str
    since: str | None
    """ISO 8601, as exact as the source: 2013, 2013-03 or 2013-03-01; None when not known"""
    stages: tuple[Stage, ...]
    sources: tuple[str, ...]
    note: str
    confidence: str
    """high, medium or low"""
    instead: str | None = None
    """the zone that took its place"""

    @property
    def cause(self) -> str:
        """The steps in one text: `emptied, then ns-testnet, then parked-wildcard`."""
        return ", then ".join(stage.cause for stage in self.stages)

    @property
    def worst(self) -> str | None:
        """The step that makes a list refuse everyone (lists-world, parked-wildcard), None when it never did."""
        return next((stage.cause for stage in self.stages if stage.cause.startswith(_LOUD)), None)


_LOUD: Final = ("lists-world", "parked-wildcard")


@dataclass(frozen=True, slots=True)
class Service:
    """A list that answers: how to ask and how to read it."""

    zone: str
    operator: str
    meaning: str
    """block, allow, mixed (good and bad codes in one zone), reputation"""
    asked: tuple[str, ...]
    """of ip4, ip6, domain, hash"""
    listed: tuple[str, ...]
    """test entries that MUST be listed (RFC 5782, 5); none where the list has none"""
    not_listed: tuple[str, ...]
    expected: tuple[str, ...]
    """answers of the test entry, where they are not 127.0.0.2"""
    codes: Mapping[str, str]
    errors: Mapping[str, str]
    good: tuple[str, ...]
    neutral: tuple[str, ...]
    limit: str | None
    per_day: int | None
    """the published free limit in queries a day"""
    registration: bool
    keyed: bool
    part_of: str | None
    """the zone that has this one's data among its own"""
    quirk: str | None
    note: str
    sources: tuple[str, ...]
    confidence: str

    def names(self, answer: str) -> tuple[str, ...]:
        """What the operator calls an answer: none when it is in no table; several for a bit mask."""
        return tuple(text for code, text in self.codes.items() if answers.matches("catalogue", code, answer))


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one zone."""

    zone: str
    story: Story | None
    service: Service | None

    @property
    def state(self) -> str:
        """The story's status (dead, restricted, ...); `live` for a list that only had an incident, or has no story."""
        if self.story is None or (self.story.status == "alive-incident" and self.service):
            return "live"
        return self.story.status

    @property
    def dead(self) -> bool:
        """Whether no one should ask it, by what its sources say."""
        return self.state in HARMFUL


class Catalogue:
    """All that is known, by zone. Made by `load`."""

    def __init__(self, stories: tuple[Story, ...], services: tuple[Service, ...], anyone: Service) -> None:
        self.stories = stories
        self.services = services
        self.anyone = anyone
        """what holds for every zone: the conventional code and the error answers"""
        self._stories = {name: story for story in stories for name in (story.zone, *story.also)}
        self._services = {service.zone: service for service in services}
        self._operators: dict[str, str] = {}
        for service in services:
            self._operators.setdefault(_domain(service.zone), service.operator)

    def find(self, zone: str) -> Known | None:
        """What is known of a zone, None when nothing is."""
        name = plain(zone)
        story, service = self._stories.get(name), self._services.get(name)
        if story is None and service is None:
            parent = name
            while story is None and "." in parent:
                parent = parent.partition(".")[2]
                story = self._stories.get(parent)
                if parent in self._services or (story is not None and story.status != "dead"):
                    return None
        return Known(name, story, service) if story or service else None

    def operator(self, zone: str) -> str:
        """Who is asked: the operator's name, or the domain when the list is not known. One budget is kept for each."""
        name = plain(zone)
        service = self._services.get(name)
        return service.operator if service else self._operators.get(_domain(name), _domain(name))

    def error(self, zone: str, answer: str) -> str | None:
        """Why an answer is no listing but an error (over quota, open resolver, parked); None when it is a listing.

        Whether it is one, mailtop/listing.py decides; the words are the operator's where the tables have them.
        """
        name = plain(zone)
        if answers.octets(answer) is None:
            return "not an IPv4 address"
        if meaning(name, answer) == "listed":
            return None
        service = self._services.get(name)
        for table in ((service.errors if service else {}), self.anyone.errors):
            for pattern, words in table.items():
                if answers.matches("catalogue", pattern, answer):
                    return words
        return WORDS.get(answer, "an error, not a listing")

    def verdict(self, zone: str, answer: str) -> str:
        """`error`, `good`, `neutral` or `listed`: what an answer says of a client."""
        if self.error(zone, answer) is not None:
            return "error"
        service = self._services.get(plain(zone))
        if service is None:
            return "listed"
        for word, patterns in (("good", service.good), ("neutral", service.neutral)):
            if any(answers.matches("catalogue", pattern, answer) for pattern in patterns):
                return word
        return "good" if service.meaning == "allow" else "listed"

    def __iter__(self) -> Iterator[Known]:
        """Every zone that something is known of, sorted by name."""
        for name in sorted(self._stories.keys() | self._services.keys()):
            yield Known(name, self._stories.get(name), self._services.get(name))

    def __len__(self) -> int:
        return len(self._stories.keys() | self._services.keys())


def _domain(zone: str) -> str:
    return ".".join(zone.split(".")[-2:])


def _story(row: Mapping[str, Any]) -> Story:
    return Story(
        zone=row["zone"],
        also=tuple(row["also"]),
        status=row["status"],
        since=row["since"],
        stages=tuple(Stage(stage["cause"], stage["since"]) for stage in row["how"]),
        sources=tuple(row["source"]),
        note=row["note"],
        confidence=row["confidence"],
        instead=row.get("instead"),
    )


def _service(row: Mapping[str, Any], zone: str) -> Service:
    def several(name: str) -> tuple[str, ...]:
        return tuple(row.get(name, ()))

    return Service(
        zone=zone,
        operator=row["operator"],
        meaning=row["meaning"],
        asked=several("asked"),
        listed=several("listed"),
        not_listed=several("not_listed"),
        expected=several("expected"),
        codes=row.get("codes", {}),
        errors=row.get("errors", {}),
        good=several("good"),
        neutral=several("neutral"),
        limit=row.get("limit"),
        per_day=row.get("per_day"),
        registration=row["registration"],
        keyed=row["keyed"],
        part_of=row.get("part_of"),
        quirk=row.get("quirk"),
        note=row.get("note", ""),
        sources=several("source"),
        confidence=row["confidence"],
    )


def read(gone: str, live: str) -> Catalogue:
    """A catalogue from the two files' texts. CatalogueError where they are not what catalogue_build writes."""
    try:
        rows = json.loads(live)
        services = tuple(_service(row, zone) for row in rows for zone in (row["zone"], *row.get("also", ())))
        return Catalogue(
            tuple(_story(row) for row in json.loads(gone)),
            tuple(service for service in services if service.zone != "*"),
            next(service for service in services if service.zone == "*"),
        )
    except (ValueError, KeyError, TypeError, StopIteration) as error:
        raise CatalogueError(f"the catalogue of lists cannot be read: {type(error).__name__}: {error}") from None


@lru_cache(maxsize=1)
def load() -> Catalogue:
    """The catalogue that ships with mailtop, read once."""
    place = files("mailtop.lookup") / "lists"
    return read((place / "gone.json").read_text("utf-8"), (place / "live.json").read_text("utf-8"))
