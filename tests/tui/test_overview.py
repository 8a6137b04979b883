"""The first screen: what it says, at which size, and that its keys do what they say."""

# ruff: noqa: RUF001, ASYNC240

from dataclasses import replace
from pathlib import Path

import pytest

from mailtop.query import Holding, Query
from mailtop.tui.drilldown import Drilldown
from mailtop.tui.overview import Overview
from tests.tui.fake import NOW, Settings, busy
from tests.tui.screen import shown

SIZES = [(80, 24), (120, 40), (160, 50), (200, 60)]


@pytest.mark.parametrize("size", SIZES)
async def test_the_first_screen_shows_its_panes(size: tuple[int, int]) -> None:
    async with shown(size=size) as at:
        text = at.text()
        assert "mailtop" in at.lines()[0]
        assert at.lines()[0].endswith("LIVE")
        assert "refused 76%" in at.lines()[1]
        panes = ("Top clients", "Reject reasons", "DNS blocklists")
        more = ("Networks", "Traffic", "Refused mail")
        assert all(title in text for title in (panes + more if size[0] > 100 else panes))
        assert "203.0.113.1 " in text
        assert at.lines()[-1].startswith(" ? Help")


@pytest.mark.parametrize("size", [(59, 24), (80, 14), (40, 10), (50, 12)])
async def test_a_small_terminal_shows_one_pane_and_never_an_error(size: tuple[int, int]) -> None:
    async with shown(size=size) as at:
        assert len(at.screen.visible_panes) == 1
        assert "203.0.113.1" in at.text()
        assert "LIVE" in at.lines()[0]
        await at.press("3")
        assert "DNS blocklists" in at.text()
        await at.press("tab")
        assert "Networks" in at.text()


async def test_the_key_column_is_never_dropped() -> None:
    async with shown(size=(40, 10)) as at:
        assert at.pane("clients").visible_headings[0] == 0
        assert "203.0.113.1" in at.text()


@pytest.mark.parametrize("size", SIZES)
async def test_columns_stand_below_their_titles(size: tuple[int, int]) -> None:
    async with shown(size=size) as at:
        rows = [line for line in at.lines() if line.lstrip(" ›").startswith("203.0.113.")]
        header = next(line for line in at.lines() if " IP " in line)
        end = header.index("CONN") + 4
        assert all(row[end - 1].isdigit() and (len(row) == end or row[end] == " ") for row in rows[:5])


async def test_resizing_does_not_break_anything() -> None:
    async with shown(size=(160, 50)) as at:
        for size in ((40, 10), (300, 100), (61, 15), (10, 3), (100, 30), (80, 24)):
            await at.pilot.resize_terminal(*size)
            await at.settle()
        assert "203.0.113.1 " in at.text()


async def test_digits_focus_and_the_same_digit_zooms() -> None:
    async with shown() as at:
        await at.press("2")
        assert at.app.focused is at.pane("reasons")
        await at.press("2")
        assert at.screen.visible_panes == [at.pane("reasons")]
        await at.press("escape")
        assert len(at.screen.visible_panes) == 3
        await at.press("6")
        assert at.screen.visible_panes == [at.pane("refusals")]
        assert "info@example.org" in at.text()


async def test_tab_goes_round_the_panes_that_can_be_seen() -> None:
    async with shown() as at:
        names = []
        for _ in range(4):
            names.append(at.screen.current.view.name)
            await at.press("tab")
        assert names == ["clients", "reasons", "dnsbl", "clients"]
        await at.press("shift+tab")
        assert at.screen.current.view.name == "clients"


async def test_escape_never_quits_and_q_goes_back_first() -> None:
    async with shown() as at:
        for _ in range(3):
            await at.press("escape", "backspace")
        assert at.app.is_running
        await at.press("z", "q")
        assert at.app.is_running
        assert not at.screen.zoomed
        await at.press("enter")
        assert isinstance(at.screen, Drilldown)
        await at.press("q")
        assert isinstance(at.screen, Overview)
        await at.press("q")
        assert not at.app.is_running or at.app._exit


async def test_control_c_quits_at_once_from_anywhere() -> None:
    async with shown() as at:
        await at.press("enter", "slash", "ctrl+c")
        assert at.app._exit


async def test_a_pause_freezes_the_view_while_events_come_in() -> None:
    monitor = busy()
    async with shown(monitor) as at:
        await at.press("space")
        assert "PAUSED 00:00 +0 events" in at.lines()[0]
        assert at.screen.desk.span().until == NOW
        monitor.arrive(3120)
        monitor.state = replace(monitor.state, now=NOW + 42)
        await at.later(42)
        assert "PAUSED 00:42 +3,120 events" in at.lines()[0]
        frozen = [query for query in monitor.asked[-5:] if isinstance(query, Query)]
        assert {query.span.until for query in frozen} == {NOW}
        await at.press("enter")
        assert isinstance(at.screen, Drilldown)
        assert monitor.asked[-1].span.until == NOW
        await at.press("escape", "p")
        assert at.lines()[0].endswith("LIVE")
        assert monitor.asked[-1].span.until == NOW + 42


