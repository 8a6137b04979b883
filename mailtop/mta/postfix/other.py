"""other: the daemons that seldom speak of mail: anvil's statistics, verify, tlsproxy, tlsmgr, scache, master, scripts.

Source: anvil.c (`statistics: max connection rate N/60s for (service:address) at ...`), master_spawn.c.
"""

import re
from ipaddress import ip_address
from typing import Final

from mailtop.event import Event, Notice
from mailtop.mta.parser import words
from mailtop.mta.postfix.fields import is_queue_id
from mailtop.mta.postfix.notices import common

_STATISTICS = re.compile(rb"statistics: max [^(]+ for \(([^)]*)\) at ")
QUIET: Final = words(
    """
    statistics: | starting | stopping | refreshing | stopped | fast flush | flush | mail system | using |
    entering | postfix | Postfix | rm | removing | bad command startup | cache | open |
    terminating | certificate | setting | initializ | Could not | running | reload | daemon started | postlogd |
    successfully
    """
)
_PROXIED: Final = (b"CONNECT from [", b"DISCONNECT [")


def parse_anvil(text: bytes) -> Event | None:
    """One line of anvil: the highest counts of a client since the last report."""
    if found := _STATISTICS.match(text):
        rest = found[1]
        while rest:
            rest = rest.partition(b":")[2]
            if _is_address(rest):
                return Notice(text, rest)
    return parse_other(text)


def _is_address(word: bytes) -> bool:
    try:
        ip_address(word.decode("ascii"))
    except ValueError:
        return False
    return True


def parse_other(text: bytes) -> Event | None:
    """One line of a daemon without lines of its own that mailtop counts."""
    if text.startswith(_PROXIED):  # tlsproxy, for a session that postscreen counts
        return Notice(text, text.partition(b"[")[2].partition(b"]")[0])
    word, _, rest = text.partition(b": ")
    event = common(word, rest, word if rest and is_queue_id(word) else None)
    if event is None or text.startswith(QUIET):
        return None
    return event
