"""record: one log line with its header told from its text, and the clock that header speaks by.

    stamp       when: RFC 3164, RFC 5424, ISO 8601, journalctl's shapes, other languages' months
    syslog      host, tag, pid, as syslog daemons and journalctl write them
    own         the logs that Exim, Dovecot, rspamd and spamd keep themselves, without any syslog daemon
    envelope    lines inside lines: journald's JSON, Docker, Kubernetes
    clock       local time, and the year that is not written
    wanted      which hosts' and which servers' records count, where the log has several

`parse` is the thorough reading; a reader that sees millions of lines of one shape remembers slices of the header
instead (`mailtop.ingest.headers`). It never raises, and its time grows with the length of the line alone.
"""

from mailtop.record.clock import Clock, zone_minutes
from mailtop.record.envelope import unwrap
from mailtop.record.own import exim_line
from mailtop.record.plain import plain
from mailtop.record.record import LINE_LIMIT, Record
from mailtop.record.syslog import may_begin, repeated, sequence
from mailtop.record.wanted import Wanted, wanted

__all__ = [
    "LINE_LIMIT", "Clock", "Record", "Wanted", "exim_line", "may_begin", "parse", "repeated", "sequence", "wanted",
    "zone_minutes",
]  # fmt: skip


def parse(line: bytes, clock: Clock) -> Record | None:
    """Read a line's header. None when there is no stamp, or nothing after it."""
    return plain(line, clock) or unwrap(line, clock)
