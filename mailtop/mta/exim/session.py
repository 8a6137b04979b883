"""session: a client's coming and going, its passwords, and its breaches of the dialogue.

Source: daemon.c (`SMTP connection from .. (TCP/IP connection count = N)`), smtp_in.c (closed by QUIT, lost, no MAIL,
synprot_error, authenticators, time-outs), receive.c (lost while reading message data), tls-gnu.c and tls-openssl.c.
Connections are logged with log_selector +smtp_connection (Debian: off), the end of those that sent no mail with
+smtp_no_mail, lost ones with +lost_incoming_connection (on).

What the client said stands in these lines before the host (`SMTP protocol error in "..." H=..`) or behind Exim's last
word. Of several places that may be the host, the one before words that only Exim writes is it; where none is known to
be, the client is unknown. A command's own words cannot hold a host that way: they end before `authentication
mechanism`, which the client's mechanism, one word, cannot reach over.
"""

import re
from typing import Final

from mailtop.event import Auth, Connect, Disconnect, Event, Hangup, Notice, Reject
from mailtop.mta.exim.host import NOBODY, Peer, peer

_CALL = re.compile(rb"SMTP connection (?:Ci=(\w+) )?(?:TFO\*? )?from ").match
_HOW = re.compile(
    rb"(?: \(via inetd\))?(?: I=\[[^\]\s]*\](?::\w+)?)?(?: D=\S+)? ?(?:(?:TFO )?"
    rb"(\(TCP/IP connection count = |closed by |closed after |lost while reading message data|lost)|$)"
).match
_DROPPED = re.compile(rb" dropped: (too many .*)$", re.DOTALL).match
_LOGIN = re.compile(rb"(?:([\w.+-]+) )?authenticator (?:\([^)]*\) )?failed for ").match
_ERROR = re.compile(rb"SMTP (?:syntax|protocol) error in \"(.*)\"$", re.DOTALL).match
_COMPLAINT = re.compile(rb'" (?=[HU]=)')
_OWN_WORDS = re.compile(
    rb"AUTH command used when not advertised|\S+ authentication mechanism not supported|unrecognized command"
    rb"|sender (?:not yet|already) given|STARTTLS command used when not advertised|unexpected argument data"
    rb"|already authenticated|NULL character\(s\) present \(shown as '\?'\)|no authentication mechanism.*"
    rb"|not permitted in mail transaction"
).match
_SYNC = re.compile(
    rb"SMTP protocol synchronization error \([^)]*\): rejected "
    rb"(?:connection from (?=H=)|\"(?P<verb>[A-Za-z]*)(?P<said>.*))",
    re.DOTALL,
).match
_TIMEOUT = re.compile(
    rb"(?:SMTP (command|data) timeout (?:\(message abandoned\) )?on (?:TLS )?connection from "
    rb"|unexpected (EOF|disconnection) while reading SMTP command from )"
).match
_COUNT_LIMIT: Final = 8
"""places in a line that may be the host, which are looked at"""


def _who(text: bytes, at: int = 0) -> Peer:
    return peer(text, at) or NOBODY


def connection(text: bytes, word: bytes | None = None) -> Event | None:
    """`SMTP connection from ..`, and what became of it."""
    opened = _CALL(text)
    if opened is None:
        if text.startswith(b"SMTP connection lost after final dot"):
            who = _who(text, 37)
            return Hangup(who.client, who.name, b"END-OF-MESSAGE", None, text, word, who.session)
        return None
    who = _who(text, opened.end())
    if who is NOBODY:  # a local process over a pipe
        return Notice(text, queue_id=word)
    session = who.session or opened[1]
    how = _HOW(text, who.end)
    verb = how[1] if how else None
    if verb is None:
        return Notice(text, who.client, who.name, word)
    if verb.startswith(b"(TCP"):
        return Connect(who.client, who.name, session)
    rest = text[how.start(1) :] if how else b""
    if b"lost while" in verb:
        return Hangup(who.client, who.name, b"DATA", None, rest, word, session)
    if verb.endswith(b"lost") or rest.startswith(b"closed by EOF"):
        return Hangup(who.client, who.name, None, None, rest, word, session)
    return Disconnect(who.client, who.name, rest, session)


def dropped(text: bytes) -> Event | None:
    """`SMTP call from .. dropped: too many ..`."""
    who = _who(text, len(b"SMTP call from "))
    found = _DROPPED(text, who.end) if who is not NOBODY else None
    if found is None:
        return Notice(text)
    return Hangup(who.client, who.name, None, b"protocol", found[1], None, who.session)


