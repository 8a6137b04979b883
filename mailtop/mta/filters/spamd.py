"""spamd: SpamAssassin's daemon. Source: spamd.raw of SpamAssassin 4.0.1 (the same since 3.0).

    spamd: connection from localhost [127.0.0.1]:44022 to port 783, fd 5
    spamd: checking message <MESSAGE-ID> for user:1000
    spamd: identified spam (12.3/5.0) for user:1000 in 0.4 seconds, 2048 bytes.
    spamd: result: Y 12 - TEST,TEST scantime=0.4,size=2048,user=u,uid=1000,required_score=5.0,rhost=::1,raddr=::1,\
rport=44022,mid=<MESSAGE-ID>,autolearn=no

The result is the verdict; `identified spam` and `clean message` say the same without naming the message, and are
notices. rhost is spamd's own client, not the SMTP client. spamd writes no comma and no blank into mid.

BUGS: RCVD_IN_ tests name no address, so no list's answer follows from them. A message-id with a blank or comma is
logged with `_` for it, and does not join.
"""

import re

from mailtop.event import Event, Filter, Notice, Unparsed
from mailtop.mta.filters.fields import message_id

_RESULT = re.compile(rb"result: (?P<spam>[Y.]) +-?\d+ - ")
_NOISE = (
    b"connection from ", b"got connection over ", b"checking message ", b"processing message ", b"setuid ", b"handled ",
    b"server ", b"restarting", b"child ", b"using default config", b"creating default_prefs", b"still running as root",
    b"alarm", b"accept", b"timing: ", b"created ", b"Tell: ", b"got ", b"cleaned ", b"copying ",
)  # fmt: skip
_OTHERS = (b"prefork: ", b"logger: ", b"rules: ", b"config: ", b"zoom: ", b"plugin: ", b"netset: ", b"timing: ")
_FAULTS = (
    b"bayes: ", b"util: ", b"dns: ", b"check: ", b"auto-whitelist: ", b"pyzor: ", b"razor2: ", b"dcc: ", b"spf: ",
    b"error", b"warn", b"Use of", b"locker: ", b"learn: ", b"async: ", b"txrep: ", b"askdns: ", b"dkim: ",
)  # fmt: skip


def parse(text: bytes) -> Event | None:
    """One line of spamd."""
    if not text.startswith(b"spamd: "):
        if text.startswith((b"identified spam", b"clean message")):
            return Notice(text)
        if text.startswith(_OTHERS) or text.startswith(_NOISE):
            return None
        return Notice(text) if text.startswith(_FAULTS) else Unparsed(text)
    said = text[7:]
    if found := _RESULT.match(said):
        spam = found["spam"] == b"Y"
        before, named, rest = said.rpartition(b",mid=")
        mid = message_id(rest.partition(b",")[0]) if named and before else None
        return Filter(
            None, status=b"spam" if spam else b"ham", reason=b"content" if spam else None, text=said, message_id=mid
        )
    if said.startswith(_NOISE):
        return None
    return Notice(said)
