"""OpenSMTPD, 5.x to 7.x: what the one tag `smtpd` (no `postfix/` before it) says of sessions and deliveries.

In: the text of a line. Out: an event; a list where an acceptance names its message and recipient.
Source: smtp_session.c, mta.c (log_attempt), mta_session.c, mda.c, queue.c (log_envelope), bounce.c, lka_session.c.
Three spellings of the same things, all of them one line for one fact, with the session as 16 hexadecimal digits:

    5.x   smtp-in: New session 08d856b172f69c5c from host mail.sender.example [198.51.100.20]
    6.0   08d856b172f69c5c smtp event=connected address=198.51.100.20 host=mail.sender.example
    6.4-  08d856b172f69c5c smtp connected address=198.51.100.20 host=mail.sender.example

Only the line of the connection names the client; the others name the session, and the store joins them. A message's
ID is eight digits, its envelopes' IDs sixteen that begin with it: the queue ID of all of them is the eight.

`command="..."` is the client's, strvis(3)-quoted but for quotation marks; `result="..."` behind it is the server's:
the last ` result="` counts. In a delivery, sender and recipient are addresses read with their quoting, and the result
stands before the next hop's words.

Postfix writes `smtpd` only behind its syslog_name and a slash. What another program says under this tag is not
understood.

BUGS: an `accept` names its session alone; its client is the store's to find. A session that begins before the log does
has no client. `550 Invalid recipient` is said of users that are not here and of mail that no rule carries: both are
counted as `unknown_user`. A filter's verdict that is no reply (junk) is not logged. Bounces come in over a session from
`local`, whose refusals name no client.
"""

import re
from typing import Final

from mailtop.event import Accept, Auth, Connect, Deliver, Disconnect, Event, Hangup, Notice, Queue, Reject, Unparsed
from mailtop.mta.parser import Daemon, words
from mailtop.mta.reasons import reason

_LINE = re.compile(
    rb"([0-9a-f]{16}) (smtp|mta|mda|queue|lka|bounce|smtp-in|smtp-out) (?:event=)?([a-z-]+)(?: +(.*))?$", re.DOTALL
).match
_OLD_SESSION = re.compile(rb"smtp-in: New session ([0-9a-f]{16}) from host (\S*) \[([^\]]*)\]").match
_OLD = re.compile(
    rb"smtp-in: (Failed command|Bad input|Accepted message|Closing|Received disconnect|Disconnecting|Started TLS|"
    rb"Authentication \w+|Client certificate \w+|[A-Z][a-z ]+?)"
    rb"(?: ([0-9a-f]{8}))?(?: (?:on|from|for) )?(?: ?session ([0-9a-f]{16}))?(?:: ?(.*))?$",
    re.DOTALL,
).match
_OLD_DELIVERY = re.compile(
    rb"(relay|delivery): (Ok|TempFail|PermFail|Loop|Expire\w*) for ([0-9a-f]{16}): (.*)$", re.DOTALL
).match
_OLD_COMMAND = re.compile(rb"\"(.*)\" => (\d\d\d.*)$", re.DOTALL).match
_INNER: Final = rb"(?:[^\">\\]|\\.|\"(?:[^\"\\]|\\.)*+\")*+"
_ENVELOPE = re.compile(
    rb"(?:evpid=([0-9a-f]{16}) )?(?:session=[0-9a-f]+,? )?from=<(" + _INNER + rb")>,? to=<(" + _INNER + rb")>,? ?(.*)",
    re.DOTALL,
).match
_ATTRIBUTE: Final = rb"(?:\"(.*?)\"|([^ ,]*))(?:,? |$)"
_DELAY = re.compile(rb"(?:^| )delay=((?:\d+[dhms])+)").search
_SPAN = re.compile(rb"(\d+)([dhms])").findall
_RELAY = re.compile(rb"(?:^| )relay=\"?([^\s\",]*(?: \([^\s\",)]*\))?)").search
_RESULT = re.compile(rb" result=\"?(\w+)\"? stat=(.*)$", re.DOTALL).search
_CODES = re.compile(rb"(\d\d\d)[ -](?:(\d\.\d{1,3}\.\d{1,3})\b:? ?)?(.*)$", re.DOTALL).match
_MESSAGE = re.compile(
    rb"(?:address=\S+ host=\S+ )?msgid=([0-9a-f]{8})(?: from=<(" + _INNER + rb")>)?(?: to=<(" + _INNER + rb")>)? "
    rb"size=(\d+)",
    re.DOTALL,
).match
_WHO = re.compile(rb"address=(\S+) host=(\S*)").match
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
_FATES: Final = {
    b"ok": b"sent",
    b"tempfail": b"deferred",
    b"permfail": b"bounced",
    b"loop": b"bounced",
    b"expire": b"expired",
    b"expired": b"expired",
}
_UNITS: Final = {b"d": 86400, b"h": 3600, b"m": 60, b"s": 1}
_FORM: Final = frozenset({b"500", b"501", b"502", b"503"})
"""replies to commands that are none, or not here"""
NOISE: Final = words(
    """
    debug: | info: | trace | smtp: | mta: | mda: | scheduler: | queue-backend | expand: | mproc: | bounce: | setup_ |
    startup | exiting | parent | lka | queue | control | pony | ca exiting | klondike | OpenSMTPD | scheduler
    """
)
_TROUBLES: Final = words(
    """
    warn: | warning: | fatal | smtp-out: | smtp-in: | error | imsg | filter | table | pipe | Exiting | dead
    """
)
"""Openings of lines that are told as they are"""


