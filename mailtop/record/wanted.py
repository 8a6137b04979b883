"""wanted: which records count, of a log that several hosts or several mail servers write to.

In: names as the user gave them. Out: a value that can be sent to another process and says yes or no to a record.
"""

from collections.abc import Iterable
from typing import NamedTuple

from mailtop.record.record import Record


class Wanted(NamedTuple):
    """The records of these hosts and these syslog names, in any case; an empty tuple stands for all."""

    hosts: tuple[bytes, ...] = ()
    """`mx1` is mx1 of any domain; `mx1.example.org` is that one alone"""
    names: tuple[bytes, ...] = ()
    """Postfix's `syslog_name`, or any other tag: `postfix-out` takes `postfix-out` and `postfix-out/smtpd`"""

    def __call__(self, record: Record) -> bool:
        """Whether a record is one of them. One that names no host is of no host."""
        if not self.of_host(record.host):
            return False
        if not self.names:
            return True
        program = record.program.lower()
        return any(program == name or program.startswith(name + b"/") for name in self.names)

    def of_host(self, name: bytes) -> bool:
        """Whether what a host writes may be among them."""
        host = name.lower()
        return not self.hosts or host in self.hosts or host.partition(b".")[0] in self.hosts


def wanted(hosts: Iterable[str], names: Iterable[str]) -> Wanted | None:
    """What was asked for; None when nothing was, so that nobody need ask."""
    made = Wanted(*(tuple(word.lower().encode("utf-8", "surrogateescape") for word in some) for some in (hosts, names)))
    return made if any(made) else None
