"""clean: the gate between a log's bytes and text that may be shown.

Every string of a log was written by whoever talked to the mail server. Control characters, terminal escapes (ESC and
the C1 set), marks that turn the direction of writing, invisible ones and line separators become visible escapes
(`\\x1b`, `\\u202e`); bytes that are no UTF-8 become the replacement character; what is longer than `VALUE_LIMIT`
is cut and says so with an ellipsis. Markup of the screen and formulas of a spreadsheet are not this gate's business.
"""

import re
from collections.abc import Iterable
from typing import Final

VALUE_LIMIT: Final = 512
"""characters of one value that are kept"""

LINE_LIMIT: Final = 4096
"""the same of a whole line, where one is read back"""

_PLAIN = re.compile(rb"[\n\x20-\x7e]*").fullmatch
_HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def _visible(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def clean(value: bytes, limit: int = VALUE_LIMIT) -> str:
    """Text of at most `limit` characters that is safe to show, whatever the bytes are. Never raises."""
    text = _HOSTILE.sub(_visible, value[: 4 * limit].decode("utf-8", "replace"))
    return text if len(text) <= limit else text[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"


def plain(values: list[bytes]) -> list[str] | None:
    """The values as text when none of them needs cleaning, found out for all at once; None when any may."""
    joined = b"\n".join(values)
    if not values or _PLAIN(joined) is None or joined.count(b"\n") != len(values) - 1:
        return None
    return joined.decode("ascii").split("\n") if max(map(len, values)) <= VALUE_LIMIT else None


def clean_all(values: Iterable[bytes]) -> list[str]:
    """`clean` of each. Most columns are plain ASCII, which is decoded at once."""
    listed = list(values)
    easy = plain(listed)
    return [clean(value) for value in listed] if easy is None else easy
