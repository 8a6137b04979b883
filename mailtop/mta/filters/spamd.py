"""spamd: SpamAssassin's daemon. Source: spamd.raw of SpamAssassin 4.0.1 (the same since 3.0).

    spamd: connection from localhost [127.0.0.1]:44022 to port 783, fd 5
    spamd: checking message <MESSAGE-ID> for user:1000
    spamd: identified spam (12.3/5.0) for user:1000 in 0.4 seconds, 2048 bytes.
    spamd: result: Y 12 - TEST,TEST scantime=0.4,size=2048,user=u,uid=1000,required_score=5.0,rhost=::1,raddr=::1,\
rport=44022,mid=<MESSAGE-ID>,autolearn=no

The result is the verdict; `identified spam` and `clean message` say the same without naming the message, and are
notices. rhost is spamd's own client, not the SMTP client. spamd writes no comma and no blank into mid.

What DNS lists refuse or leave unanswered is said by tests whose names end in _BLOCKED, and by warnings:

    check: dns_block_rule RULE hit, creating FILE (.. or use "dns_query_restriction deny ZONE" to disable queries)
    async: aborting after 9.668 s, deadline shrunk: DNSBL, A/5.113.0.203.list.test, rules: RCVD_IN_X

BUGS: RCVD_IN_ tests name no address, so no list's answer follows from them. A message-id with a blank or comma is
logged with `_` for it, and does not join.
"""

import re
from typing import Final

from mailtop.event import Event, Filter, LookupError_, Notice, Unparsed
from mailtop.mta.filters.fields import message_id
from mailtop.mta.zones import split_query

_RESULT = re.compile(rb"result: (?P<spam>[Y.]) +-?\d+ - ")
_BLOCKED: Final = {
    b"RCVD_IN_ZEN_BLOCKED": b"zen.spamhaus.org",
    b"RCVD_IN_ZEN_BLOCKED_OPENDNS": b"zen.spamhaus.org",
    b"URIBL_ZEN_BLOCKED": b"zen.spamhaus.org",
    b"URIBL_ZEN_BLOCKED_OPENDNS": b"zen.spamhaus.org",
    b"URIBL_DBL_BLOCKED": b"dbl.spamhaus.org",
    b"URIBL_DBL_BLOCKED_OPENDNS": b"dbl.spamhaus.org",
    b"URIBL_BLOCKED": b"multi.uribl.com",
    b"SURBL_BLOCKED": b"multi.surbl.org",
    b"RCVD_IN_DNSWL_BLOCKED": b"list.dnswl.org",
    b"RCVD_IN_VALIDITY_RPBL_BLOCKED": b"bl.score.senderscore.com",
}
"""test of SpamAssassin's own rules that says a list refused -> zone"""
_RULE_HIT = re.compile(rb'check: dns_block_rule \S+ hit, .*"dns_query_restriction deny ([0-9A-Za-z_.-]+)"')
_ABORTED = re.compile(rb"async: aborting after [\d.]+ s, [^:]*: DNSBL, A/(\S+?), rules: ")
_NOISE = (
    b"connection from ", b"got connection over ", b"checking message ", b"processing message ", b"setuid ", b"handled ",
    b"server ", b"restarting", b"child ", b"using default config", b"creating default_prefs", b"still running as root",
    b"alarm", b"accept", b"timing: ", b"created ", b"Tell: ", b"got ", b"cleaned ", b"copying ",
)  # fmt: skip
_OTHERS = (b"prefork: ", b"logger: ", b"rules: ", b"config: ", b"zoom: ", b"plugin: ", b"netset: ", b"timing: ")
_FAULTS = (
    b"bayes: ", b"util: ", b"dns: ", b"check: ", b"auto-whitelist: ", b"pyzor: ", b"razor2: ", b"dcc: ", b"spf: ",
    b"error", b"warn", b"Use of", b"locker: ", b"learn: ", b"async: ", b"txrep: ", b"askdns: ", b"dkim: ",
)  # fmt: skip


def parse(text: bytes) -> Event | list[Event] | None:
    """One line of spamd."""
    if not text.startswith(b"spamd: "):
        if text.startswith((b"identified spam", b"clean message")):
            return Notice(text)
        if text.startswith((b"check: dns_block_rule ", b"async: aborting ")) and (fault := _fault(text)):
            return fault
        if text.startswith(_OTHERS) or text.startswith(_NOISE):
            return None
        return Notice(text) if text.startswith(_FAULTS) else Unparsed(text)
    said = text[7:]
    if found := _RESULT.match(said):
        spam = found["spam"] == b"Y"
        before, named, rest = said.rpartition(b",mid=")
        mid = message_id(rest.partition(b",")[0]) if named and before else None
        verdict = Filter(
            None, status=b"spam" if spam else b"ham", reason=b"content" if spam else None, text=said, message_id=mid
        )
        faults = _refused(said[found.end() :])
        return [verdict, *faults] if faults else verdict
    if said.startswith(_NOISE):
        return None
    return Notice(said)


def _fault(text: bytes) -> Event | None:
    """A list that refused, or did not answer in time."""
    if found := _RULE_HIT.match(text):
        return LookupError_(found[1], None, text)
    if found := _ABORTED.match(text):
        client, zone = split_query(found[1])
        return LookupError_(zone, client, text) if zone else None
    return None


def _refused(tests: bytes) -> list[Event]:
    """The lists that refused, once each; what follows the tests is the message's."""
    names = tests.partition(b" scantime=")[0].split(b",")
    zones = {_BLOCKED[name]: name for name in reversed(names) if name in _BLOCKED}
    return [LookupError_(zone, None, name) for zone, name in zones.items()]
