"""answers: which A records of a list count, as an MTA's configuration or the catalogue writes it.

A list answers with addresses of 127.0.0.0/8, several at once (RFC 5782, 2.3). `matches(syntax, filter, answer)` says
whether one answer counts; `fault(syntax, filter)` why a filter cannot be read, None when it can.

    postfix       127.0.0.2, 127.0.0.[2..11], 127.[0..255].0.[1;4..7]       dns_sd_filter, ip_match.c
    exim          =127.0.0.2,127.0.0.3   !=..   ==..   &0.0.0.6   !&..   =&..  (dnsbl.c; the operator is part of it)
    rspamd        127.0.0.2 and Lua patterns (127.0.0.%d+), `bits 4`, several separated by spaces         rbl.lua
    spamassassin  127.0.0.2, a bit mask, 2-4, or a regular expression; several likewise      Dns.pm, URIDNSBL.pm
    sendmail      a right-hand side of sendmail.cf: 127.0.0.2. or $+ or $- in place of an octet
    catalogue     127.0.0.2, 127.0.0.17-20, 127.0.x.1, 127.255.255.0/24, `bit 4`, `outside 127.0.0.0/8`

BUGS: `==` and `=&` of Exim ask that every answer matches; here, as everywhere, one answer is judged at a time. A Lua
pattern is read as its nearest regular expression; %b and %f are not known and make the filter unreadable.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

Octets = tuple[int, int, int, int]
Test = Callable[[Octets], bool]
LONGEST: Final = 512
"""characters of a filter that is read; longer ones cannot be"""

ERROR_RANGE: Final = "127.255.255.0/24"


class FilterError(ValueError):
    """Why a filter cannot be read, in a few words."""


def octets(answer: str) -> Octets | None:
    """The four numbers of a dotted quad, None where the text is none."""
    parts = answer.split(".")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts):
        return None
    one, two, three, four = (int(part) for part in parts)
    return (one, two, three, four) if max(one, two, three, four) < 256 else None


def _text(value: Octets) -> str:
    return ".".join(map(str, value))


def matches(syntax: str, filter_: str, answer: str) -> bool:
    """Whether one answer counts. No filter: every answer does. An answer that is no IPv4 address never does.

    FilterError where the filter cannot be read.
    """
    value = octets(answer)
    return value is not None and (not filter_ or compiled(syntax, filter_)(value))


def fault(syntax: str, filter_: str) -> str | None:
    """Why a filter cannot be read, None when it can."""
    try:
        compiled(syntax, filter_) if filter_ else None
    except FilterError as error:
        return str(error)
    return None


@lru_cache(maxsize=1024)
def compiled(syntax: str, filter_: str) -> Test:
    """The filter as a function of one answer's octets. FilterError where it cannot be read."""
    if syntax not in _SYNTAXES:
        raise FilterError(f"no way to read filters of {syntax}")
    if len(filter_) > LONGEST:
        raise FilterError(f"longer than {LONGEST} characters")
    return _SYNTAXES[syntax](filter_)


def _postfix(text: str) -> Test:
    """Octets: a number, or numbers and ranges in brackets, separated by `;`."""
    parts = re.findall(r"\[[^\]\[]*\]|[^.\[\]]+", text)
    if len(parts) != 4 or ".".join(parts) != text:
        raise FilterError(f"not four octets: {text[:60]}")
    sets = []
    for part in parts:
        if not part.startswith("["):
            sets.append(frozenset({_octet(part)}))
            continue
        values: set[int] = set()
        for item in part[1:-1].split(";"):
            low, dots, high = item.partition("..")
            first, last = _octet(low), _octet(high if dots else low)
            if last < first:
                raise FilterError(f"empty range: {item}")
            values.update(range(first, last + 1))
        sets.append(frozenset(values))
    return lambda value: all(octet in allowed for octet, allowed in zip(value, sets, strict=True))


