"""What the following process says of one path, look by look."""

import io
import os
from pathlib import Path

import pytest

from mailtop.batch import Batch
from mailtop.ingest import follower, frames
from mailtop.ingest.follower import REDATE, Following
from mailtop.ingest.messages import Ended, Follow, Opened, Progress
from mailtop.source.tail import Tail

YEAR_END = 1_798_750_800.0
"""2026-12-31 21:00 UTC"""

CONNECT = b"mx1 postfix/smtpd[1]: connect from unknown[192.0.2.1]\n"


class Heard:
    """A follower of `path`; `look` gives what it sends."""

    def __init__(self, path: Path) -> None:
        self.now = YEAR_END
        self.out = io.BytesIO()
        self.following = Following(Tail(str(path), clock=lambda: self.now), self.out, lambda: self.now)

    def look(self, without: str | None = None) -> list[object]:
        self.out.seek(0)
        self.out.truncate()
        self.following.look(without)
        self.out.seek(0)
        return list(iter(lambda: frames.receive(self.out), None))


def append(path: Path, text: bytes) -> None:
    with open(path, "ab") as file:
        file.write(text)


def test_lines_then_the_file_they_are_in_then_silence(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    append(log, 3 * (b"Dec 31 21:00:00 " + CONNECT))
    heard = Heard(log)
    batch, opened, progress = heard.look()
    assert isinstance(batch, Batch)
    assert (len(batch), batch.counts["lines"], batch.file) == (3, 3, 0)
    assert isinstance(opened, Opened)
    assert (opened.source, opened.file) == (str(log), 0)
    assert progress == Progress(str(log))
    assert heard.look() == []


def test_a_rotation_is_another_file(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    append(log, b"Dec 31 21:00:00 " + CONNECT)
    heard = Heard(log)
    heard.look()
    log.rename(tmp_path / "mail.log.1")
    append(tmp_path / "mail.log.1", b"Dec 31 21:00:01 " + CONNECT)
    append(log, b"Dec 31 21:00:02 " + CONNECT)
    batches = [message for message in heard.look() if isinstance(message, Batch)]
    assert [(batch.file, batch.counts["lines"]) for batch in batches] == [(0, 1), (1, 1)]


def test_trouble_is_said_once_and_taken_back(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    heard = Heard(log)
    (said,) = heard.look()
    assert said == Progress(str(log), note=f"{log}: there is no such file")
    assert heard.look() == heard.look() == []
    append(log, b"Dec 31 21:00:00 " + CONNECT)
    assert heard.look()[-1] == Progress(str(log))


def test_missing_hints_are_said(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.touch()
    heard = Heard(log)
    assert heard.look("no hints")[-1] == Progress(str(log), note="no hints")


def test_what_was_lost_is_said(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    append(log, b"Dec 31 21:00:00 " + CONNECT + b"Dec 31")
    heard = Heard(log)
    heard.look()
    os.truncate(log, 0)
    (progress,) = [message for message in heard.look() if isinstance(message, Progress)]
    assert progress.lost == f"{log}: 6 octets were truncated away before they were read"


def test_a_log_followed_over_new_year_goes_on_in_the_new_one(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    append(log, b"Dec 31 21:00:00 " + CONNECT)
    heard = Heard(log)
    (first,) = [message for message in heard.look() if isinstance(message, Batch)]
    heard.now += 5 * 86_400 + REDATE
    append(log, b"Jan  5 22:00:00 " + CONNECT)
    (later,) = [message for message in heard.look() if isinstance(message, Batch)]
    assert (later.time[0] - first.time[0]) // 1_000_000 == 5 * 86_400 + 3600


def test_a_reader_far_behind_sends_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "BATCH_BYTES", 1 << 19)
    log = tmp_path / "mail.log"
    text = b"Dec 31 21:00:00 " + CONNECT
    append(log, text * (3 * (1 << 20) // len(text)))
    said = Heard(log).look()
    assert sum(isinstance(message, Batch) for message in said) >= 3
    lags = [message.lag_bytes for message in said if isinstance(message, Progress)]
    assert lags[0] > 0
    assert lags[-1] == 0


def test_a_pipe_is_read_to_its_end() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"Dec 31 21:00:00 " + CONNECT + b"Dec 31 21:00:00 " + CONNECT.rstrip())
    os.close(writing)
    out = io.BytesIO()
    follower.follow(Follow(("-",), (0,), reading), out)
    os.close(reading)
    out.seek(0)
    said = list(iter(lambda: frames.receive(out), None))
    assert sum(message.counts["lines"] for message in said if isinstance(message, Batch)) == 2
    assert all(message.file == -1 for message in said if isinstance(message, Batch))
    assert said[-1] == Ended()
