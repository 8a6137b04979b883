"""refusal: what Exim answers a client with 4xx or 5xx, or would have: lines with `rejected`, `refused`, `Warning:`.

Source: smtp_in.c (smtp_handle_acl_fail and the checks before an ACL is asked), acl.c (acl_warn), receive.c (size, too
many Received, local_scan), daemon.c (limits before the child is forked):

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
from mailtop.mta.exim.host import ADDRESS, AFTER, HOST, NOBODY, Peer, connection, peer, sender
from mailtop.mta.exim.lists import answer, listed
from mailtop.mta.parser import words
from mailtop.mta.reasons import reason

_new = tuple.__new__

_TLS: Final = rb"(?: (?:DS|X=\S+|CV=\w+|DN=\"[^\"]*\"|SNI=\S+|L[.*-]*|P=\S+|K|PRDR))*+"
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

_OWN: Final = tuple(
    (name, words(table))
    for name, table in (
        (b"sender", "sender verif | complete sender verify | sender callout | unqualified sender"),
        (b"spf", "[spf]"),
        (b"unknown_user", "unrouteable | unrouteable address | no such person | recipient verify fail"),
        (b"server", "recipient verify callout | recipient callout | load average | failed to expand | cannot use"),
        (b"rdns", "host lookup failed | host lookup deferred | reverse lookup"),
        (b"helo", "no helo/ehlo | bad helo"),
        (b"auth", "auth is required | auth required"),
        (b"relay", "relaying | relay not"),
        (b"protocol", "synchronization | syntactically invalid | header syntax | received\" headers"),
        (b"policy", "restricted characters"),
    )
)
"""What Exim's own code and the configurations that come with it say, before the words of all servers are asked."""


CACHE_LIMIT: Final = 16_384
"""distinct texts whose reason and list are remembered, then all are forgotten at once"""

_verdicts: dict[tuple[bytes, bytes, bytes], tuple[bytes, bytes | None]] = {}


def verdict(text: bytes, code: bytes, default: bytes, who: Peer) -> tuple[bytes, bytes | None]:
    """The reason class of a refusal's text, and the list that it names. A storm says the same few texts of thousands
    of clients, so what is remembered is the text without the client's address."""
    key = text.replace(who.client, b"*") if who.client else text, code[:1], default
    known = _verdicts.get(key)
    if known is None:
        known = _judge(text, code[:1] == b"4", default, (who.name, who.helo))
        if (who.name is None or who.name not in text) and (who.helo is None or who.helo not in text):
            if len(_verdicts) >= CACHE_LIMIT:
                _verdicts.clear()
            _verdicts[key] = known
    return known


def _judge(
    text: bytes, soft: bool, default: bytes, strangers: tuple[bytes | None, bytes | None]
) -> tuple[bytes, bytes | None]:
    bl, zone = listed(text, strangers)
    found = why(text, soft, default) if text else default
    if bl and found not in (b"sender", b"greylist", b"relay", b"unknown_user"):
        return b"dnsbl", zone
    if found == b"dnsbl":
        return found, zone
    if default == b"content" and found in (b"policy", b"access"):
        return default, None  # `Rejected: ...`, `Blacklisted extension`: said of the message
    return found, None


def why(text: bytes, transient: bool, default: bytes = b"other") -> bytes:
    """The reason class of a refusal's text."""
    lower = text.lower()
    for name, row in _OWN:
        if any(word in lower for word in row):
            return name
    return reason(text, transient, default)


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
        return Notice(text[found.start(12) - 24 :].lstrip(b" "), client, name, word, sender(failed))
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
    code, enhanced, text = b"4xx" if soft else b"5xx", None, said or b""
    if (digits := _CODE(text)) and digits[1][:1] == code[:1]:
        code, enhanced = digits.groups()
        text = text[digits.end() :]
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


_LEADING: Final[tuple[tuple[re.Pattern[bytes], bytes, bytes, bytes | None], ...]] = tuple(
    (re.compile(pattern, re.DOTALL), stage, default, said)
    for pattern, stage, default, said in (
        (rb"rejected from <(?P<from>" + ADDRESS + rb")>(?: ?(?P<host>[HU]=.*?))?: (?P<text>.*)$",
         b"END-OF-MESSAGE", b"size", None),
        (rb"rejected MAIL FROM:<(?P<from>" + ADDRESS + rb")> (?P<host>.*?): (?P<text>message too big.*)$",
         b"MAIL", b"size", None),
        (rb"rejected MAIL command (?P<host>.*): (?P<text>too many messages in one connection)$", b"MAIL", b"rate",
         None),
        (rb"rejected MAIL from (?P<host>.*): (?P<text>no HELO/EHLO given)$", b"MAIL", b"helo", None),
        (rb"rejected (?:EHLO|HELO) from (?P<host>.*?): (?P<text>syntactically invalid argument\(s\): (?P<helo>.*))$",
         b"HELO", b"helo", None),
        (rb"(?P<soft>temporarily )?rejected \"(?:EHLO|HELO) (?P<helo>.*)\" from (?P<host>.*)$", b"HELO", b"helo",
         b"HELO verification failed"),
        (rb"unqualified sender rejected: <(?P<from>" + ADDRESS + rb")> (?P<host>.*)$", b"MAIL", b"sender",
         b"unqualified sender rejected"),
        (rb"unqualified recipient rejected: <(?P<to>" + ADDRESS + rb")> (?P<host>.*)$", b"RCPT", b"unknown_user",
         b"unqualified recipient rejected"),
        (rb"(?P<text>too many recipients: message rejected): sender=<(?P<from>" + ADDRESS + rb")> (?P<host>.*)$",
         b"RCPT", b"rate", None),
        (rb"(?P<text>too many recipients: excess (?P<soft>temporarily) rejected): sender=<(?P<from>" + ADDRESS +
         rb")> (?P<host>.*)$", b"RCPT", b"rate", None),
        (rb"refused connection from (?P<host>.*) \((?P<text>host_reject_connection|tcp wrappers)\)$", b"CONNECT",
         b"access", None),
        (rb"(?P<soft>temporarily )refused connection from (?P<host>.*?)(?:: (?P<text>not in reserve list.*)| "
         rb"\((?P<wrap>tcp wrappers.*)\))$", b"CONNECT", b"rate", None),
        (rb"(?P<soft>C)onnection (?:Ci=\w+ )?from (?P<host>.*) refused: (?P<text>too many connections.*"
         rb"|load average.*)$", b"CONNECT", b"rate", None),
        (rb"rejected XCLIENT from (?P<host>.*?): (?P<text>.*)$", b"XCLIENT", b"access", None),
        (rb"connection from (?P<host>.*) refused \((?P<text>IP options)\)$", b"CONNECT", b"protocol", None),
    )
)  # fmt: skip
"""refusals that begin with their words: pattern, stage, reason class, and what to say where the line says no more"""


def leading(text: bytes, word: bytes | None = None) -> Event | None:
    """A refusal that begins with its words; None when it is none of them."""
    for pattern, stage, default, said in _LEADING:
        found = pattern.match(text)
        if found is None:
            continue
        named = found.groupdict()
        who = peer(named["host"]) if named.get("host") else None
        who = who or NOBODY
        if helo := named.get("helo"):
            who = who._replace(helo=helo)
        text = said or named.get("text") or named.get("wrap") or text
        made = judged(who, word, stage, bool(named.get("soft")), text, default, named.get("from"), named.get("to"))
        return made if default == b"access" and made.reason != b"other" else made._replace(reason=default)
    return None
