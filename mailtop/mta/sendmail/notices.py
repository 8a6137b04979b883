"""notices: what else Sendmail says: its own troubles, its neighbours', and noise.

Source: main.c, daemon.c (starting, load, children), err.c (SYSERR), headers.c (MIME repairs), usersmtp.c (protocol
errors of the next hop), queue.c, conf.c (tcpwrappers, load average), alias.c.
"""

import re
from typing import Final

from mailtop.event import Event, Notice, Unparsed
from mailtop.mta.parser import words

NOISE: Final = words(
    """
    starting daemon | restarting | started as: | stopping daemon | grew WorkList | File descriptors missing |
    gethostbyaddr( | /etc/ | alias database | sendmail startup | sendmail shutdown | runqueue: | SMTP outgoing connect |
    --- | <-- | MCI@ | CLEAR_STATE | QUIT: | finis | assigned id | makeconnection | dropenvelope | discarded stale |
    tls_srv_features | tls_clt_features | delaying= | terminating | rebuilding alias |
    dns | alias | engine= | AUTH: available | AUTH=client, available | STARTTLS=init | STARTTLS: info | Sending " |
    STARTTLS: CACertPath
    """
)
"""Openings of lines that say nothing of mail, clients or faults."""

_TROUBLES: Final = words(
    """
    SYSERR | rejecting connections on daemon | accepting connections again | deferring connections on |
    delaying connections on | have been rejecting connections | rejecting new messages | Authentication-Warning |
    Fixed MIME | Truncated | Losing | locked | forward | aliasing/forwarding loop | Too many hops | Infinite loop |
    WARNING | Warning: | warning: | ERROR | error: | problem | low on | cannot | Cannot | can't | could not |
    Could not | unable | ownership change | putbody | quarantine | ldap | LDAP | Error | readqf | orphan | bogus |
    I/O error | Deny user | returntosender | savemail | mailer | out of memory | dropped | split: | discarding |
    rewrite: | Unknown | unknown | invalid | Removed | queue
    """
)
"""Openings of lines worth keeping as they are."""

_PROTOCOL = re.compile(rb"(\S{1,100}): SMTP (?:MAIL|RCPT|DATA)[-\w]* protocol error: ").match
_STATE = re.compile(rb" *\d{1,4}: fl=0x|\S+: \d+ aliases, longest ").match
"""a table of open files, as after a fault; what newaliases(1) has done"""
_REPLIED = re.compile(rb"(?:\w+ )?reply: read error from (\S+)").match


def parse_notice(word: bytes | None, rest: bytes) -> Event | None:
    """A line that speaks of no client and moves no message."""
    if rest.startswith(NOISE) or not rest.strip() or _STATE(rest):
        return None
    if found := _PROTOCOL(rest) or _REPLIED(rest):
        return Notice(rest, queue_id=word, relay=found[1])
    if rest.startswith(_TROUBLES):
        return Notice(rest, queue_id=word)
    return Unparsed(rest)
