"""milter-greylist: greylisting as a milter.

Source: milter-greylist.c (log_and_report_greylisting, real_envrcpt), acl.c, autowhite.c and pending.c of 4.x.

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
_SKIPPING = re.compile(
    rb"\(from=(?P<sender>\S{1,512}), rcpt=(?P<to>\S{1,512}), addr=(?:(?P<name>\S{0,255})\[)?(?P<a>%b)\]?\)" % IP
)
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
        return _notice(text, found, queue_id(word), found["a"] or found["b"])
    if said.startswith(b"skipping greylist because"):
        every = list(_SKIPPING.finditer(said))
        if len(every) != 1:
            return Notice(text, queue_id=queue_id(word))
        return _notice(text, every[0], queue_id(word), every[0]["a"])
    if queue_id(word) or said.startswith((b"addr = ", b"unexpected")):
        return Notice(text, queue_id=queue_id(word))
    if text.startswith((b"Sender IP ", b"User ", b"STARTTLS succeeded", b"whitelisted by ")):
        return Notice(text)
    if text.startswith(_NOISE) or b"reloading" in text[:200]:
        return None
    faulty = b"ailed" in text or b"rror" in text or b"annot" in text
    return Notice(text) if faulty else Unparsed(text)


def _notice(text: bytes, found: re.Match[bytes], message: bytes | None, client: bytes) -> Notice:
    name = found["name"]
    if name and name.startswith(b"["):  # an address stands for a name that is not known
        name = b"unknown"
    return Notice(text, client, name, message, _address(found["sender"]), _address(found["to"]))


def _address(word: bytes) -> bytes | None:
    """`<a@b>` -> a@b; None where `=` cut it."""
    if not (word.startswith(b"<") and word.endswith(b">")):
        return None
    return word[1:-1] or b"<>"