async def test_the_window_grows_and_shrinks() -> None:
    async with shown() as at:
        await at.press("minus")
        assert "window 15m" in at.lines()[0]
        assert at.monitor.asked[-1].span.seconds == 900
        await at.press("plus", "equals_sign", "plus", "plus")
        assert "window 1m" in at.lines()[0]
        await at.press("0")
        assert "window all" in at.lines()[0]
        assert at.monitor.asked[-1].span.seconds is None
        await at.press("plus")
        assert "window 24h" in at.lines()[0]


async def test_sorting_goes_through_the_columns_that_are_shown() -> None:
    async with shown(size=(160, 50)) as at:
        clients = at.pane("clients")
        await at.press("less_than_sign")
        assert clients.sorted_by == "connections"
        assert "▾CONN" in at.text()
        assert "by CONN ▾" in at.text()
        await at.press("r")
        assert "▴CONN" in at.text()
        assert clients.rows[0].key == "198.51.100.29"
        await at.press("greater_than_sign")
        assert clients.sorted_by == "refused"
        assert clients.rows[0].key == "203.0.113.1"


async def test_a_filter_is_applied_while_it_is_typed_and_kept_by_enter() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("slash", *"ip:198.51.100.0/24")
        assert "filter ip in 198.51.100.0/24" in at.lines()[0]
        assert all(row.key.startswith("198.51.100.") for row in at.pane("clients").rows)
        await at.press("enter")
        assert at.app.focused is at.pane("clients")
        assert "filter ip in" in at.lines()[0]
        await at.press("escape")
        assert "filter" not in at.lines()[0]
        assert at.pane("clients").rows[0].key == "203.0.113.1"


async def test_what_is_wrong_with_a_filter_is_said_where_it_is_typed() -> None:
    async with shown(size=(120, 40)) as at:
        await at.press("slash", *"ip:203.0.113.0/99")
        assert "203.0.113.0/99 is no network" in at.lines()[-1]
        await at.press("escape")
        assert at.lines()[-1].startswith(" ? Help")


async def test_warnings_stand_in_the_third_line_only_when_there_are_any() -> None:
    monitor = busy()
    async with shown(monitor, size=(120, 40)) as at:
        assert "Top clients" in at.lines()[2]
        counts = {"lines": 1000, "foreign": 400, "lost": 40, "unparsed": 12}
        monitor.state = replace(
            monitor.state, backfilled=0.5, holding=Holding(9, NOW - 9, NOW, 0, 0, 2, counts), notes=("file is gone",)
        )
        monitor.changed = True
        await at.later()
        assert "foreign 40%" in at.lines()[0]
        assert "unparsed 12 (2.00%)   lost 40 " in at.lines()[0]
        assert "reading older lines" in at.lines()[2]
        assert "50%" in at.lines()[2]
        assert "counts are low by at least 40: syslog dropped lines" in at.lines()[2]
        monitor.state = busy().state
        monitor.changed = True
        await at.later()
        assert "Top clients" in at.lines()[2]


async def test_a_log_that_is_not_written_says_as_of() -> None:
    monitor = busy()
    monitor.state = replace(monitor.state, live=False)
    async with shown(monitor) as at:
        assert at.lines()[0].endswith("as of 18:02:11")


async def test_the_row_under_the_cursor_is_copied() -> None:
    async with shown() as at:
        await at.press("down", "y")
        assert at.app.clipboard == "203.0.113.2"
        assert "copied 203.0.113.2" in at.lines()[-1]
        await at.press("j")
        assert at.lines()[-1].startswith(" ? Help")


async def test_export_writes_the_pane_as_it_was_answered(tmp_path: Path) -> None:
    from mailtop.report.export import write_csv

    settings = Settings(export_dir=str(tmp_path))
    async with shown(size=(160, 50), settings=settings, export=write_csv) as at:
        await at.press("e")
        assert "wrote" in at.lines()[-1]
        (path,) = tmp_path.glob("*-clients.csv")
        assert path.read_text().splitlines()[1].startswith("203.0.113.1,")
        await at.press("E")
        assert {p.name.rsplit("-", 1)[1] for p in tmp_path.glob("*.csv")} >= {"reasons.csv", "dnsbl.csv"}


async def test_an_export_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    from mailtop.report.export import write_csv

    settings = Settings(export_dir=str(tmp_path / "absent"))
    async with shown(settings=settings, export=write_csv) as at:
        await at.press("e")
        assert "cannot write" in at.lines()[-1]


async def test_help_has_every_key_and_what_the_columns_mean() -> None:
    async with shown(size=(120, 100)) as at:
        await at.press("question_mark")
        text = at.text()
        for word in ("Pause", "Ctrl+C", "Next row", "Hold the order", "age of the newest event", "203.0.113.0/24"):
            assert word in text
        await at.press("escape")
        assert isinstance(at.screen, Overview)


async def test_an_empty_log_says_so() -> None:
    from tests.tui.fake import FakeMonitor

    async with shown(FakeMonitor()) as at:
        assert "nothing in this window" in at.text()
