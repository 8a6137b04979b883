"""Column: one value of an answer becomes one cell of text, the same in every face.

In: a `Table`, one of its rows, the time the answer is for. Out: text without padding. Numbers are right-aligned,
unknown is an empty cell, never 0.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final, Literal

from mailtop.query import Table, Value

Shape = Literal[
    "text", "count", "rate", "share", "part", "ago", "clock", "when", "trend", "seconds", "span", "bytes", "asn",
    "stages",
]  # fmt: skip
"""How a value is written: `share` is the part of the column's total, `part` the part of another cell of the row, `when`
a clock time with the day where that is another one, `span` a length of time in its largest unit, `stages` Postfix's
four delays."""

BLOCKS: Final = " ▁▂▃▄▅▆▇█"
ASCII_BLOCKS: Final = " .:-=+*#@"


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is a column of the answer; `title` stands above it; `width` in cells; the lowest `priority` goes first
    when room is short; `of` names the whole that a `part` is taken of; `doc` says what the figure means; `made_of` are
    the measures that a column is worked out of by its view."""

    name: str
    title: str
    width: int
    shape: Shape = "text"
    priority: int = 50
    of: str = ""
    doc: str = ""
    made_of: tuple[str, ...] = ()

    @property
    def asked(self) -> tuple[str, ...]:
        """The names that are asked of a store for this column."""
        return self.made_of or tuple(name for name in (self.name, self.of) if name)

    @property
    def right(self) -> bool:
        """Whether the cell is aligned to the right."""
        return self.shape not in ("text", "trend", "clock", "when", "stages")

    def cell(self, table: Table, row: tuple[Value, ...], utc_offset: int = 0, ascii_only: bool = False) -> str:
        """The text for this column in `row` of `table`; `utc_offset` in minutes for clock times."""
        value = row[table.columns.index(self.name)]
        if value is None:
            return "?" if self.shape in ("count", "part") else ""
        if isinstance(value, tuple):
            return stages(value) if self.shape == "stages" else bars(value, self.width, ascii_only)
        if isinstance(value, str):
            return value
        match self.shape:
            case "rate":
                return rate(value)
            case "share":
                return percent(value, table.total(self.name))
            case "part":
                whole = row[table.columns.index(self.of)]
                return "?" if whole is None else percent(value, whole)
            case "ago":
                return ago(table.until - value)
            case "clock":
                return clock(value, utc_offset)
            case "when":
                return when(value, table.until, utc_offset)
            case "seconds":
                return seconds(value)
            case "span":
                return ago(value)
            case "bytes":
                return octets(value)
            case "asn":
                return f"AS{value}" if value else ""
            case _:
                return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def bars(counts: tuple[int, ...], width: int, ascii_only: bool = False) -> str:
    """A trend as one block character a bucket, the newest `width` of them; anything above zero is visible."""
    counts = counts[-width:]
    levels = ASCII_BLOCKS if ascii_only else BLOCKS
    top = max(counts, default=0)
    if top <= 0:
        return levels[0] * len(counts)
    steps = len(levels) - 1
    return "".join(levels[-(-n * steps // top)] if n > 0 else levels[0] for n in counts)


def rate(per_second: float) -> str:
    """Counts per second with two significant digits; a minute's or an hour's rate where a second's says nothing."""
    if per_second >= 10:
        return f"{per_second:,.0f}/s"
    if per_second >= 0.1:
        return f"{per_second:.1f}/s"
    if per_second * 60 >= 0.1:
        return f"{per_second * 60:.1f}/m"
    return f"{per_second * 3600:.1f}/h" if per_second > 0 else "0"


def percent(part: Value, whole: Value) -> str:
    """A whole percentage; empty where the whole is unknown or nothing, `<1%` for what is small but not nothing."""
    if not isinstance(part, int | float) or not isinstance(whole, int | float) or whole <= 0:
        return ""
    share = 100 * part / whole
    return "<1%" if 0 < share < 1 else f"{min(share, 100):.0f}%"


def ago(age: float) -> str:
    """An age in its largest unit: 4s, 12m, 3h, 2d."""
    age = max(0.0, age)
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if age >= size:
            return f"{age / size:.0f}{unit}"
    return f"{age:.0f}s"


def clock(epoch: float, utc_offset: int) -> str:
    """Time of day in the log's own offset (minutes east of UTC)."""
    return datetime.fromtimestamp(epoch, timezone(timedelta(minutes=utc_offset))).strftime("%H:%M:%S")


def when(epoch: float, now: float, utc_offset: int) -> str:
    """Time of day, with the day in front where that is not today's."""
    zone = timezone(timedelta(minutes=utc_offset))
    at = datetime.fromtimestamp(epoch, zone)
    today = at.date() == datetime.fromtimestamp(now, zone).date()
    return at.strftime("%H:%M:%S" if today else "%b %d %H:%M")


def stages(value: tuple[float, ...]) -> str:
    """Seconds before the queue manager / in the queue / connecting / sending."""
    return "/".join(f"{stage:.2g}" if stage < 100 else f"{stage:.0f}" for stage in value)


def seconds(value: float) -> str:
    """A duration: 0.12s, 3.4s, 2m 05s, 3h 20m."""
    if value < 10:
        return f"{value:.2g}s"
    if value < 60:
        return f"{value:.0f}s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes}m {rest:02}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02}m"


def octets(value: float) -> str:
    """A size in the largest binary unit that leaves at least one digit before the point."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 10 else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:,.1f} TiB"
