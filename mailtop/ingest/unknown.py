"""unknown: templates of the lines that a mail program's parser does not understand, so that the most frequent can be
told from the rest and asked for.

    of     4F1D2A: user "bob" <bob@example.com> via mx.example.com[192.0.2.1]:25 took 12.5 s
    is     *: user "*" <*> via *[*]:* took * s

Masked is what stands in quotes, in angle or square brackets, or behind an equals sign; words with a digit or an @ in
them (numbers, addresses, queue IDs); host names and other words with a dot inside; paths; IPv6 addresses and times.
Masks that follow on each other are one, so that a list is of one template however long it is.

In: text from strangers. Out: text that has passed `clean`. What is left are the program's own words, and what strangers
say in plain words: those are bounded by number (`mailtop.batch.UNKNOWN_LIMIT`), since nobody can bound what they say.

Limits: the first LOOKED_AT octets of a text are looked at; time grows with these alone.
BUGS: a queue ID or a host name of letters alone is masked only where its shape tells it from a word.
"""

import re
from collections.abc import Iterable
from typing import Final

from mailtop.batch import Unknown, Unknowns
from mailtop.ingest.clean import clean

LOOKED_AT: Final = 256
"""octets of a text that its template is made from"""

REMEMBERED: Final = 4096
"""texts of a batch whose template is remembered; lines that differ in digits alone are then read once"""

_APART: Final = rb"\s<>()\[\]{}\"'`=,;:|"
_ENCLOSED = re.compile(
    rb"[\"'`<\[=](?:(?<=\")[^\"]*+(?:\"|\Z)|(?<=(?<!\w)')[^']*+'(?!\w)|(?<=`)[^'`]*+['`]"
    rb"|(?<=<)(?![\s=])[^<>]*+>|(?<=\[)(?!\s)[^\[\]]*+\]|(?<==)[^%b]++)" % _APART
)
_MASKS: Final = {b'"': b'"*"', b"'": b"'*'", b"`": b"`*'", b"<": b"<*>", b"[": b"[*]", b"=": b"=*"}
_VARIABLE = re.compile(
    rb"(?<![^%(apart)b])(?:"
    rb"(?:[0-9A-Fa-f]{0,4}:){2,8}[0-9A-Fa-f.]{0,15}(?![^%(apart)b])"  # an IPv6 address, a time
    rb"|[^%(apart)b0-9@]*+[0-9@][^%(apart)b]*+"
    rb"|/[\w.+-]++/[^%(apart)b]*+"  # a path
    rb"|[\w-]++(?>(?:\.[\w-]++)+)[^%(apart)b]*+"  # a host name
    rb"|[A-F]{6,}+(?![^%(apart)b])"  # a short queue ID of Postfix
    rb"|[B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{9,}+(?![^%(apart)b])"  # a long one: it has no vowels
    rb")" % {b"apart": _APART}
)
_LIST = re.compile(rb"(<\*>|\[\*\]|\"\*\"|'\*')(?>(?:[\s,;]*+\1)+)|\*(?>(?:[\s,;:./+-]*+\*)+)")
_ALIKE: Final = bytes.maketrans(b"123456789", b"000000000")


def template(text: bytes) -> str:
    """The template of a text: what is likely to be another thing in the next such line is an asterisk. Which digits
    stand in a text makes no difference."""
    if len(text) > LOOKED_AT:
        head, blank, _ = text[:LOOKED_AT].rpartition(b" ")  # half a word may be half an address
        text = (head if blank else text[:LOOKED_AT]) + b" \xe2\x80\xa6"
    text = _ENCLOSED.sub(lambda found: _MASKS[found[0][:1]], text)
    text = _VARIABLE.sub(b"*", text)
    return clean(_LIST.sub(lambda found: found[1] or b"*", text))


Line = tuple[str, str, bytes, int, int]
"""mta, daemon, text, offset, time in microseconds"""


def unknowns(source: str, file: int, lines: Iterable[Line]) -> Unknowns:
    """The templates of lines of one file, counted."""
    found = Unknowns()
    known: dict[bytes, str] = {}
    for mta, daemon, text, offset, time in lines:
        alike = text[: LOOKED_AT + 1].translate(_ALIKE)
        made = known.get(alike) or known.setdefault(alike, template(alike))
        if len(known) > REMEMBERED:
            known.clear()
        found.add(Unknown(mta, daemon, made, 1, source, file, offset, time, time))
    return found
