"""courier: Courier's IMAP and POP3 logins (`login`), its MTA (`esmtpd`, `queue`), and which tags are whose.

The login servers' tags are imapd, pop3d, imapd-ssl, pop3d-ssl; the MTA's begin with `courier`. authdaemond tests
passwords for all of them; what it says of an attempt is counted where the client is known, and a notice here.
"""

import re
from typing import Final

from mailtop.event import Event, Notice
from mailtop.mta.courier import esmtpd, login, queue
from mailtop.mta.parser import Daemon, Parse

_USER = re.compile(rb"pam_unix\([a-z0-9]*:auth\): authentication failure; .* user=(\S*)$", re.DOTALL)
_COMPLAINT = re.compile(rb"(?:ERR: |failed to |authdaemon: .*fail|.{0,64}\berror\b)", re.IGNORECASE)


def parse_authdaemon(text: bytes) -> Event | None:
    """One line of authdaemond: PAM's word on an attempt, or that a database cannot be asked; the rest is debugging."""
    if found := _USER.match(text):
        return Notice(text, sasl_user=found[1] or None)
    return Notice(text) if _COMPLAINT.match(text) else None


_PARSERS: Final[dict[bytes, Parse]] = {
    **dict.fromkeys(
        (
            b"imapd", b"pop3d", b"imapd-ssl", b"pop3d-ssl", b"imaplogin", b"pop3login", b"courierpop3login",
            b"courierimaplogin", b"courierimapd", b"courierpop3d", b"courier-imapd", b"courier-pop3d",
        ),
        login.parse,
    ),
    b"authdaemond": parse_authdaemon,
    b"authdaemond.plain": parse_authdaemon,
    b"courieresmtpd": esmtpd.parse,
    b"esmtpd": esmtpd.parse,
    b"esmtpd-msa": esmtpd.parse,
    b"esmtpd-ssl": esmtpd.parse,
    b"courierd": queue.parse,
    b"courieresmtp": queue.parse,
    b"courierlocal": queue.parse,
    b"courieruucp": queue.parse,
    b"courierfax": queue.parse,
    b"courierdsn": queue.parse,
}  # fmt: skip
"""tag -> parser"""


def parse_any(text: bytes) -> Event | None:
    """A line of a tag that names no part: of whichever part it has the shape."""
    for parse in (login.parse, esmtpd.parse, queue.parse):
        event = parse(text)
        if event is not None and event[0] is not text:
            return event
    return None


def recognise(program: bytes) -> Daemon | None:
    """The part that a tag names; None when it is none of Courier's."""
    parse = _PARSERS.get(program)
    if parse is None and program.startswith(b"courier"):
        parse = parse_any
    return None if parse is None else Daemon("courier", program.decode("ascii", "replace"), parse)
