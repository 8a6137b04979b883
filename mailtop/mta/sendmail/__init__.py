"""Sendmail, 8.12 to 8.18: which syslog tags are its processes, and what their lines report.

In: the text of a line of `sm-mta` (the daemon), `sm-msp-queue` and `sm-que` (queue runners), `sendmail` (either, or a
user's submission) or a daemon of another name (`sm-acceptingconnections`, `sendmail-in`). Out: events.

The tag `sendmail` alone is Sendmail's; Postfix's sendmail(1) writes `postfix/sendmail`.

The daemon forks for each client, so host, tag and process tell its sessions apart. It logs who connected from LogLevel
10 on; at the usual 9, a session begins with the first line that its client gives cause for. Formats are those of
sendmail/*.c, named in the modules.

BUGS: a process number that is given out again within an hour continues the old session, unless it begins with
`connect from`. Which daemon port a client used (`daemon=MSA`) is not told apart.
"""

import re
from typing import Final

from mailtop.event import Event, Notice, Unparsed
from mailtop.mta.parser import Daemon
from mailtop.mta.sendmail.client import parse_client
from mailtop.mta.sendmail.fields import QUEUE_ID
from mailtop.mta.sendmail.message import moved, recipients, sender
from mailtop.mta.sendmail.milter import parse_milter
from mailtop.mta.sendmail.notices import parse_notice
from mailtop.mta.sendmail.rules import parse_rule

_QUEUES: Final = frozenset({b"sm-msp-queue", b"sm-que"})
"""queue runners: they have no clients"""
_KNOWN: Final = frozenset({b"sendmail", b"sm-mta", b"sm-acceptingconnections"}) | _QUEUES
_TAG = re.compile(rb"(?:sendmail|sm-[a-z-]{1,30})\[\d{1,10}\]: (?!(?:sendmail|sm-[a-z-]{1,30})\[)").match
"""the tag once more, as a log server puts it there that takes the sender's for text"""


def parse(text: bytes) -> Event | list[Event] | None:
    """One line of any Sendmail process."""
    found = QUEUE_ID(text)
    if found is None:
        relayed = _TAG(text)
        return parse(text[relayed.end() :]) if relayed else _parse(None, text, text)
    word: bytes | None
    word, part = found.groups()
    rest = text[found.end() :]
    if word == b"NOQUEUE":
        word = None
    if part is not None and part != b"1":  # a line that sm_syslog cut in pieces: what follows is no line of its own
        return Notice(rest, queue_id=word)
    return _parse(word, rest, text)


def _parse(word: bytes | None, rest: bytes, text: bytes) -> Event | list[Event] | None:
    event: Event | list[Event] | None
    if rest.startswith(b"to="):
        event = recipients(word, rest)
    elif rest.startswith(b"from="):
        event = sender(word, rest)
    elif rest.startswith(b"ruleset="):
        event = parse_rule(word, rest[8:])
    elif rest.startswith((b"Milter", b"milter")):
        event = parse_milter(word, rest)
    elif rest.startswith(b"[ID "):  # Solaris' header, which the reader takes off
        event = Unparsed(text)
    else:
        event = moved(word, rest) or parse_client(word, rest) or parse_notice(word, rest)
    return Unparsed(text) if type(event) is Unparsed else event


def recognise(program: bytes) -> Daemon | None:
    """The Sendmail process that a syslog tag names; None when it is not Sendmail's."""
    if program in _KNOWN:
        return Daemon("sendmail", program.decode("ascii"), parse, program not in _QUEUES)
    if b"/" in program:
        return None
    if program.startswith(b"sm-"):
        return Daemon("sendmail", "sm-mta", parse, True)
    return Daemon("sendmail", "sendmail", parse, True) if program.startswith(b"sendmail") else None
