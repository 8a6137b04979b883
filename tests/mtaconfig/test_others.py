"""The lists of Exim, Sendmail, rspamd, SpamAssassin and policyd-weight, from what they print or from their files."""

import json
from pathlib import Path

import pytest

from mailtop.lookup.mtaconfig import exim, inventory, named, policyd_weight, rspamd, sendmail, spamassassin
from mailtop.lookup.mtaconfig.configured import Inventory
from mailtop.lookup.mtaconfig.machine import Output
from tests.mtaconfig.fake import Fake

PLACE = Path(__file__).parents[2] / "fixtures/mtaconfig"
KEY = "abcdefghijklmnopqrstuvwxyz"
EXIM_CONF = "/etc/exim4/exim4.conf"


def _text(name: str) -> str:
    return (PLACE / name).read_text()


def _short(found: Inventory) -> list[tuple[object, ...]]:
    return [(one.order, one.zone, one.kind, one.meaning, one.filter, one.action, one.place.line) for one in found.lists]


def _exim(printed: bool) -> Inventory:
    commands = {"exim4 -bP config": _text("exim/config.txt")} if printed else {}
    return exim.inventory(Fake(commands, {EXIM_CONF: _text("exim/exim4.conf")}))


@pytest.mark.parametrize("printed", [True, False], ids=["exim -bP", "files"])
def test_exim(printed: bool) -> None:
    found = _exim(printed)
    assert _short(found) == [
        (1, "drop.example", "client", "block", "=127.0.0.2,127.0.0.3", "drop", 11),
        (1, "rhs.example", "helo", "block", "", "warn", 15),
        (2, "names.example", "other", "block", "", "warn", 15),
        (1, "list.dnswl.org", "client", "allow", "&0.0.0.2", "permit", 20),
        (2, "zen.example", "client", "block", "!&0.255.255.0", "reject", 2),
        (3, "bl.example", "client", "block", "", "reject", 2),
        (4, "silent.example", "client", "block", "==127.0.0.4", "reject", 24),
        (5, "white.example", "client", "allow", "", "reject", 26),
        (6, "white2.example", "client", "allow", "!=127.0.0.9", "reject", 26),
        (7, "zen.dq.spamhaus.net", "client", "block", "=127.0.0.2,127.0.0.3", "defer", None),
        (8, "rhsbl.example", "sender", "block", "", "defer", 30),
        (9, "req.example", "client", "block", "", "reject", 32),
    ]
    assert "${lookup{x}lsearch{/etc/exim4/lists}}: made when mail comes" in str(found.unread[-1])
    silent = {one.zone for one in found.lists if not one.reported}
    assert {"silent.example", "rhsbl.example"} <= silent
    assert not {"zen.example", "bl.example", "drop.example", "list.dnswl.org"} & silent


def test_exim_says_why_it_read_the_files() -> None:
    refused = Fake(
        {"exim4 -bP config": Output(1, "", "exim: permission denied\n")}, {EXIM_CONF: _text("exim/exim4.conf")}
    )
    assert str(exim.inventory(refused).unread[0]) == (
        "exim -bP config: exim: permission denied; /etc/exim4/exim4.conf was read instead"
    )
    assert [str(one) for one in exim.inventory(Fake()).unread] == ["exim -bP config: No such file or directory"]


def test_exim_macros_conditions_and_includes() -> None:
    files = {
        EXIM_CONF: """\
LISTS = a.example
LISTS == LISTS : b.example
.ifdef NOT_SET
begin acl
x:
  deny dnslists = never.example
.else
.include /etc/exim4/acl
.include_if_exists /etc/exim4/missing
.include /etc/exim4/lost
.endif
begin routers
  deny dnslists = router.example
""",
        "/etc/exim4/acl": "begin acl\nrcpt: deny dnslists = LISTS\n.include /etc/exim4/acl\n",
    }
    found = exim.inventory(Fake({}, files))
    assert found.zones == ("a.example", "b.example")
    assert found.read == (EXIM_CONF, "/etc/exim4/acl")
    assert [one.what for one in found.unread[1:]] == ["/etc/exim4/acl", "/etc/exim4/lost"]


