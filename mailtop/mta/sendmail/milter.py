"""milter: what a mail filter told Sendmail to do.

Source: srvrsmtp.c (`Milter: to=<..>, reject=REPLY`, the line that says what the client was told), milter.c
(`milter=NAME, action=.., reject=..`: the same once more, from MilterLogLevel 10 on, hence notices;
`milter=NAME, quarantine=..`, `Milter (NAME): ...` troubles, `Milter add: header: ..`).

`to=`, `from=` and `helo=` are the client's, the reply is the filter's and stands last: an address is read with what is
quoted in it, and of a HELO name the last `, reject=` counts.

Refusals by a filter name no client: it is that of the session's other lines (LogLevel 10 and above logs
`connect from`, below it the first to name the client is often `from=`).
"""

import re
from typing import Final

from mailtop.event import Event, Filter, Notice, Reject, Unparsed
from mailtop.mta.reasons import reason
from mailtop.mta.sendmail.fields import INNER, path, peer, reply

_JUDGED = re.compile(
    rb"(from|to|rcpt|mail|helo)=((?<=helo=).*|<" + INNER + rb">|[^,\s]*), (?:reject=(.*)|(discard))", re.DOTALL
).fullmatch
_DATA = re.compile(
    rb"(cmd=data|data|headers?|eoh|body|eom|unknown|cmd=\w+), (?:reject=(.*)|(discard))", re.DOTALL
).fullmatch
_CONNECT = re.compile(
    rb"connect: host=([^,]*), addr=([^,]*), (rejecting commands|temp failing commands|shutdown)"
).match
_STAGES: Final = {
    b"from": b"MAIL", b"mail": b"MAIL", b"to": b"RCPT", b"rcpt": b"RCPT", b"helo": b"HELO", b"cmd=data": b"DATA",
}  # fmt: skip
_REPLIES: Final = {b"rejecting commands": b"554", b"temp failing commands": b"451", b"shutdown": b"421"}
"""srvrsmtp.c: the greeting, or the answer to every command"""
_MARKS: Final = re.compile(
    rb"Milter(?: \([^)]*\))? (?:add|insert \(\d+\)|change): (?:default )?header:? (X-Spam-Flag|X-Virus-Status): ?(\w+)",
    re.IGNORECASE,
).match
_QUARANTINE = re.compile(rb"milter=[^,]*, quarantine=(.*)", re.DOTALL).fullmatch
_TROUBLE: Final = re.compile(
    rb"Milter ?\([^)]*\): (?:to error state|timeout|error|Unknown|unknown|bad address|local socket|socket|open"
    rb"|init failed|negotiate|write|read|select|Invalid|empty|Trying|local)|Milter read\(|milter_"
).match


def parse_milter(word: bytes | None, rest: bytes) -> Event | None:
    """A line that begins with `Milter` or `milter=`."""
    if rest.startswith(b"Milter: "):
        return _said(word, rest[8:])
    if found := _QUARANTINE(rest):
        return Filter(word, status=b"quarantine", text=found[1])
    if rest.startswith(b"milter="):
        return Notice(rest, queue_id=word)
    if found := _MARKS(rest):
        name, value = found[1].lower(), found[2].lower()
        if name == b"x-spam-flag" and value == b"yes":
            return Filter(word, status=b"spam", reason=b"content", text=rest)
        if name == b"x-virus-status" and value in (b"infected", b"yes"):
            return Filter(word, status=b"virus", reason=b"virus", text=rest)
        return None
    return Notice(rest, queue_id=word) if _TROUBLE(rest) else None


def _said(word: bytes | None, said: bytes) -> Event | None:
    if found := _DATA(said):
        what, text, _ = found.groups()
        return _verdict(word, _STAGES.get(what, b"END-OF-MESSAGE"), text)
    if found := _JUDGED(said):
        what, value, text, _ = found.groups()
        stage = _STAGES[what]
        if stage == b"HELO":
            return _verdict(word, stage, text, helo=value)
        if stage == b"MAIL":
            return _verdict(word, stage, text, sender=path(value))
        return _verdict(word, stage, text, recipient=path(value))
    if found := _CONNECT(said):
        host, address, what = found.groups()
        client, name = peer(b"%b [%b]" % (host, address))
        code = _REPLIES[what]
        return Reject(client, name, b"CONNECT", code, None, b"policy", said, queue_id=word)
    if b", reject=" in said:
        return Unparsed(b"Milter: " + said)
    return None


def _verdict(
    word: bytes | None,
    stage: bytes,
    text: bytes | None,
    sender: bytes | None = None,
    recipient: bytes | None = None,
    helo: bytes | None = None,
) -> Event:
    """A reply to the client, or a message thrown away (`text` None)."""
    if text is None:
        return Filter(word, stage=stage, status=b"discard", sender=sender, recipient=recipient, helo=helo)
    code, enhanced, said = reply(text)
    after = stage in (b"DATA", b"END-OF-MESSAGE")
    why = reason(said, (code or b"5")[:1] == b"4", b"content" if after else b"policy")
    return Reject(None, None, stage, code or b"5xx", enhanced, why, said, sender, recipient, helo, None, word)
