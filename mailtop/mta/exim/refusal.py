"""refusal: what Exim answers a client with 4xx or 5xx, or would have: lines with `rejected`, `refused`, `Warning:`.

Source: smtp_in.c (smtp_handle_acl_fail), acl.c (acl_warn), receive.c (local_scan):

    H=name (helo) [address] X=.. CV=no F=<sender> A=login:user temporarily rejected RCPT <recipient>: text
    `--- host.py ---------'            `client'                                     `client'    `administrator, list'

Sender and recipient are read to the end of their quotes; the text, where all may stand, comes last. Neither can hold
the words of the line then. Exim logs no reply code: `reply` is 5xx, or 4xx where it says `temporarily`, unless the
administrator's text begins with the digits.

`sender verify fail for <..>` is written before the rejection that it is the reason of, so it is a notice, and the
rejection is counted. A `Warning:` (of `warn` with `log_message`) is a Warn, never a Reject.
"""

import re
from typing import Final

from mailtop.event import Event, Filter, Listed, Notice, Reject, Unparsed, Warn
from mailtop.mta.exim.host import ADDRESS, AFTER, HOST, NOBODY, Peer, connection, sender
from mailtop.mta.exim.lists import answer
from mailtop.mta.exim.verdicts import verdict

_new = tuple.__new__

_TLS: Final = rb"(?>(?: (?:DS|X=\S+|CV=\w+|DN=\"[^\"]*\"|SNI=\S+|L[.*-]*|P=\S+|K|PRDR))*)"
_FROM: Final = rb"(?: F=(?:<(" + ADDRESS + rb")>|(\S*)))?"
_LOGIN: Final = rb"(?: A=[^ :]*(?::(\S*))?)?(?: SPF=\w+)?"

_JUDGED = re.compile(
    rb" ?(?:DS)?(?:F=(\S*) )?(?:H=" + HOST + AFTER + rb"|U=\S+)?(?: U=\S+)?" + _TLS + _FROM + _TLS + _LOGIN + rb" ?"
    rb"(temporarily )?(?:(rejected|discarded) (.*)|sender verify (?:fail|defer) for <(" + ADDRESS + rb")>(.*)"
    rb"|Warning: (.*)|incomplete transaction (.*)|dropped by '(\w+)' ACL(?:: (.*))?|RCPT (.*?): discarded by (.*))$",
    re.DOTALL,
).match
_USUAL = re.compile(
    rb"H=(?:([^\s(\[]+) )?(?:\(([^()\s]*)\) )?(\[([^\]\s]*)\](?::\d+)?)(?: I=\[[^\]\s]*\]:\d+)?"
    rb"(?: X=[^ ]* CV=\w+)? F=<([^<>\"\s]*)> (temporarily )?rejected RCPT <([^<>\"\s]*)>(?:: (.*))?$",
    re.DOTALL,
).match
"""The line a million times: no quotes, no parameters, nobody logged in."""

_WHAT = re.compile(
    rb"(?:(RCPT|MAIL|VRFY|EXPN|ETRN|ATRN) ?(?:<(" + ADDRESS + rb")>([^:]*)|((?:[^:]|:(?! ))*))"
    rb"|EHLO or HELO ((?:[^:]|:(?! ))*)|(connection)(?: in \"[\w-]+\" ACL)?"
    rb"|(after DATA(?: PRDR)?|during MIME ACL checks|by local_scan\(\)|by non-SMTP ACL|DKIM[^:]*|DATA|[A-Z]+)[^:]*)"
    rb"(?:: ?(.*))?$",
    re.DOTALL,
).match
_CODE = re.compile(rb"([45]\d\d)[ -](?:([45]\.\d{1,3}\.\d{1,3}) )?").match
_INCOMPLETE = re.compile(rb"\([^)]*\)(?: from <(" + ADDRESS + rb")>)?(?: for (\S+)$)?", re.DOTALL).match
_SPAMD = re.compile(rb"\"?SpamAssassin as .{1,256}? detected message as (NOT )?spam \(([-\d.]+)\)")

AFTER_DATA: Final = {
    b"after DATA": b"END-OF-MESSAGE", b"after DATA PRDR": b"END-OF-MESSAGE",
    b"during MIME ACL checks": b"END-OF-MESSAGE", b"by local_scan()": b"END-OF-MESSAGE", b"by non-SMTP ACL": None,
}  # fmt: skip

