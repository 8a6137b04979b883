"""fields: the pieces that several filters' lines are made of: addresses, queue IDs and message-ids.

Filters quote little of what strangers write. So what is found here must be found once: where a line can be read in two
ways that differ, the field is unknown.
"""

import re
from typing import Final

ADDRESS: Final = rb"(?:[^\s<>\",;]{0,512}|\"(?:[^\"\\]|\\.){0,512}\"(?:@[^\s<>\",;]{0,512})?)"
"""pattern of an envelope address: nothing that ends a field, but inside a quoted local part"""
IP: Final = rb"(?:IPv6:)?[0-9A-Fa-f.:]{2,45}"

_QUEUE_ID = re.compile(rb"(?=[A-Za-z-]*\d|[0-9A-Z]+\Z|[0-9A-Za-z]{10,})[0-9A-Za-z-]{4,40}")
_MESSAGE_ID = re.compile(rb"[^\s<>]{1,990}")


def queue_id(word: bytes | None) -> bytes | None:
    """The word when it has the shape of any MTA's queue ID, else None (`NOQUEUE`, `undef`, `(unknown-jobid)`)."""
    return word if word and word != b"NOQUEUE" and _QUEUE_ID.fullmatch(word) else None


def message_id(value: bytes | None) -> bytes | None:
    """A message-id, with or without its angle brackets, as `<...>`; None for what is none or says there was none."""
    if not value:
        return None
    if value.startswith(b"<") and value.endswith(b">"):
        value = value[1:-1]
    return b"<%b>" % value if _MESSAGE_ID.fullmatch(value) and value not in (b"undef", b"unknown") else None


def one(pattern: re.Pattern[bytes], text: bytes) -> bytes | None:
    """What a pattern's groups find, if it is the same wherever the pattern matches."""
    values = {next((group for group in found.groups() if group), b"") for found in pattern.finditer(text)}
    return values.pop() if len(values) == 1 else None
