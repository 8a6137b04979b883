"""What a configuration says against itself: one test for each finding, and that a sound one has none."""

import re
from pathlib import Path

import pytest

from mailtop.analysis.blocklint import PUBLIC, decides, lint
from mailtop.analysis.blocklists.finding import Finding
from mailtop.lookup.catalogue import load
from mailtop.lookup.mtaconfig import postfix
from mailtop.lookup.mtaconfig.configured import Inventory, Place, configured
from tests.mtaconfig.fake import Fake

KEY = "abcdefghijklmnopqrstuvwxyz"
SCREENED = (
    "smtp inet n - y - 1 postscreen\nsmtpd pass - - y - - smtpd\n"
    "dnsblog unix - - y - 0 dnsblog\ntlsproxy unix - - y - 0 tlsproxy\n"
)
SHARED = next(iter(PUBLIC))
SITES = "postscreen_dnsbl_action = enforce\npostscreen_dnsbl_sites = "


def _read(main: str, master: str = SCREENED) -> Inventory:
    return postfix.inventory(Fake({}, {"/etc/postfix/main.cf": main, "/etc/postfix/master.cf": master}))


def _client(*restrictions: str) -> Inventory:
    return _read("smtpd_recipient_restrictions = " + ", ".join(restrictions) + "\n")


def _lint(found: Inventory, *resolvers: str) -> list[tuple[str, str, str]]:
    return [(one.detector, one.severity, one.zone) for one in lint(found, load(), resolvers)]


def _first(found: Inventory, *resolvers: str) -> Finding:
    return lint(found, load(), resolvers)[0]


def test_a_sound_configuration_has_no_finding() -> None:
    sound = (
        "postscreen_dnsbl_threshold = 3\npostscreen_dnsbl_action = enforce\npostscreen_dnsbl_sites = "
        "zen.spamhaus.org=127.0.0.[2..11]*3, bl.spamcop.net=127.0.0.2*2, psbl.surriel.com=127.0.0.2*1, "
        "list.dnswl.org=127.0.[2..9;11..20].[1..3]*-2\n"
        "smtpd_recipient_restrictions = reject_rhsbl_sender dbl.spamhaus.org=127.0.1.[2..99]\n"
    )
    assert _lint(_read(sound), "192.0.2.53") == []


@pytest.mark.parametrize(
    ("restriction", "severity", "says"),
    [
        ("reject_rbl_client ix.dnsbl.manitu.net=127.0.0.2", "warning", "is dead since 2025-01-16 (emptied)"),
        ("reject_rbl_client rbl.lugh.ch=127.0.0.2", "critical", "answers name everyone"),
        ("reject_rbl_client dnsbl.ahbl.org=127.0.0.9", "warning", "is dead since 2015-01-01"),
        ("warn_if_reject reject_rbl_client rbl.lugh.ch=127.0.0.2", "warning", "answers name everyone"),
        ("reject_rbl_client sbl.spamdown.org", "critical", "answers name everyone"),
        ("reject_rbl_client sbl.spamdown.org=127.0.0.2", "warning", "is dead since 2026-03-30"),
        ("reject_rbl_client bl.nszones.com=127.0.0.2", "warning", "another list's data"),
        ("reject_rbl_client spamrbl.imp.ch=127.0.0.2", "warning", "has another name"),
        ("reject_rbl_client sbl-xbl.spamhaus.org=127.0.0.2", "info", "was replaced since 2006-12-04"),
        ("reject_rbl_client bl.score.senderscore.com=127.0.0.2", "warning", "answers registered users only"),
    ],
)
def test_l1_dead_and_changed_lists(restriction: str, severity: str, says: str) -> None:
    found = _first(_client(restriction))
    assert (found.detector, found.severity) == ("L1", severity)
    assert says in found.says
    assert "/etc/postfix/main.cf:1, smtpd_recipient_restrictions: remove" in found.way_out
    assert dict(found.evidence)["source"]


def test_l1_what_is_only_suspected_is_not_said() -> None:
    assert _lint(_client("reject_rbl_client ips.backscatterer.org=127.0.0.2")) == []
    assert _lint(_client("reject_rbl_client korea.services.net=127.0.0.2")) == []


