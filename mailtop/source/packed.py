"""packed: what gzip, bzip2, xz and zstd made of a log, as a stream of octets, or of lines, again.

In: an open file. Which program packed it is told by its first octets, never by its name. Out: blocks of at most
`lines.BLOCK` octets, however much is packed into one, so that no archive can fill the memory; several members behind
each other (`gzip -c >> log.gz`) are one stream, and what follows the last one is left alone, as gzip(1) does.

An archive that breaks off, or is damaged, gives what comes before and then `DamagedError`. Zstandard needs Python 3.14,
or the program `zstd` as a child process.

Follows RFC 1952 (gzip), RFC 8878 (Zstandard). Limits: MOST octets of one archive.
"""

import lzma
import os
import shutil
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import Final

from mailtop.source.lines import BLOCK, cut
from mailtop.source.members import by_child, members, own_zstd, packing

MOST: Final = 1 << 36
"""octets that are unpacked of one archive"""

TAKEN: Final = 1 << 17
"""packed octets read at once"""

RATIO: Final = 10
"""how many times larger a log is than its archive, as far as is known without unpacking it"""


class DamagedError(Exception):
    """One line: what is wrong with an archive, and after how many octets of its log."""


def is_packed(path: str) -> bool:
    """Whether there is an archive at a path, as far as it can be read."""
    with suppress(OSError), open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        return packing(file.read(8)) is not None
    return False


def obstacle(name: str) -> str | None:
    """Why nothing that is packed so can be unpacked here, in a few words; None when it can."""
    if name != "zstd" or own_zstd() is not None or shutil.which("zstd"):
        return None
    return "packed with Zstandard, which takes Python 3.14 or the program zstd (`apt install zstd`)"


def lines(fd: int, name: str, gather: int = BLOCK) -> Iterator[tuple[int, bytes]]:
    """The whole lines in it, in runs of about `gather` octets with their offsets; the last one also without its
    newline. DamagedError, at the end, when there would have been more."""
    rest, offset, skipping = b"", 0, False
    trouble: DamagedError | None = None
    source = blocks(fd, name)
    ended = False
    while not ended:
        taken_in, size = [rest], len(rest)
        while size < gather and not ended:
            try:
                block = next(source, b"")
            except DamagedError as damaged:
                block, trouble = b"", damaged
            ended = not block
            taken_in.append(block)
            size += len(block)
        data = b"".join(taken_in)
        if ended and data and not data.endswith(b"\n"):
            data += b"\n"
        runs, taken, skipping, _ = cut(data, skipping)
        yield from ((offset + at, run) for at, run in runs)
        rest, offset = data[taken:], offset + taken
    if trouble is not None:
        raise trouble


def blocks(fd: int, name: str) -> Generator[bytes, None, None]:
    """What is packed in an open file, from its beginning. DamagedError when it cannot be read any further."""
    if name == "zstd" and own_zstd() is None:
        return _counted(by_child(fd))
    at = 0

    def read() -> bytes:
        nonlocal at
        data = os.pread(fd, TAKEN, at)
        at += len(data)
        return data

    return _counted(members(read, name))


def streamed(read: Callable[[], bytes], name: str) -> Generator[bytes, None, None]:
    """What is packed in a stream that is read piece by piece, to an empty one. DamagedError as `blocks`."""
    if name == "zstd" and own_zstd() is None:
        raise DamagedError("packed with Zstandard; unpack it into the pipe: `zstdcat mail.log.zst | mailtop report -`")
    return _counted(members(read, name))


def _counted(made: Iterator[bytes]) -> Generator[bytes, None, None]:
    """The blocks, up to MOST octets of them; DamagedError for whatever goes wrong."""
    total = 0
    try:
        for block in made:
            total += len(block)
            yield block
            if total >= MOST:
                raise DamagedError(f"only its first {MOST:,} octets were read")
    except (EOFError, OSError, ValueError, zlib.error, lzma.LZMAError) as error:
        why = "it breaks off" if isinstance(error, EOFError) else str(error) or type(error).__name__
        raise DamagedError(f"damaged: {why} after {total:,} octets of its log; what follows is missing") from None


def unpacked_size(fd: int, name: str, size: int) -> int:
    """About how many octets come out of an archive of `size` octets: for a progress bar, and nothing else."""
    if name == "gzip" and size >= 18:
        told = int.from_bytes(os.pread(fd, 4, size - 4), "little")
        if size <= told <= size * 100:
            return told
    return max(1, size * RATIO)