def no_mail(text: bytes) -> Event:
    """`no MAIL in SMTP connection from ..`: the connection's end is another line's."""
    at = text.find(b"SMTP connection from ")
    who = _who(text, at + 21)
    return Notice(text, who.client, who.name)


def timed_out(text: bytes, word: bytes | None = None) -> Event | None:
    """A client that fell silent or went away; None when the text says no such thing."""
    found = _TIMEOUT(text)
    if found is None:
        return None
    who = _who(text, found.end())
    stage = b"DATA" if found[1] == b"data" else None
    said = text[: found.end()].partition(b" from ")[0].partition(b" on ")[0]
    return Hangup(who.client, who.name, stage, None, said, word, who.session)


def login(text: bytes) -> Event | None:
    """`plain_server authenticator failed for ..: 535 Incorrect authentication data (set_id=user)`."""
    found = _LOGIN(text)
    if found is None:
        return None
    name, at = found[1], found.end()
    who = peer(text, at)
    if who is None:  # a name without HELO in parentheses, as old versions had it
        who = _who(text, text.find(b" [", at) + 1)
    at = text.find(b": ", who.end)
    if at < 0:
        return Notice(text, who.client, who.name)
    said, _, user = text[at + 2 :].partition(b"(set_id=")
    user = user[: user.rfind(b")")] if user else b""  # behind it: logwatch's `: 1 Time(s)`
    return Auth(who.client, who.name, b"failed", user or None, (name + b" " if name else b"") + said.rstrip(b" "),
                b"auth", who.helo, who.session)  # fmt: skip


def protocol_error(text: bytes) -> Event | None:
    """`SMTP syntax error in "command" H=.. complaint`."""
    places = [found.end() for found in _COMPLAINT.finditer(text)][-_COUNT_LIMIT:]
    if not places:
        return Notice(text)
    hosts = [who for at in places if (who := peer(text, at))]
    if not hosts:
        return Notice(text)
    who = hosts[-1]
    said = text[who.end :].lstrip(b" ")
    if len({some.client for some in hosts}) > 1 and not _OWN_WORDS(said):
        who, said = NOBODY, text
    if b" error in \"AUTH" in text[:40].upper().replace(b" ERROR IN", b" error in") and b"auth" in said.lower():
        return Auth(who.client, who.name, b"failed", None, said, b"auth", who.helo, who.session)
    return Notice(text, who.client, who.name)


def synchronization(text: bytes) -> Event | None:
    """`SMTP protocol synchronization error (..): rejected ..`."""
    found = _SYNC(text)
    if found is None:
        return None
    stage: bytes | None = b"CONNECT"
    who = _who(text, found.end())
    if found["said"] is not None:
        verb = found["verb"].upper()
        stage = b"HELO" if verb == b"EHLO" else verb or None
        who = NOBODY
        hosts = [peer(text, at.end()) for at in _COMPLAINT.finditer(text, found.start("said"))][:_COUNT_LIMIT]
        known = [some for some in hosts if some and text.startswith(b' next input="', some.end)]
        if len({some.client for some in known}) == 1:
            who = known[0]
    said = text[: text.find(b": rejected ")]
    return Reject(who.client, who.name, stage, b"5xx", None, b"protocol", said, helo=who.helo, session=who.session)


_WORDS: Final = (
    (b"SMTP connection ", connection),
    (b"SMTP call from ", dropped),
    (b"SMTP protocol synchronization", synchronization),
    (b"SMTP syntax error in ", protocol_error),
    (b"SMTP protocol error in ", protocol_error),
    (b"no MAIL in ", no_mail),
    (b"SMTP command timeout ", timed_out),
    (b"SMTP data timeout ", timed_out),
    (b"unexpected disconnection while ", timed_out),
    (b"unexpected EOF while ", timed_out),
)


def parse(text: bytes, word: bytes | None = None) -> Event | None:
    """A line of an SMTP session that begins with its words; None when it is none."""
    for words, reader in _WORDS:
        if text.startswith(words):
            made = reader(text)
            if word is not None and isinstance(made, Hangup | Notice | Reject):
                made = made._replace(queue_id=word)
            return made
    if b"authenticator" in text[:80] and (made := login(text)):
        return made
    return None


def tls_error(text: bytes) -> Event:
    """`TLS error on connection from .. (recv): ..`, at our side or a next hop's."""
    at = text.find(b"connection from ")
    who = _who(text, at + 16) if 0 <= at < 40 else NOBODY
    return Notice(text, who.client, who.name)
