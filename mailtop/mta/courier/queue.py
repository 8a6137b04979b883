"""queue: Courier's scheduler and its delivery modules.

    newmsg,id=0038C081.4D026173.000051A4: dns; helo (name [192.0.2.1])
    started,id=0038C081.4D026173.000051A4,from=<sender>,module=esmtp,host=example.com,addr=<recipient>
    id=0038C081.4D026173.000051A4,from=<sender>,addr=<recipient>,size=329,success: delivered: mx.example.com [192.0.2.2]
    id=0038C081.4D026173.000051A4,from=<sender>,addr=<recipient>: 550 no such user
    id=0038C081.4D026173.000051A4,from=<sender>,addr=<recipient>,status: failure
    completed,id=0038C081.4D026173.000051A4

A delivery is counted once: its `success:`, or its `status:` when that is no success. Courier writes `_` for blanks in
HELO; addresses may hold `,addr=<`: where there is more than one way to read the two, they are unknown; and where there
is more than one outcome, no delivery is counted.

Source: courier/courierd.C, courier/libs/comtrack.c, module.local, module.esmtp (clog_msg_*); Courier 0.60 to 1.3.
"""

import re
from itertools import islice
from typing import Final

from mailtop.event import Accept, Deliver, Event, Notice, Queue, Remove, Unparsed

_NEW = re.compile(rb"newmsg,id=([0-9A-F.]{1,64}): (?:dns; (\S*) \((?:(\S+) )?\[([0-9A-Fa-f.:]{2,45})\]\))?")
_STARTED = re.compile(rb"started,id=([0-9A-F.]{1,64}),from=<(.*?)>,module=", re.DOTALL)
_COMPLETED = re.compile(rb"completed,id=([0-9A-F.]{1,64})")
_ID = re.compile(rb"id=([0-9A-F.]{1,64}),from=<")
_ADDRESS: Final = b">,addr=<"
_OUTCOME = re.compile(rb">(?:,size=\d{1,18})?(,success|,status|,failure|,deferred|): ")
_RELAY = re.compile(rb"delivered: (\S+ \[[0-9A-Fa-f.:]{2,45}\])")
_STATUS: Final = {b"deferred": b"deferred", b"failure": b"bounced", b"failed": b"bounced"}
_QUIET: Final = (b"Waiting.", b"Initializing", b"Started ", b"Installing", b"queuedelivering", b"Loading", b"Shutdown")
_LOCAL: Final = (b"127.0.0.1", b"::1", b"::ffff:127.0.0.1")


def parse(text: bytes) -> Event | None:
    """One line of courierd, courieresmtp, courierlocal and their like."""
    if text.startswith(b"id=") and (found := _ID.match(text)):
        return _delivered(text, found[1], found.end())
    if found := _NEW.match(text):
        ident, helo, name, client = found.groups()
        if client is None or client in _LOCAL:
            return Queue(ident, text=text)
        return Accept(ident, client, name, helo=helo or None)
    if found := _STARTED.match(text):
        ident, sender = found.groups()
        return Queue(ident, (sender or b"<>") if text.count(b">,module=") == 1 else None, status=b"active")
    if found := _COMPLETED.match(text):
        return Remove(found[1], b"removed")
    return None if text.startswith(_QUIET) else Unparsed(text)


def _delivered(text: bytes, ident: bytes, at: int) -> Event | None:
    """The outcome of one recipient; the addresses only where they can be read in one way."""
    sender: bytes | None
    sender, found, rest = text[at:].partition(_ADDRESS)
    outcomes = list(islice(_OUTCOME.finditer(rest), 2)) if found else []
    if not outcomes:
        return Unparsed(text)
    if len(outcomes) > 1:  # in an address, or in what the next hop said
        return Notice(text, queue_id=ident)
    recipient: bytes | None = rest[: outcomes[0].start()]
    how, said = outcomes[0][1], rest[outcomes[0].end() :]
    if _ADDRESS in rest:
        sender = recipient = None
    if how == b",success":
        relay = _RELAY.match(said)
        return Deliver(ident, recipient or None, relay[1] if relay else None, None, None, None, b"sent", None, said)
    status = _STATUS.get(said.strip()) if how == b",status" else _STATUS.get(how[1:])
    if status is not None:
        return Deliver(ident, recipient or None, None, None, None, None, status, None, said)
    if how == b",status":  # the success that has a line of its own
        return None
    return Notice(said, queue_id=ident, sender=None if sender is None else sender or b"<>", recipient=recipient or None)
