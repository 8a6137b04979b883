"""fields: the pieces that Postfix's log lines are made of: peers, reply codes, and the tail of a refusal.

Who wrote what (smtpd_check.c, log_whatsup; smtpd_milter.c, postscreen_smtpd.c):

    NOQUEUE: reject: RCPT from name[addr]: 550 5.7.1 text; from=<sender> to=<recipient> proto=ESMTP helo=<helo>
    `--- Postfix, before any stranger's byte ---'  `any'          `client'     `client'             `client'

The text is Postfix's own words (`OWN_WORDS`), or those of a third party: a blocklist's TXT record, a milter, a policy
service, an access or transport table. So a whole tail may stand in the text, and in an address with a quoted local
part. What is believed:

1. The end. Neither smtpd (which writes `?` for blanks, `<>;@` and quotes) nor postscreen (which takes one word) lets a
   blank into HELO. The last ` proto=.. helo=<..>` is therefore Postfix's, and HELO can never hold a tail; an end with
   an unclosed `helo=<` is none, and half a tail counts for nothing.
2. Sender and recipient, between the text and that end, are read in every way the line allows. Readings in which both
   are addresses as Postfix writes them (no blank, `;`, `<` or `>` outside a quoted local part) go before all others.
   A third party's tail alone cannot make one: the real fields come after it, and would have to lie inside its own.
3. Of several, the one after Postfix's own words goes first, then those whose address the text opens with
   (`<address>: ...`). Of readings by addresses the last is Postfix's: nothing a third party wrote comes after it.
4. Where readings remain that differ, the fields they differ in are unknown, and shown so.

postscreen knows no words but its own: there the first `; from=<` is where the text ends.

BUGS: before Postfix 3.5, in postscreen, and with info_log_addr_form = internal, addresses are logged without their
quotes, so that a client can make its own sender and recipient unknown. A line that syslog cut just where a third
party's text holds a whole tail is taken for a whole line.
"""

import re
from typing import Final, NamedTuple

NOQUEUE: Final = b"NOQUEUE"
CONTENT_PARTS: Final = (b"header ", b"body ", b"content ", b"mime-header ", b"nested-header ")
"""What an action of header_checks(5) or body_checks(5) names first."""

OWN_WORDS: Final = frozenset({
    b"Access denied", b"User unknown", b"User unknown in local recipient table", b"User unknown in virtual alias table",
    b"User unknown in virtual mailbox table", b"User unknown in relay recipient table", b"Domain not found",
    b"Host not found", b"Malformed DNS server reply", b"need fully-qualified address", b"need fully-qualified hostname",
    b"invalid ip address", b"Invalid name", b"Invalid address", b"not logged in", b"cannot find your hostname",
    b"cannot find your reverse hostname", b"Relay access denied", b"Improper use of SMTP command pipelining",
    b"Multi-recipient bounce", b"Message size exceeds fixed limit", b"Insufficient system storage",
    b"Server configuration error", b"Server configuration problem", b"Temporary lookup failure",
    b"Mail system configuration error", b"Must issue a STARTTLS command first",
})  # fmt: skip
"""What smtpd_check.c itself says, alone or after `... rejected: `; other texts may be a third party's."""

_END = re.compile(
    rb"\w*(?:,? helo=(?:<(?P<helo>[^ ]*|[^<>]*)>)?)?(?:,? ?sasl_method=[^ ,]*)?"
    rb"(?:,? ?sasl_username=(?P<user>.{0,512}?))?(?:,? ?sasl_sender=.*)?",
    re.DOTALL,
)
_HELO_ALONE = re.compile(rb" helo=<([^ <>]*)>$")
_TAIL_START = re.compile(rb"; (?:from|to)=<")
_BETWEEN = re.compile(rb">,? to=<")
_ADDRESS = re.compile(rb"[^<>\"\s;]*|\"(?:[^\"\\]|\\.)*\"(?:@[^<>\"\s;]*)?", re.DOTALL)
_QUOTING = re.compile(rb"\\(.)|\"", re.DOTALL)
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}$")
_QUEUE_ID = re.compile(rb"[0-9A-Za-z]{4,40}$")

CANDIDATES: Final = 8
"""places that may be the tail, from each end of the text, which are looked at; so many that part two addresses"""

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


