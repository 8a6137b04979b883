"""Which bytes are read by whom: the window's first, the pieces', the follower's."""

import io
import os
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from mailtop.batch import Batch
from mailtop.demo import Traffic, rfc3164
from mailtop.ingest import frames, plan
from mailtop.ingest.messages import Piece, PieceDone, Progress
from mailtop.ingest.reader import Reader
from mailtop.ingest.worker import parse_piece, piece_lines
from mailtop.record import Clock, may_begin, parse
from mailtop.source.series import series

BEGIN = 1_795_000_000.0
MINUTES = 6


@pytest.fixture(scope="module")
def text() -> bytes:
    """Some minutes of a small server's log, with syslog's repetitions and lines that are no log's."""
    log = Traffic(7, BEGIN, 2.0, rfc3164(0), bots=60, repeats=True).until(BEGIN + 60 * MINUTES).encode()
    lines = log.splitlines(keepends=True)
    lines.insert(100, b"no log line at all\n")
    lines.insert(200, lines[199][:16] + b"mx1 last message repeated 2 times\n")
    lines.insert(201, lines[199][:16] + b"mx1 last message repeated 3 times\n")
    return b"".join(lines)


@pytest.fixture
def log(tmp_path: Path, text: bytes) -> Path:
    path = tmp_path / "mail.log"
    path.write_bytes(text)
    os.utime(path, (BEGIN + 60 * MINUTES,) * 2)
    return path


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many small pieces."""
    monkeypatch.setattr(plan, "FIRST", 1000)
    monkeypatch.setattr(plan, "LARGEST", 5000)


@pytest.mark.parametrize("window", [0.0, 1.0, 17.0, 60.0, 123.0, 300.0, 1e9])
def test_a_window_begins_where_a_search_line_by_line_finds_it(log: Path, text: bytes, window: float) -> None:
    past = plan.past(str(log), window, BEGIN + 60 * MINUTES)
    clock = Clock(past.reference)
    times = [(record.time if (record := parse(line, clock)) else None) for line in text.splitlines()]
    newest = [time for time in times if time is not None][-1]
    offset = 0
    for line, time in zip(text.splitlines(keepends=True), times, strict=True):
        if time is not None and time >= newest - window * 1e6 and may_begin(line):
            break
        offset += len(line)
    assert past.start == offset
    assert past.end == len(text)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("newest_first", [True, False])
def test_pieces_and_the_follower_read_each_octet_once(log: Path, text: bytes, newest_first: bool) -> None:
    with open(log, "ab") as file:
        file.write(b"Nov 18 17:00:00 mx1 postfix/smtpd[1]: half a li")
    past = plan.past(str(log), None, BEGIN)
    pieces = plan.cut([past], newest_first)
    assert len(pieces) > 10
    assert [piece.number for piece in pieces] == list(range(len(pieces)))
    forward = sorted(pieces, key=lambda piece: piece.start)
    assert pieces == (forward[::-1] if newest_first else forward)
    assert forward[0].start == 0
    assert all(one.end == other.start for one, other in pairwise(forward))
    follow = plan.following(series([str(log), "/not/there"]), [past])
    assert follow is not None
    assert follow.starts == (forward[-1].end, 0) == (len(text), 0)
    assert follow.begun == (past.identity, None)
    assert follow.numbers == (0, 0)


@pytest.mark.usefixtures("small")
def test_no_piece_begins_at_a_repetition(tmp_path: Path) -> None:
    stamp = b"Nov 18 17:00:00 mx1 "
    one = stamp + b"postfix/smtpd[1]: connect from unknown[192.0.2.1]\n"
    path = tmp_path / "mail.log"
    path.write_bytes((one + 30 * (stamp + b"last message repeated 2 times\n")) * 20)
    with open(path, "rb") as file:
        for piece in plan.cut([plan.past(str(path), None, BEGIN)], newest_first=True):
            file.seek(piece.start)
            assert file.readline() == one


def test_without_a_follower_the_last_line_needs_no_newline(log: Path, text: bytes) -> None:
    with open(log, "ab") as file:
        file.write(text.splitlines()[0])
    past = plan.past(str(log), None, BEGIN, followed=False)
    assert past.end == len(text) + len(text.splitlines()[0])
    _, counts = read(plan.cut([past], newest_first=False))
    assert counts["lines"] == text.count(b"\n") + 1


def test_an_empty_file_has_no_pieces(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.touch()
    assert plan.cut([plan.past(str(path), 60.0, BEGIN)], newest_first=True) == []


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("window", [None, 100.0])
def test_pieces_give_what_one_pass_gives(log: Path, text: bytes, window: float | None) -> None:
    past = plan.past(str(log), window, BEGIN + 60 * MINUTES)
    whole = Reader(str(log), 0, past.reference)
    batches = [*whole.feed(text[past.start :], past.start), whole.batch()]
    rows, counts = read(sorted(plan.cut([past], newest_first=True), key=lambda piece: piece.start))
    assert rows == [row for batch in batches for row in rows_of(batch)]
    assert counts == sum((Counter(batch.counts) for batch in batches), Counter())
    assert len(rows) > 100


def test_a_file_rotated_meanwhile_is_read_where_it_is_now(log: Path, text: bytes) -> None:
    pieces = plan.cut([plan.past(str(log), None, BEGIN)], newest_first=False)
    log.rename(log.with_name("mail.log.1"))
    log.write_bytes(b"another\n")
    assert read(pieces)[1]["lines"] == text.count(b"\n")


def test_a_file_gone_meanwhile_is_said(log: Path, text: bytes) -> None:
    (piece,) = plan.cut([plan.past(str(log), None, BEGIN)], newest_first=False)
    log.unlink()
    said, done = sent(piece)
    assert isinstance(said, Progress)
    assert said.lost == f"{log}: {len(text):,} octets were rotated away before they were read"
    assert done == PieceDone(0)


def test_a_huge_line_is_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "mail.log"
    path.write_bytes(b"one\n" + b"x" * 5_000_000 + b"\ntwo\nthree")
    fd = os.open(path, os.O_RDONLY)
    given = list(piece_lines(fd, 0, path.stat().st_size))
    os.close(fd)
    assert b"".join(data.replace(b"x", b"") for _, data in given) == b"one\n\ntwo\nthree\n"
    assert max(len(data) for _, data in given) < 100_000
    assert [offset for offset, data in given if data.startswith(b"two")] == [5_000_005]


def sent(piece: Piece) -> list[object]:
    """What a worker says of a piece."""
    out = io.BytesIO()
    parse_piece(piece, out)
    out.seek(0)
    return list(iter(lambda: frames.receive(out), None))


def read(pieces: list[Piece]) -> tuple[list[tuple[object, ...]], Counter[str]]:
    """The events of pieces, and what was counted."""
    batches = [message for piece in pieces for message in sent(piece) if isinstance(message, Batch)]
    return [row for batch in batches for row in rows_of(batch)], sum((Counter(it.counts) for it in batches), Counter())


def rows_of(batch: Batch) -> list[tuple[object, ...]]:
    """Time, kind, place and client of each event."""
    clients: dict[int, str] = {}
    column = batch.columns.get("client")
    if column is not None and hasattr(column, "codes"):
        rows = range(len(batch)) if column.rows is None else column.rows
        clients = {row: column.values[code] for row, code in zip(rows, column.codes, strict=True)}
    return [
        (time, kind, offset, clients.get(at))
        for at, (time, kind, offset) in enumerate(zip(batch.time, batch.kind, batch.offset, strict=True))
    ]
