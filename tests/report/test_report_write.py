"""`mailtop report` as a face: text, JSON or files as asked, data on standard output, one line where it cannot be."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailtop import report
from mailtop.batch import Batch
from mailtop.demo import Traffic, rfc3339
from mailtop.ingest.messages import Message
from mailtop.ingest.reader import Reader
from mailtop.monitor import Monitor
from mailtop.store.memory import MemoryStore

BEGIN = 1_795_132_800.0


@dataclass(frozen=True)
class Told:
    """Options as the command line gives them."""

    window: float | None = None
    json: bool = False
    csv: str | None = None
    limit: int = 3
    width: int | None = None
    ascii: bool = False
    unknown: bool = False


class Read:
    """An inbox whose readers have come to the end of a log."""

    following = False
    followed = 0

    def __init__(self) -> None:
        traffic = Traffic(2, BEGIN, 2.0, rfc3339(), bots=200)
        data = (traffic.until(BEGIN + 300) + traffic.rest()).encode()
        reader = Reader("mail.log", 0, BEGIN)
        self._batches: list[Batch | Message] = [*reader.feed(data, 0, 1), reader.batch()]

    def take(self) -> Sequence[Batch | Message]:
        taken, self._batches = self._batches, []
        return taken

    def when_arrived(self, hint: Callable[[], object] | None) -> None:
        self.hint = hint

    def backfilled(self) -> float | None:
        return None

    def line(self, source: str, file: int, offset: int) -> str | None:
        return None

    def close(self) -> None:
        pass


@pytest.fixture
def monitor() -> Monitor:
    made = Monitor(MemoryStore(window=None), Read(), ("mail.log",))
    while made.pump():
        pass
    return made


def test_text(monitor: Monitor, capsys: pytest.CaptureFixture[str]) -> None:
    assert report.write(Told(), monitor) == 0
    out, err = capsys.readouterr()
    assert out.startswith("mailtop report: mail.log\n2026-11-20T00:00:0")
    assert "\nTop clients, 3 of " in out
    assert out.endswith("\n")
    assert not out.endswith("\n\n")
    assert err == ""


def test_the_width_is_as_told(monitor: Monitor, capsys: pytest.CaptureFixture[str]) -> None:
    report.write(Told(width=200), monitor)
    assert "HOST" in capsys.readouterr().out
    report.write(Told(width=60), monitor)
    assert "HOST" not in capsys.readouterr().out


def test_json(monitor: Monitor, capsys: pytest.CaptureFixture[str]) -> None:
    assert report.write(Told(json=True), monitor) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["meta"]["sources"] == ["mail.log"]
    assert len(said["views"]["clients"]["rows"]) == 3


def test_a_window_leaves_out_what_is_older(monitor: Monitor, capsys: pytest.CaptureFixture[str]) -> None:
    counts = []
    for window in (None, 60.0):
        report.write(Told(json=True, window=window), monitor)
        counts.append(json.loads(capsys.readouterr().out)["totals"]["connections"]["events"])
    assert 0 < counts[1] < counts[0] / 2


def test_files_are_named_on_standard_output(
    monitor: Monitor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report.write(Told(csv=str(tmp_path)), monitor) == 0
    names = capsys.readouterr().out.splitlines()
    assert sorted(names) == sorted(map(str, tmp_path.glob("*.csv")))
    assert len(names) > 8


def test_what_cannot_be_written_is_one_line(
    monitor: Monitor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert report.write(Told(csv=str(tmp_path / "file" / "below")), monitor) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("mailtop: cannot make ")
    assert err.count("\n") == 1
