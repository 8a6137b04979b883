#!/usr/bin/env python3
"""The pictures of the screen, from simulated traffic and a fixed clock: the same at every run, never touched by hand.

    make.py [--only NAME] [FOLDER]

The simulated log goes through the real reader, store and monitor, and the keys are pressed on the real screen. Writes
SVG, and PNG where resvg-py and the font DejaVu Sans Mono are installed (Debian: fonts-dejavu-core).
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mailtop.batch import Batch
from mailtop.demo import Traffic, rfc3164, table
from mailtop.ingest.reader import Reader
from mailtop.monitor import Monitor
from mailtop.store.memory import MemoryStore
from mailtop.tui.app import MailtopApp
from mailtop.tui.terminal import Terminal

NOW: Final = 1_795_284_131.0
"""2026-11-21 18:02:11 UTC"""

SOURCE: Final = "/var/log/mail.log"
HISTORY: Final = 1800.0
CONNECTIONS: Final = 12.0
"""a second, outside of the storm"""

SHOTS: Final = {
    "overview-80x24": ((80, 24), (), "mailtop"),
    "overview-120x40": ((120, 40), (), "mailtop"),
    "overview-160x50": ((160, 50), (), "mailtop"),
    "client-80x24": ((80, 24), ("enter",), "mailtop"),
    "client-160x50": ((160, 50), ("enter",), "mailtop"),
    "network-120x40": ((120, 40), ("4", "enter"), "mailtop"),
    "overview-light-120x40": ((120, 40), (), "mailtop-light"),
    "help-120x40": ((120, 40), ("question_mark",), "mailtop"),
}
"""name: size, keys, theme"""


class Read:
    """An inbox whose log has been read; its lines are kept to be read back."""

    following = True
    followed = 0
    """lines that came while following: none, the log was there"""

    def __init__(self, log: bytes) -> None:
        self._log = log
        reader = Reader(SOURCE, 1, NOW, UTC, now=lambda: NOW)
        self._batches: list[Batch] = [*reader.feed(log, 0, 1), reader.batch()]

    def take(self) -> Sequence[Batch]:
        taken, self._batches = self._batches, []
        return taken

    def when_arrived(self, hint: Callable[[], object] | None) -> None:
        """Nothing will arrive: it is here."""

    def backfilled(self) -> float | None:
        return None

    def line(self, source: str, file: int, offset: int) -> str | None:
        return self._log[offset : self._log.index(b"\n", offset)].decode("ascii")

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class Settings:
    """What a user would have settled."""

    show: float | None = 300.0
    delay: float = 1.0
    export_dir: str = "."
    ascii: bool = False
    mouse: bool | None = False
    theme: str | None = None


def simulated() -> bytes:
    """Half an hour of traffic with a storm that has just begun."""
    traffic = Traffic(1, NOW - HISTORY, CONNECTIONS, rfc3164(0), bots=6000, storms=(NOW - 150,), wave=0.0)
    return traffic.until(NOW).encode("ascii")


async def shot(log: bytes, size: tuple[int, int], keys: Sequence[str], theme: str) -> str:
    """One picture, as SVG."""
    monitor = Monitor(MemoryStore(networks=table()), Read(log), (SOURCE,), clock=lambda: NOW)
    app = MailtopApp(monitor, Settings(), shows=Terminal(theme=theme))
    async with app.run_test(size=size) as pilot:
        for _ in range(200):  # more than there are batches
            monitor.pump(1.0)
        app.draw()
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        app.draw()
        await pilot.pause()
        return app.export_screenshot(title="mailtop")


def main() -> int:
    """Draw all pictures, or one."""
    parser = argparse.ArgumentParser(description="The pictures of the screen.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent)
    parser.add_argument("--only", choices=SHOTS)
    options = parser.parse_args()
    log = simulated()
    for name, (size, keys, theme) in SHOTS.items():
        if options.only in (None, name):
            svg = asyncio.run(shot(log, size, keys, theme))
            svg = svg.replace("Fira Code", "DejaVu Sans Mono")
            (options.folder / f"{name}.svg").write_text(svg, encoding="utf-8")
            print(name, "png" if png(svg, options.folder / f"{name}.png") else "svg only")
    return 0


def png(svg: str, path: Path) -> bool:
    """The same picture as PNG; False where resvg-py is not installed."""
    try:
        import resvg_py
    except ImportError:
        return False
    path.write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=svg, monospace_family="DejaVu Sans Mono")))
    return True


if __name__ == "__main__":
    sys.exit(main())
