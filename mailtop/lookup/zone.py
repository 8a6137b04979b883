"""zone: the names of DNS lists (RFC 5782) in a configuration, and the keys of paid ones.

A paid list's zone carries the customer's key as its first label (`<key>.zen.dq.spamhaus.net`). `plain` gives the name
to know a list by, without the key; `masked` a text to show, with `***` for every key; `Secret` holds what must be asked
and cannot be drawn by accident: its str, repr and format are masked.

A configuration says more surely than a log where a key is: any label before a keyed zone is one, however short. Logs
are masked by mta/zones.py, which is a floor this one may not reach; a test holds the two to the same keys.

BUGS: a paid list that is not in `_KEYED` is not known to have a key: its name is shown as it is.
"""

import re
from typing import Final

_PAID: Final = r"dq\.spamhaus\.net|mail\.abusix\.zone|dnsbl\.abusix\.zone|ztr\.invaluement\.com|datafeed\.surbl\.org"
_PRODUCT: Final = (
    "zen|sbl|xbl|pbl|sbl-xbl|dbl|zrd|authbl|hbl|css|combined|black|exploit|policy|dynamic|white|nod|dblack|diskhash|"
    "cryptowallet|shorthash|ivmsip|ivmsip24|ivmuri|sip|sip24|uri|multi|authbl|_email\\.hbl|_url\\.hbl|_file\\.hbl|_cw\\.hbl"
)
_KEYED: Final = re.compile(
    rf"(?<![0-9a-z_.-])(?P<key>[0-9a-z_-]{{1,64}})\.(?P<zone>(?:(?:{_PRODUCT})\.)?(?:{_PAID})|r\.mail-abuse\.com)\b",
    re.IGNORECASE,
)
_BARE: Final = re.compile(rf"(?:{_PRODUCT})\Z", re.IGNORECASE)
_LOOSE: Final = re.compile(
    rf"\b(?P<key>[0-9a-z_-]{{8,64}})\.(?P<zone>(?:[0-9a-z_-]+\.){{0,2}}(?:{_PAID}|abusix\.zone|r\.mail-abuse\.com))\b",
    re.IGNORECASE,
)
HIDDEN: Final = "***"


def _hide(found: re.Match[str]) -> str:
    return found[0] if _BARE.match(found["key"]) else f"{HIDDEN}.{found['zone']}"


def masked(text: str) -> str:
    """A text with every key as `***`."""
    return _LOOSE.sub(_hide, _KEYED.sub(_hide, text))


def keyed(zone: str) -> bool:
    """Whether a zone's name holds a key."""
    return HIDDEN in masked(zone)


def plain(zone: str) -> str:
    """The name to know a list by: lower case, no final dot, no key."""
    name = masked(zone.strip().rstrip(".").lower())
    return name.rpartition(HIDDEN + ".")[2]


class Secret:
    """A text that may hold a key. Only `reveal` gives it; everything that draws gives it masked."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: for a query, never for a screen, a file or a message."""
        return self._text

    def __str__(self) -> str:
        return masked(self._text)

    def __repr__(self) -> str:
        return f"Secret({masked(self._text)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a key is not written to a file or a pipe")
