"""plain: a line that begins with its stamp.

After the stamp comes what a syslog daemon writes, or what a mail program writes into a log of its own (`own`), or,
where a container's runtime stamped the line, another whole line (`stdout F ...`, `docker logs -t`). The runtime's time
is then the line's: it has a zone, which the stamp inside may lack.
"""

import re

from mailtop.record.clock import Clock
from mailtop.record.own import own
from mailtop.record.record import Record
from mailtop.record.stamp import Stamp, stamp
from mailtop.record.syslog import body, rfc5424

_STREAM = re.compile(rb"(?:stdout|stderr) [FP](?::\S*)? ")
"""containerd's and CRI-O's: which stream, and whether the line is full or a part"""


def plain(line: bytes, clock: Clock) -> Record | None:
    """The record of a line that begins with a stamp; None when it does not, or has nothing after it."""
    at = stamp(line, clock)
    if at is None:
        return None
    rest = line[at.end :]
    if at.rfc5424:
        return rfc5424(rest, at.time, at.utc_offset)
    if at.utc_offset is not None:
        streamed = _STREAM.match(rest)
        if streamed is not None:
            rest = rest[streamed.end() :]
        inner = stamp(rest, clock)
        if inner is not None and not inner.rfc5424:
            return _read(rest[inner.end :], at._replace(spaced=inner.spaced))
    return _read(rest, at)


def _read(rest: bytes, at: Stamp) -> Record | None:
    return own(rest, at) or body(rest, at.time, at.utc_offset)
