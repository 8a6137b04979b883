"""syslog: what stands between a stamp and a line's text when a syslog daemon or journalctl wrote it.

Understood: `host tag[pid]: text`, the same without host or without pid, metalog's `[program] text`, a facility word
(`mail.info`, `<mail.notice>`) before or after the host, hosts written `user@host` or `host/relay`, the fields of
RFC 5424, and `last message repeated N times`, which has no tag.
"""

import re
from typing import Final

from mailtop.record.record import HOST_LIMIT, Record

_FACILITY = re.compile(rb"<?(?:mail|daemon|user|local[0-7]|auth|authpriv|syslog|kern|\d+)\.\w+>?$")
_TAG = re.compile(rb"([^\s\[\]:]+)(?:\[(\d+)\])?$")
_REPEATED: Final = b"last message repeated "


def body(rest: bytes, time: int, offset: int | None) -> Record | None:
    """What follows a stamp; None when nothing does."""
    if rest.startswith(b"["):  # metalog: [program] text, and no host
        tag, _, text = rest[1:].partition(b"] ")
        named = _TAG.match(tag)
        return Record(time, offset, b"", named[1], named[2] or b"", text) if named else None
    head, colon, text = rest.partition(b": ")
    if not colon and head.endswith(b":"):
        head, colon = head[:-1], b":"
    words = head.split(None, 4)
    if not colon or len(words) > 3:
        return _tagless(rest, time, offset)
    for at in (1, 0):
        if at < len(words) - 1 and _FACILITY.match(words[at]):
            del words[at]
            break
    named = _TAG.match(words[-1]) if words else None
    if named is None or len(words) > 2:
        return _tagless(rest, time, offset)
    host = host_of(words[0]) if len(words) == 2 else b""
    return Record(time, offset, host, named[1], named[2] or b"", text)


def rfc5424(rest: bytes, time: int, offset: int | None) -> Record | None:
    """HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG, each of the first five `-` when absent."""
    parts = rest.split(b" ", 4)
    if len(parts) < 5:
        return None
    host, program, pid, _, text = parts
    if text.startswith(b"["):
        text = text[_skip_structured(text) :]
    elif text.startswith(b"-"):
        text = text[1:]
    else:
        return None
    text = text.removeprefix(b" ").removeprefix(b"\xef\xbb\xbf")
    return Record(
        time,
        offset,
        b"" if host == b"-" else host_of(host),
        b"" if program == b"-" else program,
        pid if pid.isdigit() else b"",
        text.removeprefix(b" "),
    )


_ELEMENT = re.compile(rb"\[(?>(?:[^\]\"\\]|\"(?>(?:[^\"\\]|\\.)*)\"|\\.)*)\]")
_STRUCTURED = re.compile(rb"\0*(?:<\d{1,3}>)?1 \d{4}(?:\S++ ){5}(?=\[)").match
_PARAMETER = re.compile(rb" ([^\s=\]\"]++)=\"((?>(?:[^\"\\]|\\.)*))\"")


def _skip_structured(rest: bytes) -> int:
    at = 0
    while found := _ELEMENT.match(rest, at):
        at = found.end()
    return at or len(rest)


def sequence(line: bytes) -> int | None:
    """The number that syslog gave a line, `[meta sequenceId="N"]` of RFC 5424's structured data; None without one."""
    found = _STRUCTURED(line) if b" sequenceId=" in line else None
    if found is None:
        return None
    end = found.end() + _skip_structured(line[found.end() :])
    for element in _ELEMENT.findall(line, found.end(), end):
        if element.startswith(b"[meta "):
            for name, value in _PARAMETER.findall(element):
                if name == b"sequenceId" and value.isdigit() and len(value) <= 10:
                    return int(value)
    return None


def host_of(word: bytes) -> bytes:
    """`user@host` is host; of `host/relay` (chained host names) the first is where the line was written."""
    word = word.rpartition(b"@")[2]
    return (word.partition(b"/")[0] or word)[:HOST_LIMIT]


def _tagless(rest: bytes, time: int, offset: int | None) -> Record | None:
    """`mx1 last message repeated 3 times`, or a line of some program that writes no tag."""
    host, _, text = rest.partition(b" ")
    if rest.startswith(_REPEATED):
        return Record(time, offset, b"", b"", b"", rest)
    if text.startswith(_REPEATED):
        return Record(time, offset, host_of(host), b"", b"", text)
    return Record(time, offset, b"", b"", b"", rest) if rest.strip() else None


def repeated(text: bytes) -> int | None:
    """N of `last message repeated N times`, None when the text is none."""
    if not text.startswith(_REPEATED):
        return None
    word = text[len(_REPEATED) :].partition(b" ")[0]
    return int(word) if word.isdigit() and len(word) < 10 else None


def may_begin(line: bytes) -> bool:
    """Whether a piece of a file may begin at this line, such that pieces and one forward pass give the same events."""
    return b" last message repeated " not in line[:400]
