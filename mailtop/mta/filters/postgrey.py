"""postgrey: greylisting for Postfix. Source: postgrey 1.37, mylog_action and do_maintenance.

    QUEUEID: action=greylist, reason=new, client_name=.., client_address=.., sender=.., recipient=..
    action=pass, reason=triplet found, delay=603, client_name=.., ...
    whitelisted: mail.example.com[192.0.2.20]
    delayed 603 seconds: client=.., from=.., to=..                                  (before 1.28)

smtpd logs the 450 that follows from `action=greylist`, with the reason greylist: here it is a notice, because a second
reject would count every greylisting twice.

BUGS: values are not quoted, so a sender that holds `, recipient=` is not told from a recipient; both are then unknown.
"""

import re

from mailtop.event import Event, Notice, Unparsed
from mailtop.mta.postfix.fields import angle, queue_id

_ACTION = re.compile(
    rb"(?:(?P<id>[0-9A-Za-z]+): )?action=\w+, reason=[^,]*(?:, delay=\d+)?(?:, client_name=(?P<name>[^,]*))?"
    rb"(?:, client_address=(?P<ip>[^,/]*)(?:/\d+)?)?(?P<rest>(?:, (?:sender|recipient)=.*)?)",
    re.DOTALL,
)
_WHITELISTED = re.compile(rb"whitelisted: (?:([^\s\[\]]*)\[)?([0-9A-Fa-f.:]+)\]?")
_DELAYED = re.compile(rb"delayed \d+ seconds: client=([^,\[]*)(?:\[([0-9A-Fa-f.:]+)\])?, from=([^,]*), to=([^,]*)")
_FAULTS = (b"warning", b"error", b"fatal", b"WARNING: ", b"FATAL: ", b"Couldn't ", b"unrecognized request", b"ignoring")
_NOISE = (
    b"cleaning ", b"rm ", b"Setting ", b"Process Backgrounded", b"Binding ", b"Server closing", b"Exiting",
    b"HUP received", b"correcting date", b"Net::Server: ", b"Resolved ", b"Group Not Defined", b"User Not Defined",
)  # fmt: skip
_NET_SERVER = re.compile(rb"\d{4}/\d\d/\d\d-\d\d:\d\d:\d\d ")


def parse(text: bytes) -> Event | None:
    """One line of postgrey."""
    if found := _ACTION.fullmatch(text):
        sender, recipient = _addresses(found["rest"])
        return Notice(text, found["ip"], found["name"], queue_id(found["id"] or b""), sender, recipient)
    if found := _WHITELISTED.fullmatch(text):
        return Notice(text, found[2], found[1])
    if found := _DELAYED.match(text):
        return Notice(text, found[2], found[1], sender=angle(found[3]), recipient=found[4])
    if text.startswith(_FAULTS):
        return Notice(text)
    if text.startswith(_NOISE):
        return None
    if _NET_SERVER.match(text):  # what Net::Server says of itself
        return Notice(text) if b"already exists" in text else None
    return Unparsed(text)


def _addresses(rest: bytes) -> tuple[bytes | None, bytes | None]:
    """`, sender=A, recipient=B`, each perhaps absent (postgrey leaves out what is empty)."""
    if rest.count(b", recipient=") > 1 or rest.count(b", sender=") > 1:
        return None, None
    head, _, recipient = rest.partition(b", recipient=")
    if head and not head.startswith(b", sender="):
        return None, None
    return (angle(head[9:]) if head else None), recipient or None
