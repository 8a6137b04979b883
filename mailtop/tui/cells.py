"""Text that fits into cells of a terminal, whoever wrote it.

In: text from a log. Out: text of an exact width in which nothing can steer a terminal. Log strings are cleaned once
where they become columns (`mailtop.batch`); what is drawn passes here again, because a screen must not depend on
where its text came from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from rich.cells import cell_len, set_cell_size

LONGEST: Final = 512
"""characters of a value that are looked at: no line of a terminal shows more"""


def plain(text: str, ascii_only: bool = False) -> str:
    """`text` with everything that is not a visible character or a space written as an escape such as `\\x1b`."""
    text = text[:LONGEST]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else _escaped(c) for c in text)
    if ascii_only and not text.isascii():
        text = text.encode("ascii", "backslashreplace").decode("ascii")
    return text


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def width_of(text: str) -> int:
    """Cells that `text` takes."""
    return len(text) if text.isascii() else cell_len(text)


def fitted(text: str, width: int, right: bool = False, more: str = "…") -> str:
    """`text` in exactly `width` cells: padded on one side, or cut with the sign `more` at its end."""
    taken = width_of(text)
    if taken > width:
        kept = width - len(more)
        return set_cell_size(text, width) if kept < 1 else set_cell_size(text, kept) + more
    return " " * (width - taken) + text if right else text + " " * (width - taken)


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a live table: `width` cells are asked for, `least` must be had, `most` can be used.

    Where room is short, widths give way down to `least`, then the column with the lowest `priority` goes, but never the
    first one.
    """

    name: str
    title: str
    width: int
    least: int
    most: int
    right: bool = False
    priority: int = 50
    floor: int = 3
    """no narrower than this however short its contents"""
    greedy: bool = False
    """can use `most` whatever its contents"""


@dataclass(frozen=True, slots=True)
class Placed:
    """A column that has its place: the index of its heading, its first cell, its width."""

    index: int
    x: int
    width: int


def place(headings: Sequence[Heading], longest: Sequence[int], room: int, gap: int) -> tuple[Placed, ...]:
    """Choose columns for `room` cells, drop by priority, then share out what is left over.

    `longest` has the width of the longest cell seen in each column. A column is not wider than its contents need, and
    no table is stretched over a wide terminal: what is left over stays empty on the right.
    """
    needs = [h.most if h.greedy else max(h.floor, min(h.most, seen)) for h, seen in zip(headings, longest, strict=True)]
    widths = [min(h.width, need) for h, need in zip(headings, needs, strict=True)]
    chosen = list(range(len(headings)))

    def over() -> int:
        return sum(widths[i] for i in chosen) + sum(gaps(headings, chosen, gap)) - room

    while len(chosen) > 1 and over() > 0:
        gives = {i: widths[i] - min(widths[i], headings[i].least) for i in chosen}
        if sum(gives.values()) >= over():
            for i in sorted(chosen, key=lambda i: headings[i].priority):
                widths[i] -= min(gives[i], max(0, over()))
            break
        chosen.remove(min(chosen[1:], key=lambda i: headings[i].priority))
    for i in sorted(set(range(len(headings))) - set(chosen), key=lambda i: -headings[i].priority):
        chosen = sorted([*chosen, i])  # where a wide column had to go, a narrow one may have room
        if over() > 0:
            chosen.remove(i)
    if over() > 0:
        widths[chosen[0]] = max(1, widths[chosen[0]] - over())
    spare = -over()
    for i in sorted(chosen, key=lambda i: -headings[i].priority):
        grown = min(needs[i] - widths[i], spare)
        if grown > 0:
            widths[i] += grown
            spare -= grown
    placed, x = [], 0
    for i, before in zip(chosen, (0, *gaps(headings, chosen, gap)), strict=True):
        x += before
        placed.append(Placed(i, x, widths[i]))
        x += widths[i]
    return tuple(placed)


def gaps(headings: Sequence[Heading], chosen: Sequence[int], gap: int) -> tuple[int, ...]:
    """Cells between neighbours: two at least where text follows a number, else they read as one word."""
    return tuple(max(gap, 2) if headings[a].right and not headings[b].right else gap for a, b in pairwise(chosen))