@pytest.mark.parametrize("form", ["cf", "mc"])
def test_sendmail(form: str) -> None:
    found = sendmail.inventory(Fake({}, {f"/etc/mail/sendmail.{form}": _text(f"sendmail/sendmail.{form}")}))
    assert [row[:6] for row in _short(found)] == [
        (1, "bl.example", "client", "block", "", "reject"),
        (2, "two.example", "client", "block", "", "reject"),
        (3, "quar.example", "client", "block", "", "quarantine"),
        (4, "zen.example", "client", "block", "127.0.0.2. 127.0.0.3.", "reject"),
        (5, "disc.example", "client", "block", "127.0.0.$-.", "discard"),
        (6, "zen.dq.spamhaus.net", "client", "block", "127.0.0.$-.", "reject"),
        (7, "rhs.example", "sender", "block", "", "reject"),
    ]
    assert [str(one.place).partition(", ")[2] for one in found.lists] == (
        ["FEATURE(dnsbl)"] * 3 + ["FEATURE(enhdnsbl)"] * 3 + ["FEATURE(rhsbl)"]
    )
    if form == "cf":
        assert {one.zone for one in found.lists if not one.reported} == {"disc.example", "rhs.example"}
        assert {one.place.services for one in found.lists} == {("Basic_check_relay",)}


def test_sendmail_comments_are_none() -> None:
    text = "dnl FEATURE(`dnsbl', `a.example')\n  FEATURE(dnsbl, b.example)dnl\nFEATURE(`dnsbl')\n"
    assert sendmail.inventory(Fake({}, {"/etc/mail/sendmail.mc": text})).zones == ("b.example",)


def test_rspamd() -> None:
    found = rspamd.inventory(Fake({"rspamadm configdump -j rbl": _text("rspamd/configdump.json")}))
    rows = {(one.zone, one.kind): one for one in found.lists}
    assert {kind for zone, kind in rows if zone == "zen.spamhaus.org"} == {"client", "received", "body"}
    zen = rows["zen.spamhaus.org", "client"]
    assert zen.counts("127.0.0.3")
    assert not zen.counts("127.255.255.254")
    assert (zen.mode, zen.action, zen.order) == ("content", "score", None)
    assert "SPAMHAUS_BLOCKED" in {code.symbol for code in zen.codes}
    assert not rows["zen.spamhaus.org", "body"].reachable
    assert rows["list.dnswl.org", "client"].meaning == "allow"
    assert rows["list.dnswl.org", "client"].counts("127.0.10.3")
    assert rows["rep.mailspike.net", "client"].meaning == "mixed"
    assert rows["multi.surbl.org", "body"].counts("127.0.0.8")
    assert not rows["multi.surbl.org", "body"].counts("127.0.0.1")
    assert rows["ix.dnsbl.manitu.net", "client"].filter == ""
    assert [str(one) for one in found.unread] == ["rbls.broken: names no zone"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Output(1, "", "cannot read config\n"), "cannot read config"),
        (Output(0, "nothing", ""), "not the JSON that was expected: no rbls in it"),
        (Output(0, '{"rbls": [1]}', ""), "not the JSON that was expected: no rbls in it"),
        (Output(0, '{"rbls": ', ""), "not the JSON"),
    ],
)
def test_rspamd_that_does_not_answer(answer: Output, why: str) -> None:
    found = rspamd.inventory(Fake({"rspamadm configdump -j rbl": answer}))
    assert not found.lists
    assert len(found.unread) == 1
    assert why in str(found.unread[0])


