"""dovecot: which tags are Dovecot's, and which of its services wrote a line.

    dovecot: imap-login: Aborted login (auth failed, 3 attempts in 12 secs): user=<..>, method=PLAIN, rip=.., lip=..
    dovecot[208]: auth-worker(209): conn unix:auth-worker (pid=..,uid=..): auth-worker<6>: pam(user,ip): unknown user
    imap-login: Info: Login: user=<..>, ...                        (its own log file: the service is the tag)
    `service'   `level'

One attempt may be told by three processes: the login process (`login`), the one that asked the password database
(`auth`), and PAM. The first of them is the only one that writes in every configuration, and knows the client in each;
so an attempt is counted there, and what the others say of it are notices with the client and the account. Nothing is
counted twice: not with `auth_verbose = yes`, and not when Postfix or Exim ask Dovecot and log the failure themselves.

Source: Dovecot 1.0 to 2.4, src/lib-master/master-service.c (prefix), src/lib/failures.c (`Info: `, ...).
BUGS: under the tag `dovecot` the schema's `daemon` is dovecot, whichever service wrote the line. Versions before 1.1
wrote their own log file with the level as tag (`Info: imap-login: `): those lines are foreign.
"""

import re
from typing import Final

from mailtop.event import Event, Notice, Unparsed
from mailtop.mta.dovecot.auth import parse as parse_auth
from mailtop.mta.dovecot.login import parse as parse_login
from mailtop.mta.dovecot.storage import DELIVERING, deliver
from mailtop.mta.parser import Daemon, Parse, words

LOGIN: Final = frozenset(words("imap-login | pop3-login | submission-login | managesieve-login | sieve-login"))
AUTH: Final = frozenset(words("auth | auth-worker | dovecot-auth"))
MAIL: Final = frozenset(
    words("imap | pop3 | lmtp | lda | deliver | dovecot-lda | dovecot-deliver | managesieve | submission")
)
"""services that work for an account after the login, or for the MTA"""

_SERVICE = re.compile(rb"(?:(?:Debug|Info|Warning|Error|Fatal|Panic): )?([a-z][a-z0-9_-]*)(?=[:(<])")
_LEVEL = re.compile(rb"(?:[a-z][a-z0-9-]*(?:\([^()]*\))?(?:<[^<>]*>)*: )?(?:Warning|Error|Fatal|Panic): ")
_QUIET: Final = (b"Dovecot v", b"Killed with")


def parse(text: bytes) -> Event | list[Event] | None:
    """One line under the tag `dovecot`: the service's name opens the text."""
    text = text.removeprefix(b"dovecot: ")
    found = _SERVICE.match(text)
    if found is None:
        return parse_quiet(text) or (None if text.startswith(_QUIET) else Unparsed(text))
    service = found[1]
    if service in LOGIN and text.startswith(b": ", found.end()):
        return parse_login(text[found.end() + 2 :])
    if service in AUTH or service == b"pam_unix":
        return parse_auth(text)
    return parse_mail(text) if service in MAIL else parse_quiet(text)


def parse_mail(text: bytes) -> Event | None:
    """One line of a service that has an account open: deliveries, and complaints of its own."""
    return deliver(text) if DELIVERING(text) else parse_quiet(text)


def parse_quiet(text: bytes) -> Event | None:
    """One line of a service that has no client of interest: only what it complains about."""
    return Notice(text) if _LEVEL.match(text) else None


def parse_weak(text: bytes) -> Event | list[Event] | None:
    """One line under a tag that other programs may use too: what is not Dovecot's is none of ours."""
    event = parse_auth(text)
    return None if type(event) is Unparsed else event


_BARE: Final[dict[bytes, Parse]] = {
    **dict.fromkeys(LOGIN, parse_login),
    b"dovecot": parse,
    b"dovecot-auth": parse_auth,
    b"auth-worker": parse_auth,
    b"auth": parse_weak,
    b"dovecot-lda": parse_mail,
    b"dovecot-deliver": parse_mail,
}
"""tags that are a service's name"""


def recognise(program: bytes) -> Daemon | None:
    """The service that a tag names; None when it is none of Dovecot's."""
    name, account, _ = program.partition(b"(")
    known = _BARE.get(name)
    if account and (name in MAIL or name in AUTH):  # auth-worker(209), imap(user)<210><session>
        known = parse_auth if name in AUTH else parse_mail
    if known is None and name.startswith(b"dovecot"):
        known = parse_quiet
    return None if known is None else Daemon("dovecot", name.decode("ascii", "replace"), known)
