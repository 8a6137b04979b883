"""queue: the daemons that take a message in and move it: cleanup, pickup, qmgr, bounce, postsuper.

Source: cleanup_message.c (message-id, header and body actions), cleanup_milter.c, pickup.c, qmgr_active.c,
bounce_notify_service.c, postsuper.c.

A header or body action logs up to 200 bytes of the message itself before ` from NAME[ADDR]; from=<..> to=<..> ...`,
so there the client is taken from the last place with that shape, not the first. A quoted sender or recipient may hold
that shape too: where the last place lies inside an address that begins before it, client, sender, recipient and HELO
are unknown (the store has the client from the queue ID).

BUGS: addresses logged without their quotes (before Postfix 3.5) can hide from that.
"""

import re
from typing import Final

from mailtop.event import Event, Filter, Queue, Reject, Remove
from mailtop.mta.parser import Shape, always, words
from mailtop.mta.postfix.fields import CONTENT_PARTS, angle, is_queue_id, reply
from mailtop.mta.postfix.notices import common
from mailtop.mta.postfix.smtpd import _ACTIONS, NULL_SENDER, _of_message, refused
from mailtop.mta.reasons import reason

_new = tuple.__new__

_ORIGIN = re.compile(
    rb" from (?:local|(?P<name>[^\s\[\]<>;]*)\[(?P<ip>[0-9A-Fa-f.:]+|unknown)\](?::\d+)?)"
    rb"(?:; (?:from=<(?P<sender>\"(?:[^\"\\]|\\.)*\"(?:@[^>]*)?|[^>\"]*)>)?"
    rb"(?: ?to=<(?P<recipient>\"(?:[^\"\\]|\\.)*\"(?:@[^>]*)?|[^>\"]*)>)?"
    rb"(?: ?proto=(?P<proto>\w+))?(?: ?helo=<(?P<helo>[^ >]*)>)?"
    rb"(?:: (?P<said>.*))?)?$",
    re.DOTALL,
)
NOTIFIED: Final = words(
    """
    sender non-delivery notification: | sender delivery status notification: | sender delay notification: |
    postmaster non-delivery notification: | sender success notification: | postmaster delay notification:
    """
)
STATES: Final = {
    b"placed on hold": b"hold", b"released from hold": b"released", b"requeued": b"requeued", b"expired": b"expired",
    b"skipped, still being delivered": b"skipped", b"released": b"released",
}  # fmt: skip


PLACES: Final = 64
"""places of the origin that are looked at, from the end; cleanup logs 200 bytes of a header or body line"""

_ACTIVE = re.compile(rb"(\w+): from=<([^>]{0,512})>, size=(\d+), (nrcpt=\d+ \(.*)").match


SHAPES: Final = (
    Shape(Queue, b"{queue_id}: from=<{sender}>, size={size}, {text=nrcpt={} ({*}}", (NULL_SENDER,)),
    Shape(Queue, b"{queue_id}: message-id={message_id=<{}>}"),
    Shape(Remove, b"{queue_id}: removed", (always("status", b"removed"),)),
    Shape(Queue, b"{queue_id}: message-id={message_id*}"),
)


def parse(text: bytes) -> Event | None:
    """One line of cleanup, pickup, qmgr, bounce or postsuper."""
    if found := _ACTIVE(text):
        word, sender, size, said = found.groups()
        return _new(Queue, (word, sender or b"<>", size, None, said, None))
    word, colon, rest = text.partition(b": ")
    if not colon:
        return _without_id(text)
    if rest.startswith(b"message-id="):
        return _new(Queue, (word, None, None, None, None, rest[11:]))
    if rest.startswith(b"from="):
        return _of_queue(word, rest)
    if rest.startswith(b"removed"):
        return _new(Remove, (word, b"canceled" if rest.endswith(b"(canceled)") else b"removed"))
    if rest.startswith(b"uid="):
        return Queue(word, _bare(rest.partition(b" from=")[2]), None, None, rest.partition(b" from=")[0])
    if is_queue_id(word):
        return _of_id(word, rest)
    return common(word, rest, None)


