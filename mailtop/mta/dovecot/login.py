"""login: Dovecot's login processes, which a client talks to until it is let in or goes: imap, pop3, submission, sieve.

    Login: user=<u>, method=PLAIN, rip=192.0.2.1, lip=198.51.100.1, mpid=7, TLS, session=<abc>
    Disconnected: Inactivity (auth failed, 2 attempts in 9 secs): user=<u>, method=PLAIN, rip=.., lip=..    2.0 - 2.3
    Login aborted: Connection closed (auth failed, 2 attempts in 9 secs) (auth_failed): user=<u>, ..        2.4
    `------ what became of it; Dovecot's words -------------------------'  `login_log_format_elements' ----

How many events. A process says once, when the client leaves, how often it failed: one Auth `failed` for each attempt,
at most `ATTEMPTS`, so that the numbers are what the client did. Three minutes (CLIENT_LOGIN_TIMEOUT_MSECS) with two
seconds after each failure (`auth_failure_delay`) and a penalty that grows to fifteen (AUTH_PENALTY_MAX_SECS) leave time
for thirteen. More than the limit are cut to it; the text keeps Dovecot's number.
Whose they are. The line names the account of the last attempt. Those before it may have been other accounts', so they
name none: an account's failures are at least those counted for it, and those of the client are all.
An attempt that the client left unfinished is none; those before it are (2.4 counts it in, 2.3 tells of it when alone).

What is believed. Only the account is the client's to choose, and Dovecot writes it as it was given, with blanks,
commas and `>` (`auth_username_chars` may forbid them). Before `user=<` all is Dovecot's. Where `user=<` comes before
`rip=`, as it does by default, the last `rip=` of the line is Dovecot's; else the first.

Source: src/login-common/client-common.c (client_get_log_str, client_get_extra_disconnect_reason), client-common-auth.c,
login-proxy.c; Dovecot 1.0 to 2.4.
BUGS: failures before a success in the same connection are in no line of the login process. Dovecot 2.3 counts an
attempt that was taken back as failed when it is not the first. With a `login_log_format_elements` that has no `rip=`, a
client can name its own.
"""

import re
from typing import Final

from mailtop.event import Auth, Event, Notice, Unparsed
from mailtop.mta.parser import words

ATTEMPTS: Final = 20
"""events that one line may become"""

_LEVEL = re.compile(rb"(?:Debug|Info|Warning|Error|Fatal|Panic): ")
_RIP = re.compile(rb"rip=([0-9A-Fa-f.:]{2,45})(?=[,\s)]|$)")
_COUNT = re.compile(rb"\((?:([^()]*), )?(\d{1,9}) (?:authentication )?attempts?\b")
_METHOD = re.compile(rb"(?:^|[:,] )method=([0-9A-Za-z_-]{1,64})(?:,|$)")
_SESSION_LAST = re.compile(rb">, session=<?[0-9A-Za-z+/=]*$")
_PROXYING = re.compile(rb"proxy\(.*\): started proxying to \S+(?: \([^()]*\))?: $", re.DOTALL)

UNFINISHED: Final = frozenset(
    words(
        """
        client didn't finish SASL auth | auth aborted by client | auth referral | proxy dest connection failed |
        proxy dest internal failure | proxy dest remote failure | proxy dest protocol failure | proxy dest redirected
        """
    )
)
"""Dovecot 2.4: the last of the counted attempts was given no answer about its password"""

COUNTED: Final = {
    b"tried to use disallowed cleartext auth": b"tls",
    b"auth service reported temporary failure": b"server",
    b"auth process communication failure": b"server",
    b"proxy dest temporary authentication failure": b"server",
}
"""Dovecot 2.4: the reason class of attempts; of all others it is `auth`"""

SINGLE: Final[tuple[tuple[bytes, bytes], ...]] = tuple(
    (word, why)
    for why, table in (
        (b"tls", "(tried to use disallowed plaintext auth) | (tried to use disabled plaintext auth)"),
        (b"server", "(auth service reported temporary failure) | (auth process communication failure)"),
        (
            b"auth",
            """
            (auth failed) | (proxy dest auth failed) | (user disabled) | (password expired) |
            (sent invalid base64 in response) | (login disabled) | (tried to use unsupported auth mechanism) |
            (tried to use disallowed | (proxy dest authentication failure,
            """,
        ),
    )
    for word in words(table)
)
"""Attempts that failed, of which no number is said, at least one; and the reason class. Dovecot 1.1 to 2.3, and 2.4
behind a proxy"""

_ENDED: Final = (b"Disconnected", b"Aborted login", b"Login aborted", b"Connection closed", b"Logged out", b"proxy(")


def parse(text: bytes) -> Event | list[Event] | None:
    """What a login process says, without its name."""
    level = _LEVEL.match(text)
    if level is not None:
        if level[0] == b"Debug: ":
            return None
        text = text[level.end() :]
    at, rip = _places(text)
    client = rip[1] if rip else None
    user, method = _account(text, at, rip.start() if rip else -1)
    begins = [place for place in (at, rip.start() if rip else -1) if place >= 0]
    head = text[: min(begins)] if begins else text
    said = head.partition(b": method=")[0].rstrip(b": ")
    if begins:
        if head.startswith((b"Login: ", b"Logged in: ")) or _PROXYING.match(head):
            return Auth(client, None, b"ok", user, _said(method, said))
        failed = _failed(client, user, head, _said(method, said))
        if failed:
            return failed
    elif level is None and not head.startswith(_ENDED):
        return Unparsed(text)
    return Notice(text, client, sasl_user=user) if begins or level is None or level[0] != b"Info: " else None


def _said(method: bytes | None, said: bytes) -> bytes:
    return said if method is None else method + b" " + said


def _places(text: bytes) -> tuple[int, re.Match[bytes] | None]:
    """Where `user=<` is (-1: nowhere), and Dovecot's `rip=`."""
    at = text.find(b"user=<")
    first = text.find(b"rip=")
    if first < 0:
        return at, None
    if 0 <= at < first:
        last = text.rfind(b"rip=")
        closed = b">" in text[at:last]  # else it stands in the account
        return at, _RIP.match(text, last) if closed else None
    return at, _RIP.match(text, first)


def _account(text: bytes, at: int, rip: int) -> tuple[bytes | None, bytes | None]:
    """The account and the mechanism; None where there is none."""
    if at < 0:
        found = _METHOD.search(text[:rip] if rip >= 0 else text)
        return None, found[1] if found else None
    body = text[at + 6 : rip] if rip > at else text[at + 6 :]
    end = body.rfind(b">")
    if end < 0:
        return None, None
    behind = rip > at and b", session=<" in text[rip:]
    if not behind and (session := _SESSION_LAST.search(body, max(0, end - 128), end)):  # session=<..> before rip=
        end = session.start()
    found = _METHOD.search(body[end + 1 :])
    return body[:end] or None, found[1] if found else None


def _failed(client: bytes | None, user: bytes | None, head: bytes, said: bytes) -> list[Event]:
    """One event for each attempt that failed; none when none did."""
    if found := _COUNT.search(head):
        said_why, count = found[1], int(found[2])
        why = COUNTED.get(said_why, b"auth")
        before: Event = Auth(client, None, b"failed", None, said, why)
        if said_why in UNFINISHED:
            return [before] * min(count - 1, ATTEMPTS)
        known: Event = Auth(client, None, b"failed", user, said, why)
        return [before] * (min(count, ATTEMPTS) - 1) + [known] * (count > 0)
    for word, why in SINGLE:
        if word in head:
            return [Auth(client, None, b"failed", user, said, why)]
    return []
