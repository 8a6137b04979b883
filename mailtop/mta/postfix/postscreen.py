"""postscreen and dnsblog: the tests before the handshake, and what the DNS lists answered.

Source: postscreen.c, postscreen_early.c, postscreen_smtpd.c, postscreen_misc.c, postscreen_dnsbl.c, dnsblog.c. Old
and new spellings (WHITELISTED / ALLOWLISTED, BLACKLISTED / DENYLISTED) become the new ones.

`450 4.3.2 Service currently unavailable` is what postscreen says to a client that passed the tests after the
handshake and must come back: it works as greylisting and is counted so.
"""

import re
from typing import Final

from mailtop.event import Connect, Disconnect, Event, Hangup, Listed, LookupError_, Pass, Reject, Screen, Unparsed
from mailtop.mta.parser import Derived, Shape, always
from mailtop.mta.postfix.fields import angle, reply, tail
from mailtop.mta.postfix.notices import common, warning
from mailtop.mta.postfix.smtpd import BY_LIST, HELOS, LISTER, NULL_SENDER, STAGES
from mailtop.mta.reasons import reason
from mailtop.mta.zones import blocked_by, split_query

_new = tuple.__new__

SCREENS: Final = {
    b"PREGREET": b"protocol",
    b"COMMAND PIPELINING": b"protocol",
    b"NON-SMTP COMMAND": b"protocol",
    b"BARE NEWLINE": b"protocol",
    b"COMMAND TIME LIMIT": b"protocol",
    b"COMMAND LENGTH LIMIT": b"protocol",
    b"COMMAND COUNT LIMIT": b"rate",
}
"""Tests that name the client after `from` -> reason class."""
_TEST = re.compile(
    rb"(?P<test>PREGREET|COMMAND PIPELINING|NON-SMTP COMMAND|BARE NEWLINE|COMMAND (?:TIME|LENGTH|COUNT) LIMIT)"
    rb"(?: \d+ after [\d.]+)? from (?P<peer>\[(?P<ip>[^\]]*)\](?::\d+)?)(?: after (?P<stage>[A-Za-z.]+))?"
)
_SAY_NEW: Final = {
    b"WHITELISTED": b"ALLOWLISTED", b"ALLOWLISTED": b"ALLOWLISTED", b"BLACKLISTED": b"DENYLISTED",
    b"DENYLISTED": b"DENYLISTED", b"WHITELIST": b"ALLOWLIST VETO", b"ALLOWLIST": b"ALLOWLIST VETO",
}  # fmt: skip
_BUSY: Final = {
    b"too many connections": (b"421", b"4.7.0", b"rate"),
    b"all server ports busy": (b"421", b"4.3.2", b"server"),
    b"all screening ports busy": (b"421", b"4.3.2", b"server"),
}
"""Refusals logged without the reply that was sent -> reply, enhanced code (postscreen.c, postscreen_send.c), reason."""


_PEER_PORT: Final = b"{session=[{client}]:{}}"


def _why(text: bytes, transient: bool) -> bytes:
    if transient and text == b"Service currently unavailable":
        return b"greylist"
    return reason(text, transient)


_REFUSAL: Final = (
    b"{queue_id=NOQUEUE}: reject: {stage=" + STAGES + b"} from " + _PEER_PORT + b": {reply:3} {enhanced={:1}.{:1}.{}} |"
)
_ENVELOPE: Final = b"; from=<{sender}>, to=<{recipient}>, proto={ESMTP/SMTP}, helo=<"
_LISTED: Final = (LISTER, BY_LIST, NULL_SENDER)
_BY_TEXT: Final = (
    Derived("zone", ("text",), lambda text: blocked_by(text) or b""),
    Derived("reason", ("text", "reply"), lambda text, code: _why(text, code[:1] == b"4")),
    NULL_SENDER,
)

SHAPES: Final = (
    Shape(Connect, b"CONNECT from " + _PEER_PORT + b" to {*}"),
    Shape(Disconnect, b"DISCONNECT " + _PEER_PORT),
    Shape(
        Screen,
        b"DNSBL rank {rank} for " + _PEER_PORT,
        (always("reason", b"dnsbl"), always("text", b"DNSBL")),
    ),
    Shape(Pass, b"PASS {text} " + _PEER_PORT),
    *(
        Shape(Reject, _REFUSAL + said + _ENVELOPE + helo, follows)
        for said, follows in (
            (b"{text=Service unavailable; client [{}] blocked using {zone}}", _LISTED),
            (b"{text}", _BY_TEXT),
        )
        for helo in HELOS
    ),
    Shape(
        Hangup,
        b"{text=HANGUP after {} from " + _PEER_PORT + b" in tests before SMTP handshake}",
        (always("stage", b"CONNECT"),),
    ),
)