def test_l2_error_answers_that_count() -> None:
    bare = _client("reject_rbl_client zen.spamhaus.org")
    assert _lint(bare) == [("L2", "warning", "zen.spamhaus.org")]
    assert _first(bare).way_out.endswith("by reject_rbl_client zen.spamhaus.org=127.0.0.[2..11]")
    assert _lint(bare, SHARED)[0] == ("L2", "critical", "zen.spamhaus.org")
    assert _lint(_client("warn_if_reject reject_rbl_client zen.spamhaus.org"))[0][1] == "info"
    assert _lint(_client("reject_rbl_client bl.example")) == [("L2", "info", "bl.example")]
    assert _lint(_client("reject_rbl_client zen.spamhaus.org=127.255.255.[0..255]"))[0][0] == "L2"


def test_l2_below_the_threshold_no_error_refuses() -> None:
    below = "postscreen_dnsbl_threshold = 3\n" + SITES + "zen.spamhaus.org*2, bl.spamcop.net=127.0.0.2*2\n"
    assert ("L2", "info", "zen.spamhaus.org") in _lint(_read(below), SHARED)


def test_l3_an_allowlist_that_trusts_error_answers() -> None:
    loose = _client("permit_dnswl_client list.dnswl.org=127.0.[0..255].[0..3]")
    assert _lint(loose) == [("L3", "warning", "list.dnswl.org")]
    assert "127.0.10.3" in dict(_first(loose).evidence)["answers"].__str__()
    assert _lint(_client("permit_dnswl_client list.dnswl.org=127.0.[2..9].[1..3]")) == []


def test_l4_and_l5_the_wrong_kind_of_list() -> None:
    assert _lint(_client("reject_rbl_client dbl.spamhaus.org"))[0] == ("L4", "critical", "dbl.spamhaus.org")
    assert _lint(_client("reject_rbl_client dbl.spamhaus.org=127.0.1.[2..99]")) == [
        ("L4", "warning", "dbl.spamhaus.org")
    ]
    assert _lint(_client("reject_rhsbl_sender zen.spamhaus.org=127.0.0.[2..11]")) == [
        ("L5", "warning", "zen.spamhaus.org")
    ]


def test_l6_a_threshold_out_of_reach() -> None:
    far = (
        "postscreen_dnsbl_threshold = 5\n"
        + SITES
        + "a.example=127.0.0.2*2, b.example=127.0.0.2*2, c.example=127.0.0.2*-9\n"
    )
    assert _lint(_read(far)) == [("L6", "warning", "a.example")]
    assert "postscreen_dnsbl_threshold to 4 or less" in _first(_read(far)).way_out


def test_l7_a_weight_that_decides_nothing() -> None:
    idle = (
        "postscreen_dnsbl_threshold = 4\n"
        + SITES
        + "a.example=127.0.0.2*4, b.example=127.0.0.2*4, c.example=127.0.0.2*1\n"
    )
    assert _lint(_read(idle)) == [("L7", "info", "c.example")]
    useful = idle.replace("b.example=127.0.0.2*4", "b.example=127.0.0.2*3")
    assert _lint(_read(useful)) == []


def test_l7_agrees_with_trying_every_set() -> None:
    for weights in ([1, 2, 3], [3, 3, -2, 1], [5, 1, 1], [2, -1, -1, 4], [0, 7]):
        for threshold in range(1, 9):
            for at, weight in enumerate(weights):
                others = weights[:at] + weights[at + 1 :]
                tried = False
                for chosen in range(1 << len(others)):
                    score = sum(other for bit, other in enumerate(others) if chosen >> bit & 1)
                    tried |= (score < threshold) != (score + weight < threshold)
                assert decides(weight, others, threshold) == tried
    assert decides(1, [1 << bit for bit in range(40)], 1 << 41)


def test_l8_a_part_and_the_whole() -> None:
    both = _client("reject_rbl_client zen.spamhaus.org=127.0.0.[2..11]", "reject_rbl_client xbl.spamhaus.org=127.0.0.4")
    assert _lint(both) == [("L8", "warning", "xbl.spamhaus.org")]
    assert _first(both).other == "zen.spamhaus.org"
    merged = _client(
        "reject_rbl_client zen.spamhaus.org=127.0.0.[2..11]", "reject_rbl_client cbl.abuseat.org=127.0.0.2"
    )
    assert ("L8", "warning", "cbl.abuseat.org") in _lint(merged)


