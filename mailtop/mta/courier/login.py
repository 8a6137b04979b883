"""login: Courier-IMAP's imapd and pop3d, before and after the login.

    LOGIN FAILED, user=u, ip=[::ffff:192.0.2.1], port=[4711]           LOGIN, PASS: one line for each attempt
    LOGIN FAILED, method=PLAIN, ip=[::ffff:192.0.2.1]                  AUTHENTICATE, AUTH: the account is not written
    LOGIN, user=u, ip=[::ffff:192.0.2.1], port=[4711], protocol=IMAP
    LOGOUT, user=u, ip=[..], headers=0, body=0, rcvd=38, sent=387, time=47         also DISCONNECTED, TIMEOUT

The account is the client's to choose, the address comes after it: the last `, ip=[` of the line is Courier's.

Source: courier-imap imap/imaplogin.c, imap/imapd.c, imap/pop3login.c; 1.0 to 5.x.
"""

import re
from typing import Final

from mailtop.event import Auth, Event, Notice, Unparsed

_LOGIN = re.compile(
    rb"(?:INFO: |NOTICE: )?LOGIN( FAILED)?, (?:(?:user=(.*)|method=(\S{0,64})), )?ip=\[([^\[\]]{0,64})\]"
    rb"(?:, [a-z]{1,16}=\[?[0-9A-Za-z.]{0,32}\]?){0,8}\s*$",
    re.DOTALL,
)
_QUIET: Final = (
    b"Connection, ip=[", b"Disconnected, ip=[", b"LOGOUT, ", b"DISCONNECTED, ", b"TIMEOUT, ", b"LOGOUT: ", b"INFO: ",
    b"DEBUG: ", b"chdir ", b"Maximum connection limit",
)  # fmt: skip


def parse(text: bytes) -> Event | None:
    """One line of imapd or pop3d."""
    found = _LOGIN.match(text)
    if found is not None:
        failed, user, method, client = found.groups()
        if failed is None:
            return Auth(client, None, b"ok", user or None, b"LOGIN")
        return Auth(client, None, b"failed", user or None, (method or b"LOGIN") + b" FAILED", b"auth")
    if text.startswith(_QUIET):
        return None
    if b"rror" in text[:256] or text.startswith((b"ERR", b"couriertls: ")):
        return Notice(text)
    return Unparsed(text)
