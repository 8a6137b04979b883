"""rspamd: its verdict on each message, the DNS lists behind it, and lists that do not answer.

Source: rspamd 3.4: conf/logging.inc (log_format), src/libserver/task.c (rspamd_task_write_log), logger_syslog.c,
monitored.c, src/plugins/lua/rbl.lua (options `ADDRESS:from`), greylist.lua; older formats from 1.9 on.

    <tag>; task; rspamd_task_write_log: id: <MESSAGE-ID>, qid: <QID>, ip: 192.0.2.1, user: u, from: <a@b>, \
(default: F (no action): [0.40/15.00] [SYMBOL(4.00){option;option;},...]), len: 1, time: .., dns req: 9, \
digest: <..>, rcpts: <c@d,>, mime_rcpts: <..>, forced: reject "text"; score=nan (set by module)

One `Filter` with the action as status, and a `Listed` for each symbol that stands for a DNS list's answer about the
client (rspamd_lists.py). An option `ADDRESS:received` is about another host. The action `greylist` or `soft reject` is
a verdict only: the MTA logs the 4xx.

Who wrote what: message-id, sender, options, recipients and file names are strangers'. rspamd quotes none of them, but
writes `?` for a blank in a message-id, so that none can hold the next field. The opening of the verdict, `(default: F
(action): [`, and `]), len: ` must each be there once, else nothing in the line is believed. Of the null sender nothing
is logged: the sender is unknown.

BUGS: a symbol's options are not quoted, so a stranger who can put `},NAME(1.00){` into an option can add a symbol.
Only rspamd's own log_format is read.
"""

import re
from typing import Final

from mailtop.event import Event, Filter, Listed, LookupError_, Notice, Unparsed
from mailtop.mta.filters.fields import ADDRESS, message_id, queue_id
from mailtop.mta.filters.rspamd_lists import BLOCKED, LISTS
from mailtop.mta.zones import split_query

SYMBOLS: Final = 400
"""symbols of a message that are looked at"""

_WHO = re.compile(
    rb"(?:#\d{1,10}\([\w -]{1,32}\) )?(?:<[^<>]{0,64}>; ?)?(?:(?P<module>[\w-]{0,64}); ?)?"
    rb"(?P<function>[\w./-]{1,128}(?::\d{1,9})?): (?P<said>.*)",
    re.DOTALL,
)
"""the parts that a line outside a task lacks, and those that rspamd's own log and the journal have before it"""
_VERDICT = re.compile(rb", \([\w.-]+: [A-Za-z?]{1,2} \((?P<action>[^()]{1,40})\): \[[-\w./]+\] \[")
_HEAD = re.compile(
    rb"id: <(?P<mid>\S*?)>(?:, qid: <(?P<qid>[^<>]*)>)?(?:, ip: (?P<ip>[^\s,]+))?(?:, user: [^,<>]*)?"
    rb"(?:, from: <(?P<sender>%b)>)?" % ADDRESS
)
_LEN = re.compile(rb"\]\), len: \d+, time: ")
_RCPTS = re.compile(rb", rcpts: <(?P<one>%b),?>(?:, |$)" % ADDRESS)
_FORCED = re.compile(rb", forced: [^\"]*\".*\"; score=\S+ \(set by (\w+)\)(?:, settings_id: \w+)?$", re.DOTALL)
_SYMBOL = re.compile(rb"(?P<name>\w+)\([-+\d.naif]+\)(?:[\[{](?P<options>[^\[\]{}]*)[\]}])?,?")
_ANSWER = re.compile(rb"127\.\d{1,3}\.\d{1,3}\.\d{1,3}")
_OFFLINE = re.compile(rb"\S[^,]* on resolving (\S+), disable object")
_BLOCKED = re.compile(rb"DNS query blocked on (\S+) \(")
_SPOOFED = re.compile(rb"DNS reply returned '[^']*' for (\S+) while ")
_LOOKUP = re.compile(rb"error looking up (\S+): (.*)", re.DOTALL)
_REASONS: Final = {
    b"greylist": b"greylist", b"ratelimit": b"rate", b"antivirus": b"virus", b"dmarc": b"dmarc", b"spf": b"spf",
    b"dkim": b"dkim",
}  # fmt: skip
"""module that forced an action -> reason class"""
_GOOD: Final = frozenset({b"no action", b"accept"})


def parse(text: bytes) -> Event | list[Event] | None:
    """One line of rspamd."""
    who = _WHO.match(text)
    if who is None:
        return Unparsed(text)
    said, function = who["said"], who["function"]
    if function == b"rspamd_task_write_log":
        return _task(said)
    if who["module"] == b"monitored":
        return _monitored(said)
    if found := _LOOKUP.match(said):
        client, zone = split_query(found[1])
        return LookupError_(zone, client, said) if zone else Notice(said)
    if said.startswith((b"greylisted until", b"greylisting pass", b"greylisting delayed")):
        return Notice(said)
    return None


def _monitored(said: bytes) -> Event | None:
    found = _OFFLINE.match(said) or _BLOCKED.match(said) or _SPOOFED.match(said)
    if found:
        return LookupError_(found[1], None, said)
    return Notice(said) if said.startswith((b"restoring ", b"bad address", b"cannot make request")) else None


def _task(said: bytes) -> Event | list[Event]:
    """The verdict on a message."""
    verdicts, ends = list(_VERDICT.finditer(said)), list(_LEN.finditer(said))
    if len(verdicts) != 1 or len(ends) != 1:
        return Filter(None, text=said) if verdicts and ends else Unparsed(said)
    verdict, end = verdicts[0], ends[0]
    head = _HEAD.fullmatch(said, 0, verdict.start())
    if verdict.end() > end.start() or head is None:
        return Filter(None, text=said)
    action = verdict["action"]
    recipient = _RCPTS.search(said, end.end())
    forced = _FORCED.match(said, max(said.rfind(b", forced: ", end.end()), 0))
    reason = None if action in _GOOD else _REASONS.get(forced[1] if forced else action, b"content")
    client = head["ip"] if head["ip"] != b"undef" else None
    made: list[Event] = [
        Filter(
            queue_id(head["qid"]), client, None, b"END-OF-MESSAGE", action, reason, said, _sender(head["sender"]),
            recipient["one"] if recipient and said.count(b", rcpts: <") == 1 else None,
            None, message_id(head["mid"]),
        )
    ]  # fmt: skip
    made += _lists(said[verdict.end() : end.start()], client)
    return made if len(made) > 1 else made[0]


def _sender(sender: bytes | None) -> bytes | None:
    return sender if sender is None else sender or b"<>"


def _lists(symbols: bytes, client: bytes | None) -> list[Event]:
    """What DNS lists answered about the client, and which of them refused to answer."""
    made: list[Event] = []
    zones: set[bytes] = set()
    at = 0
    for _ in range(SYMBOLS):
        found = _SYMBOL.match(symbols, at)
        if found is None:
            break
        at = found.end()
        name, options = found["name"], found["options"] or b""
        if zone := BLOCKED.get(name):
            if zone not in zones:
                zones.add(zone)
                made.append(LookupError_(zone, client, name))
        elif (known := LISTS.get(name)) and _about(options, client):
            answer = _ANSWER.search(options)
            made.append(Listed(client, known[0], answer[0] if answer else known[1]))
    return made


def _about(options: bytes, client: bytes | None) -> bool:
    """Whether a list's answer is about the client: not `ADDRESS:received`, which is of a header field."""
    words = [option for option in options.split(b";") if option]
    return client is not None and (not words or any(b":received" not in option for option in words))
