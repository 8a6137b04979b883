"""readback: one raw line again, by file and offset, long after it was read and in another process.

A log is rotated under its reader. What identifies a file is therefore its device and inode together with its first
bytes: after a rename the inode has another name, after copytruncate the bytes are in another inode, and a deleted
file's inode number may be given to a new one. The first bytes carry the oldest time stamp and tell these apart.

A line of an archive is read by unpacking it again, up to the line; so is a line of a log that has been compressed
meanwhile, which is known by the first bytes that come out of it.

BUGS: a log that went into another directory (logrotate's `olddir`) is not found. A line that lies more than
`unrolled.FAR` octets into an archive is not read back.
"""

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple

from mailtop.source.lines import MAX_LINE
from mailtop.source.members import packing
from mailtop.source.packed import DamagedError, blocks, obstacle
from mailtop.source.unrolled import FAR, Unrolled

FINGERPRINT: Final = 1024
"""octets at the beginning of a file that tell it from another"""

ENOUGH: Final = 64
"""first bytes, with a time stamp among them, by which a copy under another inode is believed"""

SIBLINGS: Final = 1024
"""entries of a directory that are looked at, at most"""

USUAL: Final = 2048
"""octets that are read for a line at first"""

KNOWN: Final = 64
"""files of which it is remembered what archive was made of them"""


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """Which file it was: its path when it was opened, device and inode, and its first bytes as far as known."""

    path: str
    device: int
    inode: int
    head: bytes


class Lost(NamedTuple):
    """Why a line cannot be read back: one clause, and whether the same is true of every line of its file."""

    why: str
    whole: bool


_UNROLLED: Final = Unrolled()
"""the archive that was read last"""

_SINCE: Final[dict[FileIdentity, tuple[str, tuple[int, ...]]]] = {}
"""which archive was made of a file, and what it was like when that was found out: to look into all of them takes a
while, and a screen of lines asks again and again"""


def read_line(identity: FileIdentity, offset: int) -> bytes | None:
    """The line that begins at `offset`, without its newline; None when the file is gone or has no such line."""
    return read_lines(identity, (offset,))[0]


def read_lines(identity: FileIdentity, offsets: Sequence[int]) -> list[bytes | None]:
    """The same for several lines of one file, which is looked for once."""
    fd = find(identity)
    if fd is None:
        fd = _compressed_since(identity)
    if fd is None:
        return [None] * len(offsets)
    found: dict[int, bytes | None] = {}
    try:
        name = packing(first_bytes(fd))
        for offset in sorted(offsets):  # an archive is unpacked forwards
            found[offset] = _line(fd, offset) if name is None else _UNROLLED.line(fd, name, offset)
    except OSError:
        pass
    finally:
        os.close(fd)
    return [found.get(offset) for offset in offsets]


def lost(identity: FileIdentity, offset: int) -> Lost:
    """Why `read_line` gave None."""
    fd = find(identity)
    if fd is None:
        fd = _compressed_since(identity)
    if fd is None:
        return Lost(_gone(identity), True)
    try:
        name = packing(first_bytes(fd))
        hindrance = None if name is None else obstacle(name)
        if hindrance is not None:
            return Lost(hindrance, True)
        if name is not None and offset > FAR:
            far = f"{offset >> 20:,} MiB into the archive of {identity.path}, of which {FAR >> 20:,} MiB are unpacked"
            return Lost(far, False)
    except OSError as error:
        return Lost(f"{identity.path}: {error.strerror or error}", True)
    finally:
        os.close(fd)
    return Lost(f"no line begins at octet {offset:,} of {identity.path} any more", False)


def _gone(identity: FileIdentity) -> str:
    """Why there is no file of this identity."""
    try:
        os.close(open_log(identity.path))
    except FileNotFoundError:
        what = "archive" if packing(identity.head) else "file"
        return f"the {what} {identity.path} is gone"
    except OSError as error:
        return f"{identity.path}: {error.strerror or error}"
    return f"rotated away: {identity.path} is another file now, and what it was is not beside it"


def _compressed_since(identity: FileIdentity) -> int | None:
    """A descriptor of the archive that was made of the file; None when there is none, or too little to know it by."""
    if len(identity.head) < ENOUGH:
        return None
    known = _SINCE.pop(identity, ("", ()))
    beside = siblings(os.path.realpath(identity.path), 0)
    for path in (known[0], *beside) if known[0] else beside:
        with suppress(OSError):
            fd = open_log(path)
            if known == (path, like := _like(fd)) or _holds(fd, identity.head):
                _SINCE[identity] = path, like
                while len(_SINCE) > KNOWN:
                    del _SINCE[next(iter(_SINCE))]
                return fd
            os.close(fd)
    return None


def _like(fd: int) -> tuple[int, ...]:
    """What changes when an open file does."""
    state = os.fstat(fd)
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns


def _holds(fd: int, head: bytes) -> bool:
    """Whether an open file is an archive of what begins with `head`."""
    name = packing(first_bytes(fd)) if stat.S_ISREG(os.fstat(fd).st_mode) else None
    if name is None:
        return False
    opened = blocks(fd, name)
    try:
        return next(opened, b"").startswith(head)
    except DamagedError:
        return False
    finally:
        opened.close()


def find(identity: FileIdentity) -> int | None:
    """A descriptor of the file, or of its copy, whatever it is called now; None when it is gone."""
    real = os.path.realpath(identity.path)
    for path in (real, *siblings(real, identity.inode)):
        with suppress(OSError):
            fd = open_log(path)
            if is_same(fd, identity):
                return fd
            os.close(fd)
    return None


def open_log(path: str) -> int:
    """A descriptor to read from. OSError when it cannot be opened; never waits, not even at a pipe."""
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)


def first_bytes(fd: int) -> bytes:
    """What tells an open file from another."""
    return os.pread(fd, FINGERPRINT, 0)


def identify(path: str, fd: int) -> FileIdentity:
    """The identity of an open file."""
    state = os.fstat(fd)
    return FileIdentity(path, state.st_dev, state.st_ino, first_bytes(fd))


def is_same(fd: int, identity: FileIdentity) -> bool:
    """Whether an open file is the one that the identity remembers, or a copy of it.

    Fewer than ENOUGH first bytes may be another file's too: they count only together with the inode.
    """
    state = os.fstat(fd)
    if not stat.S_ISREG(state.st_mode) or os.pread(fd, len(identity.head), 0) != identity.head:
        return False
    return len(identity.head) >= ENOUGH or (state.st_dev, state.st_ino) == (identity.device, identity.inode)


def siblings(path: str, inode: int) -> list[str]:
    """Files beside `path` that begin with its name or its name's stem; the one with that inode number first."""
    folder, name = os.path.split(path)
    stem = name.split(".", 1)[0] or name
    found: list[tuple[bool, str]] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry, _ in zip(entries, range(SIBLINGS), strict=False):
            if entry.name != name and entry.name.startswith(stem) and entry.is_file(follow_symlinks=False):
                found.append((entry.inode() != inode, entry.path))
    return [path for _, path in sorted(found)]


def _line(fd: int, offset: int) -> bytes | None:
    """The line at `offset`, if one begins there: after a newline or a hole."""
    if offset < 0 or (offset and os.pread(fd, 1, offset - 1) not in (b"\n", b"\0")):
        return None
    line, newline, _ = os.pread(fd, USUAL, offset).partition(b"\n")
    if not newline and len(line) == USUAL:
        line, newline, _ = os.pread(fd, MAX_LINE, offset).partition(b"\n")
    return line if line or newline else None
