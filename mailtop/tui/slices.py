"""The language of slices: text becomes a slice, and a slice becomes text again.

    zen                 the text occurs in the values of the pane that has the focus
    why:dnsbl           the text occurs in a field
    helo=ylmf-pc        the field has this value
    reply:550           the number is the field's value
    ip:203.0.113.0/24   the client's address lies in the network
    helo:-              the field is absent
    helo:ylmf|user      one of these will do
    !rdns  !ip:10.0.0.1 not so
    helo:"two words"    quotes hold a value with spaces together

Parts stand side by side and must all hold. `SliceError` says in one line what is wrong. A `\\` before `|`, `\\`
or a `-` that stands alone takes their meaning away.
"""

import re
import shlex
from ipaddress import ip_address, ip_network
from typing import Final

from mailtop.event import SCHEMA
from mailtop.query import FIELDS_DERIVED, Slice, Where

NAMES: Final = {
    "ip": "client", "host": "client_name", "name": "client_name", "ptr": "client_name", "from": "sender",
    "to": "recipient", "rcpt": "recipient", "list": "zone", "dnsbl": "zone", "code": "reply", "as": "asn",
    "net": "prefix", "user": "sasl_user", "account": "sasl_user", "queue": "queue_id", "ehlo": "helo",
    "server": "host", "test": "text", "family": "helo_family",
}  # fmt: skip
"""Short names that people type."""

_SHORT: Final = {
    "client": "ip", "client_name": "host", "host": "server", "asn": "as", "prefix": "net", "sasl_user": "user",
    "queue_id": "queue", "text": "test", "helo_family": "family",
}  # fmt: skip
"""the names of fields that are written shorter"""

_FIELDS: Final = {field.name: field.shape for field in SCHEMA} | dict.fromkeys(FIELDS_DERIVED, "word")
_EXACT: Final = ("reply", "enhanced", "kind", "stage", "verdict", "reason", "asn", "service", "status", "session")
_NOT_FILTERED: Final = ("time", "rank", "delay", "delays", "size", "line", "offset", "repeat")
_TEXT_OF: Final = {"asn": "as_name", "measure": "client", "time": "client", "session": "client"}
"""Where a bare word is looked for, when the pane's own field is a number."""

_NAMED: Final = re.compile(r"([A-Za-z_]+)([:=])(.*)", re.DOTALL)
_VALUES: Final = re.compile(r"((?:[^|\\]|\\.|\\$)*)(?:\||$)", re.DOTALL)
_TAKEN_AWAY: Final = re.compile(r"\\([\\|])")


class SliceError(ValueError):
    """One line that says what is wrong with a filter."""


def parse(text: str, field: str = "client") -> Slice:
    """The slice that `text` asks for; bare words are looked for in `field`. SliceError when it makes no sense."""
    try:
        parts = shlex.split(text, posix=True)
    except ValueError:
        raise SliceError("a quote is still open") from None
    return tuple(_part(part, _TEXT_OF.get(field, field)) for part in parts)


def _part(part: str, field: str) -> Where:
    negate = part.startswith("!")
    part = part.removeprefix("!")
    if not part:
        raise SliceError("! needs something that must not be")
    named = _NAMED.fullmatch(part)
    name, sign, text = named.groups() if named else ("", "", part)
    known = NAMES.get(name.lower(), name.lower())
    if known not in _FIELDS and (sign != ":" or _is_address(part)):
        return _any([_bare(value, field) for value in _values(part)], negate)
    if known not in _FIELDS or known in _NOT_FILTERED:
        raise SliceError(f"no field {name!r}: ip, host, asn, why, reason, zone, helo, sender, recipient, reply, ...")
    if not text:
        raise SliceError(f"{name}: what?")
    return _any([_value(known, sign, value) for value in _values(text)], negate)


def _values(text: str) -> list[str]:
    """The values between bars."""
    found, at = [], 0
    while at <= len(text):
        match = _VALUES.match(text, at)
        assert match is not None
        found.append(match[1])
        at = match.end() + (match.end() == match.end(1))
    return found


def _any(parts: list[Where], negate: bool) -> Where:
    """The parts as one of which any will do: networks, where one of them is a network."""
    if any(part.how == "in" for part in parts):
        parts = [_within(part.value or "") if part.how == "is" else part for part in parts]
    first = parts[0]
    if any(part.how != first.how for part in parts):
        raise SliceError("| stands between values of one kind")
    return Where(first.field, first.value, first.how, negate, tuple(part.value for part in parts[1:]))


def _bare(text: str, field: str) -> Where:
    if "/" in text and _is_network(text):
        return _within(text)
    return Where(field, _TAKEN_AWAY.sub(r"\1", text), "has")


def _value(field: str, sign: str, text: str) -> Where:
    """One value of a named field."""
    if text == "-":
        return Where(field, None)
    value = "-" if text == "\\-" else _TAKEN_AWAY.sub(r"\1", text)
    if field == "asn":
        return Where(field, value.upper().removeprefix("AS"))
    if sign == "=":
        return Where(field, value)
    if field in ("client", "prefix"):
        return _client(value)
    return Where(field, value, "is" if field in _EXACT else "has")


def _client(value: str) -> Where:
    """An address, a network, or a part of an address."""
    if "/" in value:
        if not _is_network(value):
            raise SliceError(f"{value} is no network; say 203.0.113.0/24 or 2001:db8::/32")
        return _within(value)
    if _is_address(value):
        return Where("client", str(ip_address(value)))
    return Where("client", value, "has")


def _within(value: str) -> Where:
    return Where("client", str(ip_network(value, strict=False)), "in")


def _is_network(value: str) -> bool:
    try:
        ip_network(value, strict=False)
    except ValueError:
        return False
    return True


def _is_address(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def written(where: Slice) -> str:
    """The text of which `parse` makes this slice."""
    return " ".join(map(_quoted, where))


def _quoted(part: Where) -> str:
    sign = "=" if part.how == "is" else ":"
    text = f"{'!' if part.negate else ''}{_SHORT.get(part.field, part.field)}{sign}" + "|".join(
        "-" if value is None else "\\-" if value == "-" else value.replace("\\", "\\\\").replace("|", "\\|")
        for value in part.values
    )
    return shlex.quote(text) if re.search(r"[\s\"'\\]", text) else text


def told(where: Slice) -> tuple[str, ...]:
    """Each part of a slice in words."""
    signs = {"is": "=", "in": " in ", "has": ":"}
    return tuple(
        ("!" if part.negate else "")
        + _SHORT.get(part.field, part.field)
        + ("=-" if part.values == (None,) else signs[part.how] + "|".join(value or "-" for value in part.values))
        for part in where
    )
