"""Single lines of an archive: near each other, far apart, backwards; what is too far is not looked for."""

import gzip
import os
from pathlib import Path

import pytest

from mailtop.source import unrolled
from mailtop.source.unrolled import Unrolled


@pytest.fixture
def archive(tmp_path: Path) -> tuple[int, list[tuple[int, bytes]]]:
    """An open archive of a few MiB, and its lines with their offsets."""
    found, offset = [], 0
    for at in range(40_000):
        line = b"line %d %b" % (at, b"x" * (at % 200))
        found.append((offset, line))
        offset += len(line) + 1
    path = tmp_path / "mail.log.2.gz"
    path.write_bytes(gzip.compress(b"".join(line + b"\n" for _, line in found)))
    return os.open(path, os.O_RDONLY), found


@pytest.mark.parametrize("order", [1, -1])
def test_every_line_comes_back_in_any_order(
    archive: tuple[int, list[tuple[int, bytes]]], order: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unrolled, "KEPT", 1 << 21)
    fd, known = archive
    lines = Unrolled()
    for offset, line in known[:: order * 997]:
        assert lines.line(fd, "gzip", offset) == line
    lines.close()
    os.close(fd)


def test_an_offset_where_no_line_begins_is_none(archive: tuple[int, list[tuple[int, bytes]]]) -> None:
    fd, known = archive
    lines = Unrolled()
    end = known[-1][0] + len(known[-1][1]) + 1
    assert [lines.line(fd, "gzip", at) for at in (-1, 1, known[7][0] + 1, end, end + 1)] == [None] * 5
    assert lines.line(fd, "gzip", 0) == known[0][1]
    lines.close()
    os.close(fd)


def test_what_lies_too_far_is_not_looked_for(
    archive: tuple[int, list[tuple[int, bytes]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unrolled, "FAR", 1000)
    fd, known = archive
    lines = Unrolled()
    near = [line for offset, line in known if offset <= 1000]
    assert [found for offset, _ in known if (found := lines.line(fd, "gzip", offset))] == near
    lines.close()
    os.close(fd)


def test_memory_is_bounded(archive: tuple[int, list[tuple[int, bytes]]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unrolled, "KEPT", 1 << 16)
    fd, known = archive
    lines = Unrolled()
    assert lines.line(fd, "gzip", known[-1][0]) == known[-1][1]
    assert len(lines._data) < (1 << 16) + (2 << 20)
    lines.close()
    os.close(fd)
