"""sniff: whether a file is a mail log at all, before anything is shown of it.

In: a path. Out: nothing when it is one, or is empty and may become one; else `SourceError`, one line that says what was
found. A sample is read, the first and the last octets: a real log is known by a program tag in the first few KiB, and
only what has none there is read by the grammars.
"""

import os
import re
from collections import Counter
from typing import Final

from mailtop.ingest.clean import clean
from mailtop.record import Clock, parse
from mailtop.source.readback import open_log
from mailtop.source.refusal import SourceError, explain

GLANCE: Final = 16 << 10
"""octets at either end in which a tag is sought first"""

SAMPLE: Final = 256 << 10
"""octets at either end that are read by the grammars"""

NAMED: Final = 4
"""programs named in a refusal, at most"""

NAME_LENGTH: Final = 32

_TAG: Final = re.compile(rb"^[^\n]{8,200} (?:postfix|dovecot)[^\s\[:]*(?:/[\w-]+)?\[\d+\]: ", re.MULTILINE)

_PACKED: Final = (
    (b"\x1f\x8b", "gzip", "zcat"),
    (b"BZh", "bzip2", "bzcat"),
    (b"\xfd7zXZ\0", "xz", "xzcat"),
    (b"\x28\xb5\x2f\xfd", "Zstandard", "zstdcat"),
)
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
    head, tail = _ends(fd, state.st_size, GLANCE)
    if not head or _TAG.search(tail) or _TAG.search(head):
        return None
    for magic, name, command in _PACKED:
        if head.startswith(magic):
            return f"{path}: packed with {name}; unpack it into a pipe: `{command} {path} | mailtop report -`"
    if head.startswith(_JOURNAL):
        return f"{path}: a journal; pipe it in: `journalctl --file {path} | mailtop report -`"
    from mailtop.ingest.reader import Reader  # the parsers are wanted for a refusal alone

    programs: Counter[bytes] = Counter()
    stamped = 0
    clock = Clock(state.st_mtime)
    for sample in _ends(fd, state.st_size, SAMPLE):
        reader = Reader(path, 0, state.st_mtime)
        for batch in (*reader.feed(sample, 0), reader.batch()):
            counts = batch.counts
            if len(batch) or counts.get("noise"):
                return None
        for line in sample.split(b"\n"):
            if record := parse(line, clock):
                stamped += 1
                programs[record.program] += 1
    if stamped:
        return f"{path}: no mail server's lines in it{_named(programs)}"
    where = "of it" if state.st_size <= 2 * SAMPLE else f"of its first and last {SAMPLE >> 10} KiB"
    return f"{path}: not a mail log: no line {where} has a syslog header"


def _named(programs: Counter[bytes]) -> str:
    """The programs most often seen, in words."""
    known = [clean(name[:NAME_LENGTH]) for name, _ in programs.most_common() if name]
    if not known:
        return ", nor any other program's name"
    return "; found " + ", ".join(known[:NAMED]) + (f" and {len(known) - NAMED} more" if len(known) > NAMED else "")


def _ends(fd: int, size: int, octets: int) -> tuple[bytes, bytes]:
    """The first and the last octets of a file, which do not overlap; the last begin with a whole line."""
    head = os.pread(fd, octets, 0)
    start = max(octets, size - octets)
    tail = os.pread(fd, octets, start) if size > octets else b""
    return head, tail if start == octets else tail.partition(b"\n")[2]
