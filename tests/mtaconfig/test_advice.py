"""The change to paste: what it removes or narrows, in each program's own words, and never with a key."""

import pytest

from mailtop.lookup import answers
from mailtop.lookup.catalogue import load
from mailtop.lookup.mtaconfig.advice import ANY, DOCUMENTED, narrow, remove, usual
from mailtop.lookup.mtaconfig.configured import ConfiguredList, Place, configured

KEY = "abcdefghijklmnopqrstuvwxyz"


def _one(mta: str, zone: str, text: str, parameter: str = "p") -> ConfiguredList:
    return configured(mta, zone, Place("/etc/conf", 7, (), parameter), text)


def _narrowed(mta: str, zone: str, text: str) -> str | None:
    known = load().find(zone)
    change = narrow(_one(mta, zone, text), known.service if known else None)
    return change.new if change else None


@pytest.mark.parametrize(
    ("mta", "zone", "text", "new"),
    [
        (
            "postfix",
            "zen.spamhaus.org",
            "reject_rbl_client zen.spamhaus.org",
            "reject_rbl_client zen.spamhaus.org=127.0.0.[2..11]",
        ),
        ("postfix", "zen.spamhaus.org", "zen.spamhaus.org*3", "zen.spamhaus.org=127.0.0.[2..11]*3"),
        (
            "postfix",
            "list.dnswl.org",
            "list.dnswl.org=127.0.[0..255].[0..3]*-2",
            "list.dnswl.org=127.0.[2..9;11..20].[1..3]*-2",
        ),
        (
            "postfix",
            "bl.spamcop.net",
            "warn_if_reject reject_rbl_client bl.spamcop.net",
            "warn_if_reject reject_rbl_client bl.spamcop.net=127.0.0.2",
        ),
        ("postfix", "bl.example", "bl.example", f"bl.example={ANY}"),
        (
            "postfix",
            f"{KEY}.zen.dq.spamhaus.net",
            f"{KEY}.zen.dq.spamhaus.net*2",
            "***.zen.dq.spamhaus.net=127.0.0.[2..11]*2",
        ),
        ("exim", "zen.spamhaus.org", "zen.spamhaus.org", "zen.spamhaus.org!&0.255.255.0"),
        ("exim", "bl.spamcop.net", "bl.spamcop.net=127.0.0.9", "bl.spamcop.net=127.0.0.2"),
        (
            "exim",
            "bl.example",
            "bl.example&0.0.0.1/$sender_address_domain",
            "bl.example!&0.255.255.0/$sender_address_domain",
        ),
        (
            "sendmail",
            "bl.spamcop.net",
            "dnsbl bl.spamcop.net",
            "FEATURE(`enhdnsbl', `bl.spamcop.net', `', `t', `127.0.0.2.')",
        ),
        ("rspamd", "bl.example", 'rbl = "bl.example";', None),
    ],
)
def test_narrow(mta: str, zone: str, text: str, new: str | None) -> None:
    assert _narrowed(mta, zone, text) == new


def test_remove() -> None:
    assert str(remove(_one("postfix", "a.example", "reject_rbl_client a.example"))) == (
        "/etc/conf:7, p: remove reject_rbl_client a.example"
    )
    rspamd = remove(_one("rspamd", "a.example", 'rbl = "a.example";', "rbls.nixspam"))
    assert rspamd.new == "rbls { nixspam { enabled = false; } }"
    assert remove(_one("spamassassin", "a.example", "x")).new == "dns_query_restriction deny a.example"


def test_what_is_advised_counts_every_code_and_no_error() -> None:
    catalogue = load()
    for service in catalogue.services:
        wanted = usual(service.zone, service)
        test = answers.compiled("postfix", wanted)
        for third in (0, 1, 2, 10, 255):
            for last in range(256):
                if test((127, 0, third, last)):
                    assert catalogue.error(service.zone, f"127.0.{third}.{last}") is None, (service.zone, third, last)
        assert not test((127, 255, 255, 254))
        if service.zone not in DOCUMENTED:
            for code in service.codes:
                value = answers.octets(code)
                if value is not None and code.startswith(wanted.rpartition(".")[0].partition("[")[0]):
                    assert test(value), (service.zone, code)
