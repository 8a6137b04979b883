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

REMEMBERED: Final = 256
"""files read and closed that are known again, at most"""

Key = tuple[int, int]


class Remembered:
    """Files that have been read and closed, and how far: they may come back under the log's name, or lie beside it."""

    def __init__(self) -> None:
        self._files: dict[Key, tuple[bytes, int]] = {}

    def add(self, file: OpenFile) -> None:
        """Remember a file that is about to be closed."""
        self._files.pop(file.key, None)
        self._files[file.key] = file.head, file.position
        while len(self._files) > REMEMBERED:
            del self._files[next(iter(self._files))]

    def position(self, fd: int) -> int | None:
        """Up to where an open file has been read; None when it has not, though a file with its inode may have been."""
        state = os.fstat(fd)
        head, position = self._files.get((state.st_dev, state.st_ino), (b"", 0))
        same = head and state.st_size >= position and os.pread(fd, len(head), 0) == head
        return position if same else None


def between(left: OpenFile, known: Container[Key]) -> list[str]:
    """The files that took the log's name after `left` and lost it again, oldest first.

    Not among them: the `known` ones, and copies of `left`.
    """
    state = os.fstat(left.fd)
    beside = siblings(left.path, state.st_ino)
    is_here = bool(beside) and os.stat(beside[0]).st_ino == state.st_ino
    if not is_here and state.st_nlink:
        return []
    later: list[tuple[str, str]] = []
    for path in beside[is_here:]:
        order = _order(left.path, beside[0] if is_here else None, path)
        if order:
            with suppress(OSError):
                fd = open_log(path)
                try:
                    if _is_later(fd, left, known):
                        later.append((order, path))
                finally:
                    os.close(fd)
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


def _order(name: str, left: str | None, other: str) -> str:
    """Something to sort files by that were rotated after `left` (None: deleted), oldest first; empty for others."""
    mine, its = (left or "").removeprefix(name), other.removeprefix(name)
    counted, its_count = _COUNTED.fullmatch(mine), _COUNTED.fullmatch(its)
    if its_count and (left is None or (counted and int(its_count[1]) < int(counted[1]))):
        return f"{9999 - int(its_count[1]):04}"
    if _DATED.fullmatch(its) and (left is None or (_DATED.fullmatch(mine) and len(mine) == len(its) and its > mine)):
        return its
    return ""


def _is_later(fd: int, left: OpenFile, known: Container[Key]) -> bool:
    """Whether an open file was written to after `left`, and is neither known nor a copy of it."""
    state, before = os.fstat(fd), os.fstat(left.fd)
    if (state.st_dev, state.st_ino) in known or state.st_mtime_ns < before.st_mtime_ns:
        return False
    return not left.head or os.pread(fd, len(left.head), 0) != left.head


def _continues(fd: int, file: OpenFile, known: Container[Key]) -> bool:
    """Whether an open file begins like `file` did and has what was read of it up to the same place."""
    state = os.fstat(fd)
    if (state.st_dev, state.st_ino) in known or state.st_size < file.position:
        return False
    anchored = os.pread(fd, len(file.anchor), file.position - len(file.anchor)) == file.anchor
    return anchored and os.pread(fd, len(file.head), 0) == file.head
