"""Narrow: of a line that changed, the terminal is sent the cells that were marked, no more.

Textual 8 sends a widget's line from the widget's left edge to the last marked cell (`ChopsUpdate.render_segments` says
so itself: "TODO: crop to x extents"). On a wide screen of numbers that is twice the bytes, and as much again of work.
In: the update that Textual has worked out. Out: the same cells, with the same styles, cut on the left as well.

It leans on three attributes of a class that Textual does not document; where they are not there, its own way is left.
"""

from typing import Any

from rich.console import Console
from textual._compositor import ChopsUpdate


class Narrow(ChopsUpdate):
    """An update cut to its spans."""

    def render_segments(self, console: Console) -> str:
        """What to write."""
        out: list[str] = []
        for y, begin, end in self.spans:
            for right, (left, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                first, last = max(left, begin), min(right, end)
                if strip is None or first >= last:
                    continue
                if (first, last) != (left, right):
                    strip = strip.crop(first - left, last - left)
                out.append(f"\x1b[{y + 1};{first + 1}H")
                out.append(strip.render(console))
        return "".join(out)


def narrowed(update: Any) -> Any:
    """An update of parts of lines as a narrow one; anything else as it is."""
    if type(update) is ChopsUpdate and all(hasattr(update, name) for name in ("chops", "spans", "chop_ends")):
        return Narrow(update.chops, update.spans, update.chop_ends)
    return update
