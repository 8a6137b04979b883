"""smtpd: the lines of Postfix's SMTP server, from 2.x to 3.11.

Source: smtpd.c (connect, disconnect, client=, lost connection), smtpd_check.c (every refusal and access action),
smtpd_sasl_glue.c (authentication), smtpd_peer.c (names), smtpd_proxy.c, smtpd_milter.c.

Lines that smtpd writes instead of a reject line, although it did answer 4xx (the anvil limits), become rejects with
the reply that the source says was sent.
"""

import re
from typing import Final

from mailtop.event import Accept, Auth, Connect, Disconnect, Event, Filter, Hangup, Notice, Reject, Unparsed, Warn
from mailtop.mta.parser import Derived, Shape, always
from mailtop.mta.postfix.fields import (
    CONTENT_PARTS,
    NOQUEUE,
    after_address,
    angle,
    is_queue_id,
    peer,
    queue_id,
    reply,
    tail,
)
from mailtop.mta.postfix.notices import common, warning
from mailtop.mta.reasons import reason
from mailtop.mta.zones import blocked_by

_new = tuple.__new__  # a NamedTuple's own constructor costs three times as much

_HUNG_UP: Final = (b"lost connection after ", b"timeout after ", b"too many errors after ")
_ACTIONS: Final = {
    b"hold": b"hold", b"discard": b"discard", b"redirect": b"redirect", b"filter": b"filter", b"bcc": b"bcc",
    b"prepend": b"prepend", b"replace": b"replace", b"info": b"info", b"warn": b"warn", b"warning": b"warn",
    b"strip": b"strip", b"delay": b"delay", b"quarantine": b"quarantine",
}  # fmt: skip
"""verbs of access(5) and header_checks(5) that are no reply to the client -> status"""

LIMITS: Final[tuple[tuple[bytes, bytes, bytes, bytes], ...]] = (
    (b"Connection rate limit exceeded: ", b"CONNECT", b"421", b"4.7.0"),
    (b"Connection concurrency limit exceeded: ", b"CONNECT", b"421", b"4.7.0"),
    (b"Message delivery request rate limit exceeded: ", b"MAIL", b"450", b"4.7.1"),
    (b"Recipient address rate limit exceeded: ", b"RCPT", b"450", b"4.7.1"),
    (b"New TLS session rate limit exceeded: ", b"STARTTLS", b"454", b"4.7.0"),
    (b"AUTH command rate limit exceeded: ", b"AUTH", b"450", b"4.7.1"),
)
"""anvil's limits: opening words, and the stage and reply that smtpd.c and smtpd_sasl_proto.c give the client"""


_REFUSED = (
    rb"(\w+): reject: ([A-Z]+) from ([^\[]*)\[([^\]]*)\](?::\d+)?: (\d\d\d) (\d\.\d+\.\d+) (?:<[^>]{0,512}>: )?"
    rb"([^;]*(?:; [A-Z][^\[;]+\[[^\]]*\] blocked using ([-\w.]+)(?:;[^;]*)*?)?);"
    rb" from=<([^<>]{0,512})> to=<([^<>]{0,512})> proto=\w+ helo=<([^<>]{0,512})>"
)
"""A refusal of the usual shape. No field may hold `<` or `>`, so one tail at most reaches the end of the line: a
forged one before it, whole or half, in a list's TXT record or an address, makes the line unusual or loses."""
_USUAL = re.compile(_REFUSED, re.DOTALL).fullmatch


ONE_HELO: Final = Derived("stage", ("stage",), lambda stage: b"HELO" if stage == b"EHLO" else stage)
"""EHLO counts as HELO"""
NULL_SENDER: Final = Derived("sender", ("sender",), lambda sender: sender or b"<>")
LISTER: Final = Derived("zone", ("zone",), lambda zone: blocked_by(b" blocked using " + zone) or b"")
BY_LIST: Final = always("reason", b"dnsbl")


def _why(text: bytes, reply_code: bytes) -> bytes:
    return b"dnsbl" if blocked_by(text) else reason(text, reply_code[:1] == b"4")


_BY_TEXT: Final = (
    Derived("zone", ("text",), lambda text: blocked_by(text) or b""),
    Derived("reason", ("text", "reply"), _why),
    NULL_SENDER,
    ONE_HELO,
)
_LISTED: Final = (LISTER, BY_LIST, NULL_SENDER, ONE_HELO)

