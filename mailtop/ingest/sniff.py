"""sniff: whether a file is a mail log at all, before anything is shown of it.

In: a path. Out: nothing when it is one, or is empty and may become one; else `SourceError`, one line that says what was
found. A sample is read, the first and the last octets: a real log is known by a program tag in the first few KiB, and
only what has none there is read by the grammars. Of an archive, its beginning is unpacked.
"""

import os
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from mailtop.event import KIND_WORDS
from mailtop.ingest.clean import clean
from mailtop.record import Clock, parse
from mailtop.source.members import packing
from mailtop.source.packed import DamagedError, blocks, obstacle
from mailtop.source.readback import first_bytes, open_log
from mailtop.source.refusal import SourceError, explain

GLANCE: Final = 16 << 10
"""octets at either end in which a tag is sought first"""

SAMPLE: Final = 256 << 10
"""octets at either end that are read by the grammars"""

NAMED: Final = 4
"""programs named in a refusal, at most"""

NAME_LENGTH: Final = 32

_TAG: Final = re.compile(rb"^[^\n]{8,200} (?:postfix|dovecot)[^\s\[:]*(?:/[\w-]+)?\[\d+\]: ", re.MULTILINE)

_SUPPOSED: Final = b"exim"
"""what lines without a program's name are taken for, where no syslog daemon can have written them"""

_UNPARSED: Final = KIND_WORDS.index("unparsed")

_JOURNAL: Final = b"LPKSHHRH"


def sniff(path: str) -> None:
    """Nothing when `path` is a mail log, is empty or is not there. SourceError with what it is instead."""
    try:
        fd = open_log(path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise SourceError(explain(path, error)) from None
    try:
        reason = _unlike_a_log(path, fd)
    except OSError as error:
        raise SourceError(explain(path, error)) from None
    finally:
        os.close(fd)
    if reason:
        raise SourceError(reason)


def _unlike_a_log(path: str, fd: int) -> str | None:
    state = os.fstat(fd)
    name = packing(first_bytes(fd))
    if name is not None:
        if why := obstacle(name):
            return f"{path}: {why}"
        sample = _begins(fd, name)
        if isinstance(sample, str):
            return f"{path}: {sample}"
        return _unlike_mail(path, state.st_mtime, (sample,), "of its beginning") if sample else None
    head, tail = _ends(fd, state.st_size, GLANCE)
    if not head or _TAG.search(tail) or _TAG.search(head):
        return None
    if head.startswith(_JOURNAL):
        return f"{path}: a journal; pipe it in: `journalctl -o json --file {path} | mailtop report -`"
    where = "of it" if state.st_size <= 2 * SAMPLE else f"of its first and last {SAMPLE >> 10} KiB"
    return _unlike_mail(path, state.st_mtime, _ends(fd, state.st_size, SAMPLE), where)


def _begins(fd: int, name: str) -> bytes | str:
    """The first lines in an archive; why there are none when it is damaged before that."""
    opened = blocks(fd, name)
    try:
        sample = next(opened, b"")[:SAMPLE]
    except DamagedError as damaged:
        return str(damaged)
    finally:
        opened.close()
    return sample[: sample.rfind(b"\n") + 1] or sample


def _unlike_mail(path: str, written: float, samples: Sequence[bytes], where: str) -> str | None:
    """What is wrong with samples of a log; None when they hold a mail server's lines."""
    from mailtop.ingest.reader import Reader  # the parsers are wanted for a refusal alone

    if any(_TAG.search(sample) for sample in samples):
        return None
    programs: Counter[bytes] = Counter()
    stamped = 0
    clock = Clock(written)
    for sample in samples:
        reader = Reader(path, 0, written)
        for batch in (*reader.feed(sample, 0), reader.batch()):
            if batch.counts.get("noise") or batch.kind.count(_UNPARSED) < len(batch):
                return None
        for line in sample.split(b"\n"):
            if record := parse(line, clock):
                stamped += 1
                programs[record.program] += record.program != _SUPPOSED
    if stamped:
        return f"{path}: no mail server's lines in it{_named(programs)}"
    return f"{path}: not a mail log: no line {where} has a syslog header"


def _named(programs: Counter[bytes]) -> str:
    """The programs most often seen, in words."""
    known = [clean(name[:NAME_LENGTH]) for name, times in programs.most_common() if name and times]
    if not known:
        return ", nor any other program's name"
    return "; found " + ", ".join(known[:NAMED]) + (f" and {len(known) - NAMED} more" if len(known) > NAMED else "")


def _ends(fd: int, size: int, octets: int) -> tuple[bytes, bytes]:
    """The first and the last octets of a file, which do not overlap; the last begin with a whole line."""
    head = os.pread(fd, octets, 0)
    start = max(octets, size - octets)
    tail = os.pread(fd, octets, start) if size > octets else b""
    return head, tail if start == octets else tail.partition(b"\n")[2]
