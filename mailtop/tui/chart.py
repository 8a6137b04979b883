"""RateChart: two counts over the window, the second a part of the first, drawn anew only when its numbers change.

plotext draws (through `mailtop.charts`, the one door to it, opened when the first chart is shown); the inks are ours.
"""

from textual.strip import Strip

from mailtop.query import Query, Slice, Span, Table
from mailtop.tui.ink import Inked, Piece
from mailtop.views.column import clock, rate

MOST_BUCKETS = 160


class RateChart(Inked):
    """See the module."""

    def __init__(
        self,
        measures: tuple[str, str] = ("connections", "refused"),
        *,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(ascii_only=ascii_only, id=id)
        self.measures = measures
        self._drawn: tuple[object, ...] = ()
        self._lines: list[list[Piece]] = []
        self._note = ""

    def question(self, where: Slice, span: Span) -> Query:
        """The question for a slice and a span: as many buckets as there are cells."""
        buckets = max(10, min(MOST_BUCKETS, self.size.width - 10))
        names = dict.fromkeys(f"{name}.trend" for name in self.measures)
        return Query(tuple(names), where=where, span=span, buckets=buckets)

    def show(self, table: Table, utc_offset: int = 0) -> None:
        """Show an answer, if it differs from what is drawn."""
        row = table.rows[0] if table.rows else ((), ())
        series = [value if isinstance(value, tuple) else () for value in row]
        if len(series) < 2:  # there is no part to be told apart
            series.append((0,) * len(series[0]))
        state = (*series, table.since, table.until, self.size)
        if state == self._drawn or self.size.height < 4:
            return
        self._drawn = state
        from mailtop.charts import rates

        chart = rates(
            series[0], series[1], table.until - table.since, self.size.width - 2, self.size.height - 1,
            (clock(table.since, utc_offset), clock(table.until, utc_offset)), self.ascii_only,
        )  # fmt: skip
        inks = {"first": "trend", "second": "ember", "axis": "faint"}
        self._lines = [[(" ", ""), *((text, inks[role]) for text, role in line)] for line in chart.lines]
        self._note = f"peak {rate(chart.peak)}"
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the widget."""
        width = self.size.width
        if y == 0:
            block = "#" if self.ascii_only else "█"
            first, second = (name.replace("_", " ") for name in self.measures)
            title: list[Piece] = [("Rate", "title"), (f"  {block}", "trend"), (f" {first}", "soft")]
            if second != first:
                title += [(f"  {block}", "ember"), (f" {second}", "soft")]
            return self.strip(self.rule(title, [(self._note, "note")] if self._note else [], width), width)
        line = self._lines[y - 1] if y - 1 < len(self._lines) else []
        return self.strip(line, width)
