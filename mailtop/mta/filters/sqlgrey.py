"""sqlgrey: greylisting for Postfix in a database. Source: sqlgrey 1.8.0 (mylog).

    grey: new: 192.0.2(192.0.2.1), a@b -> c@d
    grey: early reconnect: 192.0.2(192.0.2.1), a@b -> c@d
    grey: reconnect ok: 192.0.2(192.0.2.1), a@b -> c@d (00:05:10)
    spam: 192.0.2.1: a@b -> c@d at 1795305600

smtpd logs the 4xx: these are notices.
"""

import re

from mailtop.event import Event, Notice, Unparsed
from mailtop.mta.filters.fields import ADDRESS, IP

_GREY = re.compile(
    rb"(?:new|early reconnect|reconnect ok|throttling|from awl match: updating|domain awl match: updating): ?"
    rb"[^\s(]*\((?P<ip>%b)\)(?:, (?P<sender>%b)(?: -> (?P<to>%b))?)?(?:\(.*\)| \([^()]*\))?" % (IP, ADDRESS, ADDRESS)
)
_AWL = re.compile(rb"(?:from|domain) awl match: updating [^\s(]*\((?P<ip>%b)\), (?P<what>.*)" % IP, re.DOTALL)
_SPAM = re.compile(rb"(?P<ip>%b): (?P<sender>%b) -> (?P<to>%b) at \d+" % (IP, ADDRESS, ADDRESS))
_NOISE = (b"conf: ", b"perf: ", b"optin: ", b"whitelist: ", b"mail: ")
_NET_SERVER = re.compile(rb"\d{4}/\d\d/\d\d-\d\d:\d\d:\d\d ")


def parse(text: bytes) -> Event | None:
    """One line of sqlgrey."""
    kind, _, said = text.partition(b": ")
    if kind == b"grey":
        if found := _AWL.match(said):
            return Notice(text, found["ip"])
        if found := _GREY.fullmatch(said):
            sender = found["sender"]
            return Notice(text, found["ip"], sender=None if sender is None else sender or b"<>", recipient=found["to"])
        return Notice(text)
    if kind == b"spam":
        found = _SPAM.fullmatch(said)
        return Notice(text, found["ip"], sender=found["sender"], recipient=found["to"]) if found else Notice(text)
    if kind in (b"dbaccess", b"martians") or text.startswith((b"warning", b"error", b"fatal", b"Unknown logtype")):
        return Notice(text)
    if text.startswith(_NOISE):
        return Notice(text) if b"unrecognised" in text or b"warning" in text else None
    return (
        None
        if _NET_SERVER.match(text) or text.startswith((b"Process Back", b"Binding", b"Setting"))
        else Unparsed(text)
    )
