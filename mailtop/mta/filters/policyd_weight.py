"""policyd-weight: a policy service that scores a client by DNS lists, HELO and DNS. Source: policyd-weight 0.1.15.

    weighted check:  IN_DYN_PBL_SPAMHAUS=3.25 NOT_IN_SPAMCOP=-1.5 BL_NJABL=ERR(0) ..; <client=name[192.0.2.1]> \
<helo=..> <from=a@b> <to=c@d>; rate: 5.7
    decided action=550 Mail appeared to be SPAM or forged. ..; <client=name[192.0.2.1]> <helo=..> <from=..> <to=..>; \
delay: 1s

Both are notices: smtpd logs the refusal itself. Where the check was made (not taken from the cache) the lists that
named the client are `Listed`, and those that did not answer `LookupError_`; their names are those of the program's
own configuration.
"""

import re
from typing import Final

from mailtop.event import Event, Listed, LookupError_, Notice, Unparsed
from mailtop.mta.filters.fields import ADDRESS, IP

ZONES: Final = {
    b"DYN_PBL_SPAMHAUS": b"pbl.spamhaus.org",
    b"PBL_SPAMHAUS": b"pbl.spamhaus.org",
    b"SBL_XBL_SPAMHAUS": b"sbl-xbl.spamhaus.org",
    b"ZEN_SPAMHAUS": b"zen.spamhaus.org",
    b"SPAMCOP": b"bl.spamcop.net",
    b"BL_NJABL": b"dnsbl.njabl.org",
    b"DYN_NJABL": b"dynablock.njabl.org",
    b"IX_MANITU": b"ix.dnsbl.manitu.net",
    b"DSBL_ORG": b"list.dsbl.org",
    b"ORDB_ORG": b"relays.ordb.org",
}
"""name of a list in the default configuration -> zone"""

_TRACE = re.compile(
    rb"; (?:<instance=[^<>]*> )?<client=(?P<name>[^\s\[\]<>]*)\[(?P<ip>%b)\]> <helo=[^\s<>]*> <from="
    rb"(?:(?P<sender>%b)> <to=(?P<to>%b)>; (?:rate|delay): [^<>]*$)?" % (IP, ADDRESS, ADDRESS)
)
_TEST = re.compile(rb" (IN_)?(\w+)=(ERR\([-\d.]*\)|[-\d.]+)")
_NOISE = (
    b"policyd-weight ", b"child:", b"master:", b"cache", b"Daemon ", b"could not connect to cache", b"debug:",
    b"Abnormal exit", b"startup",
)  # fmt: skip


def parse(text: bytes) -> Event | list[Event] | None:
    """One line of policyd-weight."""
    if not text.startswith((b"weighted check:", b"decided action=")):
        if text.startswith(_NOISE):
            return None
        return Notice(text) if text.startswith((b"warning", b"err", b"Got SIG", b"rbl_lookup")) else Unparsed(text)
    traces = list(_TRACE.finditer(text))
    if len(traces) != 1:
        return Notice(text)
    trace = traces[0]
    client = trace["ip"]
    sender = trace["sender"]
    notice = Notice(
        text, client, trace["name"], sender=None if sender is None else sender or b"<>", recipient=trace["to"]
    )
    if text.startswith(b"decided"):
        return notice
    made: list[Event] = [notice]
    for listed, name, value in _TEST.findall(text, 15, trace.start()):
        zone = ZONES.get(name)
        if zone is None:
            continue
        if listed:
            made.append(Listed(client, zone, None))
        elif value.startswith(b"ERR"):
            made.append(LookupError_(zone, client, name + b"=" + value))
    return made if len(made) > 1 else notice
