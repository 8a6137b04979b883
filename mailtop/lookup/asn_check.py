"""Whether a new AS-number table may take the place of the old one: what a bad download would get wrong.

In: the new table and, where there is one, the table in use. Out: one line that says what is wrong with it, or None.
A file may be well formed and still be half a table, another kind of table, or one whose rows are shifted. So: is it
large enough; do well-known addresses, which have had their AS for many years, have it; is the announced share of the
IPv4 space what it is in the world; is not much less announced than in the old table.

BUGS: a table of a part of the Internet, or a private one, fails these checks by design: `--unchecked` takes it.
"""

from collections.abc import Sequence
from typing import Final

from mailtop.lookup.asn import AsnTable

MIN_PREFIXES: Final = 100_000
"""the global table has 1.3 million prefixes (2026), joined ranges come to 600,000"""
ANNOUNCED: Final = (0.5, 0.875)
"""the least and the most of the IPv4 space that may be announced: 0.72 to 0.78 in published tables; 0.875 is all of
unicast, reserved ranges included"""
KEPT: Final = 0.9
"""the part of what the old table announces that the new one must announce as well, in each family"""
KNOWN: Final = {
    "8.8.8.8": 15169,
    "1.1.1.1": 13335,
    "9.9.9.9": 19281,
    "2001:4860:4860::8888": 15169,
    "2606:4700:4700::1111": 13335,
    "2620:fe::fe": 19281,
}
"""the public resolvers of Google, Cloudflare and Quad9"""


def fault(new: AsnTable, old: AsnTable | None = None) -> str | None:
    """Return what speaks against the table `new`, on one line; None where nothing does."""
    if len(new) < MIN_PREFIXES:
        return f"it has {len(new):,} prefixes, and a whole table has {MIN_PREFIXES:,} or more"
    share4, share6 = shares(new)
    for address, asn in KNOWN.items():
        if ":" in address and not share6:
            continue
        found = new.lookup(address)
        if found is None or found.asn != asn:
            said = f"AS{found.asn}" if found else "nobody"
            return f"it says that {address} is announced by {said}, which is AS{asn}"
    low, high = ANNOUNCED
    if not low <= share4 <= high:
        return f"it has {share4:.1%} of the IPv4 space announced, where {low:.0%} to {high:.1%} can be"
    for family, share, before in zip((4, 6), (share4, share6), shares(old) if old else (0.0, 0.0), strict=True):
        if share < KEPT * before:
            return f"it covers {share / before:.0%} of the IPv{family} space that the table in use covers: cut short?"
    return None


def shares(table: AsnTable) -> tuple[float, float]:
    """Return which part of the IPv4 space, and of IPv6's 2000::/3, is announced, 0 to 1."""
    return (
        _covered(table.v4_starts, table.v4_codes, 1 << 32) / (1 << 32),
        _covered(table.v6_starts, table.v6_codes, 1 << 64) / (1 << 61),
    )


def _covered(starts: Sequence[int], codes: Sequence[int], end: int) -> int:
    covered, last = 0, end
    for at in range(len(starts) - 1, -1, -1):
        if codes[at]:
            covered += last - starts[at]
        last = starts[at]
    return covered
