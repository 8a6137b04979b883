"""`mailtop dnsbl check`: the table, the object and the exit code, from lists whose answers are known."""

import json
from random import Random

import pytest

from mailtop.cli import main
from mailtop.lookup.dnsbl import Ask, Facts, RecordType, Reply, Story, Target
from mailtop.lookup.listfacts import load
from mailtop.lookup.mtaconfig import named
from mailtop.lookup.targets import targets
from mailtop.report.listcheck import Checked, as_json, check, headline, text

NO = Reply("nxdomain", owner="test", negative_ttl=300)
KEY = "a1b2c3d4e5f6g7h8"


class Known:
    """One list is known to be dead."""

    def facts(self, zone: str) -> Facts:
        return Facts(zone, kinds=("ip4",))

    def story(self, zone: str) -> Story | None:
        return Story(zone, "dead", "2025-01", "emptied", "", "https://www.example.org/") if "dead" in zone else None


def answering(control: Reply = NO, **zones: Reply) -> Ask:
    def ask(name: str, kind: RecordType) -> Reply:
        zone = next((zone for zone in zones if zone in name.split(".")), None)
        if zone is None:
            return control
        if kind == "TXT":
            return Reply("answer", (f"\x1b[31mred\u202e {KEY}.zen.dq.spamhaus.net",))
        if kind in ("SOA", "NS"):
            return Reply("answer", ("here",))
        return zones[zone] if name.startswith("2.0.0.127.") or zones[zone].records != ("127.0.0.2",) else NO

    return ask


OK, ODD, WORSE = (
    Reply("answer", ("127.0.0.2",), None, None, 0.012),
    Reply("answer", ("127.255.255.254",)),
    Reply("timeout"),
)


def checked(ask: Ask | None, *zones: str, filtered: bool | None = None) -> Checked:
    asked = [Target(Known().facts(zone), zone, filtered) for zone in zones]
    return check(asked, ask, Known(), Random(1), 1_700_000_000.0, ("192.0.2.53",))


@pytest.mark.parametrize(
    ("made", "code", "says"),
    [
        (checked(answering(a=OK, b=OK), "a.test", "b.test"), 0, "DNSBL OK: 2 lists, all is well"),
        (checked(answering(a=OK, b=NO), "a.test", "b.test"), 1, "DNSBL WARNING: 1 of 2 lists: b.test empty"),
        (checked(answering(a=ODD), "a.test"), 2, "DNSBL CRITICAL: 1 of 1 list: a.test refusing"),
        (checked(answering(a=ODD), "a.test", filtered=True), 1, "DNSBL WARNING: 1 of 1 list: a.test refusing"),
        (checked(answering(WORSE, a=OK), "a.test"), 3, "DNSBL UNKNOWN: the resolver is at fault"),
        (checked(answering(a=Reply("failed")), "a.test"), 3, "DNSBL UNKNOWN: 1 list, nothing is known"),
        (checked(None, "a.test"), 3, "DNSBL UNKNOWN: 1 list, nothing is known"),
        (checked(None, "a.test", "dead.test"), 1, "DNSBL WARNING: 1 of 2 lists: dead.test dead"),
        (checked(answering(dead=OK), "dead.test"), 1, "DNSBL WARNING: 1 of 1 list: dead.test ok"),
    ],
)
def test_exit_code_and_headline(made: Checked, code: int, says: str) -> None:
    assert made.code == code
    assert headline(made).startswith(says)
    assert text(made, 100).startswith(says)


def test_the_table() -> None:
    lines = text(checked(answering(a=OK, b=NO), "a.test", "b.test"), 80).splitlines()
    assert lines[2] == "LIST    STATE     MS  WHAT IT SAYS"
    assert lines[3].startswith("b.test  empty ")
    assert any(line.startswith("a.test  ok        12  its test entry is listed as 127.0.0.2") for line in lines)
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "asked through 192.0.2.53; one look, not confirmed by another"


def test_the_object() -> None:
    said = json.loads(as_json(checked(answering(a=OK, dead=NO), "a.test", "dead.test")))
    assert (said["exit"], said["resolver"]) == (1, {"servers": ["192.0.2.53"], "fault": None})
    worst, good = said["lists"]
    assert (worst["zone"], worst["state"], worst["known"]["since"]) == ("dead.test", "empty", "2025-01")
    assert (good["state"], good["way_out"], good["answers"], good["queries"]) == ("ok", None, ["127.0.0.2"], 3)


def test_a_resolver_at_fault_advises_nothing() -> None:
    said = json.loads(as_json(checked(answering(WORSE, a=NO), "a.test")))
    assert said["resolver"]["fault"]
    assert said["lists"][0]["way_out"] is None


def test_neither_escapes_nor_a_key_from_what_a_list_says() -> None:
    made = checked(answering(a=ODD), "a.test")
    for shown in (text(made, 100), text(made, 100, ascii_only=True), as_json(made)):
        assert "red" in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert KEY not in shown
        assert "\\u001b" not in shown
    assert text(made, 100, ascii_only=True).isascii()


def test_a_paid_list_is_asked_by_its_key_and_shown_without() -> None:
    asked: list[str] = []

    def ask(name: str, kind: RecordType) -> Reply:
        asked.append(name)
        return Reply("answer", ("127.0.0.2",)) if name.startswith("2.0.0.127") else NO

    found = targets(named([f"{KEY}.zen.dq.spamhaus.net"], "here").lists, load(), named=True)
    made = check(found, ask, load(), Random(1), 0.0, ())
    assert any(KEY in name for name in asked)
    for shown in (text(made, 100), as_json(made), repr(made)):
        assert KEY not in shown
        assert "zen.dq.spamhaus.net" in shown


def test_whether_error_answers_count() -> None:
    zones = ["a.test=127.0.0.[2..11]", "b.test", "c.test=127.0.0.[2..11]", "c.test=127.[0..255].[0..255].[0..255]"]
    found = named(zones, "here").lists
    assert [one.filtered for one in targets(found, Known())] == [True, False, False]
    assert [one.filtered for one in targets(found, Known(), named=True)] == [True, None, False]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["dnsbl"], "required"),
        (["dnsbl", "burn"], "invalid choice"),
        (["dnsbl", "check", "no zone"], "names no zone"),
        (["dnsbl", "check", "--resolv-conf", "/nowhere/resolv.conf", "bl.test"], "/nowhere/resolv.conf"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code: object = main(arguments)
    except SystemExit as exit_:
        code = exit_.code
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_without_dns_nobody_is_asked(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dns.resolver.Resolver.resolve", lambda *_: pytest.fail("asked"))
    assert main(["dnsbl", "check", "--no-dns", "--json", "ix.dnsbl.manitu.net", "bl.example"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert [row["zone"] for row in said["lists"]] == ["ix.dnsbl.manitu.net", "bl.example"]
    assert said["lists"][0]["known"]["since"] == "2025-01-16"
