"""Heap: memory that numpy gave back goes back to the system.

glibc keeps freed blocks for the next one that fits; arrays of many sizes leave it holding half as much again as is in
use. `tune` has it take blocks of a megabyte and more from the system one by one, and `trim` gives back what is free.
With another C library (musl, macOS) both do nothing, and the operating system's own habits hold.
"""

import ctypes
from typing import Final

_TRIM_THRESHOLD: Final = -1  # of mallopt(3), as in malloc.h
_MMAP_THRESHOLD: Final = -3
_BLOCK: Final = 1<<23


def _function(name: str) -> "ctypes._NamedFuncPointer | None":
    try:
        return getattr(ctypes.CDLL(None), name, None)
    except (OSError, TypeError):
        return None


_mallopt = _function("mallopt")
_malloc_trim = _function("malloc_trim")


def tune() -> None:
    """Set the process's allocator to give large blocks back at once."""
    if _mallopt is not None and _malloc_trim is not None:
        _mallopt(_MMAP_THRESHOLD, _BLOCK)
        _mallopt(_TRIM_THRESHOLD, _BLOCK)


def trim() -> None:
    """Give free memory back to the system: a millisecond or so."""
    if _malloc_trim is not None:
        _malloc_trim(0)
