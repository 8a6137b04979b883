"""A pipe: whole lines out of whatever pieces come, and the keys from a terminal that takes its place."""

import gzip
import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mailtop.source.lines import MAX_LINE
from mailtop.source.members import packing
from mailtop.source.refusal import SourceError
from mailtop.source.stdin import NO_FILE, Stream, is_redirected, take_stdin, written_at


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe's two ends."""
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


def everything(stream: Stream) -> list[tuple[int, bytes]]:
    """Read until its end: the runs with their offsets."""
    found = []
    while not stream.ended:
        found += [(chunk.offset, chunk.data) for chunk in stream.read()]
    return found


def test_nothing_yet_is_nothing_and_does_not_wait(pipe: tuple[int, int]) -> None:
    stream = Stream(pipe[0])
    assert stream.read() == []
    assert not stream.ended


def test_half_a_line_waits_for_its_end(pipe: tuple[int, int]) -> None:
    stream = Stream(pipe[0], source=3)
    os.write(pipe[1], b"one\ntw")
    assert stream.read() == [(3, NO_FILE, 0, b"one\n")]
    assert stream.read() == []
    os.write(pipe[1], b"o\n")
    assert stream.read() == [(3, NO_FILE, 4, b"two\n")]


def test_the_last_line_may_lack_its_newline(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], b"one\ntwo")
    os.close(pipe[1])
    stream = Stream(pipe[0])
    assert everything(stream) == [(0, b"one\n"), (4, b"two\n")]
    assert stream.read() == []


def test_nothing_at_all(pipe: tuple[int, int]) -> None:
    os.close(pipe[1])
    assert everything(Stream(pipe[0])) == []


@settings(max_examples=50, deadline=None)
@given(lines=st.lists(st.binary(max_size=9).map(lambda line: line.replace(b"\n", b"")), max_size=8), data=st.data())
def test_however_it_is_cut(lines: list[bytes], data: st.DataObject) -> None:
    text = b"".join(line + b"\n" for line in lines)
    assume(packing(text) is None)
    read, write = os.pipe()
    stream, found, at = Stream(read), b"", 0
    while at < len(text):
        size = data.draw(st.integers(1, len(text) - at))
        os.write(write, text[at : at + size])
        at += size
        for chunk in stream.read():
            assert chunk.offset == len(found)
            assert chunk.data.endswith(b"\n")
            found += chunk.data
    os.close(write)
    os.close(read)
    assert found == text


def test_a_line_without_end_is_given_once_and_not_kept(pipe: tuple[int, int]) -> None:
    stream = Stream(pipe[0])
    found = []
    for _ in range(8):
        os.write(pipe[1], b"x" * 60_000)
        found += stream.read()
    assert len(found) == 1
    assert len(found[0].data) == MAX_LINE + 2
    os.write(pipe[1], b"\nnext\n")
    assert stream.read() == [(0, NO_FILE, 480_001, b"next\n")]
    assert stream.cut == 1


def test_the_pipe_is_left_waiting_for_those_who_share_it(pipe: tuple[int, int]) -> None:
    Stream(pipe[0]).read()
    assert os.get_blocking(pipe[0])


def test_the_terminal_takes_its_place(pipe: tuple[int, int]) -> None:
    controller, terminal = pty.openpty()
    place = os.dup(pipe[0])
    try:
        data = take_stdin(keys=True, fd=place, terminal=os.ttyname(terminal))
        os.write(pipe[1], b"a line\n")
        os.write(controller, b"q\n")
        assert os.read(place, 9) == b"q\n"
        assert os.isatty(place)
        assert os.read(data, 99) == b"a line\n"
        os.close(data)
    finally:
        for fd in (controller, terminal, place):
            os.close(fd)


def test_without_keys_nothing_takes_its_place(pipe: tuple[int, int]) -> None:
    data = take_stdin(keys=False, fd=pipe[0], terminal="/nowhere")
    os.write(pipe[1], b"a line\n")
    assert os.read(data, 99) == b"a line\n"
    os.close(data)


def test_no_terminal_for_the_keys(pipe: tuple[int, int]) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(SourceError, match="`mailtop report -`"):
        take_stdin(keys=True, fd=pipe[0], terminal="/nowhere/tty")
    assert len(os.listdir("/proc/self/fd")) == before


def test_nothing_piped_in() -> None:
    controller, terminal = pty.openpty()
    try:
        with pytest.raises(SourceError, match="nothing is piped in"):
            take_stdin(keys=True, fd=terminal)
    finally:
        os.close(controller)
        os.close(terminal)


def test_closed(pipe: tuple[int, int]) -> None:
    gone = os.dup(pipe[0])
    os.close(gone)
    with pytest.raises(SourceError, match="standard input is closed"):
        take_stdin(keys=False, fd=gone)


def test_what_is_packed_is_unpacked(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], gzip.compress(b"one\ntwo\n") + gzip.compress(b"three"))
    os.close(pipe[1])
    stream = Stream(pipe[0])
    assert b"".join(data for _, data in everything(stream)) == b"one\ntwo\nthree\n"
    assert stream.trouble is None


def test_what_is_packed_and_breaks_off_says_so(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], gzip.compress(b"one\ntwo\n")[:-4])
    os.close(pipe[1])
    stream = Stream(pipe[0])
    assert everything(stream) == [(0, b"one\ntwo\n")]
    assert stream.trouble is not None
    assert "breaks off after 8 octets" in stream.trouble


def test_a_file_on_standard_input_need_not_be_named(tmp_path: Path, pipe: tuple[int, int]) -> None:
    path = tmp_path / "mail.log"
    path.write_bytes(b"x")
    os.utime(path, (1000.0, 1000.0))
    fd = os.open(path, os.O_RDONLY)
    assert is_redirected(fd)
    assert (written_at(fd, 2000.0), written_at(fd, 500.0), written_at(pipe[0], 2000.0)) == (1000.0, 500.0, 2000.0)
    os.truncate(path, 0)
    assert not is_redirected(fd)
    os.close(fd)
    assert not is_redirected(fd)
    assert not is_redirected(pipe[0])
