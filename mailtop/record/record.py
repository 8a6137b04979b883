"""record: the value that a header becomes."""

from typing import Final, NamedTuple

LINE_LIMIT: Final = 65_536
"""octets of a line that are looked at"""
HOST_LIMIT: Final = 255


class Record(NamedTuple):
    """A line's header, and its text."""

    time: int
    """microseconds since 1970 UTC"""
    utc_offset: int | None
    """minutes east of UTC as written in the stamp; None when the stamp is in the log's local time"""
    host: bytes
    """empty when the line names none"""
    program: bytes
    """the tag without pid; empty for `last message repeated N times`"""
    pid: bytes
    text: bytes
