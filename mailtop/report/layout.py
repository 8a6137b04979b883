"""Tables as plain text: which columns fit, how wide each is, and lines without trailing blanks.

In: a view's columns, a table, a width in terminal cells. Out: lines. Columns of the lowest priority go first when
room is short; text that is longer than its column ends in an ellipsis. Widths are counted in cells, as a terminal
does: an East Asian wide character is two, a combining one none.
"""

from collections.abc import Sequence
from typing import Final
from unicodedata import combining, east_asian_width

from mailtop.query import Table
from mailtop.views import Column

GAP: Final = 2
"""blanks between columns"""


def cells(text: str) -> int:
    """How many terminal cells a text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def fitted(text: str, width: int, right: bool = False, ascii_only: bool = False) -> str:
    """`text` in exactly `width` cells: padded, or cut with an ellipsis."""
    if ascii_only and not text.isascii():
        text = text.encode("ascii", "replace").decode()
    room = cells(text)
    if room > width:
        kept, room = "", 1
        for char in text:
            if room + cells(char) > width:
                break
            kept += char
            room += cells(char)
        text = kept + ("~" if ascii_only else "…")
    pad = " " * (width - room)
    return pad + text if right else text + pad


def chosen(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> tuple[list[int], list[int]]:
    """Which columns to show (indices, in order) and how wide; `rows` are the cells of all columns.

    A column is as wide as its content asks, its own width at most; what is left over goes to text that was cut, the
    most important first.
    """
    wanted = [
        max([cells(column.title), *(cells(row[at]) for row in rows)]) for at, column in enumerate(columns)
    ]  # fmt: skip
    widths = [
        min(want, max(column.width, cells(column.title)))
        if column.shape == "text"
        else max(want, column.width if column.shape == "trend" else 0)
        for want, column in zip(wanted, columns, strict=True)
    ]
    shown = list(range(len(columns)))

    def total() -> int:
        return sum(widths[at] for at in shown) + GAP * (len(shown) - 1)

    while len(shown) > 1 and total() > width:
        shown.remove(min(shown, key=lambda at: (columns[at].priority, at)))
    for at in sorted(shown, key=lambda at: -columns[at].priority):
        if columns[at].shape == "text":
            widths[at] = min(wanted[at], widths[at] + max(0, width - total()))
    if total() > width:
        widths[shown[0]] = max(1, width)
    return shown, [widths[at] for at in shown]


def laid_out(
    columns: Sequence[Column], table: Table, width: int, utc_offset: int = 0, ascii_only: bool = False
) -> list[str]:
    """The lines of a table: titles, then rows."""
    rows = [[column.cell(table, row, utc_offset, ascii_only) for column in columns] for row in table.rows]
    shown, widths = chosen(columns, rows, width)
    picked = [columns[at] for at in shown]
    lines = [[column.title for column in picked], *([row[at] for at in shown] for row in rows)]
    return [
        (" " * GAP)
        .join(
            fitted(text, room, column.right, ascii_only)
            for text, room, column in zip(line, widths, picked, strict=True)
        )
        .rstrip()
        for line in lines
    ]
