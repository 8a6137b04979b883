"""opendkim: DKIM signatures checked and made. Source: opendkim.c of OpenDKIM 2.11.0.

    QUEUEID: DKIM verification successful
    QUEUEID: s=mail d=example.com a=rsa-sha256 SSL error:...:bad signature
    QUEUEID: bad signature data
    QUEUEID: no signature data
    QUEUEID: key retrieval failed (s=mail, d=example.com): ...
    QUEUEID: DKIM-Signature field added (s=mail, d=example.com)
    QUEUEID: mail.example.com [192.0.2.1] not internal

Verdicts are `pass`, `fail`, `none` and `error`. The SSL line says why the `bad signature data` that follows it was
said, and is a notice, as is everything else it says of a message. A refusal is the MTA's line.
"""

import re
from typing import Final

from mailtop.event import Event, Filter, Notice, Unparsed
from mailtop.mta.filters.fields import IP, queue_id
from mailtop.mta.parser import words

_INTERNAL = re.compile(rb"(\S{1,255}) \[(%b)\] not internal" % IP)
_VERDICTS: Final = (
    (b"DKIM verification successful", b"pass"),
    (b"bad signature data", b"fail"),
    (b"no signature data", b"none"),
    (b"key retrieval failed", b"error"),
    (b"key revoked", b"error"),
    (b"syntax error: ", b"error"),
    (b"signature processing failed", b"error"),
)
_NOISE: Final = words(
    """
    OpenDKIM Filter | opendkim | reloaded | configuration reloaded | caught signal | terminating | exited |
    restarting | key data is | ignoring header field
    """
)


def parse(text: bytes) -> Event | None:
    """One line of opendkim."""
    word, colon, said = text.partition(b": ")
    if not colon or not (queue_id(word) or word == b"(unknown-jobid)"):
        if b"starting" in text or b"terminating" in text or text.startswith(_NOISE):
            return None
        faulty = b"error" in text or b"fail" in text or b"can't" in text or b"): " in text
        return Notice(text) if faulty else Unparsed(text)
    message = queue_id(word)
    for opening, status in _VERDICTS:
        if said.startswith(opening):
            reason = b"dkim" if status in (b"fail", b"error") else None
            return Filter(message, status=status, reason=reason, text=said)
    if found := _INTERNAL.fullmatch(said):
        name = b"unknown" if found[1].startswith(b"[") else found[1]
        return Notice(said, found[2], name, message)
    return Notice(said, queue_id=message)
