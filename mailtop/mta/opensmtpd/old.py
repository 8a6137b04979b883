"""old: the lines of OpenSMTPD 5.x: `smtp-in: ...`.

Source: smtp_session.c of 5.4 to 5.7.
"""

import re

from mailtop.event import Connect, Disconnect, Event, Hangup, Notice, Unparsed
from mailtop.mta.opensmtpd.fields import ENVELOPE, address_of, name_of
from mailtop.mta.opensmtpd.session import accepted, refused

_OLD_SESSION = re.compile(rb"smtp-in: New session ([0-9a-f]{16}) from host (\S*) \[([^\]]*)\]").match
_OLD = re.compile(
    rb"smtp-in: (Failed command|Bad input|Accepted message|Closing|Received disconnect|Disconnecting|Started TLS|"
    rb"Authentication \w+|Client certificate \w+|[A-Z][a-z ]+?)"
    rb"(?: ([0-9a-f]{8}))?(?: (?:on|from|for) )?(?: ?session ([0-9a-f]{16}))?(?:: ?(.*))?$",
    re.DOTALL,
).match
_OLD_COMMAND = re.compile(rb"\"(.*)\" => (\d\d\d.*)$", re.DOTALL).match


def parse_old(text: bytes) -> Event | list[Event]:
    """5.x: `smtp-in: ...`."""
    if found := _OLD_SESSION(text):
        address = address_of(found[3])
        return Connect(address, name_of(found[2]), found[1]) if address else Notice(text)
    found = _OLD(text)
    if found is None:
        return Notice(text)
    what, word, session, rest = found.groups()
    said = rest or b""
    if what in (b"Failed command", b"Bad input"):
        if what == b"Bad input":
            return refused(session, None, said)
        command = _OLD_COMMAND(said)
        return refused(session, command[1], command[2]) if command else Unparsed(text)
    if what == b"Accepted message" and word:
        envelope = ENVELOPE(said)
        size = re.search(rb"(?:^|, )size=(\d+)", envelope[4] if envelope else said.rpartition(b">")[2])
        if size is None:
            return Unparsed(text)
        if envelope:
            return accepted(word, envelope[2], envelope[3], size[1], session)
        return accepted(word, said.partition(b"from=<")[2].rpartition(b">")[0], None, size[1], session)
    if what == b"Closing":
        return Disconnect(None, None, None, session)
    if what in (b"Received disconnect", b"Disconnecting"):
        return Hangup(None, None, None, None, text, None, session)
    return Notice(
        text, tls=said.partition(b"version=")[2].partition(b",")[0] or None if what == b"Started TLS" else None
    )
