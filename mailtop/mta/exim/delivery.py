"""delivery: what became of a recipient: `=>` `->` `>>` delivered, `*>` not really, `==` deferred, `**` failed.

Source: deliver.c (delivery_log, deferral_log, failure_log, string_log_address, d_hostlog), retry.c, routers/redirect.c:

    => bob <bob@example.org> F=<..> P=<..> R=router T=transport S=1234 H=host [address]:25 X=.. C="250 OK" QT=3s DT=1s
    == alice@example.net <al@example.org> R=dnslookup T=remote_smtp defer (-44) H=host [address]: said
    ** carl@example.net R=dnslookup T=remote_smtp H=host [address]: SMTP error from remote mail server after ..: 550 ..

The address is the one delivered to, where it has a domain; of a pipe, a file or a bare local part it is the address
that led there, in angle brackets. Addresses were written by whoever sent the message, and are read to the end of their
quotes. `relay` is the host as Exim names it, or the transport. QT= is the time since arrival: the schema's delay; what
the remote server said (`C="..."`) is in quotes that it cannot close.

`*>` is a delivery suppressed by -N, so a notice. `** .. retry timeout exceeded` is `expired`.
"""

import re
from typing import Final

from mailtop.event import Deliver, Event, Filter, Notice, Unparsed
from mailtop.mta.exim.host import ADDRESS

_new = tuple.__new__

_TO: Final = (
    rb'([|/](?:(?! R=).)*?(?= <' + ADDRESS + rb'>)|save [^\s<]\S*|(?>(?:[^\s":<]|"(?:[^"\\]|\\.)*"|:(?! ))+))'
    rb"(?::(?= ))?(?: \([^)]*\))?(?: <(" + ADDRESS + rb")>)?"
)
_WHERE: Final = (
    rb"(?: F=<" + ADDRESS + rb">)?(?: Q=\S+)?(?: P=<" + ADDRESS + rb">)?(?: routing)?(?: R=([^\s:]+))?(?: T=([^\s:]+))?"
    rb"(?: S=\w+)?"
)
_AT: Final = rb"(?: H=([^\s\[]+(?: \[[^\]\s]*\](?::\w+)?)?)\*{0,2})?"

_DONE = re.compile(rb"[=>-]> " + _TO + _WHERE + _AT + rb"(?=[ :]|$)", re.DOTALL).match
_UNDONE = re.compile(
    rb"(?:==|\*\*|\*>) " + _TO + _WHERE + rb"(?: defer \((-?\d+)\)(?:: [A-Z][a-z]+(?: [a-z]+){0,6}(?= H=))?)?" + _AT
    + rb"(?: I=\[[^\]\s]*\](?::\w+)?)?(?: X=\S+)?(?: CV=\w+)?(?: DN=\"[^\"]*\")?(?: DT=[\w.]+(?=:|$))?",
    re.DOTALL,
).match
_REPLY = re.compile(rb"([245]\d\d)(?:[ -](?:([245]\.\d{1,3}\.\d{1,3})\b)?|$)").match
_SAID = re.compile(rb"remote (?:mail )?server\b(?:[^:<]|<" + ADDRESS + rb">|:(?! [245]\d\d[ -]))*: ", re.DOTALL).search
_SPAN = re.compile(rb"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)(\.\d+)?s)?").fullmatch


def seconds(span: bytes) -> bytes | None:
    """`1w2d3h4m5.678s` as seconds; None when it is no such time."""
    if span[-1:] == b"s" and span[:-1].isdigit():
        return span[:-1]
    found = _SPAN(span) if len(span) < 40 else None
    if found is None or not span:
        return None
    weeks, days, hours, minutes, whole = (int(part or 0) for part in found.group(1, 2, 3, 4, 5))
    total = (((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + whole
    return b"%d%b" % (total, found[6] or b"")


def recipient(first: bytes, top: bytes | None) -> bytes:
    """Which of `first <top>` the message was for."""
    if top is not None and (b"@" not in first or first[:1] in b"|/:"):
        return top
    return first


def _nowhere(first: bytes) -> bytes | None:
    """A delivery without transport is a redirection to `:blackhole:`."""
    return b":blackhole:" if first.startswith(b":blackhole") else None


def replied(said: bytes) -> tuple[bytes | None, bytes | None]:
    """The reply and the enhanced code that a next hop's words begin with; their first 14 octets say both."""
    found = _REPLY(said)
    return (found[1], found[2]) if found else (None, None)


def delivered(word: bytes, text: bytes) -> Event:
    """`=> ..`, `-> ..` or `>> ..`."""
    if text.startswith(b"=> blackhole ("):
        return Filter(word, status=b"discard", text=text[3:])
    found = _DONE(text)
    if found is None:
        return Unparsed(word + b" " + text)
    first, top, _, transport, host = found.groups()
    rest = text[found.end() :]
    said = code = enhanced = delay = None
    at = rest.find(b' C="')
    if at >= 0:
        end = rest.rfind(b'"')
        said = rest[at + 4 : end] if end > at + 3 else rest[at + 4 :]
        rest = rest[:at] + rest[end + 1 :] if end > at + 3 else rest[:at]
        code, enhanced = replied(said)
    at = rest.rfind(b" QT=")
    if at >= 0:
        delay = seconds(rest[at + 4 :].partition(b" ")[0])
    return _new(
        Deliver,
        (word, recipient(first, top), host or transport or _nowhere(first), delay, None, enhanced, b"sent", code, said),
    )


def undelivered(word: bytes, text: bytes) -> Event:
    """`== ..`, `** ..` or `*> ..`."""
    found = _UNDONE(text)
    if found is None:
        return Unparsed(word + b" " + text)
    first, top, _, transport, number, host = found.groups()
    address = recipient(first, top)
    if text[:2] == b"*>":
        return Notice(text, queue_id=word, recipient=address)
    said = text[found.end() :].strip(b" :")
    status = b"deferred"
    if text[:2] == b"**":
        status = b"expired" if b"retry timeout exceeded" in said else b"bounced"
    code = enhanced = None
    if (spoken := _SAID(said)) and (reply := _REPLY(said, spoken.end())):
        code, enhanced = reply.groups()
    if not said and number is not None:
        said = b"defer (" + number + b")"
    return _new(Deliver, (word, address, host or transport, None, None, enhanced, status, code, said or None))
