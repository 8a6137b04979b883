"""Exim: its mainlog, its rejectlog and paniclog, and what it sends to syslog, from Exim 3 to 4.99.

In: the text of a line, without Exim's own date and pid (which are the record's header), or with them, as syslog has it
with syslog_timestamp. Out: events.

    [date] [pid] [queue ID] text
                 `-- 6-6-2 characters, 6-11-4 since Exim 4.97 (string.c, message_id)

The rejectlog holds copies of the mainlog's rejections, each with the message's header, and the paniclog copies of its
errors. Either is read like the mainlog when it is read alone; with the mainlog beside it everything would be counted
twice, so only the mainlog is to be followed. Syslog gets both copies unless syslog_duplication is off (log.c).

Sessions are told apart by the client's address and port (log_selector +incoming_port) or the connection's number
(+connection_id); without either the store's rule of a minute's silence holds. A pid would not do: the connection is
logged by the daemon, the dialogue by its child, and deliveries by others.

BUGS: a line that syslog split ([1/3]) keeps its first part only. See `mailtop.mta.exim.host` for forged HELO names.
"""

import re
from typing import Final

from mailtop.event import Event, Remove
from mailtop.mta.exim import arrival, delivery, leading, lists, notices, refusal, session
from mailtop.mta.exim.shapes import SHAPES
from mailtop.mta.parser import Daemon

_ID = re.compile(rb"([0-9A-Za-z]{6}-(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{11}-[0-9A-Za-z]{4})) ").match
_DATE = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?(?: [+-]\d{4})? (?:\[\d+\] )?").match
_PID = re.compile(rb"\[\d+\] ").match
_SPLIT = re.compile(rb"\[(\d{1,4})[/\\]\d{1,4}\] ").match
_TAG = re.compile(rb"exim(?:\d|d|-?in|-?out|-?mta|_?mainlog|-?daemon|-\w+)?", re.IGNORECASE).fullmatch


def parse(text: bytes) -> Event | list[Event] | None:
    """One line of Exim."""
    if text[6:7] != b"-" and (text[:2] == b"20" or text[:1] in b"[12"):
        text = _bare(text)
    if text[6:7] == b"-" and (found := _ID(text)):
        return _of_message(found[1], text[found.end() :])
    if text.startswith((b"H=", b"U=", b"F=", b" DSH=", b"DSH=")):
        return refusal.parse(text) or notices.other(text)
    made: Event | list[Event] | None
    if text.startswith(b"DNS list ") and (made := lists.parse(text)):
        return made
    if text.startswith((b"rejected ", b"refused ", b"temporarily ", b"unqualified ", b"too many ", b"Connection ",
                        b"connection ")) and (made := leading.parse(text)):  # fmt: skip
        return made
    if text.startswith(b"TLS error on "):
        return session.tls_error(text)
    return session.parse(text) or notices.other(text)


def _of_message(word: bytes, text: bytes) -> Event | list[Event] | None:
    """What follows a queue ID."""
    sign = text[:3]
    if sign in (b"=> ", b"-> ", b">> "):
        return delivery.delivered(word, text)
    if sign in (b"<= ", b"(= "):
        return arrival.parse(word, text)
    if text.startswith(b"Completed"):
        return Remove(word, b"removed")
    if sign in (b"== ", b"** ", b"*> "):
        return delivery.undelivered(word, text)
    made: Event | list[Event] | None
    if text.startswith((b"H=", b"U=", b"F=", b" DSH=", b"DSH=")) and (made := refusal.parse(text, word)):
        return made
    if text.startswith((b"rejected ", b"too many ")) and (made := leading.parse(text, word)):
        return made
    if text.startswith((b"SMTP ", b"unexpected ", b"no MAIL in ")) and (made := session.parse(text, word)):
        return made
    return notices.of_message(word, text)


def _bare(text: bytes) -> bytes:
    """A text without Exim's own date and pid; empty when it is the second part of a split line."""
    if part := _SPLIT(text):
        text = text[part.end() :] if part[1] == b"1" else b" "
    if date := _DATE(text):
        text = text[date.end() :]
    elif pid := _PID(text):
        text = text[pid.end() :]
        if date := _DATE(text):
            text = text[date.end() :]
    return text


_EXIM: Final = Daemon("exim", "exim", parse, shapes=SHAPES)


def recognise(program: bytes) -> Daemon | None:
    """Exim, when the tag is one of its names."""
    return _EXIM if _TAG(program) else None
