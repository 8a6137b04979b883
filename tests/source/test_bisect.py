"""Places in a large file, found by reading little of it, whatever junk lies between its lines."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtop.source.pieces import LOOK, bisect, last_line_start, line_start, pieces


@contextmanager
def opened(text: bytes) -> Iterator[int]:
    """A descriptor of a file that holds `text`."""
    fd = os.memfd_create("log")
    try:
        os.write(fd, text)
        yield fd
    finally:
        os.close(fd)


def number(line: bytes) -> int | None:
    """The number that a line begins with, which stands for its time."""
    head = line.split(b" ", 1)[0]
    return int(head) if head.isdigit() else None


def place(text: bytes, sought: int) -> int:
    """Where the first line of `sought` or more begins; by looking at every line."""
    at = 0
    for line in text.splitlines(keepends=True):
        told = number(line.rstrip(b"\n"))
        if told is not None and told >= sought:
            return at
        at += len(line)
    return len(text)


def sought_in(text: bytes, sought: int) -> int:
    """The same, by bisecting."""
    with opened(text) as fd:
        return bisect(fd, len(text), lambda line: None if (told := number(line)) is None else told < sought)


JUNK = [b"", b"\0" * 700, b"junk", b"\xff\xfe", b"-" * (LOOK + 9), b"\0" * (3 * LOOK), b"continued line, no time"]


@settings(max_examples=150, deadline=None)
@given(
    steps=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60), st.sampled_from([None, None, *JUNK])), max_size=60),
    sought=st.integers(-1, 100),
)
def test_as_if_every_line_had_been_looked_at(steps: list[tuple[int, int, bytes | None]], sought: int) -> None:
    now, text = 0, b""
    for step, length, junk in steps:
        now += step
        text += b"%d %b\n" % (now, b"x" * length)
        text += b"" if junk is None else junk + b"\n"
    assert sought_in(text, sought) == place(text, sought)


@pytest.mark.parametrize("sought", [0, 5, 6, 7, 99])
def test_a_last_line_without_newline(sought: int) -> None:
    text = b"5 a\n6 b\n7 c"
    assert sought_in(text, sought) == place(text, sought)


def test_nothing_in_it_can_be_told() -> None:
    text = b"junk\n" * 9000
    assert sought_in(text, 1) == len(text)
    assert sought_in(b"", 1) == 0


def test_reads_grow_with_the_binary_digits_of_the_size(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"".join(b"%d %b\n" % (at, b"x" * 80) for at in range(60_000))
    reads: list[int] = []
    really = os.pread

    def pread(fd: int, size: int, offset: int) -> bytes:
        reads.append(size)
        return really(fd, size, offset)

    monkeypatch.setattr(os, "pread", pread)
    for sought in (0, 1, 12_345, 59_999, 70_000):
        reads.clear()
        assert sought_in(text, sought) == place(text, sought)
        assert len(reads) <= 2 * len(text).bit_length()
        assert max(reads) <= LOOK


@given(text=st.binary(max_size=60).map(lambda text: text.replace(b"a", b"\n")), offset=st.integers(-3, 70))
def test_line_start(text: bytes, offset: int) -> None:
    starts = [0, *(at + 1 for at, octet in enumerate(text) if octet == 10)]
    expected = next((start for start in starts if start >= offset), len(text)) if offset > 0 else 0
    with opened(text) as fd:
        assert line_start(fd, offset) == expected or offset > len(text)


@pytest.mark.parametrize("text", [b"", b"x", b"x\n", b"x\ny", b"x\n" + b"y" * (2 * LOOK), b"\n", b"y" * LOOK])
def test_last_line_start(text: bytes) -> None:
    with opened(text) as fd:
        assert last_line_start(fd, len(text)) == text.rfind(b"\n") + 1


@given(size=st.integers(0, 5000), start=st.integers(0, 5000), first=st.integers(1, 300), times=st.integers(1, 20))
def test_pieces_cover_what_they_should_and_nothing_twice(size: int, start: int, first: int, times: int) -> None:
    largest = first * times
    found = pieces(size, start, first, largest)
    edges = [size, *(begin for begin, _ in found)]
    assert [end for _, end in found] == edges[:-1]
    assert edges[-1] == start if found else size <= start
    assert all(0 < end - begin <= largest for begin, end in found[:-1])
    assert all(end - begin <= largest + largest // 4 for begin, end in found[-1:])


def test_the_newest_piece_is_small_and_the_next_ones_grow() -> None:
    sizes = [end - begin for begin, end in pieces(1 << 30, 0, 256 << 10, 16 << 20)]
    assert sizes[0] == 256 << 10
    assert sizes[:7] == sorted(sizes[:7])
    assert max(sizes[:-1]) == 16 << 20
