"""packed: what gzip, bzip2, xz and zstd made of a log, as a stream of octets, or of lines, again.

In: an open file. Which program packed it is told by its first octets, never by its name. Out: blocks of at most
`lines.BLOCK` octets, however much is packed into one, so that no archive can fill the memory; several members behind
each other (`gzip -c >> log.gz`) are one stream, and what follows the last one is left alone, as gzip(1) does.

An archive that breaks off, or is damaged, gives what comes before and then `DamagedError`. Zstandard needs Python 3.14,
or the program `zstd` as a child process.

Follows RFC 1952 (gzip), RFC 8878 (Zstandard). Limits: MOST octets of one archive.
"""

import bz2
import lzma
import os
import shutil
import subprocess
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from typing import Final, Protocol

from mailtop.source.lines import BLOCK, cut

MOST: Final = 1 << 36
"""octets that are unpacked of one archive"""

MEMORY: Final = 1 << 28
"""octets that unpacking xz may take: `xz -9` makes what takes a quarter of it"""

TAKEN: Final = 1 << 17
"""packed octets read at once"""

MAGIC: Final = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
"""how each kind begins"""

ENOUGH: Final = max(len(magic) for magic, _ in MAGIC)
"""octets that tell what something is packed with"""

RATIO: Final = 10
"""how many times larger a log is than its archive, as far as is known without unpacking it"""


class DamagedError(Exception):
    """One line: what is wrong with an archive, and after how many octets of its log."""


class Decompressor(Protocol):
    """What bz2, lzma and compression.zstd have in common."""

    @property
    def eof(self) -> bool:
        """Whether a member is at its end."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes without more data."""

    @property
    def unused_data(self) -> bytes:
        """What follows the member."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most `max_length` octets of what is packed in the data so far."""


class Gzip:
    """zlib, behind the same protocol."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)
        self._hungry = True

    @property
    def eof(self) -> bool:
        """See Decompressor."""
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        """See Decompressor."""
        return self._hungry

    @property
    def unused_data(self) -> bytes:
        """See Decompressor."""
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """See Decompressor."""
        made = self._inner.decompress(self._inner.unconsumed_tail + data, max(0, max_length))
        self._hungry = len(made) < max_length and not self._inner.unconsumed_tail
        return made


def is_packed(path: str) -> bool:
    """Whether there is an archive at a path, as far as it can be read."""
    with suppress(OSError), open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        return packing(file.read(8)) is not None
    return False


def packing(head: bytes) -> str | None:
    """What a file that begins with `head` is packed with; None when with nothing."""
    return next((name for magic, name in MAGIC if head.startswith(magic)), None)


def obstacle(name: str) -> str | None:
    """Why nothing that is packed so can be unpacked here, in a few words; None when it can."""
    if name != "zstd" or _zstd() is not None or shutil.which("zstd"):
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
    if name == "zstd" and _zstd() is None:
        return _counted(_by_child(fd))
    at = 0

    def read() -> bytes:
        nonlocal at
        data = os.pread(fd, TAKEN, at)
        at += len(data)
        return data

    return _counted(_members(read, _MAKERS[name]))


def streamed(read: Callable[[], bytes], name: str) -> Generator[bytes, None, None]:
    """What is packed in a stream that is read piece by piece, to an empty one. DamagedError as `blocks`."""
    if name == "zstd" and _zstd() is None:
        raise DamagedError("packed with Zstandard; unpack it into the pipe: `zstdcat mail.log.zst | mailtop report -`")
    return _counted(_members(read, _MAKERS[name]))


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


def _members(read: Callable[[], bytes], make: Callable[[], Decompressor]) -> Iterator[bytes]:
    """Each member in turn. EOFError where one breaks off; what the library says where one is damaged."""
    data = read()
    while data:
        member = make()
        while not member.eof:
            if member.needs_input and not data and not (data := read()):
                raise EOFError
            block = member.decompress(data, BLOCK)
            data = b""
            if block:
                yield block
        data = _next_member(member.unused_data, read)


def _next_member(data: bytes, read: Callable[[], bytes]) -> bytes:
    """The beginning of the next member, padding passed over; empty when there is none, or something else."""
    while len(data := data.lstrip(b"\0")) < ENOUGH:
        more = read()
        if not more:
            break
        data += more
    return data if packing(data) else b""


def _by_child(fd: int) -> Iterator[bytes]:
    """Through the program zstd. ValueError when it fails."""
    command = ["zstd", "-dcq"]
    os.lseek(fd, 0, os.SEEK_SET)
    with subprocess.Popen(command, stdin=fd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        try:
            assert child.stdout is not None
            while block := child.stdout.read(BLOCK):
                yield block
            if child.wait():
                raise ValueError(f"zstd ended with status {child.returncode}")
        finally:
            child.kill()


def _zstd() -> Callable[[], Decompressor] | None:
    """Python's own, where it has one."""
    try:
        from compression.zstd import ZstdDecompressor  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None
    made: Callable[[], Decompressor] = ZstdDecompressor
    return made


def _make_zstd() -> Decompressor:
    make = _zstd()
    assert make is not None
    return make()


_MAKERS: Final[Mapping[str, Callable[[], Decompressor]]] = {
    "gzip": Gzip,
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(memlimit=MEMORY),
    "zstd": _make_zstd,
}


def unpacked_size(fd: int, name: str, size: int) -> int:
    """About how many octets come out of an archive of `size` octets: for a progress bar, and nothing else."""
    if name == "gzip" and size >= 18:
        told = int.from_bytes(os.pread(fd, 4, size - 4), "little")
        if size <= told <= size * 100:
            return told
    return max(1, size * RATIO)