def test_spamassassin() -> None:
    found = spamassassin.inventory(
        Fake(
            {},
            {
                "/usr/share/spamassassin/20_lists.cf": _text("spamassassin/20_lists.cf"),
                "/etc/spamassassin/local.cf": _text("spamassassin/local.cf"),
            },
        )
    )
    assert [
        (one.zone, one.kind, one.meaning, one.filter, one.weight, one.reachable, one.place.line) for one in found.lists
    ] == [
        ("zen.example", "received", "block", "127.0.0.2", 0.141, True, 3),
        ("zen.example", "client", "block", r"^127\.0\.0\.[4567]$", 3.0, True, 6),
        ("zen.dq.spamhaus.net", "client", "block", "^127", 1.0, True, 8),
        ("wl.example", "client", "allow", r"^127\.0\.\d+\.3$", -5.0, True, 9),
        ("text.example", "received", "block", "", 1.0, True, 12),
        ("off.example", "client", "block", "", 0.0, False, 13),
        ("rhs.example", "sender", "block", "", 1.0, True, 14),
        ("uribl.example", "body", "block", "2", 1.0, True, 16),
        ("denied.example", "body", "block", "", 1.0, False, 18),
    ]
    assert {one.threshold for one in found.lists} == {6.5}
    assert found.lists[0].text == "header __RCVD_IN_ZEN eval:check_rbl('zen', 'zen.example.')"
    assert str(spamassassin.inventory(Fake()).unread[0]).endswith("no rules are here")


def test_policyd_weight() -> None:
    found = policyd_weight.inventory(
        Fake({}, {"/etc/policyd-weight.conf": _text("policyd-weight/policyd-weight.conf")})
    )
    assert [(one.order, one.zone, one.weight, one.place.line) for one in found.lists] == [
        (1, "pbl.spamhaus.org", 3.25, 5),
        (2, "sbl-xbl.spamhaus.org", 4.35, 6),
        (3, "ix.dnsbl.manitu.net", 4.35, 8),
    ]


def test_policyd_weight_falls_back_to_what_is_built_in() -> None:
    program = "my @rhsbl_score = (\n 'rhs.example', 4, 0, 'RHS'\n);\n"
    files = {"/etc/policyd-weight.conf": "$DEBUG = 0;\n", "/usr/sbin/policyd-weight": program}
    found = policyd_weight.inventory(Fake({}, files))
    assert [(one.zone, one.kind) for one in found.lists] == [("rhs.example", "sender")]
    assert found.read == ("/usr/sbin/policyd-weight",)


def test_no_key_is_drawn() -> None:
    sa = {"/usr/share/spamassassin/a.cf": _text("spamassassin/20_lists.cf")}
    for found in (
        _exim(True),
        _exim(False),
        sendmail.inventory(Fake({}, {"/etc/mail/sendmail.cf": _text("sendmail/sendmail.cf")})),
        sendmail.inventory(Fake({}, {"/etc/mail/sendmail.mc": _text("sendmail/sendmail.mc")})),
        rspamd.inventory(Fake({"rspamadm configdump -j rbl": _text("rspamd/configdump.json")})),
        spamassassin.inventory(Fake({}, sa)),
    ):
        drawn = repr(found) + json.dumps([str(one) for one in found.unread])
        assert KEY not in drawn
        assert any(one.keyed for one in found.lists)
        assert any(one.asked.reveal().startswith(KEY) for one in found.lists)


def test_only_what_is_here_is_told_of() -> None:
    files = {"/etc/mail/sendmail.cf": _text("sendmail/sendmail.cf")}
    found = inventory(Fake({}, files))
    assert {one.mta for one in found.lists} == {"sendmail"}
    assert not found.unread
    assert [one.mta for one in inventory(Fake({}, files), ["exim"]).unread] == ["exim"]
    assert inventory(Fake()) == Inventory()


def test_lists_that_the_user_names() -> None:
    found = named(["a.example=127.0.0.2", f"{KEY}.zen.dq.spamhaus.net", "nodots"], "config.toml")
    assert [(one.zone, one.filter, str(one.place)) for one in found.lists] == [
        ("a.example", "127.0.0.2", "config.toml, lists"),
        ("zen.dq.spamhaus.net", "", "config.toml, lists"),
    ]
    assert [str(one) for one in found.unread] == ["config.toml: nodots: names no zone"]
    assert KEY not in repr(found)
