"""recognisers: which syslog tag is whose; the one list of all mail programs that mailtop reads.

In: a tag without its pid. Out: the `Daemon` that reads its lines, None for a program that has nothing to do with mail.
A family of programs is imported when the first line of it is seen: a server runs one MTA, and a process that reads
its log need not carry the others.
"""

from collections.abc import Callable
from typing import Final

from mailtop.mta import postfix
from mailtop.mta.parser import Daemon, Recogniser


def _filters() -> Recogniser:
    from mailtop.mta import filters

    return filters.recognise


def _dovecot() -> Recogniser:
    from mailtop.mta import dovecot

    return dovecot.recognise


_FAMILIES: Final[tuple[tuple[tuple[bytes, ...], Callable[[], Recogniser]], ...]] = (
    (
        (
            b"rspamd",
            b"spam",
            b"amavis",
            b"opend",
            b"postgrey",
            b"sqlgrey",
            b"milter-greylist",
            b"clam",
            b"policy",
            b"postfwd",
            b"postfix/polic",
            b"postfix/postfwd",
            b"postfix/postgrey",
            b"postfix/sqlgrey",
        ),
        _filters,
    ),
    (
        (
            b"dovecot",
            b"imap-login",
            b"pop3-login",
            b"submission-login",
            b"managesieve-login",
            b"sieve-login",
            b"auth",
            b"imap(",
            b"pop3(",
            b"lmtp(",
            b"lda(",
            b"deliver(",
            b"managesieve(",
            b"submission(",
        ),
        _dovecot,
    ),
)
"""how the tags of a family begin, in lower case, and what brings its recogniser"""


def recognise(program: bytes) -> Daemon | None:
    """Who reads the lines of this tag."""
    word = program.lower()
    for names, family in _FAMILIES:
        if word.startswith(names) and (daemon := family()(program)):
            return daemon
    return postfix.recognise(program)
