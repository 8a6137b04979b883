"""lines: octets in, whole lines out. What a file, a pipe and a piece have in common.

Of a line longer than MAX_LINE its first MAX_LINE + 1 octets are given and the rest is dropped: the one octet too many
is how the reader sees, and counts, that it was cut. A hole (the NULs that a writer without O_APPEND leaves where its
file was truncated) is passed over, so that it swallows no line.
"""

from typing import Final, NamedTuple

BLOCK: Final = 1 << 20
"""octets read at once; more than MAX_LINE"""

PIECE_BLOCK: Final = 1 << 22
"""octets of an older part of a log read at once: what is done once for a block is then done once for many lines"""

MAX_LINE: Final = 65_536
"""octets of a line; what is longer is cut"""

HOLE: Final = 4096
"""NULs at the beginning of a line that count as a hole"""


class Chunk(NamedTuple):
    """Whole lines: `data` ends with a newline and begins at `offset` of file number `file` of source `source`."""

    source: int
    file: int
    offset: int
    data: bytes


def cut(block: bytes, skipping: bool = False) -> tuple[list[tuple[int, bytes]], int, bool, int]:
    """The whole lines of a block that begins with a line, or, when `skipping`, within one that is being dropped.

    Out: runs of lines, each with its place in the block; how many octets are done with; whether what follows them is
    the rest of a line to be dropped; how many lines were cut at the block's end.
    """
    start = 0
    if skipping:
        start = block.find(b"\n") + 1
        if not start:
            return [], len(block), True, 0
    if block.startswith(b"\0" * HOLE, start):
        start = len(block) - len(block[start:].lstrip(b"\0"))
    end = block.rfind(b"\n", start) + 1 or start
    runs = [(start, block[start:end])] if end > start else []
    if len(block) - end <= MAX_LINE:
        return runs, end, False, 0
    runs.append((end, block[end : end + MAX_LINE + 1] + b"\n"))
    return runs, len(block), True, 1