def _octet(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 3 or int(text) > 255:
        raise FilterError(f"not an octet: {text[:20]}")
    return int(text)


def _exim(text: str) -> Test:
    """An operator of dnslists and its addresses; `!` before it turns the sense round."""
    found = re.fullmatch(r"(!?)(==|=&|=|&)\s*(.+)", text)
    if not found:
        raise FilterError(f"no operator: {text[:60]}")
    wanted = [octets(item.strip()) for item in re.split(r"[,\s]+", found[3].strip())]
    if None in wanted:
        raise FilterError(f"not addresses: {found[3][:60]}")
    known = [one for one in wanted if one is not None]
    if "&" in found[2]:

        def hit(value: Octets) -> bool:
            return any(all(a & m == m for a, m in zip(value, mask, strict=True)) for mask in known)

    else:

        def hit(value: Octets) -> bool:
            return value in known

    return (lambda value: not hit(value)) if found[1] else hit


_LUA: Final = {"d": "0-9", "x": "0-9A-Fa-f", "w": "0-9A-Za-z", "a": "A-Za-z", "s": r"\s"}
_LUA_ITEM = re.compile(r"%(.)|(\[\^?)((?:%.|[^]%])*)\]|(.)")


def _rspamd(text: str) -> Test:
    """Lua patterns, each of which must match the whole answer; `bits N` is returnbits' number."""
    bits = [int(bit) for bit in re.findall(r"\bbits (\d+)", text)]
    patterns = [_lua(word) for word in re.sub(r"\bbits \d+", "", text).split()]

    def hit(value: Octets) -> bool:
        answer = _text(value)
        number = _number(value)
        return any(number & bit == bit for bit in bits) or any(pattern.fullmatch(answer) for pattern in patterns)

    return hit


def _lua(pattern: str) -> re.Pattern[str]:
    """A Lua pattern as a regular expression: classes (%d), escapes (%.), sets, and `* + - ?` after one of these."""
    made: list[str] = []
    for found in _LUA_ITEM.finditer(pattern):
        escaped, opening, members, plain = found.groups()
        if escaped is not None:
            made.append(f"[{_lua_class(escaped)}]")
        elif opening is not None:
            made.append(opening + re.sub(r"%(.)", lambda one: _lua_class(one[1]), members) + "]")
        elif plain in "*+?.^$()":
            made.append(plain)
        else:
            made.append("*?" if plain == "-" and made else re.escape(plain))
    return _regex("".join(made), 0)


def _lua_class(letter: str) -> str:
    if letter.isalnum() and letter not in _LUA:
        raise FilterError(f"%{letter} is not known")
    return _LUA.get(letter, re.escape(letter))


def _regex(text: str, flags: int) -> re.Pattern[str]:
    try:
        return re.compile(text, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise FilterError(f"not a pattern: {text[:60]}: {error}") from None


def _number(value: Octets) -> int:
    one, two, three, four = value
    return one << 24 | two << 16 | three << 8 | four


def _spamassassin(text: str) -> Test:
    """Sub-tests separated by spaces: an address, a bit mask, a range of numbers (`2-4`) or a regular expression."""
    tests = [_subtest(word) for word in text.split()]
    return lambda value: any(test(value) for test in tests)


def _subtest(word: str) -> Test:
    if (exact := octets(word)) is not None:
        return lambda value: value == exact
    if word.isascii() and word.isdigit() and len(word) < 11:
        mask = int(word)
        return lambda value: bool(_number(value) & 0xFFFFFF & mask)
    if found := re.fullmatch(r"(\d{1,10})-(\d{1,10})", word):
        low, high = int(found[1]), int(found[2])
        return lambda value: low <= _number(value) & 0xFFFFFF <= high
    pattern = _regex(word, 0)
    return lambda value: pattern.search(_text(value)) is not None


def _sendmail(text: str) -> Test:
    """Right-hand sides of a dnsbl ruleset: addresses whose octets may be `$-` (one) and whose end may be `$+`."""
    tests = []
    for word in text.split():
        pattern = re.escape(word.rstrip("."))
        for meta, wanted in ((r"\$\-", "[0-9]+"), (r"\$\+", ".+"), (r"\$\*", ".*")):
            pattern = pattern.replace(meta, wanted)
        tests.append(_regex(pattern, 0))
    return lambda value: any(test.fullmatch(_text(value)) for test in tests)


def _catalogue(text: str) -> Test:
    """What the catalogue writes: octets that are a number, a range `2-4` or a letter or `*` for any; CIDR; bits."""
    if text.startswith("outside "):
        inside = _catalogue(text[8:])
        return lambda value: not inside(value)
    if found := re.fullmatch(r"bit ([0-9]{1,3})", text):
        mask = int(found[1])
        return lambda value: value[0] == 127 and bool(value[3] & mask)
    if found := re.fullmatch(r"([0-9.]{7,15})/(3[0-2]|[12]?[0-9])", text):
        network, shift = octets(found[1]), 32 - int(found[2])
        if network is None:
            raise FilterError(f"not a network: {text[:40]}")
        wanted = _number(network) >> shift
        return lambda value: _number(value) >> shift == wanted
    parts = text.split(".")
    if len(parts) != 4:
        raise FilterError(f"not four octets: {text[:60]}")
    spans = []
    for part in parts:
        low, dash, high = part.partition("-")
        spans.append((0, 255) if part in ("*", "x", "N") else (_octet(low), _octet(high if dash else low)))
    return lambda value: all(low <= octet <= high for octet, (low, high) in zip(value, spans, strict=True))


_SYNTAXES: Final[dict[str, Callable[[str], Test]]] = {
    "postfix": _postfix,
    "exim": _exim,
    "rspamd": _rspamd,
    "spamassassin": _spamassassin,
    "sendmail": _sendmail,
    "catalogue": _catalogue,
}
SYNTAXES: Final = tuple(_SYNTAXES)
