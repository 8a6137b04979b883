"""Screens under test: an app on the fake monitor, and its lines as text."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from mailtop.tui.app import MailtopApp
from mailtop.tui.paned import PanedScreen
from mailtop.tui.panes import Pane
from mailtop.tui.terminal import Terminal
from tests.tui.fake import Clock, FakeMonitor, Settings, busy


class Shown:
    """An app that runs without a terminal."""

    def __init__(self, app: MailtopApp, pilot: Pilot[None], monitor: FakeMonitor, clock: Clock) -> None:
        self.app = app
        self.pilot = pilot
        self.monitor = monitor
        self.clock = clock

    @property
    def screen(self) -> PanedScreen:
        """The screen on top, where it is one of panes."""
        screen = self.app.screen
        assert isinstance(screen, PanedScreen)
        return screen

    def pane(self, name: str) -> Pane:
        """A pane of the screen on top, by its view's name."""
        return next(pane for pane in self.screen.panes if pane.view.name == name)

    async def press(self, *keys: str) -> None:
        """Press keys and let everything that follows happen."""
        await self.pilot.press(*keys)
        await self.settle()

    async def settle(self) -> None:
        """Let everything happen that is waiting to."""
        for _ in range(3):
            await self.pilot.pause()

    async def later(self, seconds: float = 1.0) -> None:
        """Time passes, and the pulse beats."""
        self.clock.now += seconds
        self.app.beat()
        await self.settle()

    def lines(self) -> list[str]:
        """What stands on the screen, row by row."""
        width, height = self.app.size
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip)[:width].rstrip() for strip in strips[:height]]

    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines())


@asynccontextmanager
async def shown(
    monitor: FakeMonitor | None = None,
    size: tuple[int, int] = (80, 24),
    terminal: Terminal | None = None,
    **more: Any,
) -> AsyncIterator[Shown]:
    """An app on a monitor, after its first drawing with data."""
    monitor = monitor or busy()
    clock = Clock()
    app = MailtopApp(monitor, more.pop("settings", Settings()), shows=terminal or Terminal(), clock=clock, **more)
    async with app.run_test(size=size) as pilot:
        at = Shown(app, pilot, monitor, clock)
        await at.settle()
        await at.later()
        yield at
