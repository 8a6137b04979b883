"""members: what Python's libraries, or a child, unpack; behind one protocol, a block at a time.

In: packed octets. Out: blocks of at most `lines.BLOCK` octets. An archive is one member, or several behind each other.
EOFError where a member breaks off; where it is damaged, what the library says.
"""

import bz2
import lzma
import os
import subprocess
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol

from mailtop.source.lines import BLOCK

MAGIC: Final = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
"""how each kind begins"""

ENOUGH: Final = max(len(magic) for magic, _ in MAGIC)
"""octets that tell what something is packed with"""

MEMORY: Final = 1 << 28
"""octets that unpacking xz may take: `xz -9` makes what takes a quarter of it"""


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


def packing(head: bytes) -> str | None:
    """What a file that begins with `head` is packed with; None when with nothing."""
    return next((name for magic, name in MAGIC if head.startswith(magic)), None)


def members(read: Callable[[], bytes], name: str) -> Iterator[bytes]:
    """What is in each member in turn, of a stream that is read piece by piece, to an empty one."""
    make, data = _MAKERS[name], read()
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


def by_child(fd: int) -> Iterator[bytes]:
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


def own_zstd() -> Callable[[], Decompressor] | None:
    """Python's own decompressor of Zstandard, where it has one."""
    try:
        from compression.zstd import ZstdDecompressor  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None
    made: Callable[[], Decompressor] = ZstdDecompressor
    return made


def _make_zstd() -> Decompressor:
    make = own_zstd()
    assert make is not None
    return make()


_MAKERS: Final[Mapping[str, Callable[[], Decompressor]]] = {
    "gzip": Gzip,
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(memlimit=MEMORY),
    "zstd": _make_zstd,
}
