"""listing: what the address says that a DNS list (RFC 5782) answers with: a listing, or something that is none.

In: the list's zone (no key, small letters) and one A record as text. Out: a word of `Meaning`. This is the one place
where it is decided, for answers in a log and for answers to probes.

RFC 5782 2.3 puts listings into 127.0.0.0/8; RFC 6471 3.3 calls a list that answers otherwise non-functional. Inside
127/8 operators say by 127.255.255.0/24 that they do not serve this resolver, and some by an address of their own.

BUGS: which addresses of 127/8 are errors is known only of the lists in `_OWN`: a list's answer of 127.0.0.1 is an error
at URIBL, "white" at hostkarma and a listing elsewhere.
"""

from typing import Final, Literal

Meaning = Literal["listed", "refused", "limited", "outside"]
"""`refused`: the operator does not serve this resolver or this question; `limited`: too many questions were asked;
`outside`: no answer of a DNS list at all: parked, expired or rewritten on the way."""

_GENERIC: Final[dict[str, Meaning]] = {"127.255.255.255": "limited"}
_OWN: Final[tuple[tuple[str, dict[str, Meaning]], ...]] = (
    ("multi.uribl.com", {"127.0.0.1": "refused"}),
    ("black.uribl.com", {"127.0.0.1": "refused"}),
    ("grey.uribl.com", {"127.0.0.1": "refused"}),
    ("red.uribl.com", {"127.0.0.1": "refused"}),
    ("multi.surbl.org", {"127.0.0.1": "refused"}),
    ("dbl.spamhaus.org", {"127.0.1.255": "refused"}),
    ("dbl.dq.spamhaus.net", {"127.0.1.255": "refused"}),
    ("dwl.dnswl.org", {f"127.0.10.{last}": "limited" for last in range(256)}),
    (
        "dnswl.org",
        {"127.0.0.255": "limited", "127.0.10.1": "limited", "127.0.10.2": "limited", "127.0.10.3": "limited"},
    ),
)
"""zone, or the end of it -> its own errors. dnswl.org may answer every question of a resolver over its quota with
127.0.10.3, high trust; 127.0.10.0 is its test entry."""

WORDS: Final[dict[str, str]] = {
    "127.255.255.252": "the list's name is mistyped",
    "127.255.255.254": "asked through a public resolver, or one without a name of its own",
    "127.255.255.255": "too many queries",
}
"""what the operators say by an address"""


def meaning(zone: str, answer: str) -> Meaning:
    """What an answer of a list says. Anything that is no IPv4 address in 127/8 is `outside`."""
    octets = answer.split(".")
    if len(octets) != 4 or octets[0] != "127" or not all(_octet(octet) for octet in octets):
        return "outside"
    for end, errors in _OWN:
        if answer in errors and (zone == end or zone.endswith("." + end)):
            return errors[answer]
    if octets[1] == octets[2] == "255":
        return _GENERIC.get(answer, "refused")
    return "listed"


def is_listing(zone: str, answer: str) -> bool:
    """Whether a client that got this answer is on the list. An unknown answer ("") of a list that was said to name the
    client is taken for a listing."""
    return not answer or meaning(zone, answer) == "listed"


def _octet(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3 and int(text) < 256