STAGES: Final = b"{RCPT/MAIL/HELO/EHLO/DATA/CONNECT/VRFY/ETRN/BDAT}"
_REFUSAL: Final = (
    b"{queue_id=NOQUEUE}: %b: {stage=" + STAGES + b"} from {client_name}[{client}]: {reply:3} {enhanced={:1}.{:1}.{}} |"
)
_ENVELOPE: Final = b"; from=<{sender}> to=<{recipient}> proto={ESMTP/SMTP} helo=<"
HELOS: Final = b"{helo}>", b"{helo=[{}]}>"
"""a name, or an address"""
_LIST: Final = b"Service unavailable; Client host [{}] blocked using {zone}"
_SAID: Final = (
    (b"<{}>: {text}", _BY_TEXT), (b"{text=" + _LIST + b"; {}}", _LISTED), (b"{text=" + _LIST + b"}", _LISTED),
    (b"<{}[{}]>: {text}", _BY_TEXT), (b"{text}, [{}]", _BY_TEXT), (b"<{}[{}]>: {text}, [{}]", _BY_TEXT),
    (b"{text}", _BY_TEXT),
)  # fmt: skip
"""what a refusal says between its codes and the envelope"""

_FIRST_USER: Final = Derived("sasl_user", ("sasl_user",), lambda user: user.partition(b", ")[0])
_FAILED: Final = (
    always("status", b"failed"),
    always("reason", b"auth"),
    Derived("sasl_user", ("said",), lambda said: said.partition(b", sasl_username=")[2]),
    Derived("text", ("mechanism", "said"), lambda how, said: how + said.partition(b", sasl_username=")[0]),
)

SHAPES: Final = (
    Shape(Connect, b"connect from {client_name}[{client}]"),
    Shape(Disconnect, b"disconnect from {client_name}[{client}] {text*}"),
    Shape(Disconnect, b"disconnect from {client_name}[{client}]"),
    Shape(Notice, b"{text=Anonymous TLS connection established from {client_name}[{client}]: {tls} with {*}}"),
    Shape(Hangup, b"{text=lost connection after {stage} from {client_name}[{client}]}", (ONE_HELO,)),
    Shape(
        Auth,
        b"warning: {client_name}[{client}]: SASL {mechanism} authentication failed{said*}",
        _FAILED,
    ),
    Shape(
        Notice,
        b"warning: {text=hostname {} does not resolve to address {client}}",
        (Derived("client", ("client",), lambda client: client.partition(b": ")[0]),),
    ),
    Shape(Notice, b"{text=NOQUEUE: client={client_name}[{client}]{*}}"),
    Shape(Accept, b"{queue_id}: client={client_name}[{client}]"),
    Shape(
        Accept,
        b"{queue_id}: client={client_name}[{client}], sasl_method={}, sasl_username={sasl_user}",
        (_FIRST_USER,),
    ),
    *(
        Shape(kind, _REFUSAL.replace(b"%b", verb) + said + _ENVELOPE + helo, follows)
        for kind, verb in ((Reject, b"reject"), (Warn, b"reject_warning"))
        for said, follows in _SAID
        for helo in HELOS
    ),
)

_SASL = re.compile(
    rb"warning: ([^\[\s]*)\[([^\]]*)\](?::\d+)?: SASL (\S+) authentication failed(.*?)(?:, sasl_username=(.*))?$",
    re.DOTALL,
).match


def parse(text: bytes) -> Event | None:
    """One line of smtpd."""
    if text.startswith(b"connect from "):
        name, _, rest = text[13:].partition(b"[")
        return _new(Connect, (rest.partition(b"]")[0], name, None))
    if text.startswith(b"disconnect from "):
        name, _, rest = text[16:].partition(b"[")
        address, _, counts = rest.partition(b"]")
        return _new(Disconnect, (address, name, counts[1:] or None, None))
    if text.startswith(b"NOQUEUE: reject: ") and (found := _USUAL(text)):
        return _usual(found.groups())
    if text.startswith(b"warning: ") and (found := _SASL(text)):
        name, address, mechanism, said, user = found.groups()
        return Auth(address, name, b"failed", user, mechanism + said, b"auth")
    word, colon, rest = text.partition(b": ")
    if colon:
        if rest.startswith(b"reject: "):
            return refused(Reject, word, rest[8:])
        if word == b"warning":
            return _warning(rest)
        if rest.startswith(b"client="):
            return _accepted(word, rest[7:])
        if is_queue_id(word):
            return _of_message(word, rest)
    if text.startswith(_HUNG_UP):
        return _hung_up(text)
    return _other(text, word, rest)


