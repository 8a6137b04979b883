"""fields: the pieces that Sendmail's log lines are made of: queue IDs, relays, addresses, intervals, replies.

    6ALHrZJ9000061: from=<a@sender.example>, size=15, class=0, nrcpts=1, msgid=<m@x>, proto=ESMTP, relay=name [ip]
    `- queuename -'      `-- client --'                                       `client'               `DNS'

Source: queue.c (assign_queueid: eight characters of time and sequence, then the process's number), daemon.c
(getauthinfo: the macro `$_`, which is what `relay=` and `from` show), sysexits and util.c (pintvl), syslog in
libsm/../sendmail/syslog.h (sm_syslog: a text too long for syslog is cut in parts, `ID[2]: ...`).

An address with a quoted local part may hold every other field's opening words. So addresses are read first, with what
is quoted in them, and a field is looked for only behind them.

BUGS: 8.12 and before log `from=` cut at 200 octets: a quoted local part that is cut there has no end, and the sender
is then what stands before the first `, size=`.
"""

import re
from typing import Final

NAMELESS: Final = b"unknown"
"""client_name of a client without a name, or with one that did not check out"""
_FORGED: Final = b" (may be forged)"

INNER: Final = rb"(?>(?:[^\">\\]|\\.|\"(?>(?:[^\"\\]|\\.)*)\")*)"
"""what stands between < and > of an address"""
ADDRESS: Final = rb"(?:<" + INNER + rb">|(?![ <])(?>(?:\"(?>(?:[^\"\\]|\\.)*)\"|[^,\"])+))"
"""an address as Sendmail lists it: in angle brackets, or bare (a user's name, a file, a quoted command)"""

QUEUE_ID = re.compile(rb"([0-9A-Za-z]{3,9}\d{5,8}|NOQUEUE)(?:\[(\d{1,4})\])?: ").match
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}$")
_INTERVAL = re.compile(rb"(?:(\d{1,6})\+)?(\d\d):(\d\d):(\d\d)$")
_SUBJECT = re.compile(rb"(?:<" + INNER + rb">|[^\s<>\"]+)\.\.\. ", re.DOTALL)
_ADDRESS = re.compile(ADDRESS, re.DOTALL)
_IP = re.compile(rb"(?:IPv6:)?[0-9A-Fa-f.:]+$")

Peer = tuple[bytes | None, bytes | None]
"""address, verified name"""


def peer(relay: bytes) -> Peer:
    """`name [ip] (may be forged)`, with an ident user before an @ -> address and verified name; None, None without."""
    text = relay.strip(b" ")
    forged = text.endswith(_FORGED)
    if forged:
        text = text[: -len(_FORGED)]
    at = text.rfind(b"[")
    if at < 0 or text[-1:] != b"]" or not _IP.match(address := text[at + 1 : -1]):
        return None, None
    name = text[:at].rstrip(b" ").rpartition(b"@")[2]
    if forged or not name or name.startswith(b"["):
        name = NAMELESS
    return address, name


def path(address: bytes) -> bytes:
    """An address without its angle brackets; the null sender is `<>`."""
    if address[:1] == b"<":
        address = address[1:-1] if address[-1:] == b">" else address[1:]
        return address or b"<>"
    return address


def paths(listed: bytes) -> list[bytes]:
    """`<a@x>,bob,"|cmd"` -> its addresses, without angle brackets."""
    return [path(one) for one in _ADDRESS.findall(listed)]


def seconds(interval: bytes) -> bytes | None:
    """`1+02:03:04` -> `93784`; None when it is no interval."""
    found = _INTERVAL.match(interval)
    if found is None:
        return None
    days, hours, minutes, rest = (int(part or 0) for part in found.groups())
    return b"%d" % (((days * 24 + hours) * 60 + minutes) * 60 + rest)


def reply(said: bytes) -> tuple[bytes | None, bytes | None, bytes]:
    """`550 5.1.1 <bob@x>... User unknown` -> reply code, enhanced code, text without the address it speaks of."""
    code: bytes | None = said[:3]
    if said[:3].isdigit() and said[3:4] in (b" ", b"-", b""):
        said = said[4:]
    else:
        code = None
    enhanced: bytes | None = None
    word, _, rest = said.partition(b" ")
    if said[1:2] == b"." and _ENHANCED.match(word):
        enhanced, said = word, rest
    found = _SUBJECT.match(said)
    return code, enhanced, said[found.end() :] if found else said
