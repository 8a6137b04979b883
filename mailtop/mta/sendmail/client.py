"""client: what Sendmail says of an SMTP client and its session.

Source: srvrsmtp.c (pre-greeting traffic, lost input channel, `did not issue`, AUTH, VRFY and EXPN, throttling), tls.c
(tls_get_info: `STARTTLS=server, relay=.., version=..`), util.c (sfgets: `timeout waiting for input from`), collect.c
(message size, premature EOM), recipient.c and err.c (usrerr: `<address>... text`), daemon.c (tcpwrappers, connect).

One process serves one client. Its lines name the client when they name it at all; those of a user error and of a
filter do not. Replies are those that the source gives where the line itself has none.
"""

import re
from typing import Final

from mailtop.event import Auth, Connect, Disconnect, Event, Hangup, Notice, Reject
from mailtop.mta.reasons import reason
from mailtop.mta.sendmail.fields import INNER, NAMELESS, path, peer
from mailtop.mta.sendmail.notices import NOISE
from mailtop.mta.sendmail.rules import judged

_WHO: Final = rb"((?:[^\s\[\]]* ?)?\[[^\s\[\]]{2,60}\](?: \(may be forged\))?)"
_PREGREETING = re.compile(
    rb"rejecting (?:commands|[A-Z]+) from (.{0,300}?) ?(\[[^\[\]]*\]) due to (?:pre-greeting|traffic before)(.*)",
    re.DOTALL,
).match
_IDLE = re.compile(_WHO + rb" did not issue (.*)", re.DOTALL).match
_LOST = re.compile(rb"lost input channel from (.*) to \S+ after (\S+)$", re.DOTALL).match
_TIMEOUT = re.compile(rb"timeout waiting for input from (.{1,400}) during (.*)", re.DOTALL).match
_OF_CLIENT = re.compile(
    _WHO + rb": (possible SMTP attack: |probable open proxy: |Possible SMTP RCPT flood|SMTP violation|delaying"
    rb"|[Vv][Rr][Ff][Yy]|[Ee][Xx][Pp][Nn]|[Ee][Tt][Rr][Nn]|Too many )(.*)",
    re.DOTALL,
).match
_AUTH_FAILED = re.compile(rb"AUTH failure \(([^)]*)\): (.*), relay=([^,]*)$", re.DOTALL).match
_AUTH_OK = re.compile(rb"AUTH=server, relay=([^,]*), authid=(.*), mech=([^,]*), bits=\d+", re.DOTALL).match
_TLS = re.compile(rb"STARTTLS=(server|client), relay=([^,]*), version=([^,]*), (.*)", re.DOTALL).match
_RELAY = re.compile(rb"(?:, |^)relay=([^,]*)").search
_TEMPFAILED = re.compile(
    rb"SMTP (\w+) command \(.*\) from (.*) tempfailed \(due to previous checks\)$", re.DOTALL
).match
_BROKEN_OFF = re.compile(
    rb"collect: (?:relay=|unexpected close on connection from |I/O error on connection from )([^,]*), (?:from|sender)="
).match
_BAD_COMMAND = re.compile(rb"\"(.*)\" command from (\S*) \(([^()]*)\)$", re.DOTALL).match
_BAD_HELO = re.compile(rb"invalid domain name \((.*)\) from (.*)$", re.DOTALL).match
_USER_ERROR = re.compile(rb"(<" + INNER + rb">|[^\s<>\"]+)\.\.\. (.+)", re.DOTALL).fullmatch
_WRAPPERS = re.compile(rb"tcpwrappers \(([^,]*), ([^)]*)\) rejection").match
_STAGES: Final = {b"startup": b"CONNECT", b"helo": b"HELO", b"ehlo": b"HELO", b"message": b"DATA"}
_SOFT: Final = (b"try again", b"temporar", b"too many recipients", b"try later")
_DENIED: Final = (b"Relaying denied", b"Relaying temporarily denied", b"Access denied", b"Domain of sender address ")


