"""A monitor that has read real files: what a screen of raw lines shows has been read back from them."""

import os
from collections.abc import Sequence
from pathlib import Path

from mailtop.batch import Batch
from mailtop.ingest.inbox import Readers
from mailtop.ingest.messages import Message
from mailtop.ingest.reader import Reader
from mailtop.monitor import Monitor
from mailtop.query import Listing, Query, Table
from mailtop.source.members import packing
from mailtop.source.packed import lines as unpacked
from mailtop.source.readback import identify
from mailtop.store.memory import MemoryStore

BEGIN = 1_795_280_400
"""2026-11-21 17:00:00 UTC"""


class Files(Readers):
    """Reads files in this process, when it is told to; reads lines back as all readers do."""

    def __init__(self) -> None:
        super().__init__((), None, 0)
        self.following = True
        self.batches: list[Batch | Message] = []

    def take(self, wait: float = 0.0) -> list[Batch | Message]:
        """What has been read."""
        taken, self.batches = self.batches, []
        return taken

    def read(self, path: Path, file: int = 0, source: str = "", start: int = 0) -> int:
        """Read a log, or an archive, from an octet on; how many octets it has."""
        name = source or str(path)
        reader = Reader(name, file, BEGIN)
        data = path.read_bytes()
        if file >= 0:
            fd = os.open(path, os.O_RDONLY)
            self._files[name, file] = identify(str(path), fd)
            packed = packing(data[:8])
            runs = list(unpacked(fd, packed)) if packed else [(start, data[start:])]
            os.close(fd)
        else:
            runs = [(start, data[start:])]
        for offset, run in runs:
            self.batches += reader.feed(run, offset)
        self.batches.append(reader.batch())
        return len(data)


class Logged(Monitor):
    """A monitor of a log that a test writes; `asked` are the questions."""

    def __init__(self, path: Path) -> None:
        self.files = Files()
        self.path = path
        self.asked: list[Query | Listing] = []
        self.end = 0
        self.moment = float(BEGIN)
        super().__init__(MemoryStore(window=None), self.files, (str(path),), clock=lambda: self.moment)

    def ask(self, query: Query | Listing) -> Table:
        """The store's answer."""
        self.asked.append(query)
        return super().ask(query)

    @property
    def pages(self) -> Sequence[Listing]:
        """The pages of lines that were asked for."""
        return [query for query in self.asked if isinstance(query, Listing) and query.lines]

    def write(self, *lines: str | bytes, file: int = 0) -> None:
        """Append lines to the log, and read them."""
        if file != 0 or not self.path.exists():
            self.end = 0
        with self.path.open("ab") as log:
            log.write(b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines))
        self.end = self.files.read(self.path, file, start=self.end)

    def pump(self, budget: float = 0.02) -> bool:
        """Take in what was read; the clock stands where the newest line is."""
        changed = super().pump(budget)
        last = self.store.holding().last
        self.moment = self.moment if last is None else last
        return changed


def stamp(second: int) -> str:
    """ISO 8601, as rsyslog writes it, so many seconds after BEGIN."""
    return f"2026-11-21T{17 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000000+00:00"


def connect(second: int, client: str) -> str:
    """A connection."""
    return f"{stamp(second)} mx1 postfix/smtpd[{200 + second % 7}]: connect from unknown[{client}]"


def refuse(second: int, client: str, to: str = "info@example.org", helo: str = "ylmf-pc") -> str:
    """A refusal, of the usual length."""
    return (
        f"{stamp(second)} mx1 postfix/smtpd[{200 + second % 7}]: NOQUEUE: reject: RCPT from unknown[{client}]: "
        f"554 5.7.1 Service unavailable; Client host [{client}] blocked using zen.example.org; from=<a@spam.example> "
        f"to=<{to}> proto=ESMTP helo=<{helo}>"
    )
