"""message: a message in Sendmail's queue: who sent it, and what became of each recipient.

Source: envelope.c (logsender: `from=.., size=.., class=.., nrcpts=.., msgid=.., proto=.., daemon=.., relay=..`, one
for each transaction; dropenvelope: `done; delay=..`), deliver.c (logdelivery: `to=a,b, ctladdr=.., delay=.., xdelay=..,
mailer=.., pri=.., relay=.., dsn=.., reply=.., stat=..`, one for all recipients that fared alike; sendall: `clone:`),
savemail.c (`DSN:`, `return to sender:`, `sender notify:`), srvrsmtp.c (logundelrcpts).

A `from=` line with the client's address is an acceptance when a message came: it has a size or a message-id. Without
both the client left, or had all its recipients refused, before its message; that is a notice.

What a next hop said (in `reply=` and `stat=`) stands behind `dsn=`, which is Sendmail's own: the status follows from
the first digit of that, and from the words of `stat=` only where there is none.

BUGS: `done` is logged from LogLevel 11 on; below it, a message is never seen to leave the queue. `to=..., stat=..`
without mailer and `dsn=` tells the recipients of a message that was refused to its client; it is a notice, because the
refusal has a line of its own.
"""

import re
from typing import Final

from mailtop.event import Accept, Deliver, Event, Filter, Notice, Queue, Remove, Unparsed
from mailtop.mta.sendmail.fields import ADDRESS, INNER, path, paths, peer, seconds

_FROM = re.compile(
    rb"from=(<" + INNER + rb">|[^<,]*|.{0,600}?), size=(\d+), class=-?\d+, (?:pri=-?\d+, )?nrcpts=(-?\d+)(.*)",
    re.DOTALL,
).match
_MSGID = re.compile(rb", msgid=(<[^>]*>|[^,]*)", re.DOTALL).match
_TO = re.compile(
    rb"to=((?>" + ADDRESS + rb"(?:," + ADDRESS + rb")*))(?:,? \[more\])?, "
    rb"(?:ctladdr=" + ADDRESS + rb"(?: \(\d+/\d+\))?, )?delay=([\d+:]+)(?:, xdelay=([\d+:]+))?"
    rb"(?:, mailer=([^,]*))?(?:, pri=-?\d+)?(?:, quarantine=[^,]*)?(?:, relay=([^,]*))?(?:, dsn=(\d\.\d+\.\d+))?(.*)",
    re.DOTALL,
).match
_CODE = re.compile(rb"(?:^|: |\()([245]\d\d)[ -]")
_FATES: Final = {b"2": b"sent", b"4": b"deferred", b"5": b"bounced"}
_NOTIFIED: Final = (b"DSN: ", b"return to sender: ", b"sender notify: ", b"postmaster notify: ")


def sender(word: bytes | None, rest: bytes) -> Event:
    """`from=...` after the queue ID."""
    found = _FROM(rest)
    if found is None:
        return Unparsed(rest)
    address, size, recipients, more = found.groups()
    head, _, relay = more.rpartition(b", relay=")
    msgid = _MSGID(head or more)
    message_id = msgid[1] if msgid else None
    client, name = peer(relay) if head or relay != more else (None, None)
    if client is None:
        return Queue(word, path(address), size, None, None, message_id)
    if recipients == b"0" or (size == b"0" and message_id is None):
        return Notice(rest, client, name, word, path(address))
    return Accept(word, client, name, None, path(address), None, size, message_id=message_id)


def recipients(word: bytes | None, rest: bytes) -> Event | list[Event]:
    """`to=...` after the queue ID: a delivery for each recipient."""
    found = _TO(rest)
    if found is None:
        return Unparsed(rest)
    listed, delay, attempt, mailer, relay, enhanced, more = found.groups()
    said = _said(more)
    fate = _fate(said, enhanced)
    if fate == b"queued":
        return [Queue(word, status=b"queued", text=b"to=" + one) for one in paths(listed)]
    if fate == b"quarantined":
        return [Filter(word, status=b"quarantine", text=said, recipient=one) for one in paths(listed)]
    if fate is None or (enhanced is None and mailer is None and attempt is None):
        return [Notice(said or rest, queue_id=word, recipient=one) for one in paths(listed)]
    code = _CODE.search(said)
    after = seconds(delay)
    return [
        Deliver(word, one, relay, after, None, enhanced, fate, code[1] if code else None, said or None)
        for one in paths(listed)
    ]


def _said(more: bytes) -> bytes:
    """What `stat=` says, with what the next hop replied."""
    if more.startswith(b", stat="):
        return more[7:]
    before, stat, said = more.rpartition(b", stat=")
    answer = before.partition(b", reply=")[2]
    if not stat:
        return b""
    return answer + b"; " + said if answer else said


def _fate(said: bytes, enhanced: bytes | None) -> bytes | None:
    if enhanced is not None:
        return _FATES.get(enhanced[:1])
    word = said.partition(b" ")[0].rstrip(b":")
    if word in (b"queued", b"quarantined"):
        return word
    if word == b"Sent":
        return b"sent"
    if not said:
        return None
    return b"deferred" if word == b"Deferred" else b"bounced"


def moved(word: bytes | None, rest: bytes) -> Event | None:
    """`done; ...`, and the lines of the form `ID: child: ...`; None when it is none of these."""
    if rest.startswith(b"done; delay="):
        return Remove(word, b"done")
    if rest == b"discarded":
        return Remove(word, b"discarded")
    child, colon, said = rest.partition(b": ")
    if not colon or not child.isalnum():
        return None
    if said.startswith(b"clone: owner="):
        return Queue(child, text=said)
    if said.startswith(_NOTIFIED):
        what = said.partition(b": ")[2]
        if what.startswith(b"Cannot send message "):
            return Queue(word, status=b"expired", text=said)
        return Queue(word, text=said)
    return None
