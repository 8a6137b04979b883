"""A log and what was rotated away from it, packed in every way: read side by side, it answers as one pass does."""

import bz2
import gzip
import io
import lzma
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mailtop.batch import Batch
from mailtop.demo import Traffic, rfc3164
from mailtop.ingest import frames, inbox, plan
from mailtop.ingest.archive import parse_archive
from mailtop.ingest.inbox import Readers
from mailtop.ingest.messages import Piece, PieceDone, Progress
from mailtop.ingest.reader import Reader
from mailtop.monitor import Monitor
from mailtop.source.series import Series, series
from mailtop.store.memory import MemoryStore
from mailtop.views import VIEWS
from tests.ingest.test_inbox import told

BEGIN = 1_795_000_000.0
EACH = 120
FILES = 6
PACK: list[Callable[[bytes], bytes]] = [gzip.compress, bz2.compress, lzma.compress, gzip.compress]


@pytest.fixture(scope="module")
def text() -> list[bytes]:
    """The lines of a log, cut anywhere into as many parts as there are files; sessions and messages span the cuts."""
    traffic = Traffic(5, BEGIN, 3.0, rfc3164(0), bots=60, storms=(BEGIN + 200,), storm_seconds=100.0, repeats=True)
    lines = traffic.until(BEGIN + EACH * FILES).encode().splitlines(keepends=True)
    size = len(lines) // FILES
    parts = [lines[at * size : (at + 1) * size] for at in range(FILES - 1)] + [lines[(FILES - 1) * size :]]
    return [b"".join(part) for part in parts]


@pytest.fixture
def log(tmp_path: Path, text: list[bytes]) -> Series:
    """mail.log.5 .. mail.log.2 packed, mail.log.1 and mail.log as they are."""
    for at, part in enumerate(text):
        age = FILES - 1 - at
        name = tmp_path / ("mail.log" if age == 0 else f"mail.log.{age}" if age == 1 else f"mail.log.{age}.packed")
        if age > 1:
            name = name.with_suffix(".gz")
            part = PACK[at % len(PACK)](part)
        name.write_bytes(part)
        os.utime(name, (BEGIN + EACH * (at + 1),) * 2)
    (found,) = series([str(tmp_path / "mail.log")], with_rotated=True)
    return found


@pytest.mark.parametrize("follow", [True, False])
@pytest.mark.parametrize("workers", [1, 3])
def test_archives_answer_as_one_pass_does(
    log: Series, text: list[bytes], follow: bool, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "FIRST", 2000)
    monkeypatch.setattr(inbox, "FIRST_SIGHT", 0.0)
    assert len(log.files) == FILES
    now = BEGIN + EACH * FILES
    found = plan.pasts(log, None, now, followed=follow)
    assert [it.file for it in found] == list(range(FILES))
    store, forwards = MemoryStore(None, 10**6), MemoryStore(None, 10**6)
    readers = Readers(plan.cut(found, newest_first=follow), None, workers)
    monitor = Monitor(store, readers, (log.name,), clock=lambda: now)
    try:
        while monitor.pump(0.5) or readers.backfilled() is not None:
            pass
        for file, part in enumerate(text):
            reader = Reader(log.name, file, now)
            for batch in (*reader.feed(part, 0), reader.batch()):
                forwards.append(batch)
        assert store.holding().counts == forwards.holding().counts
        assert store.holding().events == forwards.holding().events > 1000
        for name, view in VIEWS.items():
            one, other = forwards.ask(view.query()), store.ask(view.query())
            assert told(other) == told(one), name
        for file, part in enumerate(text):
            lines = part.split(b"\n")
            offset = len(b"\n".join(lines[:50])) + 1
            assert readers.line(log.name, file, offset) == lines[50].decode(), log.files[file]
    finally:
        readers.close()


def test_the_follower_goes_on_behind_the_archives(log: Series) -> None:
    found = plan.pasts(log, None, BEGIN + EACH * FILES)
    follow = plan.following([log], found)
    assert follow is not None
    assert (follow.paths, follow.numbers) == ((log.name,), (FILES - 1,))
    assert follow.starts == (os.path.getsize(log.name),)


def test_archives_from_before_the_window_are_not_opened(log: Series) -> None:
    found = plan.pasts(log, EACH * 1.5, BEGIN + EACH * FILES)
    assert [it.file for it in found] == [FILES - 2, FILES - 1]
    found = plan.pasts(log, EACH * 2.5, BEGIN + EACH * FILES)
    assert [it.file for it in found] == [FILES - 3, FILES - 2, FILES - 1]
    assert found[0].packed


def test_archives_alone_are_not_followed(log: Series) -> None:
    (packed,) = series([path for path in log.files if path.endswith(".gz")])
    assert not packed.live
    found = plan.pasts(packed, None, BEGIN + EACH * FILES)
    assert plan.following([packed], found) is None
    assert [piece.packed for piece in plan.cut(found, newest_first=True)] == [True] * 4


def test_a_file_that_is_there_under_two_names_is_read_once(log: Series) -> None:
    os.link(log.files[-2], Path(log.files[-2]).with_name("mail.log.7"))
    (found,) = series([log.name], with_rotated=True)
    assert len(found.files) == FILES + 1
    assert len(plan.pasts(found, None, BEGIN)) == FILES


def sent(path: Path) -> list[object]:
    out = io.BytesIO()
    parse_archive(Piece(0, str(path), 0, 1, BEGIN, packed=True), out)
    out.seek(0)
    return list(iter(lambda: frames.receive(out), None))


def lines_in(messages: list[object]) -> int:
    return sum(message.counts.get("lines", 0) for message in messages if isinstance(message, Batch))


def test_a_broken_archive_gives_what_it_has_and_says_so(tmp_path: Path, text: list[bytes]) -> None:
    path = tmp_path / "mail.log.2.gz"
    path.write_bytes(gzip.compress(text[0])[:-2000])
    *batches, done = sent(path)
    (said,) = (message for message in batches if isinstance(message, Progress))
    assert said.lost is not None
    assert said.lost.startswith(f"{path}: damaged: it breaks off after ")
    assert 0 < lines_in(batches) < text[0].count(b"\n")
    assert done == PieceDone(0)


def test_zstandard(tmp_path: Path, text: list[bytes]) -> None:
    plain = tmp_path / "mail.log.2"
    plain.write_bytes(text[0])
    try:
        subprocess.run(["zstd", "-q", "--rm", str(plain)], check=True)
    except FileNotFoundError:
        pytest.skip("no program zstd: apt-get install zstd")
    *batches, done = sent(plain.with_suffix(".2.zst"))
    assert lines_in(batches) == text[0].count(b"\n")
    assert done == PieceDone(0)