def _bare(address: bytes) -> bytes:
    if address.startswith(b"<"):
        return angle(address[1:].rpartition(b">")[0])
    return angle(address)


def _of_queue(word: bytes | None, rest: bytes) -> Event:
    """`from=<..>, size=N, nrcpt=N (queue active)` or `from=<..>, status=expired, returned to sender`."""
    path, _, state = rest[5:].rpartition(b", status=")
    if state.startswith((b"expired", b"force-expired")) and path:
        return _new(Queue, (word, _bare(path), None, b"expired", state, None))
    path, sized, size = rest[5:].rpartition(b", size=")
    if not sized:
        return _new(Queue, (word, _bare(rest[5:]), None, None, None, None))
    number, _, text = size.partition(b", ")
    sender = path[1:-1] if path.startswith(b"<") and path.endswith(b">") else path
    return _new(Queue, (word, sender or b"<>", number if number.isdigit() else None, None, text or None, None))


def _of_id(word: bytes, rest: bytes) -> Event | None:
    if rest.startswith(b"resent-message-id="):
        return Queue(word, message_id=rest[18:], text=b"resent")
    if rest.startswith(NOTIFIED):
        what, _, _ = rest.partition(b": ")
        return Queue(word, status=None, text=rest if what else None)
    if rest in STATES:
        return Queue(word, status=STATES[rest], text=rest)
    verb, _, said = rest.partition(b": ")
    action = verb.removeprefix(b"milter-header-").removeprefix(b"milter-body-").removeprefix(b"milter-")
    if said.startswith(CONTENT_PARTS) and (action in _ACTIONS or action == b"reject"):
        return _content(word, action, said)
    if verb == b"milter-reject":
        return refused(Reject, word, said, b"content")
    if action in _ACTIONS:
        return _of_message(word, action + b": " + said)
    if rest.startswith(b"status="):
        return Queue(word, status=rest[7:].partition(b" ")[0].rstrip(b","), text=rest)
    return common(word, rest, word)


def _content(word: bytes, action: bytes, said: bytes) -> Event:
    """`header Subject: ... from NAME[ADDR]; from=<..> to=<..> proto=.. helo=<..>: text`."""
    found = _origin(said)
    if found is None:
        if action == b"reject":
            return Reject(None, None, b"END-OF-MESSAGE", None, None, b"content", said, queue_id=word)
        return Filter(word, None, None, None, _ACTIONS[action], None, said)
    sender = None if found["sender"] is None else angle(found["sender"])
    code, enhanced, reply_text = reply(found["said"] or b"")
    text = said[: found.start()] + (b": " + reply_text if reply_text else b"")
    client, name = found["ip"], found["name"]
    if action == b"reject":
        why = reason(reply_text, False, b"content") if reply_text else b"content"
        return Reject(
            client, name, b"END-OF-MESSAGE", code, enhanced, why, text,
            sender, found["recipient"], found["helo"] or None, None, word,
        )  # fmt: skip
    stage = b"END-OF-MESSAGE" if client else None
    return Filter(
        word,
        client,
        name,
        stage,
        _ACTIONS[action],
        None,
        text,
        sender,
        found["recipient"],
        found["helo"] or None,
    )


def _origin(said: bytes) -> re.Match[bytes] | None:
    """The last origin, None when there is none or an address that begins before it holds it."""
    at, last = len(said), None
    for _ in range(PLACES):
        at = said.rfind(b" from ", 0, at)
        if at < 0:
            break
        found = _ORIGIN.match(said, at)
        if last is None:
            last = found
        elif found and any(found.start(name) < last.start() < found.end(name) for name in ("sender", "recipient")):
            return None
    return last


def _without_id(text: bytes) -> Event | None:
    if text.startswith(b"uid="):
        uid, _, path = text.partition(b" from=")
        return Queue(None, _bare(path), None, None, uid)
    if text.startswith(b"from=<"):
        return _of_queue(None, text)
    return common(text, b"", None)
