"""esmtpd: Courier's SMTP server.

    started,ip=[::ffff:192.0.2.1],port=[4711]
    error,relay=::ffff:192.0.2.1,port=4711,ident=x,from=<sender>,to=<recipient>: 550 User unknown.    submit said so
    error,relay=::ffff:192.0.2.1,ident="x",msg="535 Authentication failed.",cmd: AUTH PLAIN AGEAYg==  esmtpd said so

In the first form Courier puts blanks for `<`, `>` and `:` inside the two addresses, and for `,` and `:` in ident: it
can be read in one way only. In the second all after relay= may be the client's; only the reply it names is taken from
there. What a client wrote after AUTH, or as an answer to a challenge, may be a password: it is never kept. Some
versions add the account in clear text; that is taken.

Source: courier/module.esmtp/courieresmtpd.c (iov_logerror, print_submit_log_fix), courier/submit.C; 0.45 to 1.3.
BUGS: a login that succeeds is in no line, the client's leaving neither.
"""

import re
from typing import Final

from mailtop.event import Auth, Connect, Event, Hangup, Notice, Reject, Unparsed
from mailtop.mta.reasons import reason

_STARTED = re.compile(rb"started,ip=\[([0-9A-Fa-f.:]{2,45})\]")
_ERROR = re.compile(rb"error,relay=([0-9A-Fa-f.:]{2,45})(?:,port=\d{1,5})?(?=[,:])")
_SUBMIT = re.compile(
    rb"(?:,ident=(?!\")[^,:]*)?(?:,from=(<[^<>:]*>?))?(?:,to=(<[^<>:]*>?))?: "
    rb"(?:([245]\d\d)(?:[ -]|$))?([245]\.\d{1,3}\.\d{1,3}(?= ))?(.*)$",
    re.DOTALL,
)
_ESMTPD = re.compile(rb"(?:,ident=\"[^\"]*\")?,msg=\"([245]\d\d)?[ -]?(.*?)\",cmd: ?(.*)$", re.DOTALL)
_NAMED = re.compile(rb" ?<[^<>]*>")
_STAGES: Final = {b"MAIL": b"MAIL", b"RCPT": b"RCPT", b"DATA": b"DATA", b"HELO": b"HELO", b"EHLO": b"HELO"}
_NO_DOMAIN: Final = b"Domain does not exist"
_LOST: Final = (b"writev: ", b"read: ", b"Connection reset", b"Broken pipe", b"Connection timed out")


def parse(text: bytes) -> Event | None:
    """One line of courieresmtpd."""
    if started := _STARTED.match(text):
        return Connect(started[1])
    error = _ERROR.match(text)
    if error is None:
        return None if text.startswith((b"couriertls", b"Connection, ip=")) else Unparsed(text)
    if found := _SUBMIT.match(text, error.end()):
        return _refused(error[1], *found.groups())
    if found := _ESMTPD.match(text, error.end()):
        return _complained(error[1], found[1], found[2], found[3])
    return Notice(text, error[1])


def _refused(
    client: bytes, sender: bytes, recipient: bytes, code: bytes | None, enhanced: bytes | None, said: bytes
) -> Event:
    stage = b"RCPT" if recipient is not None else b"MAIL" if sender is not None else None
    if code is None or code.startswith(b"2"):
        return Notice(said, client, sender=_address(sender), recipient=_address(recipient))
    said = said.removeprefix(b" ") if enhanced else said
    known = b"sender_domain" if said.startswith(_NO_DOMAIN) and stage == b"MAIL" else None
    why = known or reason(_NAMED.sub(b"", said), code.startswith(b"4"))
    return Reject(client, None, stage, code, enhanced, why, said, _path(sender), _address(recipient))


def _address(written: bytes | None) -> bytes | None:
    return written.strip(b"<>") or None if written is not None else None


def _path(written: bytes | None) -> bytes | None:
    return None if written is None else written.strip(b"<>") or b"<>"


def _complained(client: bytes, code: bytes | None, said: bytes, command: bytes) -> Event:
    word, _, rest = command.partition(b" ")
    verb = word.upper()
    if code == b"535":
        user, mechanism = _account(rest) if verb == b"AUTH" else (None, b"")
        return Auth(client, None, b"failed", user, mechanism + said, b"auth")
    stage = _STAGES.get(verb)
    if code is None:
        return Hangup(client, None, stage, None, said) if said.startswith(_LOST) else Notice(said, client)
    if stage is None or code.startswith(b"2"):  # about a command's form: no refusal
        return Notice(code + b" " + said, client)
    return Reject(client, None, stage, code, None, reason(said, code.startswith(b"4"), b"protocol"), said)


def _account(rest: bytes) -> tuple[bytes | None, bytes]:
    """`PLAIN <base64> account`, `LOGIN account@domain` -> account, mechanism."""
    parts = rest.split(None, 3)
    mechanism = parts[0].upper()[:32] + b" " if parts and parts[0].replace(b"-", b"").isalnum() else b""
    if len(parts) == 3:
        return parts[2], mechanism
    return parts[1] if len(parts) == 2 and b"@" in parts[1] else None, mechanism
