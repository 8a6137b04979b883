"""readback: one raw line again, by file and offset, long after it was read.

A log is rotated under its reader. What identifies a file is therefore its device and inode together with its first
bytes: after a rename the inode has another name, after copytruncate the bytes are in another inode, and a deleted
file's inode number may be given to a new one. The first bytes carry the oldest time stamp and tell these apart.

Uncompressed siblings in the same directory are searched; a line that went into an archive cannot be read back.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

FINGERPRINT: Final = 256
"""octets at the beginning of a file that tell it from another"""

MAX_LINE: Final = 65_536
"""octets of a line; what is longer is cut"""

SIBLINGS: Final = 64
"""files of a directory that are looked at, at most"""


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """Which file it was: its path when it was opened, device and inode, and its first bytes as far as known."""

    path: str
    device: int
    inode: int
    head: bytes


def read_line(identity: FileIdentity, offset: int) -> bytes | None:
    """The line that begins at `offset`, without its newline; None when the file is gone."""
    for path in _candidates(identity):
        with suppress(OSError):
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                if is_same(fd, identity):
                    line, newline, _ = os.pread(fd, MAX_LINE, offset).partition(b"\n")
                    return line if line or newline else None
            finally:
                os.close(fd)
    return None


def is_same(fd: int, identity: FileIdentity) -> bool:
    """Whether an open file has the bytes that the identity remembers."""
    if not identity.head:
        state = os.fstat(fd)
        return (state.st_dev, state.st_ino) == (identity.device, identity.inode)
    return os.pread(fd, len(identity.head), 0) == identity.head


def _candidates(identity: FileIdentity) -> list[str]:
    """Where the file may be: its own name first, then its rotated siblings, the inode's name ahead of the others."""
    real = os.path.realpath(identity.path)
    folder, name = os.path.split(real)
    siblings: list[tuple[bool, str]] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name != name and entry.name.startswith(name.split(".")[0]) and len(siblings) < SIBLINGS:
                with suppress(OSError):
                    if entry.is_file():
                        siblings.append((entry.inode() != identity.inode, entry.path))
    return [real, *(path for _, path in sorted(siblings))]
