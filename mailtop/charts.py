"""charts: the one door to plotext. Numbers in, lines of coloured pieces out.

plotext 5 draws on one figure of its module and answers with a string of SGR sequences; both stay in here. A line
comes out as pieces (text, role), where the role says which series or axis it belongs to, so that each face can give
it a colour of its own, or none. plotext is imported when the first chart is drawn: no face waits for it at its start.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Role = Literal["first", "second", "axis"]

_COLOURS: Final[dict[str, Role]] = {"4": "first", "1": "second"}
_SGR: Final = re.compile(r"\x1b\[([0-9;]*)m")


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines from the top, each of pieces; `peak` is the highest value of the first series, per second."""

    lines: tuple[tuple[tuple[str, Role], ...], ...]
    peak: float


def rates(
    first: Sequence[int],
    second: Sequence[int],
    seconds: float,
    width: int,
    height: int,
    ends: tuple[str, str],
    ascii_only: bool = False,
) -> Chart:
    """Two series of counts over `seconds`, one bucket each, as filled areas of rates, the second in front of the first.

    `ends` are what stands below the left and the right end. No line is wider than `width` cells, no chart higher than
    `height` lines. A chart of nothing has no lines.
    """
    if not first or seconds <= 0 or not any(first) or width < 20 or height < 3:
        return Chart((), 0.0)
    import plotext

    per_bucket = seconds / len(first)
    peak = max(first) / per_bucket
    marks = ("#", "x") if ascii_only else ("hd", "hd")
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.limit_size(False, False)
    plotext.plotsize(width, height)
    plotext.frame(False)
    for counts, mark, colour in ((first, marks[0], "blue"), (second, marks[1], "red")):
        # Points closer than half a cell leave no gaps; nothing is drawn where nothing was.
        points = [(i + third, n / per_bucket) for i, n in enumerate(counts, 1) for third in (0.0, 0.33, 0.66) if n]
        if points:
            plotext.scatter(*map(list, zip(*points, strict=True)), marker=mark, fillx=True, color=colour)
    plotext.ylim(0, peak)
    top = _label(peak)
    plotext.yticks([0, peak / 2, peak], ["0".rjust(len(top)), "", top])
    middle = (len(first) + 1) // 2
    plotext.xlim(1, len(first) + 0.66)
    plotext.xticks([1, middle, len(first)], [ends[0], "", ends[1]])
    drawn = plotext.build()
    plotext.clear_figure()
    return Chart(tuple(_pieces(line) for line in drawn.splitlines()[:height]), peak)


def _label(per_second: float) -> str:
    digits = 0 if per_second >= 10 else 1 if per_second >= 1 else 2
    return f"{per_second:.{digits}f}/s"


def _pieces(line: str) -> tuple[tuple[str, Role], ...]:
    """A line of text and SGR sequences, as pieces with the role that each colour stands for."""
    pieces: list[tuple[str, Role]] = []
    role: Role = "axis"
    at = 0
    for match in _SGR.finditer(line):
        if match.start() > at:
            pieces.append((line[at : match.start()], role))
        at = match.end()
        colour = match[1].removeprefix("38;5;")
        role = _COLOURS.get(colour, "axis")
    if at < len(line):
        pieces.append((line[at:], role))
    return tuple(pieces)