def _without_address(text: bytes, zone: bytes | None) -> bytes:
    """A text that ends with the client's address, which is a field of its own: `..., [192.0.2.1]`."""
    if text.endswith(b"]") and (zone is None or text.count(b"[") == 1):
        return text.partition(b", [")[0]
    return text


def _usual(groups: tuple[bytes, ...]) -> Event:
    word, stage, name, address, code, enhanced, text, zone, sender, recipient, helo = groups
    text = _without_address(text, zone)
    if zone is None and b" blocked using " in text:
        zone = blocked_by(text)
    why = b"dnsbl" if zone else reason(text, code[:1] == b"4")
    if stage == b"EHLO":
        stage = b"HELO"
    return _new(
        Reject,
        (
            address,
            name,
            stage,
            code,
            enhanced,
            why,
            text,
            sender or b"<>",
            recipient,
            helo or None,
            zone,
            word,
            None,
            None,
        ),
    )


def refused(kind: type[Reject] | type[Warn], word: bytes, rest: bytes, default: bytes = b"other") -> Event:
    """`RCPT from name[address]: 550 5.1.1 <..>: said; from=<..> ...`, after queue ID and verb."""
    name: bytes | None
    address: bytes | None
    stage, origin, body = rest.partition(b" from ")
    if origin and stage.isupper() and stage.replace(b"-", b"").isalpha():
        name, _, body = body.partition(b"[")
        address, _, body = body.partition(b"]")
        said = body.partition(b": ")[2]
    else:  # proxy-reject names no client: the same session's other lines do
        stage, _, said = rest.partition(b": ")
        address = name = None
    # reply codes: the usual shape first
    if said[3:4] == b" " and said[5:6] == b".":
        code: bytes | None = said[:3]
        enhanced: bytes | None
        enhanced, _, said = said[4:].partition(b" ")
    else:
        code, enhanced, said = reply(said)
    transient = (code or enhanced or b"5").startswith(b"4")
    text, sender, recipient, helo, user = tail(said)
    if text.startswith(b"<"):
        text = _after_address(text, sender, recipient, helo)
    zone = blocked_by(text)  # smtpd's, or a policy service's words
    text = _without_address(text, zone)
    # the class is in the words before a forged tail, whose `helo=` is no word of a refusal
    why = b"dnsbl" if zone else reason(text.partition(b"; from=<")[0], transient, default)
    if stage == b"EHLO":
        stage = b"HELO"
    if sender == b"":
        sender = b"<>"
    return _new(
        kind,
        (
            address or None,
            name,
            stage,
            code,
            enhanced,
            why,
            text,
            sender,
            recipient,
            helo or None,
            zone,
            word,
            user,
            None,
        ),
    )


def _after_address(text: bytes, sender: bytes | None, recipient: bytes | None, helo: bytes | None) -> bytes:
    """What is said of `<address>: `; the address is one of the tail's, or the client's `<name[address]>`."""
    for value in (recipient, sender, helo):
        if value is not None and (said := after_address(text, value)) is not None:
            return said
    return text.partition(b">: ")[2] or text


def _accepted(word: bytes, said: bytes) -> Event:
    name, _, rest = said.partition(b"[")
    address, _, rest = rest.partition(b"]")
    if word == NOQUEUE:  # before smtpd_proxy_filter: the message is the filter's, no queue ID was given
        return Notice(b"NOQUEUE: client=" + said, address, name)
    user = None
    if b", sasl_username=" in rest:
        user = rest.partition(b", sasl_username=")[2].partition(b", ")[0]
    return Accept(word, address, name, user)


def _hung_up(text: bytes, word: bytes | None = None) -> Event:
    how, _, rest = text.partition(b" after ")
    stage, _, who = rest.partition(b" from ")
    name, address = peer(who)
    why = b"rate" if how == b"too many errors" else None
    stage = stage.partition(b" (")[0]  # DATA (1234 bytes)
    return _new(Hangup, (address, name, b"HELO" if stage == b"EHLO" else stage, why, text, word, None))


