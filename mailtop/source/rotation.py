"""rotation: finding what a log became, when looking at its own name is not enough.

Two questions, both answered from the files that lie beside it and answered with nothing when there is any doubt:
`between` - it was renamed more than once since the last look: which files held the log in between; `copy_of` - it was
truncated with lines unread: which copy (logrotate's `copytruncate`) still holds them.

Follows logrotate(8): `log.1` is newer than `log.2`; `log-20261121` is older than `log-20261122`.
BUGS: compressed files, `olddir` and `extension` are not searched.
"""

import os
import re
from collections.abc import Container
from contextlib import suppress
from typing import Final

from mailtop.source.opened import OpenFile
from mailtop.source.readback import open_log, siblings

MOST: Final = 16
"""rotations that are caught up with at once"""

_COUNTED: Final = re.compile(r"\.(\d{1,4})$")
_DATED: Final = re.compile(r"-\d{8}(?:-?\d{2,10})?$")

Key = tuple[int, int]


def between(left: OpenFile, known: Container[Key]) -> list[str]:
    """The files that took the log's name after `left` and lost it again, oldest first, without the `known` ones."""
    state = os.fstat(left.fd)
    beside = siblings(left.path, state.st_ino)
    if not beside or os.stat(beside[0]).st_ino != state.st_ino:
        return []
    now_called = beside[0]
    later: list[tuple[str, str]] = []
    for path in beside[1:]:
        order = _order(left.path, now_called, path)
        if order:
            with suppress(OSError):
                other = os.stat(path)
                if (other.st_dev, other.st_ino) not in known and other.st_mtime_ns >= state.st_mtime_ns:
                    later.append((order, path))
    return [path for _, path in sorted(later)][-MOST:]


def copy_of(file: OpenFile, known: Container[Key]) -> int | None:
    """A descriptor of the copy that was made of a truncated file before, and holds at least what was read of it."""
    if not file.head:
        return None
    for path in siblings(file.path, 0):
        with suppress(OSError):
            fd = open_log(path)
            if _continues(fd, file, known):
                return fd
            os.close(fd)
    return None


def _order(name: str, left: str, other: str) -> str:
    """Something to sort files by that were rotated after `left`, oldest first; empty when `other` was not."""
    mine, its = left.removeprefix(name), other.removeprefix(name)
    counted, its_count = _COUNTED.fullmatch(mine), _COUNTED.fullmatch(its)
    if counted and its_count:
        newer = int(its_count[1]) < int(counted[1])
        return f"{9999 - int(its_count[1]):04}" if newer else ""
    if _DATED.fullmatch(mine) and _DATED.fullmatch(its) and len(mine) == len(its):
        return its if its > mine else ""
    return ""


def _continues(fd: int, file: OpenFile, known: Container[Key]) -> bool:
    """Whether an open file begins like `file` did and has what was read of it up to the same place."""
    state = os.fstat(fd)
    if (state.st_dev, state.st_ino) in known or state.st_size < file.position:
        return False
    anchored = os.pread(fd, len(file.anchor), file.position - len(file.anchor)) == file.anchor
    return anchored and os.pread(fd, len(file.head), 0) == file.head
