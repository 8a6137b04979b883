"""finding: one thing to say about a DNS list, with the numbers it rests on and the way out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["critical", "warning", "info"]
Number = int | float | str
ORDER: Final[dict[str, int]] = {"critical": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """See the module."""

    detector: str
    """D1 to D10"""
    zone: str
    severity: Severity
    says: str
    """one clause, without the zone's name"""
    way_out: str
    evidence: tuple[tuple[str, Number], ...] = ()
    """named figures, in the order in which they are best read; times are epoch seconds"""
    weight: float = 0.0
    """among findings of the same severity: how many clients it is about"""
    other: str | None = None
    """the second list, where two are meant"""


def worst_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """By severity, then by how much it is about; the order never depends on that of the tables."""
    return tuple(sorted(found, key=lambda one: (ORDER[one.severity], -one.weight, one.zone, one.detector)))
