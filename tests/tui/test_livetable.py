"""The live table: the cursor follows its key, the order holds still under the hand."""

# ruff: noqa: RUF001

from mailtop.query import Value
from tests.tui.fake import FakeMonitor, busy, client
from tests.tui.screen import Shown, shown


def cursor_line(at: Shown) -> str:
    return next(line for line in at.lines() if line.startswith("›"))


async def again(at: Shown, clients: list[dict[str, Value]], seconds: float = 6.0) -> None:
    at.monitor.groups["client"] = clients
    at.monitor.changed = True
    await at.later(seconds)


async def test_the_cursor_stays_on_its_key_through_resorting_growth_and_loss() -> None:
    monitor = FakeMonitor({"client": [client(f"203.0.113.{n}", 100, 90 - n) for n in range(1, 6)]})
    async with shown(monitor) as at:
        await at.press("down", "down")
        assert cursor_line(at).startswith("›203.0.113.3 ")
        await again(at, [client(f"203.0.113.{n}", 100, n) for n in range(1, 6)])
        assert cursor_line(at).startswith("›203.0.113.3 ")
        await again(at, [client(f"203.0.113.{n}", 100, n) for n in range(1, 40)])
        assert cursor_line(at).startswith("›203.0.113.3 ")
        await again(at, [client(f"203.0.113.{n}", 100, n) for n in (3, 9)])
        assert cursor_line(at).startswith("›203.0.113.3 ")
        await again(at, [client(f"203.0.113.{n}", 100, n) for n in (8, 9)])
        assert cursor_line(at).startswith("›203.0.113.8 ")


async def test_an_untouched_cursor_rests_on_the_first_row() -> None:
    monitor = FakeMonitor({"client": [client("203.0.113.1", 10, 9), client("203.0.113.2", 10, 1)]})
    async with shown(monitor) as at:
        await again(at, [client("203.0.113.1", 10, 1), client("203.0.113.2", 10, 9)])
        assert cursor_line(at).startswith("›203.0.113.2 ")


async def test_the_order_holds_for_five_seconds_after_a_cursor_key() -> None:
    rows = [client(f"203.0.113.{n}", 100, 90 - n) for n in range(1, 4)]
    async with shown(FakeMonitor({"client": rows})) as at:
        await at.press("down")
        turned = [client(f"203.0.113.{n}", 100, 10 * n) for n in range(1, 4)]
        await again(at, turned, seconds=2)
        assert [row.key for row in at.pane("clients").rows] == ["203.0.113.1", "203.0.113.2", "203.0.113.3"]
        assert "30" in at.pane("clients").rows[2].cells
        await again(at, turned, seconds=4)
        assert [row.key for row in at.pane("clients").rows] == ["203.0.113.3", "203.0.113.2", "203.0.113.1"]


async def test_o_holds_the_order_while_numbers_go_on() -> None:
    rows = [client(f"203.0.113.{n}", 100, 90 - n) for n in range(1, 4)]
    async with shown(FakeMonitor({"client": rows})) as at:
        await at.press("o")
        assert "order held" in at.text()
        await again(at, [client(f"203.0.113.{n}", 100, 10 * n) for n in range(1, 4)], seconds=60)
        assert at.pane("clients").rows[0].key == "203.0.113.1"
        await at.press("o")
        assert at.pane("clients").rows[0].key == "203.0.113.3"


async def test_scrolling_says_where_it_is_and_asks_for_more() -> None:
    async with shown() as at:
        assert "10 of 54" in at.text() or "of 54" in at.text()
        await at.press("pagedown", "pagedown")
        pane = at.pane("clients")
        assert pane.top > 0
        assert f"{pane.top + 1}-{pane.top + pane.shown} of 54" in at.text()
        await at.press("G")
        assert cursor_line(at)
        await at.press("g")
        assert pane.top == 0


async def test_enter_opens_the_row_that_is_seen_under_the_cursor() -> None:
    async with shown() as at:
        await at.press("down", "enter")
        assert at.screen.crumbs == ("ip=203.0.113.2",)


async def test_only_cells_that_changed_are_marked() -> None:
    monitor = busy()
    async with shown(monitor, size=(160, 50)) as at:
        pane = at.pane("clients")
        await at.settle()
        marked: list[object] = []
        pane.refresh = lambda *regions, **_: marked.extend(regions)  # type: ignore[method-assign, assignment]
        monitor.groups["client"][4]["greylisted"] = 7
        monitor.changed = True
        await at.later()
        (region,) = marked
        assert region.height == 1  # type: ignore[attr-defined]
        assert region.width == 6  # type: ignore[attr-defined]
