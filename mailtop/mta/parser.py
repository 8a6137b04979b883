"""parser: what a mail server's reader is to the rest of mailtop.

A `Recogniser` says which daemon a syslog tag belongs to; the daemon's `parse` turns the text of one line into an
event. Both are pure: no state is kept between lines, so the pieces of a file may be read in any order.
"""

from collections.abc import Callable
from typing import NamedTuple

from mailtop.event import Event

Parse = Callable[[bytes], Event | None]
"""Text of a line -> what it reports. None: it says nothing of mail traffic. Unparsed: not understood. Never raises."""


class Daemon(NamedTuple):
    """A program that writes mail log lines."""

    mta: str
    name: str
    """as in the schema's `daemon`: smtpd, submission/smtpd, postscreen, ..."""
    parse: Parse
    by_pid: bool = False
    """one SMTP session at a time per process: host, tag and pid tell its sessions apart"""


Recogniser = Callable[[bytes], Daemon | None]
"""Syslog tag without pid -> daemon; None when the tag is of another program."""


def words(table: str) -> tuple[bytes, ...]:
    """The entries of a table written as `one | two | three`, blanks around them dropped."""
    return tuple(entry.strip().encode() for entry in table.split("|"))
