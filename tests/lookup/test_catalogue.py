"""The catalogue of DNS lists: whole, sourced, and honest about what it does not know."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from mailtop.lookup import answers, catalogue_build
from mailtop.lookup.catalogue import Catalogue, CatalogueError, load, read

PLACE = files("mailtop.lookup") / "lists"
ANYONE = """[{"zone": "*", "operator": "any", "kind": "generic", "test_entry": null, "codes": {}, "errors": {},
"notes": "", "source": "RFC 5782", "confidence": "high"}]"""
ENDED = {
    "zone": "Gone.Example",
    "also": ["b.example", "A.example"],
    "status": "dead",
    "since": "2020-02",
    "how": "emptied -> lists-world (2021-03-04)",
    "source": "https://a.example ; b 7",
    "note": "n",
    "confidence": "high",
}


@pytest.fixture(scope="module")
def known() -> Catalogue:
    return load()


def test_as_many_records_as_were_collected(known: Catalogue) -> None:
    assert len(known.stories) == 66
    assert sum(len(story.also) for story in known.stories) == 83
    assert len(json.loads((PLACE / "live.json").read_text())) == 55
    named = [name for story in known.stories for name in (story.zone, *story.also)]
    assert len(named) == len(set(named)) == 149


def test_every_record_has_what_makes_it_worth_anything(known: Catalogue) -> None:
    for story in known.stories:
        assert story.status in catalogue_build.STATUSES, story
        assert all((story.zone, story.cause, *story.sources)), story
        assert story.sources, story
        assert story.confidence in ("high", "medium", "low"), story
        assert story.since is None or re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", story.since), story
        if story.status in ("merged", "superseded", "renamed"):
            assert story.instead, story
    for service in known.services:
        assert all((service.sources, service.operator, service.asked)), service
        if service.listed:
            assert service.not_listed or service.quirk, service


def test_every_pattern_can_be_read(known: Catalogue) -> None:
    for service in (*known.services, known.anyone):
        for pattern in (*service.codes, *service.errors, *service.good, *service.neutral, *service.expected):
            assert answers.fault("catalogue", pattern) is None, (service.zone, pattern)


@pytest.mark.parametrize(
    ("zone", "state", "since"),
    [
        ("ix.dnsbl.manitu.net", "dead", "2025-01-16"),
        ("IX.dnsbl.Manitu.net.", "dead", "2025-01-16"),
        ("spam.dnsbl.sorbs.net", "dead", "2024-06-05"),
        ("never-heard-of.dnsbl.sorbs.net", "dead", "2024-06-05"),
        ("sbl-xbl.spamhaus.org", "superseded", "2006-12-04"),
        ("opm.blitzed.org", "dead", None),
        ("bl.nszones.com", "fake", "2014-10-21"),
    ],
)
def test_lists_that_ended(known: Catalogue, zone: str, state: str, since: str | None) -> None:
    found = known.find(zone)
    assert found
    assert found.story
    assert (found.state, found.story.since) == (state, since)


def test_a_list_with_an_incident_behind_it_lives(known: Catalogue) -> None:
    found = known.find("bl.spamcop.net")
    assert found
    assert found.story
    assert found.service
    assert found.state == "live"
    assert found.story.since == "2021-01-30"


def test_unknown_is_unknown(known: Catalogue) -> None:
    assert known.find("bl.example.org") is None
    assert known.find("new.spamhaus.org") is None
    assert known.find("zen.spamhaus.org.evil.example") is None
    assert known.find("") is None


def test_how_a_list_became_harmful(known: Catalogue) -> None:
    story = next(story for story in known.stories if story.zone == "list.dsbl.org")
    assert story.cause == "stale-data, then ns-testnet, then lists-world"
    assert [stage.since for stage in story.stages] == ["2008-05-20", "2009-03-09", "2012-08-20"]
    assert story.worst == "lists-world"
    assert next(story for story in known.stories if story.zone == "dnsbl.sorbs.net").worst is None


@pytest.mark.parametrize(
    ("zone", "answer", "verdict"),
    [
        ("bl.example", "127.0.0.2", "listed"),
        ("bl.example", "127.255.255.254", "error"),
        ("bl.example", "198.51.100.80", "error"),
        ("bl.example", "::1", "error"),
        ("zen.spamhaus.org", "127.0.0.4", "listed"),
        ("multi.uribl.com", "127.0.0.1", "error"),
        ("black.uribl.com", "127.0.0.1", "error"),
        ("multi.uribl.com", "127.0.0.2", "listed"),
        ("rbl.efnetrbl.org", "127.0.0.1", "listed"),
        ("dnsbl.dronebl.org", "127.0.0.255", "listed"),
        ("bl.score.senderscore.com", "127.255.255.255", "error"),
        ("hostkarma.junkemailfilter.com", "127.0.0.1", "good"),
        ("hostkarma.junkemailfilter.com", "127.0.0.3", "neutral"),
        ("hostkarma.junkemailfilter.com", "127.0.0.2", "listed"),
        ("rep.mailspike.net", "127.0.0.18", "good"),
        ("rep.mailspike.net", "127.0.0.12", "listed"),
        ("list.dnswl.org", "127.0.5.2", "good"),
        ("list.dnswl.org", "127.0.10.3", "error"),
        ("list.dnswl.org", "127.0.0.255", "error"),
        ("dbl.spamhaus.org", "127.0.1.255", "error"),
    ],
)
def test_what_an_answer_says(known: Catalogue, zone: str, answer: str, verdict: str) -> None:
    assert known.verdict(zone, answer) == verdict


def test_its_errors_are_those_that_listings_are_told_from(known: Catalogue) -> None:
    for service in known.services:
        for last in range(256):
            for answer in (f"127.0.{third}.{last}" for third in (0, 1, 10)):
                if answer == "127.0.10.0":  # dnswl.org's test entry, which looks like its answer to who is over quota
                    continue
                tables = any(answers.matches("catalogue", pattern, answer) for pattern in service.errors)
                assert tables == (known.error(service.zone, answer) is not None), (service.zone, answer)


def test_codes_have_names(known: Catalogue) -> None:
    zen, surbl = known.find("key123456789.zen.dq.spamhaus.net"), known.find("multi.surbl.org")
    assert zen
    assert zen.service
    assert surbl
    assert surbl.service
    assert zen.service.keyed
    assert zen.service.operator == "Spamhaus DQS"
    assert zen.service.names("127.0.0.3") == ("SBL CSS",)
    assert zen.service.names("127.0.0.99") == ()
    assert surbl.service.names("127.0.0.24") == ("PH phishing", "MW malware")


def test_one_budget_for_each_operator(known: Catalogue) -> None:
    assert known.operator("zen.spamhaus.org") == known.operator("dbl.spamhaus.org") == "Spamhaus"
    assert known.operator("dyna.spamrats.com") == "SpamRATS"
    assert known.operator("bl.example.org") == "example.org"


def test_limits_are_numbers(known: Catalogue) -> None:
    limits = {service.zone: service.per_day for service in known.services if service.per_day}
    assert limits["zen.spamhaus.org"] == 300_000
    assert limits["list.dnswl.org"] == 100_000
    assert limits["bl.score.senderscore.com"] == 333
    for service in known.services:
        if service.limit and "100 ms" not in service.limit:
            assert service.per_day, service


def test_a_spoilt_catalogue_is_one_line() -> None:
    for gone, live in (("[", "[]"), ("[]", "[]"), ("[{}]", "[]"), ("{}", "[1]")):
        with pytest.raises(CatalogueError, match="cannot be read"):
            read(gone, live)


def _build(tmp_path: Path, ended: object) -> int:
    (tmp_path / "in.json").write_text(json.dumps(ended))
    (tmp_path / "codes.json").write_text(ANYONE)
    return catalogue_build.main([str(tmp_path / "in.json"), str(tmp_path / "codes.json"), str(tmp_path)])


def test_the_builder(tmp_path: Path) -> None:
    assert _build(tmp_path, [ENDED]) == 0
    made = read((tmp_path / "gone.json").read_text(), (tmp_path / "live.json").read_text())
    found = made.find("a.example")
    assert found
    assert found.story
    assert found.story.sources == ("https://a.example", "b 7")
    assert [(stage.cause, stage.since) for stage in found.story.stages] == [
        ("emptied", "2020-02"),
        ("lists-world", "2021-03-04"),
    ]


@pytest.mark.parametrize("fault", [{"source": ""}, {"zone": ""}, {"status": "poorly"}])
def test_the_builder_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: dict[str, str]) -> None:
    assert _build(tmp_path, [ENDED | fault]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "gone.json").exists()
