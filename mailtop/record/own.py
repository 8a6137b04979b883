"""own: lines of the logs that mail programs keep themselves, with a stamp but without host and tag.

    exim      2026-11-21 17:51:43[.123][ +0100] [[pid] ]text     (src/log.c)
    dovecot   Nov 21 17:47:39 imap-login: Info: text             (src/lib/failures.c; any stamp)
    rspamd    2026-11-21 17:47:39[.123] #1234(normal) <tag>; module; text    (src/libserver/logger/logger_file.c)
    spamd     Sat Nov 21 17:47:39 2026 [1234] info: text         (lib/Mail/SpamAssassin/Logger/File.pm)

Exim's lines have nothing to be known by but their date (a blank after it, where syslog daemons put a `T`), so they are
told from syslog's by what syslog's always have: `host tag[pid]: `, or `host tag: ` where the host has a dot or a digit
or the tag is a known one. A message's ID, which opens most of Exim's lines, is never a host. No client can write there:
what it says stands behind Exim's own words. The openings of nearly all its lines are no syslog daemon's in any case
(`exim_line`): who reads millions of lines need ask no more.
"""

import re
from typing import Final

from mailtop.record.record import Record
from mailtop.record.stamp import Stamp

EXIM: Final = b"exim"
DOVECOT: Final = b"dovecot"
RSPAMD: Final = b"rspamd"
SPAMD: Final = b"spamd"

_RSPAMD = re.compile(rb"#(\d{1,10})\([\w -]{1,32}\) ")
_SPAMD = re.compile(rb"\[(\d{1,10})\] (?:dbg|info|warn|error): ")
_DOVECOT = re.compile(
    rb"(?:(?:imap|pop3|managesieve|submission)(?:-login)?|lmtp|lda|master|log|config|anvil|stats|director|dict|sieve"
    rb"|auth(?:-worker)?|dovecot-auth|indexer(?:-worker)?|doveadm|dsync|quota-status|replicator|ipc|ssl-params|imap-hibernate)"
    rb"(?:\([^()\n]{0,400}\))?(?:<[^<>\s]{0,64}>){0,2}: (?P<level>(?:Info|Debug|Warning|Error|Fatal|Panic): )"
)
_LEVEL_FIRST = re.compile(rb"(?:Info|Debug|Warning|Error|Fatal|Panic): ")
_ID: Final = rb"[0-9A-Za-z]{6}-(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{11}-[0-9A-Za-z]{4}) "
_EXIM_OPENING: Final = (
    rb"(?:H=|%b|SMTP (?:connection|call|protocol|syntax|command|data) |no host name found for IP address |no MAIL in "
    rb"|unexpected disconnection while |\w{1,64} authenticator failed for |TLS error on connection from )" % _ID
)
_EXIM_OPENS = re.compile(rb"(?:\[\d{1,10}\] )?" + _EXIM_OPENING)
_EXIM_LINE = re.compile(
    rb"(\d{4}-\d\d-\d\d \d\d:\d\d:)(\d\d)(?:\.(\d{3}))?( [+-]\d{4})? (?:\[\d{1,10}\] )?(?=" + _EXIM_OPENING + rb")"
)
_EXIM_ID = re.compile(_ID)
_EXIM_PID = re.compile(rb"\[(\d{1,10})\] ")
_HOST: Final = rb"(?:[\w.:@/+-]{1,255} )?(?:<?\w+\.\w+>? )?"
_SYSLOG = re.compile(
    _HOST + rb"(?:[A-Za-z_][\w./+@-]*\[\d+\]:(?: |$)|(?:postfix[\w.-]*(?:/[\w.-]+)+|exim4?|dovecot|opendkim|opendmarc"
    rb"|rspamd|spamd|amavis|clamav-milter|sendmail|sm-mta|kernel|systemd|rsyslogd|sudo|su|CRON|postgrey):(?: |$))"
    rb"|(?=[\w-]*[.\d])[\w.-]{1,255} [a-z][\w./-]*: "
    rb"|\[[A-Za-z][^\]\s]*\] "
    rb"|(?:[\w.-]{1,255} )?last message repeated \d"
)


def own(rest: bytes, at: Stamp) -> Record | None:
    """What follows a stamp, when a mail program wrote it itself; None when a syslog daemon did."""
    time, offset = at.time, at.utc_offset
    if at.spaced and _EXIM_OPENS.match(rest):
        return _exim(rest, time, offset)
    if found := _RSPAMD.match(rest):
        return Record(time, offset, b"", RSPAMD, found[1], rest[found.end() :])
    if found := _DOVECOT.match(rest):
        return Record(time, offset, b"", DOVECOT, b"", _without_info(rest, found.start("level")))
    if found := _SPAMD.match(rest):
        return Record(time, offset, b"", SPAMD, found[1], rest[found.end() :])
    return _exim(rest, time, offset) if at.spaced else None


def exim_line(line: bytes) -> re.Match[bytes] | None:
    """A line with Exim's own stamp and an opening that is no other's: the stamp up to the minute, its seconds, its
    milliseconds, its zone with a blank before it; the text begins where the match ends. None says nothing."""
    return _EXIM_LINE.match(line)


def _exim(rest: bytes, time: int, offset: int | None) -> Record | None:
    if found := _EXIM_PID.match(rest):
        return Record(time, offset, b"", EXIM, found[1], rest[found.end() :])
    if not _EXIM_ID.match(rest) and _SYSLOG.match(rest):
        return None
    return Record(time, offset, b"", EXIM, b"", rest) if rest.strip() else None


def level_first(rest: bytes, at: Stamp) -> Record | None:
    """Dovecot 1's own: `dovecot: ` stood before the stamp, the level stands after it."""
    if not _LEVEL_FIRST.match(rest):
        return None
    return Record(at.time, at.utc_offset, b"", DOVECOT, b"", _without_info(rest, 0))


def _without_info(rest: bytes, at: int) -> bytes:
    """As Dovecot gives it to syslog: the level is written unless it is the usual one."""
    return rest[:at] + rest[at + 6 :] if rest.startswith(b"Info: ", at) else rest
