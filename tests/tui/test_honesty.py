"""What makes the numbers less than the truth stands on the screen: lag, what was lost, gaps, what is not understood."""

from dataclasses import replace

import pytest

from mailtop.query import Holding
from tests.tui.fake import NOW, busy
from tests.tui.screen import shown

GAP = "/var/log/mail.log: 900 octets were truncated away before they were read"


async def said(size: tuple[int, int] = (200, 50), counts: dict[str, int] | None = None, **more: object) -> list[str]:
    monitor = busy()
    holding = Holding(9, NOW - 9, NOW, 0, 0, 2, {"lines": 1000, **(counts or {})})
    monitor.state = replace(monitor.state, holding=holding, **more)  # type: ignore[arg-type]
    async with shown(monitor, size=size) as at:
        return at.lines()[:3]


async def test_all_is_well_and_nothing_is_said() -> None:
    first, _, third = await said()
    for word in ("lag", "unparsed", "foreign", "lost", "gaps"):
        assert word not in first
    assert "Top clients" in third


async def test_lag_in_seconds_and_octets() -> None:
    first, *_ = await said(lag=42.0, lag_bytes=3 << 20)
    assert "lag 42s (3.0 MiB)" in first


async def test_gaps_at_rotation() -> None:
    first, _, third = await said(notes=(GAP,), gaps=(GAP,))
    assert "gaps 1 " in first
    assert GAP in third


async def test_what_syslog_left_out() -> None:
    first, _, third = await said(counts={"lost": 40, "missing": 7})
    assert "lost 47 " in first
    assert "counts are low by at least 40: syslog dropped lines" in third
    assert "7 missing of syslog's sequence: lost on the way, or kept elsewhere" in third


async def test_a_gap_that_was_none_is_not_shown() -> None:
    first, _, third = await said(counts={"missing": -1})
    assert "lost" not in first
    assert "missing" not in third


async def test_what_was_not_understood_and_where_to_see_it() -> None:
    first, _, third = await said(counts={"foreign": 500, "unparsed": 1})
    assert "foreign 50%" in first
    assert "unparsed 1 (0.20%)" in first
    assert "1 lines not understood: `mailtop report --unknown`" in third


@pytest.mark.parametrize("width", [40, 60, 80])
async def test_a_narrow_screen_keeps_what_matters_most(width: int) -> None:
    counts = {"foreign": 500, "unparsed": 1, "lost": 4}
    first, *_ = await said((width, 24), counts, lag=42.0, lag_bytes=3 << 20, gaps=(GAP,))
    assert first.endswith("LIVE")
    assert len(first) <= width
    if width >= 60:
        assert "gaps 1" in first
