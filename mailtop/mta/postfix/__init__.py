"""Postfix: which syslog tags are its daemons, and the parser of each.

A tag is `postfix/smtpd`, or has the service's name between (`postfix/submission/smtpd`), or another syslog_name
before the slash (`postfix-out/smtp`, `mx-in/smtpd`). A tag of Postfix whose daemon has no parser of its own is read
by the shape of its text.
"""

from collections.abc import Callable
from typing import Final

from mailtop.event import Event, Unparsed
from mailtop.mta.parser import Daemon, Parse, Shape
from mailtop.mta.postfix import delivery, postscreen, queue, smtpd
from mailtop.mta.postfix.other import parse_anvil, parse_other

PARSERS: Final[dict[str, Parse]] = {
    "smtpd": smtpd.parse,
    "postscreen": postscreen.parse,
    "dnsblog": postscreen.parse_dnsblog,
    "qmgr": queue.parse,
    "oqmgr": queue.parse,
    "nqmgr": queue.parse,
    "cleanup": queue.parse,
    "pickup": queue.parse,
    "bounce": queue.parse,
    "defer": queue.parse,
    "trace": queue.parse,
    "postsuper": queue.parse,
    "smtp": delivery.parse,
    "lmtp": delivery.parse,
    "local": delivery.parse,
    "virtual": delivery.parse,
    "pipe": delivery.parse,
    "error": delivery.parse,
    "retry": delivery.parse,
    "discard": delivery.parse,
    "relay": delivery.parse,
    "anvil": parse_anvil,
    "verify": parse_other,
    "trivial-rewrite": parse_other,
    "tlsproxy": parse_other,
    "tlsmgr": parse_other,
    "scache": parse_other,
    "master": parse_other,
    "proxymap": parse_other,
    "flush": parse_other,
    "showq": parse_other,
    "postfix-script": parse_other,
    "postlogd": parse_other,
    "postlog": parse_other,
    "postmulti": parse_other,
    "postqueue": parse_other,
    "postdrop": parse_other,
    "postmap": parse_other,
    "postalias": parse_other,
    "sendmail": parse_other,
    "qmqpd": smtpd.parse,
    "spawn": parse_other,
}
"""Daemon or command -> parser of its lines."""

SHAPES: Final[dict[Parse, tuple[Shape, ...]]] = {
    smtpd.parse: smtpd.SHAPES,
    postscreen.parse: postscreen.SHAPES,
    postscreen.parse_dnsblog: postscreen.DNSBLOG_SHAPES,
    queue.parse: queue.SHAPES,
    delivery.parse: delivery.SHAPES,
}
"""Parser -> the usual lines of its daemons."""

SESSIONS: Final = frozenset({"smtpd", "qmqpd"})
"""Daemons that serve one client at a time per process."""


def parse_any(text: bytes) -> Event | None:
    """A line whose daemon is not known: the first parser that understands it."""
    parsers: tuple[Callable[[bytes], Event | None], ...] = (
        smtpd.parse, postscreen.parse, delivery.parse, queue.parse, postscreen.parse_dnsblog, parse_anvil, parse_other,
    )  # fmt: skip
    noise = False
    for parse in parsers:
        event = parse(text)
        if event is None:
            noise = True
        elif type(event) is not Unparsed:
            return event
    return None if noise else Unparsed(text)


def recognise(program: bytes) -> Daemon | None:
    """The Postfix daemon that a syslog tag names; None when it is not Postfix's."""
    first, slash, path = program.partition(b"/")
    name = path.decode("ascii", "replace")
    last = name.rpartition("/")[2]
    ours = first.startswith(b"postfix")
    if not slash:
        return Daemon("postfix", program.decode("ascii", "replace"), parse_other) if ours else None
    if last not in PARSERS:
        return Daemon("postfix", name, parse_any) if ours else None
    return Daemon("postfix", name, PARSERS[last], last in SESSIONS, SHAPES.get(PARSERS[last], ()))