def parse_client(word: bytes | None, rest: bytes) -> Event | None:
    """A line of a session; None when it is none of these."""
    if rest[:1] == b"<" and (found := _USER_ERROR(rest)):
        return _user_error(word, path(found[1]), found[2])
    parse = _BY_WORD.get(rest.split(b" ", 1)[0])
    if parse and (event := parse(word, rest)) is not None:
        return event
    if rest.startswith((b"AUTH", b"STARTTLS")) and not rest.startswith(NOISE):
        return _secured(word, rest)
    if found := _OF_CLIENT(rest):
        return _of_client(word, rest, found)
    if found := _IDLE(rest):
        client, name = peer(found[1])
        return Disconnect(client, name, b"did not issue " + found[2])
    if found := _BAD_COMMAND(rest):
        return Notice(rest, found[3].partition(b" ")[0], NAMELESS if found[2][:1] == b"[" else found[2], word)
    if found := _USER_ERROR(rest):
        return _user_error(word, path(found[1]), found[2])
    return _named_by_its_opening(word, rest)


def _pregreeting(word: bytes | None, rest: bytes) -> Event | None:
    found = _PREGREETING(rest)
    if found is None:
        return None
    client, name = peer(found[1] + b" " + found[2])
    return Reject(client, name, b"CONNECT", b"554", None, b"protocol", rest, queue_id=word)


def _lost(word: bytes | None, rest: bytes) -> Event | None:
    found = _LOST(rest)
    if found is None:
        return None
    client, name = peer(found[1])
    stage = found[2]
    return Hangup(client, name, _STAGES.get(stage, stage.upper()), None, rest, word)


def _timeout(word: bytes | None, rest: bytes) -> Event | None:
    found = _TIMEOUT(rest)
    if found is None:
        return None
    client, name = peer(found[1])
    if found[2].startswith(b"client "):
        return Notice(rest, queue_id=word, relay=found[1])
    if client is None and found[1].strip().startswith(b"["):
        client, name = found[1].strip(b" []"), None
    return Hangup(client, name, b"DATA" if found[2] == b"message collect" else None, None, rest, word)


def _connect(word: bytes | None, rest: bytes) -> Event | None:
    if not rest.startswith(b"connect from "):
        return None
    client, name = peer(rest[13:])
    return Connect(client, name) if client else None


def _tempfailed(word: bytes | None, rest: bytes) -> Event | None:
    found = _TEMPFAILED(rest)
    if found is None:
        return None
    client, name = peer(found[2])
    return Reject(client, name, found[1], b"4xx", None, b"policy", rest, queue_id=word)


def _invalid(word: bytes | None, rest: bytes) -> Event | None:
    found = _BAD_HELO(rest)
    if found is None:
        return None
    client, name = peer(found[2])
    return Reject(client, name, b"HELO", b"501", None, b"helo", b"Invalid domain name", helo=found[1], queue_id=word)


def _collect(word: bytes | None, rest: bytes) -> Event | None:
    """A message that broke off has a line before, `premature EOM`, which does not name the client."""
    found = _BROKEN_OFF(rest)
    if found is None:
        return Notice(rest, queue_id=word) if rest.startswith(b"collect: ") else None
    client, name = peer(found[1])
    return Hangup(client, name, b"DATA", None, rest, word)


def _message(word: bytes | None, rest: bytes) -> Event | None:
    if rest.startswith(b"message size (") and b") exceeds maximum (" in rest:
        return Reject(None, None, b"END-OF-MESSAGE", b"552", b"5.2.3", b"size", rest, queue_id=word)
    return None


def _headers(word: bytes | None, rest: bytes) -> Event | None:
    if not rest.startswith(b"headers too large ("):
        return None
    client, name = peer(rest.partition(b" from ")[2].removesuffix(b" during message collect"))
    return Notice(rest, client, name, word)


