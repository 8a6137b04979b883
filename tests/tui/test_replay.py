"""A replay on the screen: its clock and speed in the first line, a pause that stops it, and how it ends."""

# ruff: noqa: ASYNC240

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mailtop.demo import Traffic, rfc3339
from mailtop.ingest.opening import choose, replayed
from mailtop.ingest.replay import Replay
from mailtop.monitor import Monitor
from mailtop.store.memory import MemoryStore
from mailtop.tui.app import MailtopApp
from mailtop.tui.terminal import Terminal
from tests.tui.fake import Clock, Settings
from tests.tui.screen import Shown

BEGIN = 1_795_284_000.0
"""2026-11-21 18:00:00 UTC"""
SECONDS = 180
SIZES = [(80, 24), (160, 50)]


@asynccontextmanager
async def replaying(tmp_path: Path, size: tuple[int, int], speed: float) -> AsyncIterator[tuple[Shown, Replay]]:
    """The screen on the replay of a log of three minutes, after its first event."""
    path = tmp_path / "mail.log"
    path.write_text(Traffic(5, BEGIN, 4.0, rfc3339(0), bots=50).until(BEGIN + SECONDS), "ascii")
    clock = Clock()
    with replayed(choose((str(path),)), speed, BEGIN + 10**6, real=clock) as replay:
        monitor = Monitor(MemoryStore(None, 10**6), replay, (str(path),), replay.clock, replay.pause, speed)
        app = MailtopApp(monitor, Settings(), shows=Terminal(), clock=clock)
        async with app.run_test(size=size) as pilot:
            at = Shown(app, pilot, None, clock)  # type: ignore[arg-type]
            while monitor.status().holding.last is None:
                monitor.pump(0.2)
            await at.later()
            yield at, replay


@pytest.mark.parametrize("size", SIZES)
async def test_the_first_line_has_its_speed_and_its_clock_and_in_the_end_when_it_ended(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with replaying(tmp_path, size, 10.0) as (at, replay):
        core = at.app.desk.core
        await at.later(6.0)
        assert BEGIN + 60 < replay.clock() < BEGIN + 75
        assert "REPLAY 10x  Nov 21 18:01:" in at.lines()[0]
        some = core.status().holding.events
        await at.later(6.0)
        assert core.status().holding.events > some > 100
        while replay.following:
            await at.later(1.0)
        await at.later(1.0)
        assert "REPLAY" not in at.lines()[0]
        assert at.lines()[0].endswith("as of 18:02:59")
        assert core.status().holding.counts["lines"] == Path(tmp_path / "mail.log").read_text("ascii").count("\n")


@pytest.mark.parametrize("size", SIZES)
async def test_a_pause_stops_it_and_so_does_the_time_cursor(tmp_path: Path, size: tuple[int, int]) -> None:
    async with replaying(tmp_path, size, 10.0) as (at, replay):
        core = at.app.desk.core
        await at.later(6.0)
        await at.press("space")
        events, moment = core.status().holding.events, replay.clock()
        text = at.text()
        await at.later(60.0)
        assert (core.status().holding.events, replay.clock()) == (events, moment)
        assert "PAUSED 01:00 +0 events" in at.lines()[0]
        assert at.lines()[1:] == text.split("\n")[1:]
        await at.press("space")
        await at.later(3.0)
        assert core.status().holding.events > events
        assert moment < replay.clock() < moment + 45
        await at.press("t", "left", "left")
        moment = replay.clock()
        await at.later(60.0)
        assert replay.clock() == moment
        assert " back" in at.lines()[0]
        await at.press("space")
        await at.later(2.0)
        assert replay.clock() > moment