def parse(text: bytes) -> Event | list[Event] | None:
    """One line."""
    if found := _LINE(text):
        session, part, event, rest = found.groups()
        read = _SMTP.get(event) if part == b"smtp" else None
        if read:
            return read(session, rest or b"", text)
        if event == b"delivery" and (delivered := _delivery(rest or b"")):
            return delivered
        if part in (b"mta", b"mda"):
            return _outbound(event, rest or b"", text)
        return Notice(text)
    if text.startswith(b"smtp-in: "):
        return _old(text)
    if (found := _OLD_DELIVERY(text)) and (sent := _old_delivery(found[2], found[3], found[4])):
        return sent
    if text.startswith(NOISE) or not text.strip():
        return None
    return Notice(text) if text.startswith(_TROUBLES) else Unparsed(text)


def _address(word: bytes) -> bytes | None:
    """`192.0.2.1`, `[192.0.2.1]`, `[IPv6:2001:db8::1]`; None for `local` and other families."""
    word = word.strip(b"[]").removeprefix(b"IPv6:").removeprefix(b"ipv6:")
    return None if word in (b"local", b"unix", b"") or b"/" in word else word


def _name(host: bytes | None) -> bytes | None:
    """`<unknown>`: no name, or one that does not lead back to the address."""
    return b"unknown" if host in (b"<unknown>", b"unknown", b"") else host


def _connected(session: bytes, rest: bytes, text: bytes) -> Event:
    who = _WHO(rest)
    if who is None:
        return Unparsed(text)
    address = _address(who[1])
    return Connect(address, _name(who[2]), session) if address else Notice(text)


def _closed(session: bytes, rest: bytes, text: bytes) -> Event:
    who = _WHO(rest)
    address = _address(who[1]) if who else None
    why = rest.partition(b"reason=")[2].strip(b'"')
    if why == b"quit":
        return Disconnect(address, None, why, session)
    return Hangup(address, None, None, None, text, None, session)


def _failed(session: bytes, rest: bytes, text: bytes) -> Event:
    before, result, said = rest.removesuffix(b'"').rpartition(b'" result="')
    attributes, opened, command = before.partition(b'command="')
    if not (result and opened):
        return Unparsed(text)
    who = _WHO(attributes)
    client, name = (_address(who[1]), _name(who[2])) if who else (None, None)
    if command.startswith(b"AUTH ") and said.startswith(b"535"):
        return Notice(text, client, name)  # the line before, `authentication`, counts it and names the user
    return _refused(session, command, said, client, name)


def _bad_input(session: bytes, rest: bytes, text: bytes) -> Event:
    said = rest.partition(b'result="')[2].removesuffix(b'"')
    return _refused(session, None, said) if said else Unparsed(text)


def _refused(
    session: bytes | None, command: bytes | None, said: bytes, client: bytes | None = None, name: bytes | None = None
) -> Event:
    """A 4xx or 5xx: of AUTH a failed authentication, else a refusal at the command's stage. No `command`: no line."""
    codes = _CODES(said)
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
    who = _WHO(rest)
    word, from_, to, size = found.groups()
    return _accepted(word, from_, to, size, session, who)


def _accepted(
    word: bytes,
    from_: bytes | None,
    to: bytes | None,
    size: bytes,
    session: bytes | None,
    who: re.Match[bytes] | None = None,
) -> Event:
    sender = None if from_ is None else from_ or b"<>"
    client, name = (_address(who[1]), _name(who[2])) if who else (None, None)
    return Accept(word, client, name, None, sender, None, size, to, session=session)


def _envelope(session: bytes, rest: bytes, text: bytes) -> Event:
    found = _ENVELOPE(rest)
    if found is None or found[1] is None:
        return Unparsed(text)
    return Queue(found[1][:8], found[2] or b"<>", text=b"to=<" + found[3] + b">")