def _wrapped(word: bytes | None, rest: bytes) -> Event | None:
    found = _WRAPPERS(rest)
    if found is None:
        return None
    client, name = peer(b"%b [%b]" % (found[1], found[2].strip(b"[]")))
    return Reject(client, name, b"CONNECT", b"5xx", None, b"access", rest, queue_id=word)


_BY_WORD: Final = {
    b"rejecting": _pregreeting,
    b"lost": _lost,
    b"timeout": _timeout,
    b"connect": _connect,
    b"SMTP": _tempfailed,
    b"invalid": _invalid,
    b"collect:": _collect,
    b"message": _message,
    b"headers": _headers,
    b"tcpwrappers": _wrapped,
}
"""first word of a line -> who reads it"""


def _secured(word: bytes | None, rest: bytes) -> Event | None:
    """AUTH and STARTTLS."""
    if found := _AUTH_FAILED(rest):
        mechanism, said, relay = found.groups()
        said, _, user = said.partition(b", user=")
        client, name = peer(relay)
        return Auth(client, name, b"failed", user or None, mechanism + b": " + said, b"auth")
    if found := _AUTH_OK(rest):
        client, name = peer(found[1])
        return Auth(client, name, b"ok", found[2], found[3])
    if found := _TLS(rest):
        if found[1] == b"client":
            return Notice(rest, queue_id=word, relay=found[2], tls=found[3])
        client, name = peer(found[2])
        return Notice(rest, client, name, word, tls=found[3])
    relay = _RELAY(rest)
    if relay is None:
        return Notice(rest, queue_id=word)
    if rest.startswith((b"STARTTLS=client", b"AUTH=client")):
        return Notice(rest, queue_id=word, relay=relay[1])
    client, name = peer(relay[1])
    return Notice(rest, client, name, word)


def _of_client(word: bytes | None, rest: bytes, found: re.Match[bytes]) -> Event:
    client, name = peer(found[1])
    if found[2].upper() == b"EXPN" and found[3].endswith(b" [rejected]"):
        return Reject(client, name, b"EXPN", b"502", b"5.7.0", b"policy", rest[found.start(2) :], queue_id=word)
    return Notice(rest[found.start(2) :], client, name, word)  # VRFY is answered 252, which is no refusal


def _user_error(word: bytes | None, address: bytes, said: bytes) -> Event:
    """`<address>... text`: what a client was told of an address; 5xx unless the words are those of a 4xx."""
    lower = said.lower()
    soft = any(some in lower for some in _SOFT)
    zone, why = judged(said, soft)
    stage = b"MAIL" if b"sender" in lower else b"RCPT"
    from_, to = (address, None) if stage == b"MAIL" else (None, address)
    return Reject(None, None, stage, b"4xx" if soft else b"5xx", None, why, said, from_, to, None, zone, word)


def _named_by_its_opening(word: bytes | None, rest: bytes) -> Event | None:
    if rest.startswith(_DENIED):  # a refusal's text on its own
        client, name = peer(b"[" + rest.rpartition(b"[")[2] if rest.endswith(b"]") else b"")
        soft = rest.startswith(b"Relaying temporarily")
        why = reason(rest, soft)
        return Reject(client, name, b"RCPT", b"4xx" if soft else b"5xx", None, why, rest, queue_id=word)
    if rest == b"Too many recipients":
        return Reject(None, None, b"RCPT", b"452", b"4.5.3", b"rate", rest, queue_id=word)
    if rest.startswith((b"Syntax error in mailbox address", b"Syntax error in parameters")):
        return Reject(None, None, None, b"5xx", None, b"protocol", rest, queue_id=word)
    if rest.startswith(b"unauthorized PIPELINING") and (relay := _RELAY(rest)):
        client, name = peer(relay[1])
        return Notice(rest, client, name, word)
    if rest.startswith(b"POSSIBLE ATTACK from "):
        client, name = peer(rest[21:].partition(b": ")[0])
        return Notice(rest, client, name, word)
    return None
