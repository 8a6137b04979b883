"""zones: DNS lists (RFC 5782) as they are named in logs, with the keys of paid lists masked.

A paid list's zone carries the customer's key as a label (`<key>.zen.dq.spamhaus.net`, `<key>.mail.abusix.zone`).
The key is dropped from zones and shown as `***` in texts: whoever sees a screen or an export must not learn it.

BUGS: the query of a right-hand-side list (a domain under a zone) can be split only for the lists in `BY_NAME`.
"""

import re
from typing import Final

from mailtop.mta.parser import words

_KEYED: Final = re.compile(
    rb"\b[a-z0-9_-]{8,64}\.((?:[a-z0-9-]+\.){0,2}(?:dq\.spamhaus\.net|mail\.abusix\.zone|dnsbl\.abusix\.zone"
    rb"|abusix\.zone|ztr\.invaluement\.com|datafeed\.surbl\.org))\b",
    re.IGNORECASE,
)
_ZONE = re.compile(rb" blocked using ([0-9A-Za-z_.-]*[0-9A-Za-z_-])")
_REVERSED = re.compile(rb"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(?=[^.]*[A-Za-z])(.+)$")
_NIBBLES = re.compile(rb"((?:[0-9A-Fa-f]\.){32})(.+)$")

BY_NAME: Final = words(
    """
    dbl.spamhaus.org | dbl.dq.spamhaus.net | zrd.dq.spamhaus.net | multi.surbl.org | multi.uribl.com |
    black.uribl.com | grey.uribl.com | rhsbl.sorbs.net | rhsbl.scientificspam.net | fresh.fmb.la |
    dblack.mail.abusix.zone | uribl.spameatingmonkey.net | fresh.spameatingmonkey.net | bl.fmb.la |
    rhsbl.ahbl.org | dsn.rfc-ignorant.org | bogusmx.rfc-ignorant.org | abuse.rfc-ignorant.org |
    postmaster.rfc-ignorant.org
    """
)
"""lists that are asked for domain names, whose queries cannot be told from the zone by their shape"""


def may_be_keyed(text: bytes) -> bool:
    """Whether a text may hold a key: a cheap question before `masked`."""
    lower = text.lower()
    return b"abusix" in lower or b".dq." in lower or b"invaluement" in lower or b"datafeed" in lower


def masked(text: bytes) -> bytes:
    """The text with every list key as `***`."""
    return _KEYED.sub(rb"***.\1", text)


def zone(name: bytes) -> bytes:
    """A zone's name: lower case, no trailing dot, no key, no filter (`=127.0.0.[2..4]`)."""
    name = name.partition(b"=")[0].rstrip(b".").lower()
    found = _KEYED.fullmatch(name)
    return found[1] if found else name


def blocked_by(text: bytes) -> bytes | None:
    """The zone of `... blocked using ZONE; TXT`, None when the text names none."""
    found = _ZONE.search(text)
    return found[1] if found else None


def split_query(name: bytes) -> tuple[bytes | None, bytes | None]:
    """`5.113.0.203.zen.test` -> client 203.0.113.5, zone zen.test; each None when it cannot be told."""
    if found := _REVERSED.match(name):
        return b".".join(found.group(4, 3, 2, 1)), found[5]
    if found := _NIBBLES.match(name):
        digits = found[1].replace(b".", b"")[::-1]
        return b":".join(digits[at : at + 4] for at in range(0, 32, 4)), found[2]
    lower = name.lower()
    for known in BY_NAME:
        if lower.endswith(b"." + known):
            return None, known
    return None, None
