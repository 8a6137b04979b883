"""lists: what a refusal's text says of DNS lists, and Exim's own lines about them.

Source: dnsbl.c (`DNS list lookup defer ...`, `DNS list lookup for K at Z returned A; not in 127.0/8 and discarded`).
The text of a refusal is the administrator's own, made of $dnslist_domain, $dnslist_value and $dnslist_text. Found is
the list in what Exim's default configuration (`is in a black list at Z`, `found in Z`), Debian's (`is listed at Z
(127.0.0.2: ...)`), the specification's examples and hosting panels write; else any name in a text that speaks of a
DNSBL, when it is no address's domain, no part of a URL and not the client's.

BUGS: `deny dnslists = Z` without a message logs no list, and there is nothing to find.
"""

import re
from typing import Final

from mailtop.event import Event, Listed, LookupError_, Notice
from mailtop.mta.parser import words
from mailtop.mta.zones import split_query

_NAME: Final = rb"((?:[0-9A-Za-z_-]{1,63}\.){1,9}[A-Za-z][0-9A-Za-z-]{1,62})(?![0-9A-Za-z@/-]|\.[0-9A-Za-z])"
_LISTED = re.compile(
    rb"(?:\b(?:black|block|deny|dns)[ -]?list(?:ed|s)?|\blisted|(?<!not )\bfound|\b[dr][nh]?s?bl|\bblocked|"
    rb"[0-9A-Fa-f][.:][0-9A-Fa-f]{1,4} is) (?:(?:at|in|by|on|using|from|via|the|a|an|dnsbl|rbl|list|blacklist|"
    rb"blocklist|zone) ){1,4}[\"'(\[<]?" + _NAME,
    re.IGNORECASE,
)
_NAMED = re.compile(rb"(?<![0-9A-Za-z@/._-])" + _NAME)
_SPEAKS = re.compile(rb"\b(?:dnsbl|dnslist|rbl|rhsbl)s?\b", re.IGNORECASE).search
_KNOWN: Final = words(
    """
    spamhaus.org | spamhaus.net | spamcop.net | barracudacentral.org | abusix.zone | sorbs.net | uceprotect.net |
    psbl.surriel.com | mailspike.net | spamrats.com | dnswl.org | surbl.org | uribl.com | dsbl.org | njabl.org |
    abuseat.org | manitu.net | backscatterer.org | s5h.net | 0spam.org | gbudb.net | spameatingmonkey.net | ahbl.org
    """
)
_ANSWER = re.compile(rb" \((127\.\d{1,3}\.\d{1,3}\.\d{1,3})[,:)]")
_DEFER: Final = b"DNS list lookup defer (probably timeout) for "
_ODD = re.compile(rb"DNS list lookup for (\S+) at (\S+) returned (\S+);")


def listed(text: bytes, strangers: tuple[bytes | None, ...] = ()) -> tuple[bool, bytes | None]:
    """Whether a text says that a DNS list named the client, and the list. `strangers`: names that are no list's."""
    lower = text.lower()
    if b"list" not in lower and b"bl" not in lower and b"found in" not in lower and b" is in " not in lower:
        at = next((known for known in _KNOWN if known in lower), None)
        return (at is not None), (_known(text, lower) if at is not None else None)
    if found := _LISTED.search(text):
        return True, found[1]
    if zone := _known(text, lower):
        return True, zone
    if _SPEAKS(text):
        for name in _NAMED.finditer(text):
            if name[1] not in strangers:
                return True, name[1]
        return True, None
    return any(known in lower for known in _KNOWN), None


def _known(text: bytes, lower: bytes) -> bytes | None:
    """A name under a well-known list that stands alone, not in a URL."""
    for name in _NAMED.finditer(text):
        if name[1].lower().endswith(_KNOWN) and not lower[: name.start()].endswith(b"://"):
            return name[1]
    return None


def answer(text: bytes) -> bytes | None:
    """The list's answer, where the text has it as Debian's does: `(127.0.0.2: ...)`."""
    found = _ANSWER.search(text)
    return found[1] if found else None


def parse(text: bytes) -> Event | None:
    """A line that begins with `DNS list lookup `; None when it is neither of the two."""
    if text.startswith(_DEFER):
        query, _, _ = text[len(_DEFER) :].partition(b": ")
        client, zone = split_query(query)
        return LookupError_(zone, client, text) if zone else Notice(text)
    if found := _ODD.match(text):
        key, zone, value = found.groups()
        return Listed(key if key[-1:].isdigit() or b":" in key else None, zone, value)
    return None
