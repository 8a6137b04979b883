"""Slices by hand: rows left out, rows marked, parts of the slice seen and taken away."""

# ruff: noqa: RUF001

import pytest

from mailtop.query import Query, Slice, Where
from mailtop.tui.crumbs import CrumbBar, crumb, trail
from mailtop.tui.drilldown import Drilldown
from mailtop.tui.livetable import MARKS
from mailtop.tui.overview import Overview
from tests.tui.fake import busy
from tests.tui.screen import Shown, shown

ONE = Where("client", "203.0.113.1")
TWO = Where("client", "203.0.113.2")
DNSBL = Where("reason", "dnsbl")


def asked(at: Shown, by: str) -> Query:
    """The newest question by a field."""
    return next(query for query in reversed(at.monitor.asked) if isinstance(query, Query) and query.by == (by,))


def where(at: Shown) -> Slice:
    """The slice in force."""
    return at.screen.where


def base(at: Shown) -> Slice:
    """What the screen on top stands on."""
    return at.screen.base


async def test_a_row_is_left_out_of_every_pane() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("exclamation_mark")
        without = Where("client", "203.0.113.1", negate=True)
        assert isinstance(at.screen, Overview)
        assert where(at) == (without,)
        assert "filter !ip=203.0.113.1" in at.lines()[0]
        assert "without ip=203.0.113.1" in at.lines()[-1]
        assert at.pane("clients").rows[0].key == "203.0.113.2"
        for by in ("client", "reason", "zone", "asn"):
            assert without in asked(at, by).where
        await at.press("2", "exclamation_mark")
        assert where(at) == (without, Where("reason", "dnsbl", negate=True))
        await at.press("backspace")
        assert where(at) == (without,)
        await at.press("escape")
        assert where(at) == ()


async def test_what_is_left_out_can_be_typed_on() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("exclamation_mark", "slash", *" reply:554", "enter")
        assert where(at) == (Where("client", "203.0.113.1", negate=True), Where("reply", "554"))


async def test_a_row_left_out_twice_is_one_part() -> None:
    async with shown(size=(120, 40)) as at:
        at.monitor.groups["client"] = at.monitor.groups["client"][:1]
        await at.press("exclamation_mark", "exclamation_mark")
        assert len(where(at)) == 1


async def test_rows_below_what_is_left_out_stand_on_it() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("exclamation_mark", "2", "enter")
        assert base(at) == (Where("client", "203.0.113.1", negate=True), DNSBL)
        assert "mailtop › !ip=203.0.113.1 › reason=dnsbl" in at.lines()[0]


async def test_marked_rows_are_opened_together() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("x", "down", "x")
        pane = at.pane("clients")
        assert list(pane.marked) == ["203.0.113.1", "203.0.113.3"]
        assert "2 marked" in at.text()
        assert any(line.startswith("•203.0.113.1 ") for line in at.lines())
        await at.press("enter")
        screen = at.screen
        assert isinstance(screen, Drilldown)
        assert screen.part == Where("client", "203.0.113.1", more=("203.0.113.3",))
        assert "ip=203.0.113.1 +1" in at.lines()[0]
        await at.press("right_square_bracket")
        assert "chosen together" in at.lines()[-1]
        await at.press("escape")
        assert not at.pane("clients").marked


async def test_marked_rows_are_left_out_together_and_copied_line_by_line() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("x", "x", "y")
        assert at.app.clipboard == "203.0.113.1\n203.0.113.2"
        await at.press("exclamation_mark")
        assert where(at) == (Where("client", "203.0.113.1", negate=True, more=("203.0.113.2",)),)


async def test_marks_are_taken_away_one_by_one_or_all_by_escape() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("x", "up", "x")
        assert not at.pane("clients").marked
        await at.press("x", "x", "X")
        assert not at.pane("clients").marked
        await at.press("x", "escape")
        assert not at.pane("clients").marked
        assert isinstance(at.screen, Overview)


async def test_marks_are_bounded() -> None:
    async with shown(size=(120, 60)) as at:
        at.pane("clients").marked = {f"192.0.2.{n}": None for n in range(MARKS)}
        await at.press("x")
        assert len(at.pane("clients").marked) == MARKS


async def test_a_mark_stays_on_its_row_while_the_order_changes() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("x")
        at.monitor.groups["client"][0]["refused"] = 0
        at.monitor.changed = True
        await at.later(9)
        pane = at.pane("clients")
        assert pane.rows[0].key != "203.0.113.1"
        assert pane.chosen == ("client", ["203.0.113.1"])


async def test_a_part_in_the_middle_is_taken_away() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("2", "enter", "enter")
        assert base(at) == (DNSBL, ONE)
        await at.press("b")
        assert at.lines()[-1].startswith(" slice  reason=dnsbl  ip=203.0.113.1")
        await at.press("left", "delete")
        assert base(at) == (ONE,)
        assert "mailtop › ip=203.0.113.1" in at.lines()[0]
        assert DNSBL not in asked(at, "why").where
        await at.press("escape")
        assert at.lines()[-1].startswith(" Esc Back")
        await at.press("escape")  # the screen of the part that is gone is not shown again
        await at.settle()
        assert isinstance(at.screen, Overview)


async def test_the_part_a_screen_is_about_takes_the_screen_with_it() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("2", "enter", "enter", "b", "x")
        await at.settle()
        assert base(at) == (DNSBL,)


async def test_parts_of_a_filter_are_taken_away_too() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("exclamation_mark", "slash", *" reply:554", "enter", "b", "left", "enter", "escape")
        assert where(at) == (Where("reply", "554"),)
        await at.press("slash")
        assert "reply=554" in at.lines()[-1]


async def test_without_a_slice_it_is_said_how_one_is_made() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("b")
        assert "the slice is everything" in at.lines()[-1]
        assert not at.screen.query(CrumbBar)


@pytest.mark.parametrize(("room", "said"), [(80, " › a › b › c"), (9, " › … › b › c"), (1, " › … › c")])
def test_the_first_parts_of_a_trail_give_way(room: int, said: str) -> None:
    parts = tuple(Where(name, None) for name in ("a", "b", "c"))
    text = "".join(text for text, _ in trail(parts, room + 3 * len("=-") if room > 1 else 1))
    assert text.replace("=-", "") == said


def test_a_long_value_is_cut_and_the_others_are_counted() -> None:
    text = crumb(Where("helo", "x" * 500, more=("y", "z")))
    assert len(text) <= 44
    assert text.endswith("… +2")
    assert crumb(Where("helo", "[/]\x1b[2J", negate=True)) == "!helo=[/]\\x1b[2J"
    assert crumb(Where("helo", "\xe9" * 100), ascii_only=True).isascii()


@pytest.mark.parametrize("size", [(40, 10), (80, 24)])
async def test_the_parts_fit_a_small_terminal(size: tuple[int, int]) -> None:
    async with shown(size=size) as at:
        await at.press("exclamation_mark", "exclamation_mark", "exclamation_mark", "b")
        assert all(len(line) <= size[0] for line in at.lines())
        assert "!ip=203.0.113.3" in at.lines()[-1]
        await at.press("left", "left")
        assert "!ip=203.0.113.1" in at.lines()[-1]
        for _ in range(3):
            await at.press("delete")
        assert where(at) == ()
        assert at.lines()[-1].startswith(" ? Help")


async def test_measures_of_the_traffic_are_rows_as_well() -> None:
    async with shown(busy(), size=(120, 40)) as at:
        await at.press("5", "j", "exclamation_mark")
        assert where(at) == (Where("verdict", "refused", negate=True),)
