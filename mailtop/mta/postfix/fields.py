"""fields: the pieces that Postfix's log lines are made of: peers, reply codes, and the tail of a refusal.

Who wrote what: the queue ID, the verb, the stage and the client come before the first byte that a stranger wrote.
A refusal ends in a tail that smtpd itself writes, `; from=<..> to=<..> proto=SMTP helo=<..>`
(smtpd_check.c, log_whatsup), after the text, which may hold a blocklist's TXT record or the addresses themselves.
The tail must have its full shape up to the end of the line; half a forgery counts for nothing. When several places
have that shape, `tail` says which one is believed. smtpd replaces blanks, `<>;@` and quotes in HELO by `?`, so a
HELO cannot hold a tail.

BUGS: a sender with quoted `> to=<` inside shifts the border between sender and recipient, unless the recipient is
repeated at the text's beginning.
"""

import re
from typing import Final

NOQUEUE: Final = b"NOQUEUE"
CONTENT_PARTS: Final = (b"header ", b"body ", b"content ", b"mime-header ", b"nested-header ")
"""What an action of header_checks(5) or body_checks(5) names first."""

_TAIL = re.compile(
    rb"; (?:from=<(?P<sender>.{0,512}?)>,?(?: |$))?(?:to=<(?P<recipient>.{0,512}?)>,?(?: |$))?"
    rb"(?:proto=(?P<proto>\w*),?(?: |$))?(?:helo=(?:<(?P<helo>.{0,512}?)>)?)?"
    rb"(?:,? ?sasl_method=[^ ,]*)?(?:,? ?sasl_username=(?P<user>.{0,512}?))?(?:,? ?sasl_sender=.*)?$",
    re.DOTALL,
)
_TAIL_START = re.compile(rb"; (?:from=<|to=<|proto=|helo=)")
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}$")
_QUEUE_ID = re.compile(rb"[0-9A-Za-z]{4,40}$")

CANDIDATES: Final = 8
"""places that may be the tail, from each end of the text, which are looked at"""

Tail = tuple[bytes, bytes | None, bytes | None, bytes | None, bytes | None]
"""text before the tail, sender, recipient, helo, sasl_username"""


def peer(text: bytes) -> tuple[bytes, bytes]:
    """`name[address]` or `name[address]:port`, and what follows -> name, address."""
    name, _, rest = text.partition(b"[")
    return name, rest.partition(b"]")[0]


def is_queue_id(word: bytes) -> bool:
    """Whether a word has the shape of a queue ID, short (hexadecimal) or long."""
    return _QUEUE_ID.match(word) is not None and not (word.islower() and word.isalpha())


def queue_id(word: bytes) -> bytes | None:
    """The word, when it has the shape of a queue ID other than NOQUEUE."""
    return word if word != NOQUEUE and is_queue_id(word) else None


def angle(address: bytes) -> bytes:
    """A reverse-path as the schema has it: the null sender is `<>`."""
    return address or b"<>"


def reply(said: bytes) -> tuple[bytes | None, bytes | None, bytes]:
    """`550 5.1.1 text` -> reply code, enhanced code, text; each code may lack."""
    code: bytes | None = said[:3]
    if said[:3].isdigit() and said[3:4] in (b" ", b"-", b""):
        said = said[4:]
    else:
        code = None
    if said[1:2] == b".":
        word, _, rest = said.partition(b" ")
        if _ENHANCED.match(word):
            return code, word, rest
    return code, None, said


def tail(text: bytes, third_party: bool = False) -> Tail:
    """Split a refusal's text from its tail.

    `third_party`: the text holds what a stranger's DNS zone said; then the last full tail is the real one, because
    nothing that a stranger wrote comes after it. Otherwise the first one is, unless the address that the text opens
    with (`<address>: ...`) says that it belongs to a later one.
    """
    at = text.find(b"; from=<")
    if at >= 0 and text.find(b"; from=<", at + 8) < 0 and text[-1:] == b">":
        sender, to, rest = text[at + 8 :].partition(b"> to=<")
        if to:
            recipient, proto, rest = rest.partition(b"> proto=")
            word, helo, name = rest.partition(b" helo=<")
            if proto and helo and word.isalnum() and b"> to=<" not in recipient and b">" not in name[:-1]:
                return text[:at], sender, recipient, name[:-1], None
    return _tail_slow(text, third_party)


def _tail_slow(text: bytes, third_party: bool) -> Tail:
    found: list[re.Match[bytes]] = []
    starts = [start.start() for start in _TAIL_START.finditer(text)]
    if len(starts) > 2 * CANDIDATES:
        starts = starts[:CANDIDATES] + starts[-CANDIDATES:]
    if not third_party and text.startswith(b"<") and (echoed := _echoed(text, starts)) is not None:
        return echoed
    for at in starts:
        if full := _TAIL.match(text, at):
            found.append(full)
    if not found:
        return text, None, None, None, None
    # A full tail that begins inside another one's fields is no second tail but the end of the first: the longest
    # with all its parts comes first.
    chosen = found[-1] if third_party else found[0]
    if third_party:
        whole = [one for one in found if one["sender"] is not None]
        chosen = whole[-1] if whole else chosen
    return text[: chosen.start()], chosen["sender"], chosen["recipient"], chosen["helo"], chosen["user"]


def _echoed(text: bytes, starts: list[int]) -> Tail | None:
    """`<address>: said; from=<..> to=<address> ..`: the address at both ends tells where each begins.

    The longest address that the tail repeats is the real one: a forged tail inside it repeats a part of it at most.
    """
    ends = [found.start() for found in re.finditer(rb">: ", text)][-2 * CANDIDATES :]
    for end in reversed(ends):
        value = text[1:end]
        for start in starts:
            if start < end:
                continue
            rest = text[start:]
            before, to, after = rest.partition(b" to=<" + value + b">")
            if to and (full := _TAIL.match(b";" + after)) and before.startswith(b"; from=<") and before.endswith(b">"):
                return text[:start], before[8:-1], value, full["helo"], full["user"]
            if rest.startswith(b"; from=<" + value + b"> ") and (full := _TAIL.match(b";" + rest[len(value) + 9 :])):
                return text[:start], value, full["recipient"], full["helo"], full["user"]
    return None
