"""delivery: what became of a recipient, in the words of mta (next hops) and mda (this machine).

Source: mta.c (log_attempt), mda.c, queue.c (log_envelope, 5.x). The result stands before the next hop's words.
"""

import re
from typing import Final

from mailtop.event import Deliver, Event, Notice
from mailtop.mta.opensmtpd.fields import CODES, ENVELOPE

_DELAY = re.compile(rb"(?:^| )delay=((?:\d+[dhms])+)").search
_SPAN = re.compile(rb"(\d+)([dhms])").findall
_RELAY = re.compile(rb"(?:^| )relay=\"?([^\s\",]*(?: \([^\s\",)]*\))?)").search
_RESULT = re.compile(rb" result=\"?(\w+)\"? stat=(.*)$", re.DOTALL).search
_FATES: Final = {
    b"ok": b"sent",
    b"tempfail": b"deferred",
    b"permfail": b"bounced",
    b"loop": b"bounced",
    b"expire": b"expired",
    b"expired": b"expired",
}
_UNITS: Final = {b"d": 86400, b"h": 3600, b"m": 60, b"s": 1}


def delivery(rest: bytes) -> Event | None:
    """`evpid=.. from=<..> to=<..> rcpt=<..> source=.. relay=.. delay=.. result=.. stat=..`"""
    found = ENVELOPE(rest)
    result = _RESULT(found[4]) if found else None
    if found is None or result is None or found[1] is None:
        return None
    return _delivered(found, result[1].lower(), found[4][: result.start()], result[2].strip(b'"'))


def old_delivery(result: bytes, envelope: bytes, rest: bytes) -> Event | None:
    """5.x: `relay: Ok for EVPID: session=.., from=<..>, to=<..>, rcpt=<..>, relay=.., delay=.., stat=..`"""
    found = ENVELOPE(rest)
    if found is None:
        return None
    fields, _, said = found[4].partition(b", stat=")
    return _delivered(found, result.lower(), fields, said.strip(b'"'), envelope)


def _delivered(
    found: re.Match[bytes], result: bytes, fields: bytes, said: bytes, envelope: bytes | None = None
) -> Event | None:
    fate = _FATES.get(result)
    if fate is None:
        return None
    delay, relay = _DELAY(fields), _RELAY(fields)
    codes = CODES(said)
    code, enhanced = (codes[1], codes[2]) if codes else (None, None)
    after = sum(int(number) * _UNITS[unit] for number, unit in _SPAN(delay[1])) if delay else None
    return Deliver(
        (envelope or found[1])[:8],
        found[3],
        relay[1] if relay else None,
        None if after is None else b"%d" % after,
        None,
        enhanced,
        fate,
        code,
        said or None,
    )


def outbound(event: bytes, rest: bytes, text: bytes) -> Event | None:
    """mta's sessions with a next hop."""
    if event in (b"connecting", b"connected", b"disconnected", b"closed", b"server-cert-check", b"cert-check"):
        return None
    if event in (b"tls", b"starttls"):
        version = rest.partition(b"ciphers=")[2].partition(b":")[0]
        return Notice(text, tls=version.strip(b'"') or None)
    return Notice(text)
