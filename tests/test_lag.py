"""A log that is written faster than it is read: the follower says so, and what it says reaches every face.

The log grows whenever the follower sends something, as it would under a slow reader; time is a number that goes on with
each word sent. Nothing waits.
"""

import io
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from mailtop import report
from mailtop.batch import Batch
from mailtop.ingest import follower, frames
from mailtop.ingest.follower import Following
from mailtop.ingest.messages import Message, Progress
from mailtop.monitor import MAX_NOTES, SILENT_AFTER, Monitor, Status
from mailtop.report import Reading, as_json, as_text
from mailtop.source.tail import Tail
from mailtop.store.memory import MemoryStore
from mailtop.tui.status import LAGGING, status_right
from tests.report.test_report_text import Told as Answering
from tests.report.test_report_write import Told as Options

BEGIN = 1_798_000_000.0
LINES = 6000
SECOND = 1.0
LOOKS = 20
"""enough for the follower to come to the end of what was written"""


def line(moment: float) -> bytes:
    stamp = datetime.fromtimestamp(moment, UTC).isoformat().encode()
    return stamp + b" mx1 postfix/smtpd[1]: connect from unknown[192.0.2.1]\n"


class Written(io.BytesIO):
    """Where the follower sends. While `pressed`, each word sent takes a second, in which the log grows."""

    def __init__(self, log: Path, age: float = 0.0) -> None:
        super().__init__()
        self.log, self.age = log, age
        self.now = BEGIN
        self.pressed = 0

    def flush(self) -> None:
        if self.pressed:
            self.pressed -= 1
            self.now += SECOND
            self.grow(LINES)

    def grow(self, lines: int) -> None:
        with self.log.open("ab") as file:
            file.write(line(self.now - self.age) * lines)


class Inbox:
    """What the follower has sent so far."""

    following = True
    followed = 0

    def __init__(self) -> None:
        self.messages: list[Batch | Message] = []

    def take(self) -> Sequence[Batch | Message]:
        taken, self.messages = self.messages[:1], self.messages[1:]
        return taken

    def when_arrived(self, hint: Callable[[], object] | None) -> None: ...

    def backfilled(self) -> float | None:
        return None

    def line(self, source: str, file: int, offset: int) -> str | None:
        return None

    def lost(self, source: str, file: int, offset: int) -> Any:
        raise NotImplementedError

    def close(self) -> None: ...


class Desk:
    """As much of the screen as its first line asks for."""

    window = None
    pause = None
    cursor = None


def under_pressure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: float = 0.0) -> tuple[list[Status], Status]:
    """What the monitor says after each word of a follower under pressure, and when that is over."""
    monkeypatch.setattr(follower, "BATCH_BYTES", 1 << 17)
    out = Written(tmp_path / "mail.log", age)
    out.grow(10 * LINES)
    following = Following(Tail(str(out.log), clock=lambda: out.now), cast(BinaryIO, out), lambda: out.now)
    out.pressed = 40
    for _ in range(LOOKS):
        following.look()
    inbox = Inbox()
    clock = [BEGIN]
    monitor = Monitor(MemoryStore(None), inbox, (str(out.log),), lambda: clock[0])
    out.seek(0)
    seen = []
    while (message := frames.receive(out)) is not None:
        inbox.messages.append(cast("Batch | Message", message))
        while monitor.pump(60.0):
            pass
        seen.append(monitor.status())
        clock[0] = min(clock[0] + SECOND, out.now)
    return seen, monitor.status()


def test_lag_appears_while_the_log_grows_faster_and_goes_when_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, last = under_pressure(tmp_path, monkeypatch)
    behind = [status for status in seen if status.lag_bytes]
    assert len(behind) > 10
    assert max(status.lag for status in behind) > LAGGING
    worst = max(behind, key=lambda status: status.lag)
    shown = [text for text, _ in status_right(Desk(), worst)]  # type: ignore[arg-type]
    assert any(text.startswith(f"lag {worst.lag:.0f}s (") for text in shown)
    assert (last.lag, last.lag_bytes) == (0.0, 0)
    assert not any(text.startswith("lag") for text, _ in status_right(Desk(), last))  # type: ignore[arg-type]


def test_old_lines_written_late_are_no_lag_of_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, _ = under_pressure(tmp_path, monkeypatch, age=40 * 86_400.0)
    behind = [status.lag for status in seen if status.lag_bytes]
    assert max(behind) > LAGGING
    assert max(behind) < 100


def test_a_follower_minutes_behind_still_says_so() -> None:
    inbox, clock = Inbox(), [BEGIN]
    monitor = Monitor(MemoryStore(None), inbox, ("mail.log",), lambda: clock[0])
    inbox.messages.append(Progress("mail.log", 1 << 20))
    monitor.pump(60.0)
    clock[0] += 3 * SILENT_AFTER
    assert monitor.status().lag == 3 * SILENT_AFTER


def test_reports_say_what_was_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, _ = under_pressure(tmp_path, monkeypatch)
    worst: Status = max(seen, key=lambda status: status.lag)
    assert f"{worst.lag_bytes:,} octets have been written and not read, {worst.lag:.0f} s behind" in as_text(
        Answering(), worst.reading
    )
    reading = json.loads(as_json(Answering(), worst.reading))["meta"]["reading"]
    assert (reading["unread_bytes"], reading["lag_seconds"]) == (worst.lag_bytes, worst.lag)


def test_gaps_reach_the_report_and_are_bounded(capsys: pytest.CaptureFixture[str]) -> None:
    inbox = Inbox()
    monitor = Monitor(MemoryStore(None), inbox, ("mail.log",), lambda: BEGIN)
    gaps = [f"mail.log: gap {number}" for number in range(MAX_NOTES + 3)]
    inbox.messages += [Progress(f"mail.log, octet {number}", lost=gap) for number, gap in enumerate(gaps)]
    while monitor.pump(60.0):
        pass
    status = monitor.status()
    assert status.gaps == (*gaps[3:], "and 3 more gaps before these")
    assert set(status.gaps) <= set(status.notes)
    assert report.write(Options(), monitor) == 0
    text = capsys.readouterr().out
    assert all(gap in text for gap in gaps[3:])
    assert report.write(Options(json=True), monitor) == 0
    assert json.loads(capsys.readouterr().out)["meta"]["reading"]["gaps"] == list(status.gaps)


def test_nothing_lacks_of_what_was_read_to_its_end() -> None:
    assert Reading(MemoryStore(None).holding()).lacks() == []
