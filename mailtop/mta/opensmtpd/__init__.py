"""OpenSMTPD, 5.x to 7.x: what the one tag `smtpd` (no `postfix/` before it) says of sessions and deliveries.

In: the text of a line. Out: an event; a list where an acceptance names its message and recipient.
Source: smtp_session.c, mta.c (log_attempt), mta_session.c, mda.c, queue.c (log_envelope), bounce.c, lka_session.c.
Three spellings of the same things, all of them one line for one fact, with the session as 16 hexadecimal digits:

    5.x   smtp-in: New session 08d856b172f69c5c from host mail.sender.example [198.51.100.20]
    6.0   08d856b172f69c5c smtp event=connected address=198.51.100.20 host=mail.sender.example
    6.4-  08d856b172f69c5c smtp connected address=198.51.100.20 host=mail.sender.example

Only the line of the connection names the client; the others name the session, and the store joins them. A message's
ID is eight digits, its envelopes' IDs sixteen that begin with it: the queue ID of all of them is the eight.

`command="..."` is the client's, strvis(3)-quoted but for quotation marks; `result="..."` behind it is the server's:
the last ` result="` counts. In a delivery, sender and recipient are addresses read with their quoting, and the result
stands before the next hop's words.

Postfix writes `smtpd` only behind its syslog_name and a slash. What another program says under this tag is not
understood.

BUGS: an `accept` names its session alone; its client is the store's to find. A session that begins before the log does
has no client. `550 Invalid recipient` is said of users that are not here and of mail that no rule carries: both are
counted as `unknown_user`. A filter's verdict that is no reply (junk) is not logged. Bounces come in over a session from
`local`, whose refusals name no client.
"""

import re
from typing import Final

from mailtop.event import Event, Notice, Unparsed
from mailtop.mta.opensmtpd.delivery import delivery, old_delivery, outbound
from mailtop.mta.opensmtpd.old import parse_old
from mailtop.mta.opensmtpd.session import SMTP
from mailtop.mta.parser import Daemon, words

_LINE = re.compile(
    rb"([0-9a-f]{16}) (smtp|mta|mda|queue|lka|bounce|smtp-in|smtp-out) (?:event=)?([a-z-]+)(?: +(.*))?$", re.DOTALL
).match
_OLD_DELIVERY = re.compile(
    rb"(relay|delivery): (Ok|TempFail|PermFail|Loop|Expire\w*) for ([0-9a-f]{16}): (.*)$", re.DOTALL
).match
NOISE: Final = words(
    """
    debug: | info: | trace | smtp: | mta: | mda: | scheduler: | queue-backend | expand: | mproc: | bounce: | setup_ |
    startup | exiting | parent | lka | queue | control | pony | ca exiting | klondike | OpenSMTPD | scheduler
    """
)
_TROUBLES: Final = words(
    """
    warn: | warning: | fatal | smtp-out: | smtp-in: | error | imsg | filter | table | pipe | Exiting | dead
    """
)
"""Openings of lines that are told as they are"""


def parse(text: bytes) -> Event | list[Event] | None:
    """One line."""
    if found := _LINE(text):
        session, part, event, rest = found.groups()
        read = SMTP.get(event) if part == b"smtp" else None
        if read:
            return read(session, rest or b"", text)
        if event == b"delivery" and (delivered := delivery(rest or b"")):
            return delivered
        if part in (b"mta", b"mda"):
            return outbound(event, rest or b"", text)
        return Notice(text)
    if text.startswith(b"smtp-in: "):
        return parse_old(text)
    if (found := _OLD_DELIVERY(text)) and (sent := old_delivery(found[2], found[3], found[4])):
        return sent
    if text.startswith(NOISE) or not text.strip():
        return None
    return Notice(text) if text.startswith(_TROUBLES) else Unparsed(text)


def recognise(program: bytes) -> Daemon | None:
    """OpenSMTPD, when the tag is its own; None for a name that only begins like it."""
    return Daemon("opensmtpd", "smtpd", parse) if program in (b"smtpd", b"opensmtpd") else None
