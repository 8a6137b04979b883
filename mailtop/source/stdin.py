"""stdin: a pipe as a stream of whole lines, while keys still come from the terminal.

`journalctl -f | mailtop -` puts the log where a screen expects its keys. `take_stdin` moves the pipe to another
descriptor and opens the terminal in its place. What came through a pipe cannot be read again, so its file number is -1.
"""

import os
import select
import sys
from typing import Final

from mailtop.source.readback import MAX_LINE
from mailtop.source.tail import BLOCK, Chunk, SourceError

NO_FILE: Final = -1


def take_stdin(keys: bool) -> int:
    """The descriptor of what is piped in; with `keys`, standard input is the terminal afterwards.

    SourceError when nothing is piped in, or there is no terminal for the keys.
    """
    if os.isatty(0):
        raise SourceError("nothing is piped in: `-` reads a pipe, as in `journalctl -f | mailtop -`")
    data = os.dup(0)
    if keys:
        try:
            terminal = os.open("/dev/tty", os.O_RDWR)
        except OSError:
            raise SourceError(
                "no terminal for the keys of the screen; `mailtop report -` prints once and needs none"
            ) from None
        os.dup2(terminal, 0)
        os.close(terminal)
        sys.stdin = os.fdopen(0, closefd=False)
    return data


class Stream:
    """A pipe, read when it has something."""

    def __init__(self, fd: int, source: int = 0) -> None:
        self.fd, self.source = fd, source
        self.ended = False
        self.cut = 0
        self._rest = b""
        self._offset = 0
        self._skipping = False

    def read(self, wait: float) -> list[Chunk]:
        """Whole lines that have come, after at most `wait` seconds; sets `ended` at the end of the pipe."""
        if not select.select([self.fd], [], [], wait)[0]:
            return []
        block = os.read(self.fd, BLOCK)
        if not block:
            self.ended = True
            return self._give(self._rest + b"\n") if self._rest else []
        data = self._rest + block
        if self._skipping:
            gone = block.find(b"\n") + 1
            if not gone:
                self._offset += len(block)
                return []
            self._offset += gone
            self._skipping, data = False, block[gone:]
        whole = data.rfind(b"\n") + 1
        chunks = self._give(data[:whole]) if whole else []
        self._rest = data[whole:]
        if len(self._rest) > MAX_LINE:
            self.cut += 1
            chunks.append(Chunk(self.source, NO_FILE, self._offset, self._rest[:MAX_LINE] + b"\n"))
            self._offset += len(self._rest)
            self._rest, self._skipping = b"", True
        return chunks

    def _give(self, data: bytes) -> list[Chunk]:
        chunk = Chunk(self.source, NO_FILE, self._offset, data)
        self._offset += len(data)
        return [chunk]