def parse(text: bytes, word: bytes | None = None) -> Event | list[Event] | None:
    """A line whose client comes first (`H=..` or `U=..`), or none; `word` is its queue ID. None: it is no such line."""
    if usual := _USUAL(text):
        name, helo, socket, client, path, soft, recipient, said = usual.groups()
        who = Peer(name, helo, client, connection(socket))
        return judged(who, word, b"RCPT", soft is not None, said, b"other", path, recipient)
    found = _JUDGED(text)
    if found is None:
        return None
    (bare, name, helo, socket, client, path, path_bare, user, soft, verb, what, failed, _, warned, left, acl, banned,
     lost, discarded) = found.groups()  # fmt: skip
    who = Peer(name, helo, client, connection(socket)) if client else NOBODY
    path = next((some for some in (path, path_bare, bare) if some is not None), None)
    if path and path[:1] == b"<" and path[-1:] == b">":
        path = path[1:-1]
    if verb == b"rejected":
        return refused(who, word, soft is not None, what, path, user, text)
    if verb:
        return Filter(word, client, name, status=b"discard", text=text, sender=sender(path), helo=helo)
    if failed is not None:
        return Notice(text[text.rfind(b"sender verify ", 0, found.start(12)) :], client, name, word, sender(failed))
    if warned is not None:
        return warn(who, word, warned, path)
    if left is not None:
        given = _INCOMPLETE(left)
        return Notice(b"incomplete transaction " + left, client, name, word,
                      sender(given[1]) if given else None, given[2] if given else None)  # fmt: skip
    if lost is not None:
        return Filter(word, client, name, b"RCPT", b"discard", None, b"discarded by " + discarded, sender(path),
                      lost.strip(b"<>"), helo)  # fmt: skip
    stage = b"CONNECT" if acl == b"connect" else acl.upper()
    return judged(who, word, stage, False, banned, b"access")


def refused(
    who: Peer, word: bytes | None, soft: bool, what: bytes, path: bytes | None, user: bytes | None, line: bytes
) -> Event:
    """`RCPT <recipient>: text` and its like, after `rejected `."""
    found = _WHAT(what)
    if found is None:
        return Unparsed(line)
    command, given, _, bare, helo, connect, late, said = found.groups()
    recipient = None
    default = b"other"
    stage: bytes | None
    if command == b"VRFY":  # answered 252: nobody was refused anything
        return Notice(b"rejected " + what, who.client, who.name)
    if command:
        soft = soft or command == b"ETRN"  # 458 (acl_wherecodes)
        stage, argument = command, given if given is not None else bare.partition(b" ")[0].lstrip(b"<") or None
        if command == b"MAIL":
            path = argument if path is None else path
        elif command in (b"RCPT", b"VRFY", b"EXPN"):
            recipient = argument
    elif helo is not None:
        stage = b"HELO"
        who = who._replace(helo=helo or None)
    elif connect:
        stage, default = b"CONNECT", b"access"
    else:
        late = late.rstrip()
        stage = AFTER_DATA.get(late, b"END-OF-MESSAGE" if late.startswith(b"DKIM") else late)
        if stage == b"END-OF-MESSAGE" or stage is None:
            default = b"content"
    return judged(who, word, stage, soft, said, default, path, recipient, user)


def reply(said: bytes, soft: bool) -> tuple[bytes, bytes | None, bytes]:
    """The reply and enhanced code that a text begins with, where they suit what Exim did, and the text behind them."""
    code = b"4xx" if soft else b"5xx"
    if (found := _CODE(said)) and found[1][:1] == code[:1]:
        return found[1], found[2], said[found.end() :]
    return code, None, said


def judged(
    who: Peer,
    word: bytes | None,
    stage: bytes | None,
    soft: bool,
    said: bytes | None,
    default: bytes,
    path: bytes | None = None,
    recipient: bytes | None = None,
    user: bytes | None = None,
) -> Reject:
    """A Reject of the client, with reason and list found in what was said."""
    code, enhanced, text = reply(said or b"", soft)
    reason_class, zone = verdict(text, code, default, who)
    return _new(
        Reject,
        (
            who.client, who.name, stage, code, enhanced, reason_class, text or None, sender(path), recipient,
            who.helo, zone, word, user or None, who.session,
        ),
    )  # fmt: skip


def warn(who: Peer, word: bytes | None, said: bytes, path: bytes | None) -> Event | list[Event]:
    """`Warning: text` of an ACL."""
    if (found := _SPAMD.match(said)) is not None:
        status = b"ham" if found[1] else b"spam"
        return Filter(word, who.client, who.name, b"END-OF-MESSAGE", status, b"content", said, sender(path))
    if said.startswith((b'ACL "warn" statement', b"ACL 'warn' statement")):  # it could not be asked
        return Notice(said, who.client, who.name, word)
    reason_class, zone = verdict(said, b"", b"other", who)
    warned = Warn(
        who.client, who.name, None, None, None, reason_class, said, sender(path), None,
        who.helo, zone, word, None, who.session,
    )  # fmt: skip
    if zone and who.client and said.startswith(who.client) and (value := answer(said)):
        return [warned, Listed(who.client, zone, value)]
    return warned
