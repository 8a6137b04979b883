"""milter-greylist: greylisting as a milter. Source: milter-greylist.c (log_and_report_greylisting, real_envrcpt), \
acl.c, autowhite.c and pending.c of 4.x.

    QUEUEID: addr mail.example.com[192.0.2.1] from <a@b> to <c@d> delayed for 00:30:00 (ACL 123)
    QUEUEID: addr mail.example.com[192.0.2.1] from <a@b> to <c@d> blacklisted (ACL 7)
    (unknown id): addr 192.0.2.1 from <a@b> rcpt <c@d>: autowhitelisted for another 24:00:00
    QUEUEID: skipping greylist because recipient <c@d> is whitelisted, (from=<a@b>, rcpt=<c@d>, addr=name[192.0.2.1]) ..

The MTA logs the 4xx or 5xx that follows: these are notices, or each greylisting would be counted twice.

BUGS: of a sender with `=` in it, milter-greylist logs what follows the last one: that is no address, and left out.
"""

import re
from typing import Final

from mailtop.event import Event, Notice, Unparsed
from mailtop.mta.filters.fields import IP, queue_id
from mailtop.mta.parser import words

_ADDR = re.compile(
    rb"addr (?:(?P<name>\S{0,255})\[(?P<a>%b)\]|(?P<b>%b)) from (?P<sender>\S+) (?:to|rcpt) (?P<to>\S+?):? "
    rb"(?:delayed|blacklisted|blocked|autowhitelisted|tarpitted|greylisted)\b" % (IP, IP)
)
_SKIPPING = re.compile(rb"\(from=(?P<sender>\S+), rcpt=(?P<to>\S+), addr=(?:(?P<name>\S{0,255})\[)?(?P<a>%b)\]?\)" % IP)
_NOISE: Final = words(
    """
    greylist.conf | reloading | Final database dump | milter-greylist | config file | pidfile | smfi_main |
    smfi_getsymval failed | (local) | Sending | peer | sync | GeoIP | dumpfile
    """
)


def parse(text: bytes) -> Event | None:
    """One line of milter-greylist."""
    word, _, said = text.partition(b": ")
    if found := _ADDR.match(said):
        return Notice(
            text,
            found["a"] or found["b"],
            found["name"],
            queue_id(word),
            _address(found["sender"]),
            _address(found["to"]),
        )
    if said.startswith(b"skipping greylist because"):
        every = list(_SKIPPING.finditer(said))
        if len(every) != 1:
            return Notice(text, queue_id=queue_id(word))
        found = every[0]
        return Notice(text, found["a"], found["name"], queue_id(word), _address(found["sender"]), _address(found["to"]))
    if queue_id(word) or said.startswith((b"addr = ", b"unexpected")):
        return Notice(text, queue_id=queue_id(word))
    if text.startswith((b"Sender IP ", b"User ", b"STARTTLS succeeded", b"whitelisted by ")):
        return Notice(text)
    if text.startswith(_NOISE) or b"reloading" in text[:200]:
        return None
    faulty = b"ailed" in text or b"rror" in text or b"annot" in text
    return Notice(text) if faulty else Unparsed(text)


def _address(word: bytes) -> bytes | None:
    """`<a@b>` -> a@b; None where `=` cut it."""
    if not (word.startswith(b"<") and word.endswith(b">")):
        return None
    return word[1:-1] or b"<>"
