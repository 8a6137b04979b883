"""session: what smtpd 6.x and 7.x say of a session with a client: `<session> smtp EVENT ...`.

Source: smtp_session.c. Only `connected` (and the 6.0 spellings, which repeat it) names the client.
"""

import re
from typing import Final

from mailtop.event import Accept, Auth, Connect, Disconnect, Event, Hangup, Notice, Queue, Reject, Unparsed
from mailtop.mta.opensmtpd.fields import CODES, ENVELOPE, INNER, WHO, address_of, name_of
from mailtop.mta.reasons import reason

_MESSAGE = re.compile(
    rb"(?:address=\S+ host=\S+ )?msgid=([0-9a-f]{8})(?: from=<(" + INNER + rb")>)?(?: to=<(" + INNER + rb")>)? "
    rb"size=(\d+)",
    re.DOTALL,
).match
_USER = re.compile(rb"user=(.*?)(?: address=(\S+) host=(\S+))? result=(\w+)$", re.DOTALL).match
_STAGES: Final = {
    b"EHLO": b"HELO",
    b"HELO": b"HELO",
    b"LHLO": b"HELO",
    b"MAIL": b"MAIL",
    b"RCPT": b"RCPT",
    b"DATA": b"DATA",
    b"BDAT": b"DATA",
}
_FORM: Final = frozenset({b"500", b"501", b"502", b"503"})
"""replies to commands that are none, or not here"""


def _connected(session: bytes, rest: bytes, text: bytes) -> Event:
    who = WHO(rest)
    if who is None:
        return Unparsed(text)
    address = address_of(who[1])
    return Connect(address, name_of(who[2]), session) if address else Notice(text)


def _closed(session: bytes, rest: bytes, text: bytes) -> Event:
    who = WHO(rest)
    address = address_of(who[1]) if who else None
    why = rest.partition(b"reason=")[2].strip(b'"')
    if why == b"quit":
        return Disconnect(address, None, why, session)
    return Hangup(address, None, None, None, text, None, session)


def _failed(session: bytes, rest: bytes, text: bytes) -> Event:
    before, result, said = rest.removesuffix(b'"').rpartition(b'" result="')
    attributes, opened, command = before.partition(b'command="')
    if not (result and opened):
        return Unparsed(text)
    who = WHO(attributes)
    client, name = (address_of(who[1]), name_of(who[2])) if who else (None, None)
    if command.startswith(b"AUTH ") and said.startswith(b"535"):
        return Notice(text, client, name)  # the line before, `authentication`, counts it and names the user
    return refused(session, command, said, client, name)


def _bad_input(session: bytes, rest: bytes, text: bytes) -> Event:
    said = rest.partition(b'result="')[2].removesuffix(b'"')
    return refused(session, None, said) if said else Unparsed(text)


def refused(
    session: bytes | None, command: bytes | None, said: bytes, client: bytes | None = None, name: bytes | None = None
) -> Event:
    """A 4xx or 5xx: of AUTH a failed authentication, else a refusal at the command's stage. No `command`: no line."""
    codes = CODES(said)
    code, enhanced, words_ = codes.groups() if codes else (None, None, said)
    verb, _, argument = (command or b"").partition(b" ")
    verb = verb.rstrip(b":").upper()
    if verb == b"AUTH" and code == b"535":
        return Auth(client, name, b"failed", None, argument.partition(b" ")[0] + b": " + said, b"auth", session=session)
    stage = _STAGES.get(verb, verb if verb.isalpha() and len(verb) < 12 else None)
    if verb == b".":
        stage = b"END-OF-MESSAGE"
    elif command == b"":  # none yet: a filter at connect
        stage = b"CONNECT"
    from_ = _path(argument) if verb == b"MAIL" else None
    to = _path(argument) if verb == b"RCPT" else None
    helo = argument.strip() or None if stage == b"HELO" else None
    subject, colon, rest = words_.partition(b": ")
    lower = words_.lower()
    text = rest if colon and subject in (command or b"") and b"@" in subject else words_
    if lower.startswith(b"invalid recipient"):
        why = b"unknown_user"
    elif code in _FORM and b"recipient" not in lower:
        why = b"protocol"
    else:
        why = reason(text, (code or b"5")[:1] == b"4")
    return Reject(client, name, stage, code, enhanced, why, text, from_, to, helo, session=session)


def _path(command: bytes) -> bytes | None:
    """`MAIL FROM:<a@b> SIZE=1` -> a@b, and `<>` for the null sender."""
    _, opened, rest = command.partition(b"<")
    if not opened:
        return command.partition(b":")[2].strip().partition(b" ")[0] or None
    return rest.rpartition(b">")[0] or b"<>"


def _message(session: bytes, rest: bytes, text: bytes) -> Event | list[Event]:
    found = _MESSAGE(rest)
    if found is None:
        return Unparsed(text)
    who = WHO(rest)
    word, from_, to, size = found.groups()
    return accepted(word, from_, to, size, session, who)


def accepted(
    word: bytes,
    from_: bytes | None,
    to: bytes | None,
    size: bytes,
    session: bytes | None,
    who: re.Match[bytes] | None = None,
) -> Event:
    sender = None if from_ is None else from_ or b"<>"
    client, name = (address_of(who[1]), name_of(who[2])) if who else (None, None)
    return Accept(word, client, name, None, sender, None, size, to, session=session)


def _envelope(session: bytes, rest: bytes, text: bytes) -> Event:
    found = ENVELOPE(rest)
    if found is None or found[1] is None:
        return Unparsed(text)
    return Queue(found[1][:8], found[2] or b"<>", text=b"to=<" + found[3] + b">")


def _authenticated(session: bytes, rest: bytes, text: bytes) -> Event:
    found = _USER(rest)
    if found is None:
        return Unparsed(text)
    user, address, host, result = found.groups()
    client = address_of(address) if address else None
    if result == b"ok":
        return Auth(client, name_of(host), b"ok", user, result, session=session)
    return Auth(client, name_of(host), b"failed", user, result, b"auth", session=session)


def _encrypted(session: bytes, rest: bytes, text: bytes) -> Event:
    who = WHO(rest)
    version = rest.partition(b"ciphers=")[2].partition(b":")[0] or rest.partition(b"version=")[2].partition(b",")[0]
    return Notice(text, address_of(who[1]) if who else None, tls=version.strip(b'"') or None)


def _notice(session: bytes, rest: bytes, text: bytes) -> Event:
    return Notice(text)


SMTP: Final = {
    b"connected": _connected,
    b"disconnected": _closed,
    b"closed": _closed,
    b"failed-command": _failed,
    b"bad-input": _bad_input,
    b"message": _message,
    b"envelope": _envelope,
    b"authentication": _authenticated,
    b"tls": _encrypted,
    b"starttls": _encrypted,
    b"client-cert-check": _notice,
    b"cert-check": _notice,
    b"proxy": _notice,
}
"""what happened -> who reads it"""
