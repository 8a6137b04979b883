"""recognisers: which syslog tag is whose; the one list of all mail programs that mailtop reads.

In: a tag without its pid. Out: the `Daemon` that reads its lines, None for a program that has nothing to do with mail.
A family of programs is imported when the first line of it is seen: a server runs one MTA, and a process that reads
its log need not carry the others.
"""

from collections.abc import Callable
from typing import Final

from mailtop.event import Event
from mailtop.mta import postfix
from mailtop.mta.parser import Daemon, Recogniser


def _filters() -> Recogniser:
    from mailtop.mta import filters

    return filters.recognise


def _dovecot() -> Recogniser:
    from mailtop.mta import dovecot

    return dovecot.recognise


def _courier() -> Recogniser:
    """Courier's, and the two tags that were also Cyrus's once: there the text tells."""
    from mailtop.mta import courier, cyrus

    def either(text: bytes) -> Event | list[Event] | None:
        if text.startswith((b"badlogin: ", b"login: ")):
            return cyrus.parse(text)
        return courier.login.parse(text)

    def recognise(program: bytes) -> Daemon | None:
        daemon = courier.recognise(program)
        return daemon._replace(parse=either) if daemon and program in (b"imapd", b"pop3d") else daemon

    return recognise


def _cyrus() -> Recogniser:
    from mailtop.mta import cyrus

    return cyrus.recognise


def _sendmail() -> Recogniser:
    from mailtop.mta import sendmail

    return sendmail.recognise


def _opensmtpd() -> Recogniser:
    from mailtop.mta import opensmtpd

    return opensmtpd.recognise


def _exim() -> Recogniser:
    from mailtop.mta import exim

    return exim.recognise


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
    ((b"courier", b"imapd", b"pop3d", b"imaplogin", b"pop3login", b"authdaemond", b"esmtpd"), _courier),
    ((b"cyrus", b"imap", b"pop3", b"sieve", b"timsieved", b"lmtp", b"nntp", b"saslauthd"), _cyrus),
    ((b"exim",), _exim),
    ((b"sm-", b"sendmail"), _sendmail),
    ((b"smtpd", b"opensmtpd"), _opensmtpd),
)
"""how the tags of a family begin, in lower case, and what brings its recogniser"""


def recognise(program: bytes) -> Daemon | None:
    """Who reads the lines of this tag."""
    word = program.lower()
    for names, family in _FAMILIES:
        if word.startswith(names) and (daemon := family()(program)):
            return daemon
    return postfix.recognise(program)
