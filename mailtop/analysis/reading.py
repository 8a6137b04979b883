"""Reading: how far the numbers can be trusted: what was read, what of it was understood, what is known to be lacking.

In: what a store holds (`Holding`), and what the readers say of themselves. Out: `Reading`, whose `figures` are plain
data, the same in every face. Counts are those of all lines that were read, not of the window that is shown.

    lines = foreign + damaged + the mail programs' own;  own = understood + unknown

A line that says nothing of mail (a cache that was closed, statistics) is understood.
"""

from dataclasses import dataclass
from typing import Final

from mailtop.query import Holding

FIGURES: Final = {
    "lines": "lines read",
    "own": "lines of mail programs",
    "foreign": "lines of other programs, or of hosts and names that were not asked for",
    "foreign_share": "the part of the lines that these are, 0 to 1",
    "unknown": "lines of mail programs that are not understood; `mailtop report --unknown` lists their templates",
    "understood_share": "the part of the mail programs' lines that is understood, 0 to 1",
    "damaged": "lines without a header that could be read",
    "cut": "lines cut for their length",
    "lost": "lines that syslog itself says it dropped",
    "missing": "numbers left out of syslog's own sequence (sequenceId): lines lost on the way, or kept elsewhere",
    "evicted": "events let go by the limit of --max-events",
    "lag_seconds": "how far the newest line read is behind the clock while more are waiting",
    "unread_bytes": "octets that are in the files and have not been read",
    "gaps": "what was rotated or truncated away before it was read, or could not be unpacked: a text each",
}
"""name -> meaning, in the order of `Reading.figures`"""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, from where, and what was lost on the way."""

    holding: Holding
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    """those of the notes that say what was lost"""
    lag: float = 0.0
    """seconds"""
    lag_bytes: int = 0

    def count(self, name: str) -> int:
        """One of the counts of lines; 0 where the log gave none."""
        return self.holding.counts.get(name, 0)

    @property
    def own(self) -> int:
        """Lines of mail programs."""
        return max(0, self.count("lines") - self.count("foreign") - self.count("damaged"))

    @property
    def understood_share(self) -> float | None:
        """The part of the mail programs' lines that is understood; None where there are none."""
        return max(0, self.own - self.count("unparsed")) / self.own if self.own else None

    @property
    def foreign_share(self) -> float | None:
        """The part of the lines that no mail program wrote; None where there are none."""
        return self.count("foreign") / self.count("lines") if self.count("lines") else None

    def figures(self) -> dict[str, object]:
        """Everything, under the names of FIGURES."""
        found = {
            "own": self.own,
            "foreign_share": self.foreign_share,
            "unknown": self.count("unparsed"),
            "understood_share": self.understood_share,
            "evicted": self.holding.evicted,
            "lag_seconds": self.lag,
            "unread_bytes": self.lag_bytes,
            "gaps": list(self.gaps),
        }
        return {name: found[name] if name in found else self.count(name) for name in FIGURES}

    def lacks(self) -> list[str]:
        """What makes the numbers less than the truth, a line each; nothing where nothing is known to."""
        counts = ((self.count(name), what) for name, what in _LACKS)
        said = [what.format(count) for count, what in counts if count > 0]
        if self.holding.evicted:
            said.append(f"{self.holding.evicted:,} older events were left out by the limit of --max-events")
        if self.lag_bytes:
            said.append(f"{self.lag_bytes:,} octets have been written and not read, {self.lag:.0f} s behind")
        return said


_LACKS: Final = (
    ("damaged", "{:,} lines had no header that could be read"),
    ("cut", "{:,} lines were longer than the limit and cut"),
    ("lost", "{:,} lines were dropped by syslog itself, as it says"),
    ("missing", "{:,} numbers are left out of syslog's sequence: lines lost on the way, or kept elsewhere"),
)


def share(part: float) -> str:
    """A share in percent: two digits behind the point, and 100 only for all of it, 0 only for nothing."""
    if part in (0, 1):
        return f"{100 * part:.0f}"
    return f"{min(max(100 * part, 0.01), 99.99):.2f}"
