"""delivery: what became of a recipient. smtp, lmtp, local, virtual, pipe, error, discard, relay and retry say it alike.

Source: log_adhoc.c (`to=<..>, orig_to=<..>, relay=.., conn_use=N, delay=.., delays=a/b/c/d, dsn=.., status=.. (..)`),
smtp_connect.c, smtp_proto.c and smtp_trouble.c for the lines that come before.

The recipient and orig_to were written by whoever sent the message, the text in parentheses by the next hop; between
them are Postfix's own words. So the addresses are read first, with what is quoted in them, and the fields are those
up to the first `, status=` after them.

BUGS: before Postfix 3.5, and with info_log_addr_form = internal, addresses are logged without their quotes: one that
holds `>, relay=..` is taken to end there.
"""

import re
from typing import Final

from mailtop.event import Deliver, Event, Notice
from mailtop.mta.parser import Derived, Shape, words
from mailtop.mta.postfix.fields import is_queue_id
from mailtop.mta.postfix.notices import common

_new = tuple.__new__

_SAID: Final = words(
    """
    host | lost connection with | conversation with | connect to | SASL | Cannot start TLS | enabling PIX |
    server | TLS is required | SSL_connect error to | no shared cipher | certificate | Server certificate |
    untrusted | unable to | using | Disconnected | mail for | depth= | re-using session | breaking line | TLSA |
    sender | timed out
    """
)


_USUAL = re.compile(
    rb"(\w+): to=<([^>\"]{0,512})>, (?:orig_to=<[^>\"]{0,512}>, )?relay=([^,]*), (?:conn_use=\d+, )?"
    rb"delay=([\d.]+), delays=([\d./]+), (?:tls=[^,]*, )?dsn=(\d\.\d+\.\d+), status=([a-z-]+) "
    rb"\(((?:host \S+ (?:said|refused to talk to me): )?(\d\d\d(?=[ -]))?.*)\)$",
    re.DOTALL,
).match

_ADDRESSES = re.compile(
    rb"<(\"(?:[^\"\\]|\\.)*\"(?:@[^>]*)?|[^>\"]*)>, "
    rb"(?:orig_to=<(?:\"(?:[^\"\\]|\\.)*\"(?:@[^>]*)?|[^>\"]*)>, )?(?=relay=)",
    re.DOTALL,
).match

_SAYS_CODE = re.compile(rb"(?:host \S+ (?:said|refused to talk to me): )?(\d\d\d)[ -]").match


def _code(text: bytes) -> bytes:
    """The reply code of the next hop's words."""
    found = _SAYS_CODE(text)
    return found[1] if found else b""


def _became(status: bytes, said: bytes) -> bytes:
    """local's `sent (forwarded as QID)`: that recipient was replaced by others, whose deliveries are to come."""
    return b"forwarded" if status == b"sent" and said.startswith(b"forwarded as ") else status


_SAID_IT: Final = (
    Derived("text", ("text",), lambda text: text.removesuffix(b")")),
    Derived("reply", ("text",), _code),
    Derived("status", ("status", "text"), _became),
)

SHAPES: Final = tuple(
    Shape(
        Deliver,
        b"{queue_id}: to=<{recipient}>, relay={relay="
        + relay
        + b"}, delay={delay}, delays={delays}, dsn={enhanced}, status={status} ({text*}",
        _SAID_IT,
    )
    for relay in (b"{}[{}]:{}", b"{}[{}]", b"{}")
)


def parse(text: bytes) -> Event | None:
    """One line of a delivery agent."""
    if usual := _USUAL(text):
        word, recipient, relay, delay, delays, enhanced, state, said, code = usual.groups()
        return _new(Deliver, (word, recipient, relay, delay, delays, enhanced, _became(state, said), code, said))
    word, to, rest = text.partition(b": to=")
    if to and (event := _delivered(word, rest)) is not None:
        return event
    if text.startswith(b"to=") and (event := _delivered(None, text[3:])) is not None:
        return event
    word, colon, rest = text.partition(b": ")
    if colon and is_queue_id(word):
        if rest.startswith(_SAID):
            return Notice(rest, queue_id=word, relay=_relay(rest))
        return common(word, rest, word)
    if text.startswith((b"connect to ", b"SSL_connect error to ", b"warning: connect to ")):
        said = text.removeprefix(b"warning: ")
        return Notice(said, relay=_relay(said))
    return common(word, rest, None) if colon else common(text, b"", None)


def _delivered(word: bytes | None, rest: bytes) -> Event | None:
    if found := _ADDRESSES(rest):
        recipient, fields = found[1], rest[found.end() :]
    elif rest.startswith(b"<"):
        recipient, _, fields = rest[1:].partition(b">, ")
        if not fields.startswith((b"relay=", b"orig_to=")):
            recipient, _, fields = rest[1:].partition(b">, relay=")
            fields = b"relay=" + fields
    else:
        recipient, _, fields = rest.partition(b", ")
    fields, status, said = fields.partition(b", status=")
    if not status:
        return None
    state, _, said = said.partition(b" ")
    if said[:1] == b"(":
        said = said[1:]
        if said[-1:] == b")":
            said = said[:-1]
    relay = delay = delays = enhanced = None
    for field in fields.split(b", "):
        if field.startswith(b"delays="):
            delays = field[7:]
        elif field.startswith(b"delay="):
            delay = field[6:]
        elif field.startswith(b"dsn="):
            enhanced = field[4:]
        elif field.startswith(b"relay="):
            relay = field[6:]
    return _new(
        Deliver,
        (
            word,
            recipient,
            relay,
            delay,
            delays,
            enhanced,
            _became(state.rstrip(b","), said),
            _digits(said),
            said or None,
        ),
    )


def _digits(said: bytes) -> bytes | None:
    """The next hop's reply code: `250 2.0.0 Ok`, or what follows `host X said: `."""
    code = said[:3]
    if not (code.isdigit() and said[3:4] in (b" ", b"-")):
        for words in (b" said: ", b" refused to talk to me: "):
            at = said.find(words)
            if at >= 0:
                code = said[at + len(words) :][:3]
                break
    return code if code.isdigit() and len(code) == 3 else None


def _relay(said: bytes) -> bytes | None:
    """`host[address]` or `host[address]:port`, wherever it stands in the line."""
    for word in said.split(b" ", 12)[:12]:
        if b"[" in word and word.rstrip(b":,").rstrip(b"0123456789").rstrip(b":").endswith(b"]"):
            return word.rstrip(b":,")
    return None
