"""auth: what Dovecot's auth and auth-worker processes, and PAM for them, say of an attempt.

    pam(user,192.0.2.1,<session>): pam_authenticate() failed: Authentication failure (Password mismatch?)     to 2.3
    auth(user,192.0.2.1,sasl:plain)<session>: passwd-file: Password mismatch                                  2.4
    pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=user rhost=192.0.2.1

All of these are notices: the login process, or the MTA that asked, counts the attempt (see the package). The account is
the client's to choose, up to 64 octets of it are written, and a password may be written behind `given password: `. Of
places that may end the account, if there are several, none is believed: client and account are then unknown.

Passwords are never kept: what follows `given password: `, plain or hashed, is shown as `***`.

Source: src/auth/auth-request.c (get_log_prefix, log_password_failure), Dovecot 1.0 to 2.4; Linux-PAM pam_unix_auth.c.
"""

import re
from typing import Final

from mailtop.event import Event, Notice, Unparsed

_LEVEL = re.compile(rb"(Debug|Info|Warning|Error|Fatal|Panic): ")
_OWN = re.compile(rb"(?:dovecot-)?auth(?:-worker)?(?:\((?:default|\d{1,10})\)|<\d{1,10}>)?: ")
_CONNECTION = re.compile(rb"conn unix:[^ ]{1,256} \([^()]{0,128}\): ")
_ASKED = re.compile(rb"[a-z][a-z0-9-]{0,31}\(")
_END = re.compile(
    rb",([0-9A-Fa-f]*[.:][0-9A-Fa-f.:]{1,43})(?:,(?:master|sasl:[0-9a-z_-]{1,32}|<[^<>]{0,256}>)?)*\)"
    rb"(?:<[^<>]{0,256}>)*: "
)
_NO_CLIENT = re.compile(rb"[a-z][a-z0-9-]{0,31}\(([^(),]{0,64})\)(?:<[^<>]{0,256}>)*: ")
_GIVEN = re.compile(rb"given passwords?: ")
_PAM: Final = b"pam_unix(dovecot:"
READINGS: Final = 3
"""ends of the account that are looked at: two are enough to believe none"""
SPAN: Final = 1024
"""octets in which they are looked for"""


def parse(text: bytes) -> Event | None:
    """One line of auth or auth-worker, with or without the service's name before it."""
    said = _stripped(text)
    if said is None:
        return None
    level = _LEVEL.match(said)
    if level is not None:
        if level[1] == b"Debug":
            return None
        said = _stripped(said[level.end() :]) or b""
    if said.startswith(b"pam_unix("):
        return _pam(said) if said.startswith(_PAM) else None
    if asked := _ASKED.match(said):
        client, user = _whose(said, asked.end())
        return Notice(_without_password(said), client, sasl_user=user)
    return Notice(_without_password(said)) if level is not None and level[1] != b"Info" else Unparsed(text)


def _stripped(text: bytes) -> bytes | None:
    """Without the names of services and connections before what is said; None when nothing is left."""
    while (found := _OWN.match(text) or _CONNECTION.match(text)) is not None:
        text = text[found.end() :]
    return text or None


def _whose(said: bytes, start: int) -> tuple[bytes | None, bytes | None]:
    """Client and account; both None where the line can be read in two ways."""
    ends = []
    for found in _END.finditer(said, start, start + SPAN):
        ends.append((found[1], said[start : found.start()]))
        if len(ends) == READINGS:
            break
    if len(ends) == 1:
        client, user = ends[0]
        return client, None if user in (b"", b"?") else user
    alone = None if ends else _NO_CLIENT.match(said)
    return None, (alone[1] or None) if alone else None


def _pam(said: bytes) -> Event:
    """PAM's own line; rhost comes behind ruser, which the client chose."""
    rest = said.rpartition(b" rhost=")[2] if b" rhost=" in said else b""
    ruser = said.partition(b" ruser=")[2].rpartition(b" rhost=")[0]
    return Notice(said, rest.partition(b" ")[0] or None, sasl_user=ruser or None)


def _without_password(said: bytes) -> bytes:
    found = _GIVEN.search(said)
    return said if found is None else said[: found.end()] + b"***"
