"""The typed filter: text becomes a slice, and a slice becomes words.

    zen                 the text occurs in the values of the pane that has the focus
    why:dnsbl           the text occurs in a field
    reply:550           the number is the field's value
    ip:203.0.113.0/24   the client's address lies in the network
    helo:-              the field is absent
    !rdns  !ip:10.0.0.1 not so
    helo:"two words"    quotes hold a value with spaces together

Parts stand side by side and must all hold. `SliceError` says in one line what is wrong.
"""

import shlex
from ipaddress import ip_address, ip_network
from typing import Final

from mailtop.event import SCHEMA
from mailtop.query import FIELDS_DERIVED, Slice, Where

NAMES: Final = {
    "ip": "client", "host": "client_name", "name": "client_name", "ptr": "client_name", "from": "sender",
    "to": "recipient", "rcpt": "recipient", "list": "zone", "dnsbl": "zone", "code": "reply", "as": "asn",
    "net": "prefix", "user": "sasl_user", "account": "sasl_user", "queue": "queue_id", "ehlo": "helo",
}  # fmt: skip
"""Short names that people type."""

_FIELDS: Final = {field.name: field.shape for field in SCHEMA} | dict.fromkeys(FIELDS_DERIVED, "word")
_EXACT: Final = ("reply", "enhanced", "kind", "stage", "verdict", "reason", "asn", "service", "status", "session")
_NOT_FILTERED: Final = ("time", "rank", "delay", "delays", "size", "text", "line", "offset", "repeat")
_TEXT_OF: Final = {"asn": "as_name", "measure": "client", "time": "client"}
"""Where a bare word is looked for, when the pane's own field is a number."""


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
    name, colon, value = part.partition(":")
    known = NAMES.get(name.lower(), name.lower())
    if not colon or (known not in _FIELDS and _is_address(part)):
        return _client(part, negate) if "/" in part and _is_network(part) else Where(field, part, "has", negate)
    if known not in _FIELDS or known in _NOT_FILTERED:
        raise SliceError(f"no field {name!r}: ip, host, asn, why, reason, zone, helo, sender, recipient, reply, ...")
    if not value:
        raise SliceError(f"{name}: what?")
    if value == "-":
        return Where(known, None, "is", negate)
    if known in ("client", "prefix"):
        return _client(value, negate)
    if known == "asn":
        value = value.upper().removeprefix("AS")
    return Where(known, value, "is" if known in _EXACT else "has", negate)


def _client(value: str, negate: bool) -> Where:
    """An address, a network, or a part of an address."""
    if "/" in value:
        if not _is_network(value):
            raise SliceError(f"{value} is no network; say 203.0.113.0/24 or 2001:db8::/32")
        return Where("client", str(ip_network(value, strict=False)), "in", negate)
    if _is_address(value):
        return Where("client", str(ip_address(value)), "is", negate)
    return Where("client", value, "has", negate)


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


def told(where: Slice) -> tuple[str, ...]:
    """Each part of a slice in words."""
    short = {"client": "ip", "client_name": "host"}
    signs = {"is": "=", "in": " in ", "has": ":"}
    return tuple(
        ("!" if part.negate else "")
        + short.get(part.field, part.field)
        + (signs[part.how] + part.value if part.value is not None else "=-")
        for part in where
    )
