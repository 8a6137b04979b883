"""Story: the words about a chosen value: who it is, what it did, and of a client how it came and went.

In: the facts and figures that `mailtop.views.drilldown` names, and answers. Out: pieces of a line, as many
as have room.
"""

from collections.abc import Sequence

from mailtop.analysis.tries import Tries
from mailtop.query import Table, Value, Where
from mailtop.tui.cells import plain, width_of
from mailtop.tui.crumbs import crumb
from mailtop.tui.ink import Piece
from mailtop.views.column import Column, ago, percent, seconds, when

APART = "   "

BAD = ("refused", "bounced", "auth_failed", "turned_away")
"""figures that are told apart by colour where they are not zero"""

ALWAYS = 3
"""figures that are told even when they are zero"""


def name_of(field: str, value: str) -> str:
    """A value as people write it."""
    return f"AS{value}" if field == "asn" else value


def identity(
    part: Where, facts: Sequence[Column], who: Table, room: int, utc_offset: int, ascii_only: bool
) -> list[Piece]:
    """Who it is: the value, then those of the facts that are known and have room. Of a fact without a title that is not
    known its `doc` is said."""
    title = crumb(part, ascii_only) if part.more else plain(name_of(part.field, part.value or ""), ascii_only)
    pieces: list[Piece] = [(title, "title")]
    row = who.rows[0] if who.rows else None
    used = 1 + width_of(title)
    for fact in facts:
        said = fact.cell(who, row, utc_offset, ascii_only) if row is not None else ""
        text = plain(" ".join(filter(None, (fact.title, said))), ascii_only) if said else fact.doc
        if said and fact.shape == "count" and fact.title:
            text = f"{fact.title} {said}" if fact.title.startswith("ever") else many(said, fact.title)
        if not text or (fact.shape == "count" and said == "0"):
            continue
        apart = " " if fact.name == "top.as_name" and pieces[-1][0].strip().startswith("AS") else APART
        if used + len(apart) + width_of(text) > room:
            break
        pieces.append((apart + text, "key" if len(pieces) == 1 else "soft"))
        used += len(apart) + width_of(text)
    return pieces


def many(count: str, things: str) -> str:
    """`2 addresses`, `1 address`."""
    if count == "1":
        things = things[:-2] if things.endswith(("sses", "xes")) else things.removesuffix("s")
    return f"{count} {things}"


def figures(of: dict[str, Value], did: Table, names: Sequence[str], width: int, utc_offset: int) -> list[Piece]:
    """What it did: when it was first and last seen at all (`of`), and the figures of the window."""
    pieces: list[Piece] = []
    for name in ("first", "last"):
        at = of.get(name)
        if isinstance(at, int | float):
            text = when(at, float(did.until or at), utc_offset)
            pieces += [((APART if pieces else "") + f"{name} ", "soft"), (text, "key")]
    cells = dict(zip(did.columns, did.rows[0], strict=True)) if did.rows else {}
    whole = cells.get("connections", cells.get(names[0]) if names else None)
    for place, name in enumerate(names):
        number = cells.get(name)
        if not isinstance(number, int | float) or (not number and place >= ALWAYS):
            continue
        share = percent(number, whole) if name in ("refused", "auth_failed") and place else ""
        figure = seconds(number) if name.startswith("delay") else f"{number:,}"
        label, figure = name.replace("_", " ") + " ", figure + (f" ({share})" if share else "")
        if 2 + sum(width_of(text) for text, _ in pieces) + len(APART + label + figure) > width:
            break
        pieces += [(APART + label, "soft"), (figure, "bad" if name in BAD and number else "key")]
    return pieces


def tries_told(title: str, made: Tries) -> str:
    """`Tries: 12, median gap 5m, back 14m after a 4xx and accepted`."""
    if not made.count:
        return title
    parts = [f"{title}: {made.count:,}" + ("" if made.complete else " or more")]
    if made.gap is not None:
        parts.append(f"median gap {ago(made.gap)}")
    if made.put_off:
        back = f"back {ago(made.back)} after a 4xx" if made.back is not None else "not back after a 4xx"
        parts.append(back + (" and accepted" if made.accepted else ""))
    return ", ".join(parts)
