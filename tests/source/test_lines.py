"""Whole lines out of blocks, however the blocks are cut: the octets that matter, at their offsets, once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtop.source.lines import BLOCK, MAX_LINE, cut


def fed(text: bytes, edges: list[int]) -> tuple[list[tuple[int, bytes]], bytes, int]:
    """`text` in parts that end at `edges`, like a growing file: lines with offsets, what is left, how many were cut."""
    found: list[tuple[int, bytes]] = []
    at, cuts, skipping = 0, 0, False
    for edge in sorted({*edges, len(text)}):
        runs, taken, skipping, more = cut(text[at:edge], skipping)
        cuts += more
        for start, run in runs:
            assert run.endswith(b"\n")
            offset = at + start
            for line in run.splitlines(keepends=True):
                found.append((offset, line))
                offset += len(line)
        at += taken
    return found, b"" if skipping else text[at:], cuts


@settings(max_examples=200, deadline=None)
@given(
    lines=st.lists(st.integers(0, 40), max_size=20),
    rest=st.integers(0, 5),
    edges=st.lists(st.integers(0, 900), max_size=12),
)
def test_lines_of_usual_length(lines: list[int], rest: int, edges: list[int]) -> None:
    whole = [b"x" * length + b"\n" for length in lines]
    text = b"".join(whole) + b"y" * rest
    found, left, cuts = fed(text, [edge for edge in edges if edge < len(text)])
    assert [line for _, line in found] == whole
    assert all(text[offset : offset + len(line)] == line for offset, line in found)
    assert left == b"y" * rest
    assert cuts == 0


@pytest.mark.parametrize("length", [MAX_LINE + 1, MAX_LINE + 2, BLOCK, 2 * BLOCK + 5])
@pytest.mark.parametrize("step", [MAX_LINE // 2, MAX_LINE + 1, BLOCK])
def test_a_long_line_is_given_once_and_its_neighbours_whole(length: int, step: int) -> None:
    text = b"before\n" + b"x" * length + b"\nafter\n"
    found, left, _ = fed(text, list(range(step, len(text), step)))
    assert [(offset, line[:9]) for offset, line in found] == [
        (0, b"before\n"),
        (7, b"x" * 9),
        (8 + length, b"after\n"),
    ]
    # Longer than the limit, so that the reader sees that it was cut, or whole and left for the reader to cut.
    assert len(found[1][1]) in (MAX_LINE + 2, length + 1)
    assert left == b""


def test_a_line_of_just_the_limit_is_whole() -> None:
    text = b"x" * MAX_LINE + b"\n"
    assert fed(text, [MAX_LINE]) == ([(0, text)], b"", 0)


@pytest.mark.parametrize("size", [MAX_LINE + 1, BLOCK - 5])
def test_a_hole_swallows_no_line(size: int) -> None:
    text = b"before\n" + b"\0" * size + b"after\n"
    found, left, _ = fed(text, [7, 7 + size // 2])
    assert [line.lstrip(b"\0") for _, line in found] == [b"before\n", b"after\n"]
    assert left == b""