def _of_message(word: bytes, rest: bytes) -> Event | None:
    """Lines that open with a queue ID, or NOQUEUE, and are no plain reject."""
    verb, _, said = rest.partition(b": ")
    if verb == b"reject_warning":
        return refused(Warn, word, said)
    if verb in (b"milter-reject", b"proxy-reject"):
        stage = said.partition(b" ")[0].rstrip(b":")
        return refused(Reject, word, said, b"content" if stage in (b"END-OF-MESSAGE", b"DATA") else b"policy")
    if rest.startswith(_HUNG_UP):
        return _hung_up(rest, queue_id(word))
    action = _ACTIONS.get(verb.removeprefix(b"milter-"))
    if action is not None:
        if said.startswith(CONTENT_PARTS):  # cleanup's
            return Unparsed(word + b": " + rest)
        return _action(word, action, said)
    if verb == b"proxy-accept":
        text, sender, recipient, _, _ = tail(said)
        return Notice(rest[: len(verb) + 2] + text, None, None, queue_id(word), _path(sender), recipient)
    if verb in (b"fatal", b"panic", b"error", b"warning"):
        return common(verb, said, word)
    if rest == b"reject":
        return Unparsed(word + b": " + rest)
    return common(word, rest, word)


def _action(word: bytes, action: bytes, said: bytes) -> Event:
    stage, origin, body = said.partition(b" from ")
    client: bytes | None = None
    name: bytes | None = None
    if origin and stage.isupper():
        name, _, body = body.partition(b"[")
        client, _, body = body.partition(b"]")
        body = body.partition(b": ")[2]
    else:
        stage, _, body = said.partition(b": ")
    text, sender, recipient, helo, _ = tail(body)
    if text.startswith(b"<"):
        text = _after_address(text, sender, recipient, helo)
    stage = b"HELO" if stage == b"EHLO" else stage
    return Filter(word, client, name, stage, action, None, text, _path(sender), recipient, helo or None)


def _path(sender: bytes | None) -> bytes | None:
    return None if sender is None else angle(sender)


def _warning(rest: bytes) -> Event | None:
    """`warning: ...`: authentication, limits, names, and all that is no client's doing."""
    if rest.startswith(b"non-SMTP command from ") or b" sent message header instead of SMTP command" in rest:
        who = rest.removeprefix(b"non-SMTP command from ")
        name, address = peer(who.partition(b"]")[0])
        return Hangup(address, name, None, b"protocol", rest)
    word, _, said = rest.partition(b": ")
    if said == b"queue file size limit exceeded" and is_queue_id(word):  # the client is the queue ID's
        return Reject(None, None, b"END-OF-MESSAGE", b"552", b"5.3.4", b"size", said, queue_id=word)
    if said.startswith(b"BDAT request from ") and said.endswith(b" exceeds message size limit") and is_queue_id(word):
        name, address = peer(said[18:])
        return Reject(address, name, b"BDAT", b"552", b"5.3.4", b"size", said, queue_id=word)
    for words, stage, code, enhanced in LIMITS:
        if rest.startswith(words):
            name, address = peer(rest[len(words) :].partition(b" from ")[2])
            return Reject(address, name, stage, code, enhanced, b"rate", rest, queue_id=None)
    return warning(rest)


def _other(text: bytes, word: bytes, rest: bytes) -> Event | None:
    if text.startswith(
        (b"improper command pipelining after ", b"bare <LF> received after ", b"unexpected command pipelining")
    ):
        after = text.partition(b" after ")[2]
        name, address = peer(after.partition(b" from ")[2])
        return Notice(text, address, name)
    if text.startswith(b"SSL_accept error from "):
        name, address = peer(text[22:])
        return Notice(text, address, name)
    if text.startswith((b"reject: ", b"reject_warning: ")):  # Postfix 1.x, without NOQUEUE
        verb, _, said = text.partition(b": ")
        return refused(Reject if verb == b"reject" else Warn, b"", said)
    if text.startswith((b"proxy-accept: ", b"proxy-reject: ", b"milter-reject: ")):
        return _of_message(b"", text)
    return common(word, rest, None) if rest else common(text, b"", None)
