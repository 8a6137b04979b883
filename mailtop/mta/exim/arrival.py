"""arrival: `<=`, a message that is ours from here on, and `(=`, one that was kept although the client was told 550.

Source: receive.c (the log line is built before `Everything has now been done for a successful message`):

    <= sender R=id H=.. U=ident P=esmtps L X=TLS1.3:..:256 CV=no DN=".." SNI=.. A=login:user K S=2229 id=.. T=".." for
    `------'  `-- Exim, and HELO ------------------------'  `client'         `user'     `client'       `------'

log_selector adds and removes fields, but not their order. A sender with a quoted local part is read to the end of its
quotes, so no sender names a host; what stands behind `S=` cannot change what stands before it. `R=` is the message
that this one is the bounce of.

A message from a client is an Accept; one from a local user, or made by Exim itself, a Queue.

BUGS: of several recipients (+received_recipients) none is given: deliveries will name each. A client certificate's DN
that holds a quotation mark may hide the user name.
"""

import re
from typing import Final

from mailtop.event import Accept, Event, Queue, Reject, Unparsed
from mailtop.mta.exim.host import AFTER, HOST, connection
from mailtop.mta.reasons import reason

_new = tuple.__new__  # a NamedTuple's own constructor costs three times as much

_PATH: Final = rb'((?>(?:[^\s"]|"(?:[^"\\]|\\.)*")+))'

_ARRIVED = re.compile(
    rb"[(<]= " + _PATH + rb"(?: R=(\S+))?(?: DS)?(?: H=" + HOST + AFTER + rb")?(?: U=\S+)?(?: P=(\S+))?"
    rb"((?>(?: (?!S=|id\*?=|T=|from <|for )[^ \"]+(?:\"[^\"]*\")?)*))(?: S=(\w+))?(?: |$)",
    re.DOTALL,
).match
_FIRST_ID = re.compile(rb"id\*?=" + _PATH).match
_ID = re.compile(rb"(?:^|.*? )id\*?=" + _PATH, re.DOTALL).match
_SUBJECT = re.compile(rb'T="(?:[^"\\]|\\.)*"(?: |$)', re.DOTALL)
_FOR = re.compile(rb"(?:from <[^>]*> )?for (\S+)$").match


def parse(word: bytes, text: bytes) -> Event | list[Event]:
    """`text` is what follows the queue ID `word`: it begins with `<= ` or `(= `."""
    found = _ARRIVED(text)
    if found is None:
        return Unparsed(word + b" " + text)
    path, reference, name, helo, socket, client, protocol, extras, size = found.groups()
    rest = text[found.end() :]
    ident = message_id(rest) if b"id=" in rest or b"id*=" in rest else None
    if not client or (protocol or b"").startswith(b"local"):
        came = Queue(word, path, size, None, b"R=" + reference if reference else None, ident)
        return [_faked(word, path, None, None, None, None), came] if text[:1] == b"(" else came
    if text[:1] == b"(":
        return [_faked(word, path, name, helo, client, connection(socket)), Queue(word, path, size, None, None, ident)]
    user = tls = None
    if extras:
        if b" A=" in extras:
            user = extras.partition(b" A=")[2].partition(b" ")[0].partition(b":")[2] or None
        if b" X=" in extras:
            tls = version(extras.partition(b" X=")[2])
    recipient = _recipient(rest) if b"for " in rest else None
    if helo is None and protocol is not None and protocol[:1] == b"e":
        helo = name  # EHLO was said, and is left out where it is the name
    return _new(Accept, (word, client, name, user, path, helo, size, recipient, tls, ident, connection(socket)))


def _faked(
    word: bytes, path: bytes, name: bytes | None, helo: bytes | None, client: bytes | None, session: bytes | None
) -> Reject:
    """`control = fakereject`: the client was refused, the message was not."""
    said = b"fakereject"
    return Reject(
        client, name, b"END-OF-MESSAGE", b"5xx", None, reason(said, False, b"content"), said, path, None, helo,
        queue_id=word, session=session,
    )  # fmt: skip


def message_id(rest: bytes) -> bytes | None:
    """The message-id in what follows `S=`, in angle brackets as other servers log it."""
    found = _FIRST_ID(rest)
    if found is None:
        subject = rest.find(b'T="')
        found = _ID(rest if subject < 0 else rest[:subject])
    return b"<" + found[1] + b">" if found else None


def _recipient(rest: bytes) -> bytes | None:
    """The one recipient of `for address` at the end, behind message-id and subject."""
    if subject := _SUBJECT.search(rest):
        rest = rest[subject.end() :]
    elif found := _ID(rest):
        rest = rest[found.end() + 1 :]
    found = _FOR(rest)
    return found[1] if found else None


def version(cipher: bytes) -> bytes | None:
    """`TLS1.3:TLS_AES_256_GCM_SHA384:256` -> TLSv1.3, the spelling of all servers."""
    word = cipher.partition(b" ")[0].partition(b":")[0]
    if word[:3] != b"TLS":
        return None
    return word if word[3:4] == b"v" else b"TLSv" + word[3:].partition(b"-")[0]
