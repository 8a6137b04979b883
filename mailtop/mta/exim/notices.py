"""notices: what Exim says of a message in the queue, of itself, and what says nothing of mail at all.

Source: deliver.c and queue.c (frozen, unfrozen, removed, error ignored), transports/smtp.c (a next hop's trouble),
dkim.c, dmarc.c, host.c (names), receive.c (no immediate delivery), exim.c and daemon.c (start, queue runs, arguments).

A line that begins with a queue ID is about that message, whatever it says: an ACL's `logwrite` is the administrator's
own words, and is shown as a notice. Lines of the rejectlog that follow a rejection (`Envelope-from:`, the header, a row
of dashes) are noise, because the rejection itself is counted.
"""

import re
from typing import Final

from mailtop.event import Event, Filter, Notice, Queue, Unparsed
from mailtop.mta.exim.host import ADDRESS, peer
from mailtop.mta.parser import words

NOISE: Final = words(
    """
    Start queue run: | End queue run: | Start ' | End ' | exim user lost privilege | cwd= | listening for | pid= |
    daemon started | daemon terminating | notify triggered queue run | Abandon queue run: | Long | --------- |
    Envelope-from: | Envelope-to: | listen backlog | SIGHUP received | no shared cipher | OCSP unusable |
    proxy internal | Connections=
    """
)
"""Openings of lines that say nothing of mail traffic."""

TROUBLE: Final = words(
    """
    no host name found for IP address | no IP address found for host | TLS error on | SSL verify | Warning: |
    WARNING: | failed to | Failed to | unable to | cannot | Cannot | can't | Couldn't | could not | Could not |
    error | Error | internal | malware acl | spam acl | invalid | bad value | expansion of | Expansion of | ACL |
    unknown | socket bind() | bind of | spool | log directory | open of | exec of | recipient verify |
    ident connection | host name alias | VRFY failed for | ETRN | ignoring AUTH= | too many | Tainted | DANE |
    DKIM: | ARC: | DMARC | [ | getsockopt | getpeername | dnssec | dnslists domain | dnslist query |
    Exim configuration | connection from | fork | string too large | accept( | TCP Fast | Process | regex acl |
    EHLO/HELO response | configured error code | More than one |
    list | routing | local_scan() | LDAP | MYSQL | PGSQL | REDIS | lookup of |
    unexpected | database | timed out while | SIGTERM | pid | Message abandoned | ridiculously long | overlong |
    SRS | SPF | PROXY | Neither | Unexpected | Unhandled | syslog | ** | daemon: | readconf | delivery | mailbox |
    Ci= | sender verify | attempt | 2nd fork | ATRN | conversion | setgroups | setuid | unqualified
    """
)
"""Openings of what Exim says when something is not as it should be, and of its other remarks (log_write's formats)."""

_DMARC = re.compile(rb"DMARC results: .*enforcement='([^']*)'", re.DOTALL).match
_SA = re.compile(
    rb"SA: Action: (?P<did>[^:]*): .*Message-Id: (?P<id>[^)]{0,512})\)\. From <(?P<from>" + ADDRESS
    + rb")> \(host=(?P<name>\S*) \[(?P<ip>[^\]]*)\]\) for (?P<to>.*)$",
    re.DOTALL,
).match
_HEADER = re.compile(rb"[A-Za-z* ]{1,2} ?[!-9;-~]+:(?: |$)").match
_IP = re.compile(rb"IP address ([0-9A-Fa-f.:]+)$").search
_DURING = re.compile(rb"\(during SMTP connection from (.*)\)$", re.DOTALL).search
_NEXT_HOP = re.compile(rb"(?:H=)?([\w.-]+ \[[^\]\s]*\](?::\w+)?)").match
_FROZEN: Final = (b"Frozen", b"frozen by", b"*** Frozen", b"Message is frozen")
_STATES: Final = (
    (_FROZEN, b"frozen"),
    ((b"Unfrozen", b"unfrozen by", b"*** Unfrozen"), b"unfrozen"),
    ((b"removed by", b"cancelled by"), b"removed"),
    ((b"no immediate delivery:",), b"queued"),
)
_AUTHENTIC: Final = {b"verification succeeded": b"pass", b"invalid": b"fail", b"verification failed": b"fail"}


def of_message(word: bytes, text: bytes) -> Event:
    """A line that begins with a queue ID, and is nobody else's."""
    for openings, status in _STATES:
        if text.startswith(openings):
            return Queue(word, None, None, status, text)
    if text.startswith(b"DKIM: d=") and text[-1:] == b"]":
        said = text[text.rfind(b"[") + 1 : -1]
        return Filter(word, status=authenticity(said), reason=b"dkim", text=text)
    if text.startswith(b"DMARC results: ") and (found := _DMARC(text)):
        return Filter(word, status=found[1].lower(), reason=b"dmarc", text=text)
    if text.startswith(b"SA: ") and (found := _SA(text)):
        return _scanned(word, text, found)
    hop = _NEXT_HOP(text)
    return Notice(text, queue_id=word, relay=hop[1] if hop else None)


def authenticity(said: bytes) -> bytes:
    """What became of a DKIM signature: pass, fail or neutral."""
    return next((code for opening, code in _AUTHENTIC.items() if said.startswith(opening)), b"neutral")


def _scanned(word: bytes, text: bytes, found: re.Match[bytes]) -> Event:
    """sa-exim's verdict."""
    did = found["did"].lower()
    status = b"discard" if b"tossed" in did else b"spam" if b"spam" in did else b"ham"
    ident = found["id"].strip(b"<> ")
    return Filter(
        word, found["ip"], found["name"] if found["name"] != b"NULL" else None, b"END-OF-MESSAGE", status, b"content",
        text, found["from"] or b"<>", found["to"], None, b"<" + ident + b">" if ident else None,
    )  # fmt: skip


def other(text: bytes) -> Event | None:
    """A line without a queue ID that no other reader knows."""
    if text.startswith(NOISE) or text[:1] in b" \t" or (text[:1].isalpha() and _HEADER(text)):
        return None
    if text.startswith(b"exim ") and b" daemon " in text:
        return None
    if text.startswith(b"no host name found for IP address ") and (found := _IP(text)):
        return Notice(text, found[1])
    if text.startswith(b"no IP address found for host ") and (found := _DURING(text)):
        who = peer(found[1])
        return Notice(text, who.client, who.name) if who else Notice(text)
    if text.startswith(b"pid ") and b": SIGHUP received" in text:
        return None
    if text.startswith(b"[") and (at := text.find(b"] ")) > 0:
        return Notice(text, text[1:at])
    if text.startswith(TROUBLE) or b" authenticator " in text[:80]:
        return Notice(text)
    return Unparsed(text)