def test_l9_twice_in_a_chain() -> None:
    twice = _client("reject_rbl_client a.example=127.0.0.2", "reject_rbl_client a.example=127.0.0.2")
    assert _lint(twice) == [("L9", "info", "a.example")]
    codes = _client("reject_rbl_client a.example=127.0.0.2", "reject_rbl_client a.example=127.0.0.3")
    assert _lint(codes) == []


def test_l10_configured_and_not_asked() -> None:
    unused = _read("postscreen_dnsbl_sites = zen.spamhaus.org*2\n", "smtp inet n - y - - smtpd\n")
    assert _lint(unused) == [("L10", "info", "zen.spamhaus.org")]
    assert _lint(_client("reject_rbl_client a.example=127.0.0.2", "permit", "reject_rbl_client b.example")) == [
        ("L10", "info", "b.example")
    ]
    measuring = _read("postscreen_dnsbl_sites = a.example=127.0.0.2\n")
    assert "statistics only" in _first(measuring).says


def test_l11_a_key_that_is_told_to_strangers() -> None:
    zone = f"{KEY}.zen.dq.spamhaus.net=127.0.0.[2..11]"
    told = _client(f"reject_rbl_client {zone}")
    assert _lint(told) == [("L11", "warning", "zen.dq.spamhaus.net")]
    screen = _read(SITES + zone + "\n")
    assert "postscreen_dnsbl_reply_map" in _first(screen).way_out
    assert KEY not in repr(lint(told, load())) + repr(lint(screen, load()))
    hidden = f"rbl_reply_maps = texthash:/etc/postfix/r\nsmtpd_recipient_restrictions = reject_rbl_client {zone}\n"
    assert _lint(_read(hidden)) == []


def test_l12_registration() -> None:
    assert _lint(_client("reject_rbl_client b.barracudacentral.org=127.0.0.2")) == [
        ("L12", "info", "b.barracudacentral.org")
    ]


def test_l13_a_refusal_that_names_no_list() -> None:
    one = configured(
        "exim", "a.example", Place("f", 3, ("acl",), "dnslists"), "a.example", filter_="=127.0.0.2", reported=False
    )
    found = lint(Inventory((one,)), load())
    assert [(finding.detector, finding.severity) for finding in found] == [("L13", "info")]
    assert "$dnslist_domain" in found[0].way_out


def test_l14_a_public_resolver() -> None:
    asked = _client("reject_rbl_client zen.spamhaus.org=127.0.0.[2..11]", "reject_rbl_client a.example=127.0.0.2")
    assert _lint(asked, "192.0.2.53", SHARED) == [("L14", "warning", "zen.spamhaus.org")]
    assert SHARED in dict(_first(asked, SHARED).evidence)["resolver"].__str__()


def test_the_retired_defaults_of_policyd_weight() -> None:
    zones = ("pbl.spamhaus.org", "sbl-xbl.spamhaus.org", "bl.spamcop.net", "ix.dnsbl.manitu.net")
    lists = tuple(configured("policyd-weight", zone, Place("f", 1, (), "@dnsbl_score"), zone) for zone in zones)
    found = [one for one in lint(Inventory(lists), load()) if one.detector == "L1"]
    assert [(one.zone, re.findall(r"\d{4}-\d\d-\d\d", one.says)) for one in found] == [
        ("ix.dnsbl.manitu.net", ["2025-01-16"]),
        ("sbl-xbl.spamhaus.org", ["2006-12-04"]),
    ]


def test_every_awkward_configuration_is_told_of_without_a_fault() -> None:
    for directory in sorted((Path(__file__).parents[2] / "fixtures/mtaconfig/postfix").iterdir()):
        main = (directory / "main.cf").read_text()
        for finding in lint(_read(main, (directory / "master.cf").read_text()), load(), [SHARED]):
            assert finding.way_out
            assert KEY not in repr(finding)
