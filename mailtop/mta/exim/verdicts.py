"""verdicts: from what was said to a client to the reason class, and the DNS list if it names one.

In: the text of a refusal or warning. Out: a class of `mailtop.smtp.REASONS` and a zone. Exim's own words (acl.c,
smtp_in.c, verify.c) and those of the configurations that come with it are asked first, then `mailtop.mta.reasons`.
"""

import re
from typing import Final

from mailtop.mta.exim.host import NOBODY, Peer
from mailtop.mta.exim.lists import listed
from mailtop.mta.parser import words
from mailtop.mta.reasons import reason

_OWN: Final = tuple(
    (name, words(table))
    for name, table in (
        (b"sender", "sender verif | complete sender verify | sender callout | unqualified sender"),
        (b"spf", "[spf]"),
        (b"unknown_user", "unrouteable | unrouteable address | no such person | recipient verify fail"),
        (b"server", "recipient verify callout | recipient callout | load average | failed to expand | cannot use"),
        (b"rdns", "host lookup failed | host lookup deferred | reverse lookup"),
        (b"helo", "no helo/ehlo | bad helo"),
        (b"auth", "auth is required | auth required"),
        (b"relay", "relaying | relay not"),
        (b"protocol", "synchronization | syntactically invalid | header syntax | received\" headers"),
        (b"policy", "restricted characters"),
    )
)
"""What Exim's own code and the configurations that come with it say, before the words of all servers are asked."""

_NAMES = re.compile(rb"[0-9A-Za-z_:-][.:][0-9A-Za-z_:-]").search
"""part of a name or of an address"""

CACHE_LIMIT: Final = 16_384
"""distinct texts whose reason and list are remembered, then all are forgotten at once"""

_verdicts: dict[tuple[bytes, bytes, bytes], tuple[bytes, bytes | None]] = {}


def verdict(text: bytes, code: bytes, default: bytes, who: Peer) -> tuple[bytes, bytes | None]:
    """The reason class of a refusal's text, and the list that it names. A storm says the same few texts of thousands
    of clients, so what is remembered is the text without the client's address."""
    key = text.replace(who.client, b"*") if who.client else text, code[:1], default
    known = _verdicts.get(key)
    if known is None:
        known = _judge(text, code[:1] == b"4", default, (who.name, who.helo))
        if (who.name is None or who.name not in text) and (who.helo is None or who.helo not in text):
            if len(_verdicts) >= CACHE_LIMIT:
                _verdicts.clear()
            _verdicts[key] = known
    return known


def of_text(text: bytes, code: bytes, default: bytes) -> tuple[bytes, bytes | None] | None:
    """The same where the client does not matter, because the text holds no name and no address; else None."""
    return None if _NAMES(text) else verdict(text, code, default, NOBODY)


def _judge(
    text: bytes, soft: bool, default: bytes, strangers: tuple[bytes | None, bytes | None]
) -> tuple[bytes, bytes | None]:
    bl, zone = listed(text, strangers)
    found = why(text, soft, default) if text else default
    if bl and found not in (b"sender", b"greylist", b"relay", b"unknown_user"):
        return b"dnsbl", zone
    if found == b"dnsbl":
        return found, zone
    if default == b"content" and found in (b"policy", b"access"):
        return default, None  # `Rejected: ...`, `Blacklisted extension`: said of the message
    return found, None


def why(text: bytes, transient: bool, default: bytes = b"other") -> bytes:
    """The reason class of a refusal's text."""
    lower = text.lower()
    for name, row in _OWN:
        if any(word in lower for word in row):
            return name
    return reason(text, transient, default)
