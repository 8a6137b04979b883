"""What a drawing costs in bytes: counted at the driver, the same at every run. Time is measured in benchmarks/."""

from typing import Any

import pytest
from textual.drivers.headless_driver import HeadlessDriver
from textual.pilot import Pilot

from mailtop.query import Value
from mailtop.tui.app import QUIET_BEAT, MailtopApp
from mailtop.tui.terminal import Terminal
from tests.tui.fake import NOW, Clock, FakeMonitor, Settings, busy
from tests.tui.screen import Shown

REFRESHES = 10


class Counting(HeadlessDriver):
    """A driver that counts what it is told to write."""

    written = 0
    pieces: list[str] = []  # noqa: RUF012

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        Counting.written += len(data.encode())
        Counting.pieces.append(data)


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("COLORTERM", raising=False)
    Counting.written = 0
    Counting.pieces = []


async def run(size: tuple[int, int], monitor: FakeMonitor, steps: Any, **more: Any) -> None:
    """Run an app that believes in its terminal; `steps` drives it."""
    clock = Clock()

    class Watched(MailtopApp):
        def get_driver_class(self) -> type[Counting]:
            return Counting

    app = Watched(monitor, Settings(), shows=more.pop("terminal", Terminal()), clock=clock)
    ends: list[BaseException | None] = []

    async def drive(pilot: Pilot[Any]) -> None:
        at = Shown(app, pilot, monitor, clock)
        try:
            await at.settle()
            await at.later()
            await at.later(10.0)
            await steps(at)
        except BaseException as error:
            ends.append(error)
        else:
            ends.append(None)
        app.exit()

    await app.run_async(size=size, auto_pilot=drive)
    assert len(ends) == 1, "the steps were never run"
    assert app._exception is None
    if ends[0] is not None:
        raise ends[0]


def churn(monitor: FakeMonitor, step: int) -> None:
    """A second of a busy server: three clients of ten are seen again, two refusals more, the totals move."""
    for n, row in enumerate(monitor.groups["client"]):
        if (n * 7 + step) % 10 < 3:
            more(row, connections=3, refused=2)
            row["last"] = NOW + step
    for by, field in (("reason", "turned_away"), ("zone", "refused"), ("asn", "connections")):
        for n, row in enumerate(monitor.groups[by]):
            if (n + step) % 3 == 0:
                more(row, **{field: 2})
    first = dict(monitor.events[0])
    monitor.events[:0] = [first | {"time": NOW + step, "offset": -2 * step - n} for n in range(2)]
    monitor.arrive(5)


def more(row: dict[str, Value], **fields: int) -> None:
    """Add to the counts of a row."""
    for field, by in fields.items():
        count = row[field]
        assert isinstance(count, int)
        row[field] = count + by


@pytest.mark.parametrize(("size", "budget"), [((160, 50), 8192), ((80, 24), 2048), ((200, 60), 12288)])
async def test_bytes_of_a_second_on_a_busy_server(size: tuple[int, int], budget: int) -> None:
    monitor = busy()

    async def steps(at: Shown) -> None:
        before = Counting.written
        for step in range(1, REFRESHES + 1):
            churn(monitor, step)
            await at.later()
        spent = (Counting.written - before) / REFRESHES
        assert 0 < spent <= budget, f"{spent:.0f} bytes a second"

    await run(size, monitor, steps)


async def test_nothing_is_written_when_nothing_arrives() -> None:
    async def steps(at: Shown) -> None:
        before = Counting.written
        for _ in range(30):
            await at.later(QUIET_BEAT / 31)
        assert Counting.written == before

    await run((160, 50), busy(), steps)


async def test_nothing_is_written_when_what_arrives_changes_nothing_that_is_shown() -> None:
    async def steps(at: Shown) -> None:
        before = Counting.written
        for _ in range(5):
            at.monitor.changed = True
            await at.later()
        await at.later(QUIET_BEAT + 1)
        assert Counting.written == before

    await run((160, 50), busy(), steps)


async def test_without_colour_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    import re

    monkeypatch.setenv("NO_COLOR", "1")

    async def steps(at: Shown) -> None:
        await at.press("down", "enter", "escape", "space")
        codes = {code for sgr in re.findall(r"\x1b\[([0-9;]*)m", "".join(Counting.pieces)) for code in sgr.split(";")}
        assert codes <= {"", "0", "1", "2", "7", "39", "49"}
        assert "7" in codes

    await run((120, 40), busy(), steps, terminal=Terminal(theme="ansi-dark", no_color=True))


async def test_ascii_is_ascii() -> None:
    async def steps(at: Shown) -> None:
        await at.press("down", "enter", "tab", "escape", "space", "slash", "escape", "z")
        written = "".join(Counting.pieces)
        assert "Top clients" in written
        assert written.isascii()

    await run((120, 40), busy(), steps, terminal=Terminal(ascii_only=True, theme="ansi-dark"))


async def test_nothing_is_drawn_while_the_terminal_is_busy() -> None:
    class Full:
        @staticmethod
        def qsize() -> int:
            return 30

    class Stalled:
        _queue = Full()

    async def steps(at: Shown) -> None:
        driver: Any = at.app._driver
        driver._writer_thread = Stalled()
        before, asked = Counting.written, len(at.monitor.asked)
        churn(at.monitor, 1)
        await at.later()
        assert (Counting.written, len(at.monitor.asked)) == (before, asked)
        del driver._writer_thread
        await at.later()
        assert Counting.written > before

    await run((120, 40), busy(), steps)
