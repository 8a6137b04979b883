"""rules: what Sendmail's rulesets refused, discarded or quarantined.

Source: parseaddr.c (rscheck: `ruleset=NAME, arg1=.., arg2=.., relay=.., reject=REPLY`, `.., discard` and
`.., quarantine=TEXT`), cf/m4/proto.m4 (check_relay, check_mail, check_rcpt and their words), cf/feature/dnsbl.m4 and
enhdnsbl.m4 (`Rejected: ADDRESS listed at ZONE`, or the administrator's own words).

    ruleset=check_rcpt, arg1=<bob@local.example>, relay=name [ip] (may be forged), reject=550 5.7.1 <..>... text
                             `---- client ----'         `-DNS-'                           `client, TXT of a list'

arg1 is the client's. As an address it is read with what is quoted in it, so that the first `, reject=` behind it is
Sendmail's. As a header's text (a ruleset named after its header) it may hold anything, and what counts is the last.

enhdnsbl asks from check_relay with the list's answer as arg2. The list itself is named only in the text.

BUGS: the zone of an administrator's own words is known for the usual ones (`ZONES`) only. `tls_server` and `tls_rcpt`
judge the next hop, and are notices.
"""

import re
from typing import Final

from mailtop.event import Event, Filter, Listed, Notice, Reject, Unparsed
from mailtop.mta.parser import words
from mailtop.mta.reasons import reason
from mailtop.mta.sendmail.fields import INNER, path, peer, reply

STAGES: Final = {
    b"check_relay": b"CONNECT", b"greet_pause": b"CONNECT", b"check_helo": b"HELO", b"check_mail": b"MAIL",
    b"check_rcpt": b"RCPT", b"check_data": b"DATA", b"check_eoh": b"END-OF-MESSAGE", b"check_eom": b"END-OF-MESSAGE",
    b"check_etrn": b"ETRN", b"check_vrfy": b"VRFY", b"check_expn": b"EXPN", b"trust_auth": b"MAIL",
    b"tls_client": b"STARTTLS", b"check_compat": b"RCPT",
}  # fmt: skip
"""Other rulesets judge a header (`H` lines with `$>`), which is at the end of the message."""
_OUTBOUND: Final = (b"tls_server", b"tls_rcpt", b"try_tls", b"authinfo", b"clt_features", b"tls_srv_features")

_ADDRESSED: Final = frozenset((*STAGES, *_OUTBOUND))
"""whose arguments are addresses, names or numbers"""

_RULE = re.compile(
    rb"(\w+), arg1=(<" + INNER + rb">|[^,\s<]*+)(?:, arg2=([^,]*))?(?:, relay=([^,]*))?, "
    rb"(reject=|quarantine=|discard)(.*)",
    re.DOTALL,
).fullmatch
_RELAY_LAST = re.compile(rb", relay=([^,]*)$")
_OUTCOMES: Final = (b", reject=", b", quarantine=", b", discard")
PLACES: Final = 64
"""places of the outcome that are looked at, from the end"""

ZONES = re.compile(
    rb"(?:blocked using|listed (?:at|in|on|by)|refused by (?:blackhole site)?|found in|rejected by|blocked by"
    rb"|blackhole site|rbl:?|dnsbl:?) *(?:the )?(?:dnsbl )?"
    rb"((?:[a-z0-9_-]{1,63}\.){1,8}[a-z][a-z0-9-]{1,62})(?![\w@])"
).search
"""the list, in a text in lower case"""
_LISTS = re.compile(
    rb"\brbl\b|dnsbl|blackhole|listed (?:at|in|on|by) |blocked using|refused - see http|spamhaus|spamcop|barracuda"
    rb"|sorbs"
).search
_HINTS: Final = words(
    "rbl | dnsbl | blackhole | listed | blocked using | refused - | spamhaus | spamcop | barracuda | sorbs"
)
"""one of these is in every text that `_LISTS` finds; asked first, because they cost less"""
_DOMAIN = re.compile(rb"Domain of sender address (.+) does not (?:exist|resolve)$", re.DOTALL).match


def parse_rule(word: bytes | None, rest: bytes) -> Event | list[Event]:
    """What follows `ruleset=`."""
    known = rest[: rest.find(b",")] in _ADDRESSED
    found = _RULE(rest) if known else None
    groups = found.groups() if found else _by_its_end(rest)
    if groups is None:
        return Unparsed(b"ruleset=" + rest)
    name, arg1, arg2, relay, outcome, said = groups
    client, client_name = peer(relay or b"")
    if name in _OUTBOUND:
        return Notice(b"ruleset=" + name + b": " + said, relay=relay, queue_id=word)
    stage = STAGES.get(name, b"END-OF-MESSAGE")
    from_, to = _envelope(name, arg1, arg2)
    if outcome != b"reject=":
        status = b"discard" if outcome == b"discard" else b"quarantine"
        text = b"ruleset=" + name + (b": " + said if said else b"")
        return Filter(word, client, client_name, stage, status, None, text, from_, to)
    code, enhanced, text = reply(said)
    if from_ is None and (unknown := _DOMAIN(text)):
        from_ = unknown[1]
    zone, why = judged(text, (code or b"5")[:1] == b"4")
    refusal = Reject(client, client_name, stage, code or b"5xx", enhanced, why, text, from_, to, None, zone, word)
    if name == b"check_relay" and zone and arg2 and arg2.startswith(b"127.") and arg2 != client:
        return [Listed(client, zone, arg2), refusal]
    return refusal


def judged(text: bytes, transient: bool, default: bytes = b"other") -> tuple[bytes | None, bytes]:
    """The DNS list that a refusal's text names, if any, and the reason class."""
    lower = text.lower()
    named = any(hint in lower for hint in _HINTS) and not text.startswith(b"Domain of sender address ")
    if not (named and _LISTS(lower)):
        return None, reason(text, transient, default)
    found = ZONES(lower)
    return found[1] if found else None, b"dnsbl"


def _envelope(name: bytes, arg1: bytes, arg2: bytes | None) -> tuple[bytes | None, bytes | None]:
    """Sender and recipient that a ruleset was given."""
    if name in (b"check_mail", b"trust_auth"):
        return path(arg1) or None, None
    if name == b"check_rcpt":
        return None, path(arg1) or None
    if name == b"check_compat":
        return path(arg1) or None, path(arg2) if arg2 else None
    return None, None


_Groups = tuple[bytes, bytes, bytes | None, bytes | None, bytes, bytes]


def _by_its_end(rest: bytes) -> _Groups | None:
    """A ruleset whose argument is free text: the last outcome that a relay stands before, else the last."""
    name, arg, free = rest.partition(b", arg1=")
    if not arg or not name.replace(b"_", b"").isalnum():
        return None
    last: _Groups | None = None
    at = len(free)
    for _ in range(PLACES):
        at, mark = max((free.rfind(mark, 0, at), mark) for mark in _OUTCOMES)
        if at < 0:
            break
        before, said = free[:at], free[at + len(mark) :]
        relay = _RELAY_LAST.search(before, max(0, len(before) - 600))
        if last is None or relay:
            argument = before[: relay.start()] if relay else before
            last = name, argument, None, relay[1] if relay else None, mark[2:], said
        if relay:
            break
    return last
