"""opendmarc: what DMARC says of a message. Source: opendmarc.c of OpenDMARC 1.4.2.

    QUEUEID: example.com fail
    QUEUEID: SPF(mailfrom): example.com pass
    QUEUEID: RFC5322 requirement error: ...
    QUEUEID ignoring Authentication-Results at 2 from mx.example.com
    implicit authentication service: mx.example.com

The first is the verdict (pass, fail, none, ...); a domain holds no blank. The rest are notices. A refusal is the MTA's.
"""

import re
from typing import Final

from mailtop.event import Event, Filter, Notice, Unparsed
from mailtop.mta.filters.fields import queue_id
from mailtop.mta.parser import words

_VERDICT = re.compile(
    rb"[^\s:]{1,255} (pass|fail|none|softfail|neutral|bestguesspass|tempfail|temperror|permerror|policy|unknown)"
)
_NOISE: Final = words(
    """
    OpenDMARC Filter | opendmarc | implicit authentication service | ignoring connection from | terminating |
    trusted authentication service | trusted authentication services | configuration reloaded | additional trusted
    """
)


def parse(text: bytes) -> Event | None:
    """One line of opendmarc."""
    word, colon, said = text.partition(b": ")
    message = queue_id(word) if colon else None
    if message:
        if found := _VERDICT.fullmatch(said):
            bad = found[1] in (b"fail", b"tempfail", b"temperror", b"permerror", b"softfail")
            return Filter(message, status=found[1], reason=b"dmarc" if bad else None, text=said)
        return Notice(said, queue_id=message)
    if text.startswith(_NOISE):
        return None
    word, _, said = text.partition(b" ")
    if said.startswith(b"ignoring Authentication-Results"):
        return Notice(said, queue_id=queue_id(word))
    faulty = b"error" in text or b"fail" in text or b"can't" in text or b"): " in text
    return Notice(text) if faulty else Unparsed(text)
