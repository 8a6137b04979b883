"""spf: policyd-spf (Python, spf-engine 3.0.4) and postfix-policyd-spf-perl (2.011).

    policyd-spf[930]: QUEUEID: prepend Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.20; helo=..; \
envelope-from=..; receiver=<UNKNOWN>
    policyd-spf[930]: 550 5.7.23 Message rejected due to: SPF fail - not authorized. Please see http://..;s=mfrom;id=..;ip=..;r=..
    policyd-spf[930]: Fail; identity=mailfrom; client-ip=192.0.2.20; helo=..; envelope-from=..; receiver=..
    postfix/policy-spf[930]: Policy action=PREPEND Received-SPF: pass (..) receiver=..; identity=mfrom; \
envelope-from="a@b"; helo=..; client-ip=..
    postfix/policy-spf[930]: SPF fail: Envelope-from: a@b, IP Address: 192.0.2.20, Recipient: c@d

SPF's result for a client and sender comes before there is a message: a notice. So is what smtpd is told to answer,
because smtpd logs that refusal itself, with SPF's words and the reason spf; as a reject here it would count twice.

BUGS: a sender or HELO that holds the next field's opening words makes that field unknown.
"""

import re

from mailtop.event import Event, Notice
from mailtop.mta.filters.fields import one, queue_id
from mailtop.mta.postfix.fields import angle

_IP = re.compile(rb"(?:client-ip=|;ip=|IP Address: )\"?([0-9A-Fa-f.:]+)")
_FROM = re.compile(
    rb"envelope-from=(?:<([^>;]{0,512})>|\"([^\";]{0,512})\"|([^\";\s]{0,512}))(?=;|\s|$)"
    rb"|Envelope-from: ([^\s,]{0,512})"
)
_TO = re.compile(rb"; receiver=([^\s;<>@]{1,512}@[^\s;<>@]{1,255})|, Recipient: ([^\s,]{1,512})$")
_ID = re.compile(rb"([0-9A-Za-z]{4,40}): (?=\S)")
_RESULT = re.compile(
    rb"(?:pass|fail|softfail|neutral|none|permerror|temperror); identity=|action|\d{3} \d\.\d|header field|x-comment",
    re.IGNORECASE,
)
_SPEAKS = (b"SPF", b"spf", b"check failed", b"Policy action=", b"warning", b"error", b"Ouch", b"Traceback", b"fatal")


def parse(text: bytes) -> Event | None:
    """One line of either program."""
    if not any(word in text for word in _SPEAKS) and not _RESULT.match(text):
        return None
    found = _ID.match(text)
    address, sender, recipient = one(_IP, text), one(_FROM, text), one(_TO, text)
    return Notice(
        text,
        address,
        queue_id=queue_id(found[1]) if found else None,
        sender=None if sender is None else angle(sender),
        recipient=recipient,
    )
