"""What is sent to the terminal, played on an emulator, is what the screen shows: in text and in style."""

from typing import Any

import pyte
from textual.drivers.headless_driver import HeadlessDriver
from textual.pilot import Pilot

from mailtop.tui.app import MailtopApp
from mailtop.tui.narrow import narrowed
from mailtop.tui.terminal import Terminal
from tests.tui.fake import Clock, Settings, busy
from tests.tui.screen import Shown
from tests.tui.test_budget import churn

SIZE = (120, 40)


class Played(HeadlessDriver):
    """A driver whose writes are kept."""

    written: list[str] = []  # noqa: RUF012

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        Played.written.append(data)


def play(emulator: Any) -> int:
    """Show what was written since the last time; how many bytes that was."""
    data = "".join(Played.written)
    Played.written.clear()
    pyte.Stream(emulator).feed(data)
    return len(data.encode())


def cells(emulator: Any) -> list[list[Any]]:
    return [[emulator.buffer[y][x] for x in range(SIZE[0])] for y in range(SIZE[1])]


async def test_the_terminal_shows_what_the_screen_shows(monkeypatch: Any) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("COLORTERM", raising=False)
    Played.written = []
    monitor, clock = busy(), Clock()
    by_parts, at_once = pyte.Screen(*SIZE), pyte.Screen(*SIZE)
    spent = {"parts": 0, "whole": 0}

    class Watched(MailtopApp):
        def get_driver_class(self) -> type[Played]:
            return Played

    app = Watched(monitor, Settings(), shows=Terminal(), clock=clock)

    async def drive(pilot: Pilot[Any]) -> None:
        at = Shown(app, pilot, monitor, clock)
        await at.settle()
        await at.later()
        play(by_parts)
        for step in range(1, 9):
            churn(monitor, step)
            await at.later()
            spent["parts"] = max(spent["parts"], play(by_parts))
            if step == 4:
                await at.press("j", "tab")
                play(by_parts)
        app.action_redraw()
        await at.settle()
        spent["whole"] = play(at_once)
        app.exit()

    await app.run_async(size=SIZE, auto_pilot=drive)
    assert app._exception is None
    assert "Top clients" in at_once.display[2]
    assert by_parts.display == at_once.display
    assert cells(by_parts) == cells(at_once)
    assert 0 < spent["parts"] < spent["whole"] / 2


def test_what_is_no_update_of_parts_is_left_alone() -> None:
    assert narrowed("text") == "text"
    assert narrowed(None) is None
