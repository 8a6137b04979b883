"""App: themes, the pulse, and the keys that work everywhere.

What arrives is taken in at once (`Core.pump`, which never waits). The pulse lets the screen on top draw. It
draws when something has arrived, at most once in `delay` seconds, never while the terminal is still busy with what was
written before, and only the screen that can be seen. When nothing arrives nothing is written: a quiet log costs no
byte but for the beat of `QUIET_BEAT` seconds in which a live window moves on, until it counts as silent.
"""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar, Final, Protocol

from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.events import AppBlur, AppFocus
from textual.screen import Screen

from mailtop.query import Where
from mailtop.tui.clipboard import copy_report
from mailtop.tui.crumbs import CrumbBar
from mailtop.tui.desk import Abuse, Core, Desk, Export
from mailtop.tui.drilldown import Drilldown
from mailtop.tui.messages import Opened
from mailtop.tui.narrow import narrowed
from mailtop.tui.overview import Overview
from mailtop.tui.paned import PanedScreen
from mailtop.tui.rawlines import RawLines, open_raw_lines
from mailtop.tui.terminal import Terminal, keys_from_terminal, terminal
from mailtop.tui.theme import THEMES

PULSE: Final = 0.5
"""seconds between two looks whether it is time to draw"""

GATHER: Final = 0.01
"""seconds from the hint that something has arrived to taking it in: what comes close together is taken together"""

EAGER: Final = 0.05
"""the same until the first drawing, and while older lines are being read"""

QUIET_BEAT: Final = 30.0
"""seconds after which a live window is drawn again though nothing has arrived"""

UNSEEN: Final = 5.0
"""seconds between two drawings while the terminal's window has not the focus"""

SLICE: Final = 0.04
"""seconds of drawing between which keys are answered"""

REST: Final = 4.0
"""how many times as long as a drawing took there is none: drawing never takes more than a fifth of a processor"""

COLLECT: Final = (10_000, 20, 20)
"""thresholds of the garbage collector, as in gc.set_threshold"""

BUSY: Final = 2
"""writes waiting for the terminal above which nothing is drawn"""


class Options(Protocol):
    """What the user settled: `mailtop.config.Config`, or whoever has these."""

    @property
    def show(self) -> float | None:
        """Seconds shown at first; None for everything."""

    @property
    def delay(self) -> float:
        """Seconds between two drawings."""

    @property
    def export_dir(self) -> str:
        """Where exports go."""

    @property
    def ascii(self) -> bool:
        """ASCII characters only."""

    @property
    def mouse(self) -> bool | None:
        """None: on, but not over SSH."""

    @property
    def theme(self) -> str | None:
        """A name, or None for what fits."""