def _authenticated(session: bytes, rest: bytes, text: bytes) -> Event:
    found = _USER(rest)
    if found is None:
        return Unparsed(text)
    user, address, host, result = found.groups()
    client = _address(address) if address else None
    if result == b"ok":
        return Auth(client, _name(host), b"ok", user, result, session=session)
    return Auth(client, _name(host), b"failed", user, result, b"auth", session=session)


def _encrypted(session: bytes, rest: bytes, text: bytes) -> Event:
    who = _WHO(rest)
    version = rest.partition(b"ciphers=")[2].partition(b":")[0] or rest.partition(b"version=")[2].partition(b",")[0]
    return Notice(text, _address(who[1]) if who else None, tls=version.strip(b'"') or None)


def _notice(session: bytes, rest: bytes, text: bytes) -> Event:
    return Notice(text)


_SMTP: Final = {
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


def _delivery(rest: bytes) -> Event | None:
    """`evpid=.. from=<..> to=<..> rcpt=<..> source=.. relay=.. delay=.. result=.. stat=..`"""
    found = _ENVELOPE(rest)
    result = _RESULT(found[4]) if found else None
    if found is None or result is None or found[1] is None:
        return None
    return _delivered(found, result[1].lower(), found[4][: result.start()], result[2].strip(b'"'))


def _old_delivery(result: bytes, envelope: bytes, rest: bytes) -> Event | None:
    """5.x: `relay: Ok for EVPID: session=.., from=<..>, to=<..>, rcpt=<..>, relay=.., delay=.., stat=..`"""
    found = _ENVELOPE(rest)
    if found is None:
        return None
    fields, _, said = found[4].partition(b", stat=")
    return _delivered(found, result.lower(), fields, said.strip(b'"'), envelope)


def _delivered(
    found: re.Match[bytes], result: bytes, fields: bytes, said: bytes, envelope: bytes | None = None
) -> Event | None:
    fate = _FATES.get(result)
    if fate is None:
        return None
    delay, relay = _DELAY(fields), _RELAY(fields)
    codes = _CODES(said)
    code, enhanced = (codes[1], codes[2]) if codes else (None, None)
    after = sum(int(number) * _UNITS[unit] for number, unit in _SPAN(delay[1])) if delay else None
    return Deliver(
        (envelope or found[1])[:8],
        found[3],
        relay[1] if relay else None,
        None if after is None else b"%d" % after,
        None,
        enhanced,
        fate,
        code,
        said or None,
    )


def _outbound(event: bytes, rest: bytes, text: bytes) -> Event | None:
    """mta's sessions with a next hop."""
    if event in (b"connecting", b"connected", b"disconnected", b"closed", b"server-cert-check", b"cert-check"):
        return None
    if event in (b"tls", b"starttls"):
        version = rest.partition(b"ciphers=")[2].partition(b":")[0]
        return Notice(text, tls=version.strip(b'"') or None)
    return Notice(text)


def _old(text: bytes) -> Event | list[Event]:
    """5.x: `smtp-in: ...`."""
    if found := _OLD_SESSION(text):
        address = _address(found[3])
        return Connect(address, _name(found[2]), found[1]) if address else Notice(text)
    found = _OLD(text)
    if found is None:
        return Notice(text)
    what, word, session, rest = found.groups()
    said = rest or b""
    if what in (b"Failed command", b"Bad input"):
        if what == b"Bad input":
            return _refused(session, None, said)
        command = _OLD_COMMAND(said)
        return _refused(session, command[1], command[2]) if command else Unparsed(text)
    if what == b"Accepted message" and word:
        envelope = _ENVELOPE(said)
        size = re.search(rb"(?:^|, )size=(\d+)", envelope[4] if envelope else said.rpartition(b">")[2])
        if size is None:
            return Unparsed(text)
        if envelope:
            return _accepted(word, envelope[2], envelope[3], size[1], session)
        return _accepted(word, said.partition(b"from=<")[2].rpartition(b">")[0], None, size[1], session)
    if what == b"Closing":
        return Disconnect(None, None, None, session)
    if what in (b"Received disconnect", b"Disconnecting"):
        return Hangup(None, None, None, None, text, None, session)
    return Notice(
        text, tls=said.partition(b"version=")[2].partition(b",")[0] or None if what == b"Started TLS" else None
    )


def recognise(program: bytes) -> Daemon | None:
    """OpenSMTPD, when the tag is its own; None for a name that only begins like it."""
    return Daemon("opensmtpd", "smtpd", parse) if program in (b"smtpd", b"opensmtpd") else None
