"""sequence: gaps in the numbers that syslog gives to its messages.

RFC 5424, 7.3.1: `[meta sequenceId="N"]` counts what an originator hands to the transport, from 1 to 2147483647 and then
from 1 again; syslog-ng and rsyslog write one sequence for a host. A number that is left out belongs to a message that
was lost on the way, or that went to another file: which of the two, the log does not say, so it is counted as missing.

In: a host and the number of its next line. Out: by how much what is missing has grown, or shrunk.

Limits: HOSTS hosts; a jump of more than JUMP is another sequence, not a loss; a number that comes up to LATE behind the
newest is late, and was missing until now. A host whose numbers go back otherwise, without beginning at 1, has several
sequences at once: what was counted of it is taken back, and it is not counted any more.
BUGS: what is missing right between two pieces of a log that are read by different processes is not seen.
"""

from dataclasses import dataclass
from typing import Final

HOSTS: Final = 4096
"""hosts remembered; then all are forgotten at once"""
JUMP: Final = 1_000_000
"""numbers"""
LATE: Final = 64
"""numbers"""
LAST: Final = 2_147_483_647
"""after which comes 1"""


@dataclass(slots=True)
class _Sequence:
    newest: int
    missing: int = 0
    """now"""
    counted: int = 0
    """in all, late ones taken off"""


class Sequences:
    """The sequence of each host."""

    def __init__(self) -> None:
        self._hosts: dict[bytes, _Sequence | None] = {}
        """None: has several at once"""

    def missing(self, host: bytes, number: int) -> int:
        """A line of a host has this number: how many more are missing than before it; negative for fewer."""
        if host not in self._hosts:
            if len(self._hosts) >= HOSTS:
                self._hosts.clear()
            self._hosts[host] = _Sequence(number)
            return 0
        sequence = self._hosts[host]
        if sequence is None:
            return 0
        ahead = number - sequence.newest
        if number == 1 or ahead > JUMP:  # begun anew, or wrapped
            gap = LAST - sequence.newest if LAST - sequence.newest < LATE else 0
            sequence.newest, sequence.missing = number, gap
        elif ahead > 0:
            gap, sequence.newest = ahead - 1, number
            sequence.missing += gap
        elif ahead > -LATE:
            gap = -1 if ahead and sequence.missing else 0
            sequence.missing += gap
        else:
            self._hosts[host] = None
            return -sequence.counted
        sequence.counted += gap
        return gap