class _Reading(NamedTuple):
    """One way to read a line's text, sender and recipient."""

    at: int
    """where the text ends"""
    sender: bytes | None
    recipient: bytes | None


def tail(text: bytes, own: bool = False) -> Tail:
    """Split a refusal's text from its tail, by the rules above. `own`: all the text is Postfix's own words."""
    at = text.find(b"; from=<")
    if at >= 0 and text.find(b"; from=<", at + 8) < 0 and text[-1:] == b">":
        sender, to, rest = text[at + 8 :].partition(b"> to=<")
        if to:
            recipient, proto, rest = rest.partition(b"> proto=")
            word, helo, name = rest.partition(b" helo=<")
            if proto and helo and word.isalnum() and b"> to=<" not in recipient and b">" not in name[:-1]:
                return text[:at], sender, recipient, name[:-1], None
    return _tail_slow(text, own)


def _tail_slow(text: bytes, own: bool) -> Tail:
    body, helo, user = _end(text)
    if body[-1:] == b";" and len(body) < len(text):  # neither sender nor recipient yet
        return body[:-1], None, None, helo, user
    starts = _few([found.start() for found in _TAIL_START.finditer(body)])
    if not starts or body[-1:] != b">":
        return text, None, None, None, None
    readings = _believed(body, [one for at in starts[: 1 if own else None] for one in _readings(body, at)])
    places = {one.at for one in readings}
    senders = {one.sender for one in readings}
    recipients = {one.recipient for one in readings}
    return (
        body[: places.pop() if len(places) == 1 else starts[0]],
        senders.pop() if len(senders) == 1 else None,
        recipients.pop() if len(recipients) == 1 else None,
        helo,
        user,
    )


def _few(places: list[int]) -> list[int]:
    return places if len(places) <= 2 * CANDIDATES else places[:CANDIDATES] + places[-CANDIDATES:]


def _end(text: bytes) -> tuple[bytes, bytes | None, bytes | None]:
    """What stands before Postfix's last ` proto=.. helo=<..>`, HELO, sasl_username; the whole text if there is none."""
    body, proto, rest = text.rpartition(b" proto=")
    if proto and (found := _END.fullmatch(rest)):
        return body.removesuffix(b","), found["helo"], found["user"]
    if alone := _HELO_ALONE.search(text):  # before Postfix 1.1
        return text[: alone.start()].removesuffix(b","), alone[1], None
    return text, None, None


def _readings(body: bytes, at: int) -> list[_Reading]:
    """Each way to read what follows one place that may be the tail's beginning."""
    if body.startswith(b"; to=<", at):
        return [_Reading(at, None, body[at + 6 : -1])]
    first = at + 8
    borders = [(one.start(), one.end()) for one in _BETWEEN.finditer(body, first)]
    if len(borders) > 2 * CANDIDATES:
        borders = borders[:CANDIDATES] + borders[-CANDIDATES:]
    both = [_Reading(at, body[first:end], body[start:-1]) for end, start in borders]
    alone = body[first:-1]
    return both if both and not _is_address(alone) else [*both, _Reading(at, alone, None)]


def _believed(body: bytes, readings: list[_Reading]) -> list[_Reading]:
    """Those that the rules leave."""
    addressed = [one for one in readings if _is_address(one.sender) and _is_address(one.recipient)]
    left = addressed or readings
    if len(left) == 1:
        return left
    ours = [one for one in left if _is_own(body[: one.at])]
    left = [one for one in ours if one.at == ours[0].at] or left
    left = [one for one in left if _opens_with(body, one.recipient) or _opens_with(body, one.sender)] or left
    return [one for one in left if one.at == left[-1].at] if addressed else left


def _is_own(text: bytes) -> bool:
    return text.rpartition(b": ")[2].partition(b", [")[0] in OWN_WORDS


def _is_address(value: bytes | None) -> bool:
    return value is None or _ADDRESS.fullmatch(value) is not None


def _opens_with(text: bytes, address: bytes | None) -> bool:
    return address is not None and after_address(text, address) is not None


def after_address(text: bytes, address: bytes) -> bytes | None:
    """What follows `<address>: `, None when the text does not open so. smtpd says it there without its quoting."""
    for value in (address, _QUOTING.sub(rb"\1", address)):
        if text.startswith(value + b">: ", 1) and text[:1] == b"<":
            return text[len(value) + 4 :]
    return None
