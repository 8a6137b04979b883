"""Marking: which parts of a raw line are told apart by ink, so that the eye finds what the slice is about.

In: a line, the values that are looked for. Out: pieces of text with their inks, wrapped or cut to a width by others.
Values stand alone or not at all: 203.0.113.7 is not found in 203.0.113.77, nor 4FxYz1 in a longer queue ID.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from mailtop.query import Slice
from mailtop.tui.cells import width_of
from mailtop.tui.ink import Piece

MARK: Final = "hotkey"
"""the ink of what belongs to the slice"""

FOUND: Final = "paused"
"""the ink of what was searched for: reversed, where there is no colour"""

SHORTEST: Final = 2
"""characters of a value that is worth a mark"""

IN_WORDS: Final = frozenset({
    "verdict", "kind", "reason", "why", "asn", "as_name", "network", "prefix", "service", "session", "source", "stage",
    "mta", "daemon",
})  # fmt: skip
"""fields whose values are words of ours, or of what is known besides: lines do not hold them"""


def values_of(where: Slice) -> tuple[str, ...]:
    """What lines of a slice hold, as far as it says: exact values and parts of such."""
    found: list[str] = []
    for part in where:
        if part.negate or part.how == "in":
            continue
        values = [value for value in part.values if value]
        if part.field == "why":
            found += [value.removeprefix("dnsbl:") for value in values if value.startswith("dnsbl:")]
        elif part.field not in IN_WORDS:
            found += [value.strip("<>") for value in values]
    return tuple(dict.fromkeys(value for value in found if len(value) >= SHORTEST))


@lru_cache(maxsize=512)
def pattern(values: tuple[str, ...]) -> re.Pattern[str] | None:
    """What finds any of these, case ignored; the longest first."""
    if not values:
        return None
    longest_first = sorted(values, key=len, reverse=True)
    return re.compile("|".join(map(_alone, longest_first)), re.IGNORECASE)


def _alone(value: str) -> str:
    before = r"(?<!\w)(?<!\d\.)" if value[:1].isalnum() else ""
    after = r"(?!\w|[.:]\w)" if value[-1:].isalnum() else ""
    return before + re.escape(value) + after


def marked(text: str, values: Sequence[str], sought: str = "", ink: str = "") -> list[Piece]:
    """The text in pieces: `values` in the ink MARK, `sought` (case ignored) in FOUND, the rest in `ink`."""
    inks = [ink] * len(text)
    finder = pattern(tuple(values))
    for found in finder.finditer(text) if finder is not None else ():
        inks[found.start() : found.end()] = [MARK] * (found.end() - found.start())
    if sought:
        for found in re.finditer(re.escape(sought), text, re.IGNORECASE):
            inks[found.start() : found.end()] = [FOUND] * (found.end() - found.start())
    pieces: list[Piece] = []
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or inks[at] != inks[start]:
            pieces.append((text[start:at], inks[start]))
            start = at
    return pieces


def panned(pieces: Sequence[Piece], left: int) -> list[Piece]:
    """The pieces without their first `left` characters."""
    kept: list[Piece] = []
    for text, ink in pieces:
        if left < len(text):
            kept.append((text[left:], ink))
        left = max(0, left - len(text))
    return kept


def wrapped(pieces: Sequence[Piece], width: int, rows: int, more: str = "…") -> list[list[Piece]]:
    """The pieces on at most `rows` lines of `width` cells, broken anywhere; the last ends in `more` when it is cut."""
    lines: list[list[Piece]] = [[]]
    used = 0
    for text, ink in pieces:
        for character in text:
            taken = width_of(character)
            if used + taken > width:
                if len(lines) == rows:
                    lines[-1] = [*_shortened(lines[-1]), (more, "faint")]
                    return lines
                lines.append([])
                used = 0
            last = lines[-1]
            if last and last[-1][1] == ink:
                last[-1] = (last[-1][0] + character, ink)
            else:
                last.append((character, ink))
            used += taken
    return lines


def _shortened(pieces: list[Piece]) -> list[Piece]:
    """Without the last character."""
    return [*pieces[:-1], (pieces[-1][0][:-1], pieces[-1][1])] if pieces else []
