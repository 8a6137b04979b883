"""stdin: a pipe as a stream of whole lines, while keys still come from the terminal.

`journalctl -f | mailtop -` puts the log where a screen expects its keys. `take_stdin` moves the pipe to another
descriptor and opens the terminal in its place. What came through a pipe cannot be read again, so its file number is -1;
its offsets count what came, and tell lines apart.

What is packed (`mailtop report - < mail.log.gz`) is known by its first octets, and unpacked.

The pipe is never set to not block: it is shared with the process that writes to it or reads beside us.
"""

import os
import select
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from mailtop.source.lines import BLOCK, Chunk, cut
from mailtop.source.members import packing
from mailtop.source.packed import TAKEN, DamagedError, streamed
from mailtop.source.refusal import SourceError

NO_FILE: Final = -1
"""the file number of what cannot be read again"""


def take_stdin(keys: bool, fd: int = 0, terminal: str = "/dev/tty") -> int:
    """The descriptor of what is piped in; with `keys`, `fd` is the terminal afterwards.

    SourceError when nothing is piped in, or there is no terminal for the keys.
    """
    if os.isatty(fd):
        raise SourceError("nothing is piped in: `-` reads a pipe, as in `journalctl -f | mailtop -`")
    try:
        data = os.dup(fd)
    except OSError:
        raise SourceError("standard input is closed: `-` reads a pipe, as in `journalctl -f | mailtop -`") from None
    if keys:
        try:
            keys_from(terminal, fd)
        except OSError:
            os.close(data)
            raise SourceError(
                f"the log comes on standard input and there is no {terminal} for the keys of the screen; "
                "`mailtop report -` prints once and needs none"
            ) from None
    return data


def is_redirected(fd: int = 0) -> bool:
    """Whether a file with something in it is on standard input (`mailtop < mail.log`), so that it need not be named.

    A pipe is not taken for granted: cron, ssh and CI leave one open on which nothing ever comes.
    """
    with suppress(OSError):
        state = os.fstat(fd)
        return stat.S_ISREG(state.st_mode) and state.st_size > 0
    return False


def written_at(fd: int, now: float) -> float:
    """The time that dates stamps without a year: the last change of a file, now for a pipe."""
    state = os.fstat(fd)
    return min(now, state.st_mtime) if stat.S_ISREG(state.st_mode) else now


def keys_from(terminal: str = "/dev/tty", fd: int = 0) -> None:
    """Let `fd` be the terminal. OSError when there is none."""
    opened = os.open(terminal, os.O_RDWR | os.O_NOCTTY)
    os.dup2(opened, fd)
    os.close(opened)
    if fd == 0:
        sys.stdin = os.fdopen(0, closefd=False)


class Stream:
    """A pipe, read when it has something. `ended` once its writer has gone."""

    def __init__(self, fd: int, source: int = 0) -> None:
        self.fd, self.source = fd, source
        self.ended = False
        self.trouble: str | None = None
        """why it ended before its end, in one line"""
        self.cut = 0
        """lines that were cut at MAX_LINE"""
        self._unpacked: Iterator[bytes] | None = None
        self._begun = False
        self._rest = b""
        self._offset = 0
        self._skipping = False

    def read(self, wait: float = 0.0) -> list[Chunk]:
        """Whole lines that have come, after at most `wait` seconds. The last line is given with or without newline."""
        if self.ended or not (self._unpacked or select.select([self.fd], [], [], wait)[0]):
            return []
        block = self._block()
        if not block:
            self.ended = True
            if self._skipping or not self._rest:
                return []
            block = b"\n"
        data = self._rest + block
        runs, taken, self._skipping, cuts = cut(data, self._skipping)
        start = self._offset
        self._rest, self._offset = data[taken:], start + taken
        self.cut += cuts
        return [Chunk(self.source, NO_FILE, start + at, run) for at, run in runs]

    def _block(self) -> bytes:
        """The next octets of the log; none at its end."""
        if self._unpacked is None:
            block = os.read(self.fd, BLOCK)
            name = None if self._begun else packing(block)
            self._begun = True
            if name is None:
                return block
            self._unpacked = self._unpack(block, name)
        return next(self._unpacked, b"")

    def _unpack(self, first: bytes, name: str) -> Iterator[bytes]:
        given = [first]
        try:
            yield from streamed(lambda: given.pop() if given else os.read(self.fd, TAKEN), name)
        except DamagedError as damaged:
            self.trouble = f"standard input: {damaged}"
