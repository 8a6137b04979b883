"""cyrus: logins at Cyrus IMAP's imapd, pop3d, timsieved, nntpd and httpd, its lmtpd, and saslauthd.

    badlogin: name [192.0.2.1] plaintext user SASL(-13): authentication failure: checkpass failed     LOGIN, PASS
    badlogin: name [192.0.2.1] CRAM-MD5 (user) [SASL(-13): authentication failure: ...]       AUTHENTICATE
    badlogin: name[192.0.2.1] PLAIN authentication failure                                                timsieved
    login: name [192.0.2.1] user plaintext+TLS User logged in SESSIONID=<..>
           `Cyrus: peer -'  `the client's'

One line is one attempt. saslauthd, who tests the password for Cyrus and for Postfix, writes a line of its own that
knows no client; those are notices, as the attempt is counted where its client is known. lmtpd's deliveries are notices:
the MTA that handed the message over logs the same delivery with its queue ID.

The account is the client's to choose. Where more than one place may end it, it is unknown.

Source: imap/imapd.c, pop3d.c, nntpd.c, timsieved/parser.c, imap/lmtpd.c of Cyrus IMAP 2.2 to 3.8; Cyrus SASL 2.1,
saslauthd/saslauthd-main.c (do_auth).
BUGS: before Cyrus 2.3 tags were `imapd` and `pop3d`, which are Courier's too: such lines are read right, and their
`mta` is courier.
"""

import re
from typing import Final

from mailtop.event import Auth, Event, Notice
from mailtop.mta.parser import Daemon

_PEER = re.compile(rb"(?:bad)?login: (?:([^\s\[\]]*) ?)?\[([0-9A-Fa-f.:]{2,45})\] ?")
_IN_BRACKETS = re.compile(rb"\((.*)\) \[", re.DOTALL)
_LOGGED_IN = re.compile(rb"(.*) ([0-9A-Za-z-]{1,64})(?:\+TLS)? ?User logged in(?: SESSIONID=<[^<>]*>)?\s*$", re.DOTALL)
_LOGGED_IN_OLD = re.compile(rb"(\S+) ([0-9A-Za-z-]{1,64})(?:\+TLS)?(?: |$)")
_SASLAUTHD = re.compile(rb"do_auth +: auth failure: \[user=(.*)\] \[service=[^\[\]]*\] \[realm=", re.DOTALL)
_DETAIL: Final = b" SASL(-"
_TOLD: Final = (
    b"Delivered: ", b"dupelim: ", b"verify_user(", b"append_check", b"IOERROR", b"DBERROR", b"FATAL", b"Fatal error",
    b"AUDIT: ",
)  # fmt: skip
"""what is worth a notice: deliveries, and complaints"""


def parse(text: bytes) -> Event | None:
    """One line of a Cyrus daemon; what is no login, no delivery and no complaint is nothing to mail traffic."""
    peer = _PEER.match(text)
    if peer is not None:
        name, client = peer.groups()
        made = _bad if text.startswith(b"bad") else _good
        return made(client, name or None, text[peer.end() :])
    return Notice(text) if text.startswith((*_TOLD, b"badlogin: ")) else None


def _bad(client: bytes, name: bytes | None, said: bytes) -> Event:
    mechanism, _, rest = said.partition(b" ")
    user = None
    detail = said
    if mechanism == b"plaintext":
        if rest.count(_DETAIL) == 1:
            user, _, detail = rest.partition(_DETAIL)
            detail = mechanism + _DETAIL + detail
    elif rest.count(b") [") == 1 and (found := _IN_BRACKETS.match(rest)):
        user = found[1]
        detail = mechanism + b" " + rest[found.end() - 1 :]
    return Auth(client, name, b"failed", None if user in (b"", b"(null)") else user, detail, b"auth")


def _good(client: bytes, name: bytes | None, said: bytes) -> Event:
    found = _LOGGED_IN.match(said) or _LOGGED_IN_OLD.match(said)
    if found is None:
        return Auth(client, name, b"ok", None, said)
    return Auth(client, name, b"ok", found[1], found[2])


def parse_saslauthd(text: bytes) -> Event | None:
    """One line of saslauthd."""
    found = _SASLAUTHD.match(text)
    if found is None:
        return None
    return Notice(text, sasl_user=found[1] if text.count(b"] [service=") == 1 else None)


_TAGS: Final = frozenset({
    b"imap", b"imaps", b"pop3", b"pop3s", b"sieve", b"timsieved", b"lmtp", b"lmtpunix", b"lmtpd", b"nntp", b"nntps",
    b"nntpd", b"cyrus",
})  # fmt: skip
"""service names of cyrus.conf(5), where syslog_prefix is empty"""


def recognise(program: bytes) -> Daemon | None:
    """The daemon that a tag names; None when it is none of Cyrus's."""
    first, slash, name = program.partition(b"/")
    if program == b"saslauthd":
        return Daemon("cyrus", "saslauthd", parse_saslauthd)
    if program in _TAGS or (first.startswith(b"cyrus") and (slash or program == b"cyrus-imapd")):
        return Daemon("cyrus", (name or first).decode("ascii", "replace"), parse)
    return None