class MailtopApp(App[None]):
    """The screen. `terminal` says what can be shown; `clock` counts seconds from anywhere."""

    CSS_PATH = Path(__file__).with_name("mailtop.tcss")
    TITLE = "mailtop"
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = ""
    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "quit", "Quit at once", show=False, priority=True, system=True, id="force_quit"),
        Binding("ctrl+l", "redraw", "Draw again", show=False, id="redraw"),
        Binding("ctrl+z", "suspend_process", "Suspend", show=False, id="suspend"),
        Binding("l", "raw_lines", "Raw lines of what is shown", show=False, id="raw_log"),
        Binding("Y", "copy_report", "Copy a report about the row, or the slice, for an abuse mail", show=False,
                id="copy_report"),
        Binding("m", "mouse", "Mouse on or off", show=False, id="mouse"),
    ]

    def __init__(
        self,
        monitor: Core,
        options: Options,
        *,
        title: str = "",
        export: Export | None = None,
        shows: Terminal | None = None,
        abuse: Abuse | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        shows = shows or Terminal(ascii_only=options.ascii)
        super().__init__(ansi_color=True if shows.theme.startswith("ansi") else None)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = shows.theme
        self.animation_level = "none"
        self.desk = Desk(
            monitor, options.show, shows.ascii_only, Path(options.export_dir).expanduser(), export, title, clock
        )
        self.desk.abuse = abuse
        self.delay = options.delay
        self._mouse_on = shows.mouse
        self._stale = True
        self._seen = True
        self._drawn_at = float("-inf")
        self._hinted = False
        self._steps: Iterator[None] | None = None
        self._drawn_for = 0.0

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The inks, also for themes that are not ours."""
        return dict(THEMES[0].variables)

    def on_mount(self) -> None:
        """An empty frame first; the pulse brings the data."""
        self.push_screen(Overview(self.desk))
        self.set_timer(EAGER, self.pulse)
        loop = asyncio.get_running_loop()

        def arrived() -> None:
            with suppress(RuntimeError):  # the loop has been closed: nobody looks any more
                loop.call_soon_threadsafe(self.hinted)

        self.desk.core.when_arrived(arrived)
        with suppress(NotImplementedError, RuntimeError, ValueError):
            for number in (signal.SIGHUP, signal.SIGTERM):
                loop.add_signal_handler(number, self.exit)

    # -- the pulse -------------------------------------------------------------------------------------------------

    def pulse(self) -> None:
        """Beat, and again after a while."""
        self.beat()
        self.set_timer(EAGER if self._reading else PULSE, self.pulse)

    def hinted(self) -> None:
        """Something has arrived: take it in soon, so that lines are in the store long before they are drawn."""
        if not self._hinted:
            self._hinted = True
            asyncio.get_running_loop().call_later(GATHER, self.take)

    def take(self) -> None:
        """Take in what has arrived; drawing it is the pulse's business."""
        self._hinted = False
        if self.desk.core.pump():
            self._stale = True

    @property
    def _reading(self) -> bool:
        status = self.desk.core.status()
        return status.holding.last is None or status.backfilled is not None

    def beat(self) -> None:
        """Take in what has arrived; let the screen on top draw if it is time."""
        if self.desk.core.pump():
            self._stale = True
        now = self.desk.clock()
        since = now - self._drawn_at
        pace = max(self.delay, REST * self._drawn_for, 0.0 if self._seen else UNSEEN)
        if ((self._stale and since >= pace) or since >= QUIET_BEAT) and not self.busy:
            self.draw()

    def draw(self) -> None:
        """Let the screen on top draw now, in slices if it takes long."""
        screen = self.screen
        if isinstance(screen, PanedScreen | RawLines) and self._steps is None:
            self._stale = False
            self._drawn_at = self.desk.clock()
            self._drawn_for = 0.0
            self._steps = screen.drawing()
            self._draw_slice()

    def _draw_slice(self) -> None:
        began = monotonic()
        with self.batch_update():
            for _ in self._steps or ():
                if monotonic() - began > SLICE:
                    self._drawn_for += monotonic() - began
                    self.set_timer(0.001, self._draw_slice)
                    return
        self._steps = None
        self._drawn_for += monotonic() - began

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """As every App, but see `mailtop.tui.narrow`."""
        super()._display(screen, narrowed(renderable))

    @property
    def busy(self) -> bool:
        """Whether the terminal has not yet taken what was written; one more write would stop the whole program."""
        queue = getattr(getattr(self._driver, "_writer_thread", None), "_queue", None)
        return queue is not None and bool(queue.qsize() > BUSY)

    def on_app_blur(self, event: AppBlur) -> None:
        """Nobody looks: draw less often."""
        self._seen = False

    def on_app_focus(self, event: AppFocus) -> None:
        """Somebody looks again."""
        self._seen = True
        self.draw()

    @on(Opened)
    def _opened(self, event: Opened) -> None:
        """A row was opened: the screen of what is behind it."""
        self.push_screen(Drilldown(self.desk, event.part, event.base, event.siblings))

    @on(CrumbBar.Removed)
    def _removed(self, event: CrumbBar.Removed) -> None:
        """A part of the slice goes: on every screen that stands on it."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, PanedScreen):
                screen.forget(event.part)

    # -- keys ------------------------------------------------------------------------------------------------------

    def action_redraw(self) -> None:
        """Write the whole screen again."""
        self.refresh(layout=True)
        self.screen.refresh(layout=True)

    def action_raw_lines(self) -> None:
        """The lines of what is shown, as they stand in the log."""
        if isinstance(self.screen, PanedScreen):
            open_raw_lines(self, self.desk, self.screen.where, crumbs=self.screen.crumbs)

    def action_copy_report(self) -> None:
        """A report for an abuse mail: about the slice, or, where there is none, about the row under the cursor."""
        screen = self.screen
        if not isinstance(screen, PanedScreen):
            return
        where, (field, values) = screen.where, screen.current.chosen
        if values and not screen.base:
            where = (*where, Where(field, values[0], more=tuple(values[1:])))
        screen.keys.tell(copy_report(self, self.desk, where, self.desk.span()))

    def action_mouse(self) -> None:
        """Give the mouse to the terminal, or take it back. Textual has no public switch for it at run time."""
        self._mouse_on = not self._mouse_on
        driver: Any = self._driver
        if hasattr(driver, "_mouse"):
            if self._mouse_on:
                driver._mouse = True
                driver._enable_mouse_support()
            else:
                driver._disable_mouse_support()
                driver._mouse = False
        if isinstance(self.screen, PanedScreen):
            self.screen.keys.tell(f"mouse {'on' if self._mouse_on else 'off'}", "soft")


def run(
    monitor: Core, options: Options, title: str = "", export: Export | None = None, abuse: Abuse | None = None
) -> int:
    """Show the screen until it is left; the exit code. 2, with one line on standard error, where there can be none."""
    stderr = sys.__stderr__
    shows = terminal(
        os.environ,
        is_tty=stderr is not None and stderr.isatty(),
        encoding=(stderr.encoding if stderr is not None else None) or "",
        theme=options.theme,
        ascii_only=options.ascii,
        mouse=options.mouse,
    )
    problem = shows.problem or keys_from_terminal()
    if problem:
        print(f"mailtop: {problem}", file=sys.stderr)  # noqa: T201
        return 2
    app = MailtopApp(monitor, options, title=title, export=export, shows=shows, abuse=abuse)
    # What has been imported stays: looked through again and again for what may be let go, it costs a tenth of a screen
    # that does little else.
    gc.freeze()
    gc.set_threshold(*COLLECT)
    app.run(mouse=shows.mouse)
    return app.return_code or 0
