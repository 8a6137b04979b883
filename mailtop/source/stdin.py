"""stdin: a pipe as a stream of whole lines, while keys still come from the terminal.

`journalctl -f | mailtop -` puts the log where a screen expects its keys. `take_stdin` moves the pipe to another
descriptor and opens the terminal in its place. What came through a pipe cannot be read again, so its file number is -1;
its offsets count what came, and tell lines apart.

The pipe is never set to not block: it is shared with the process that writes to it or reads beside us.
"""

import os
import select
import sys
from typing import Final

from mailtop.source.lines import BLOCK, Chunk, cut
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
        self.cut = 0
        """lines that were cut at MAX_LINE"""
        self._rest = b""
        self._offset = 0
        self._skipping = False

    def read(self, wait: float = 0.0) -> list[Chunk]:
        """Whole lines that have come, after at most `wait` seconds. The last line is given with or without newline."""
        if self.ended or not select.select([self.fd], [], [], wait)[0]:
            return []
        block = os.read(self.fd, BLOCK)
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