DNSBLOG_SHAPES: Final = (Shape(Listed, b"addr {client} listed by domain {zone} as {answer}"),)


def parse(text: bytes) -> Event | None:
    """One line of postscreen."""
    first = text[:1]
    if first == b"C":
        if text.startswith(b"CONNECT from "):
            session = text[13:].partition(b" ")[0]
            return _new(Connect, (session[1:].partition(b"]")[0], None, session))
    elif first == b"D":
        if text.startswith(b"DISCONNECT "):
            session = text[11:]
            return _new(Disconnect, (session[1:].partition(b"]")[0], None, None, session))
        if text.startswith(b"DNSBL rank "):
            rank, _, session = text[11:].partition(b" for ")
            client = session[1:].partition(b"]")[0]
            return _new(Screen, (client, b"dnsbl", b"DNSBL", rank, None, session))
    elif first == b"P":
        if text.startswith(b"PASS "):
            word, _, session = text[5:].partition(b" ")
            return _new(Pass, (session[1:].partition(b"]")[0], word, session))
    elif first == b"N" and text.startswith(b"NOQUEUE: reject: "):
        return _refused(text[17:])
    elif first == b"H" and text.startswith(b"HANGUP after "):
        _, _, rest = text.partition(b" from ")
        session, _, where = rest.partition(b" in tests ")
        stage = b"CONNECT" if where.startswith(b"before") else None
        return _new(Hangup, (session[1:].partition(b"]")[0], None, stage, None, text, None, session))
    return _other(text)


def _refused(rest: bytes) -> Event:
    """`RCPT from [address]:port: 550 5.7.1 text; from=<..>, to=<..>, proto=.., helo=<..>`; a CONNECT may lack codes."""
    stage, _, body = rest.partition(b" from ")
    client, _, body = body[1:].partition(b"]")
    port, _, said = body.partition(b": ")
    session = b"[" + client + b"]" + port
    if said in _BUSY:
        code, enhanced, why = _BUSY[said]
        return _new(
            Reject, (client, None, stage, code, enhanced, why, said, None, None, None, None, b"NOQUEUE", None, session)
        )
    number, detail, said = reply(said)
    text, sender, recipient, helo, _ = tail(said, own=True)
    zone = blocked_by(text)
    transient = (number or b"5").startswith(b"4")
    why = b"dnsbl" if zone else _why(text, transient)
    stage = b"HELO" if stage == b"EHLO" else stage
    path = None if sender is None else angle(sender)
    return _new(
        Reject,
        (
            client,
            None,
            stage,
            number,
            detail,
            why,
            text,
            path,
            recipient,
            helo or None,
            zone,
            b"NOQUEUE",
            None,
            session,
        ),
    )


def _other(text: bytes) -> Event | None:
    if found := _TEST.match(text):
        stage = found["stage"]
        stage = b"HELO" if stage == b"EHLO" else stage
        if stage == b".":
            stage = b"END-OF-MESSAGE"
        return Screen(found["ip"], SCREENS[found["test"]], text, None, stage, found["peer"])
    word, _, rest = text.partition(b" ")
    if word in _SAY_NEW:
        session = rest.removeprefix(b"VETO ").partition(b" ")[0]
        client = session[1:].partition(b"]")[0]
        name = _SAY_NEW[word]
        return (
            Pass(client, name, session) if name == b"ALLOWLISTED" else Screen(client, b"access", name, session=session)
        )
    if rest.startswith(b"without valid RCPT from ["):
        session = rest[24:].partition(b" ")[0]
        return Screen(session[1:].partition(b"]")[0], b"protocol", text, None, word, session)
    if text.startswith(b"reject: connect from "):  # before 2.9
        return _refused(b"CONNECT" + text[15:])
    if text.startswith((b"entering STRESS mode", b"leaving STRESS mode")):
        return common(b"warning", text, None)
    head, _, said = text.partition(b": ")
    return common(head, said, None)


def parse_dnsblog(text: bytes) -> Event | None:
    """One line of dnsblog: `addr A listed by domain Z as 127.0.0.x`, or a lookup that failed."""
    if text.startswith(b"addr "):
        client, listed, rest = text[5:].partition(b" listed by domain ")
        if listed:
            zone, _, answer = rest.partition(b" as ")
            return _new(Listed, (client, zone, answer or None))
        client, failed, rest = text[5:].partition(b" blocked by domain ")
        if failed:  # before 2.8
            zone, _, answer = rest.partition(b" as ")
            return _new(Listed, (client, zone, answer or None))
        return Unparsed(text)
    if text.startswith(b"warning: "):
        if b"lookup error for DNS query " in text:
            query = text.partition(b"lookup error for DNS query ")[2].partition(b": ")[0]
            address, name = split_query(query)
            return LookupError_(name, address, text[9:])
        return warning(text[9:])
    head, _, said = text.partition(b": ")
    return common(head, said, None)
