"""Archives as streams: every kind, in pieces, joined, broken off, damaged, and larger than they look."""

import bz2
import gzip
import lzma
import os
import shutil
import subprocess
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtop.source import members, packed
from mailtop.source.lines import BLOCK, MAX_LINE
from mailtop.source.members import packing
from mailtop.source.packed import DamagedError, blocks, lines, streamed


def zstd(data: bytes) -> bytes:
    if not shutil.which("zstd"):
        pytest.skip("no program zstd: apt-get install zstd")
    return subprocess.run(["zstd", "-qc"], input=data, capture_output=True, check=True).stdout


KINDS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd,
}
BODY = b"".join(
    b"Nov 21 17:47:39 mx1 postfix/smtpd[%d]: connect from unknown[203.0.113.5]\n" % at for at in range(30_000)
)


@pytest.fixture
def place(tmp_path: Path) -> Callable[[bytes], int]:
    def opened(data: bytes) -> int:
        path = tmp_path / "archive"
        path.write_bytes(data)
        return os.open(path, os.O_RDONLY)

    return opened


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_known_by_its_beginning_and_unpacked(kind: str, place: Callable[[bytes], int]) -> None:
    data = KINDS[kind](BODY)
    assert packing(data[:8]) == kind
    fd = place(data)
    assert b"".join(blocks(fd, kind)) == BODY
    assert b"".join(run for _, run in lines(fd, kind)) == BODY
    os.close(fd)


@pytest.mark.parametrize("kind", KINDS)
def test_members_behind_each_other_are_one_stream(kind: str, place: Callable[[bytes], int]) -> None:
    fd = place(KINDS[kind](b"one\n") + KINDS[kind](b"two\n") + KINDS[kind](b"three"))
    assert b"".join(run for _, run in lines(fd, kind)) == b"one\ntwo\nthree\n"
    os.close(fd)


@pytest.mark.parametrize("behind", [b"\0" * 1000, b"\0" * 300_000, b"no archive", b"\x1f"])
def test_what_is_put_behind_the_last_member_is_left_alone(behind: bytes, place: Callable[[bytes], int]) -> None:
    fd = place(gzip.compress(b"one\n") + behind)
    assert b"".join(blocks(fd, "gzip")) == b"one\n"
    os.close(fd)


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz"])
def test_padding_between_members(kind: str, place: Callable[[bytes], int]) -> None:
    fd = place(KINDS[kind](b"one\n") + b"\0" * 200_000 + KINDS[kind](b"two\n"))
    assert b"".join(blocks(fd, kind)) == b"one\ntwo\n"
    os.close(fd)


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_breaks_off_gives_what_it_has_and_says_so(kind: str, place: Callable[[bytes], int]) -> None:
    whole = os.urandom(400_000).hex().encode()
    data = KINDS[kind](whole)
    fd = place(data[: len(data) // 2])
    taken: list[bytes] = []
    with pytest.raises(DamagedError, match="what follows is missing"):
        taken.extend(blocks(fd, kind))
    os.close(fd)
    got = b"".join(taken)
    assert whole.startswith(got)
    assert kind == "bzip2" or len(got) > 100_000


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz"])
def test_one_that_is_damaged_says_so(kind: str, place: Callable[[bytes], int]) -> None:
    data = bytearray(KINDS[kind](os.urandom(200_000).hex().encode()))
    data[len(data) // 2] ^= 0xFF
    fd = place(bytes(data))
    with pytest.raises(DamagedError, match="damaged: "):
        list(lines(fd, kind))
    os.close(fd)


def test_a_bomb_comes_in_blocks_and_its_line_is_cut(place: Callable[[bytes], int]) -> None:
    fd = place(gzip.compress(b"a" * (40 * BLOCK) + b"\nend\n"))
    assert max(len(block) for block in blocks(fd, "gzip")) <= BLOCK
    found = list(lines(fd, "gzip"))
    os.close(fd)
    assert sum(len(run) for _, run in found) < 2 * MAX_LINE
    assert found[-1] == (40 * BLOCK + 1, b"end\n")


def test_unpacking_ends_at_its_limit(place: Callable[[bytes], int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MOST", 3 * BLOCK)
    fd = place(gzip.compress(b"a" * (40 * BLOCK)))
    with pytest.raises(DamagedError, match="only its first 3,145,728 octets"):
        list(lines(fd, "gzip"))
    os.close(fd)


def test_the_size_of_what_comes_out(place: Callable[[bytes], int]) -> None:
    data = gzip.compress(BODY)
    fd = place(data)
    assert packed.unpacked_size(fd, "gzip", len(data)) == len(BODY)
    os.close(fd)
    assert packed.unpacked_size(0, "xz", 1000) == 1000 * packed.RATIO


@given(st.lists(st.binary(max_size=3000), max_size=4), st.integers(1, 500))
def test_a_stream_in_any_pieces(parts: list[bytes], size: int) -> None:
    data = b"".join(map(gzip.compress, parts))
    pieces = [data[at : at + size] for at in range(0, len(data), size)][::-1]
    assert b"".join(streamed(lambda: pieces.pop() if pieces else b"", "gzip")) == b"".join(parts)


@given(st.binary(max_size=300))
def test_what_only_begins_like_an_archive_never_raises_anything_else(data: bytes) -> None:
    for magic, kind in members.MAGIC:
        if kind == "zstd":
            continue
        pieces = [magic + data]
        with suppress(DamagedError):
            list(streamed(lambda pieces=pieces: pieces.pop() if pieces else b"", kind))  # type: ignore[misc]


def test_without_zstd_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "own_zstd", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "program zstd" in (packed.obstacle("zstd") or "")
    assert packed.obstacle("gzip") is None


def test_raw_deflate_is_not_taken_for_gzip() -> None:
    assert packing(zlib.compress(b"x")) is None
    assert packing(b"") is None
