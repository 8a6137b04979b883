"""parser: what a mail server's reader is to the rest of mailtop.

A `Recogniser` says which daemon a syslog tag belongs to; the daemon's `parse` turns the text of one line into an
event. Both are pure: no state is kept between lines, so the pieces of a file may be read in any order.

A storm is the same few lines a million times. For those a daemon may name `Shape`s: one pattern that reads all lines
of one usual shape in a batch at once, straight into columns. A shape is an abridgement, never a second opinion: for
each line it knows it must say what `parse` says (tests hold it to that), and every other line goes to `parse`.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from mailtop.event import Event

Parse = Callable[[bytes], Event | list[Event] | None]
"""Text of a line -> what it reports; a list where one line reports several things (a message's recipients, a filter's
tests). None: it says nothing of mail traffic. Unparsed: not understood. Never raises."""


OPENING: Final = 10
"""bytes of a text that a shape is known by"""

SHORT_OPENING: Final = 4
"""bytes that a shape is known by which opens with so few, or has them behind a queue ID"""

Columns = dict[str, Sequence[bytes]]
"""Field -> one value a line; None (which no type here admits) or empty where there is none."""


class Shape(NamedTuple):
    """A usual line, read many at a time."""

    opening: bytes
    """the first `OPENING` bytes of the text, or the first `SHORT_OPENING` bytes of it or of what follows `: ` in it;
    every line that opens so is one event"""
    kind: type[Event]
    fields: tuple[str, ...]
    """what the pattern's groups are"""
    match: Callable[[bytes], re.Match[bytes] | None]
    """the whole text; None for a line that is not of this shape"""
    finish: Callable[[Columns], None] | None = None
    """adds the fields that follow from others"""


class Daemon(NamedTuple):
    """A program that writes mail log lines."""

    mta: str
    name: str
    """as in the schema's `daemon`: smtpd, submission/smtpd, postscreen, ..."""
    parse: Parse
    by_pid: bool = False
    """one SMTP session at a time per process: host, tag and pid tell its sessions apart"""
    shapes: tuple[Shape, ...] = ()


Recogniser = Callable[[bytes], Daemon | None]
"""Syslog tag without pid -> daemon; None when the tag is of another program."""


def words(table: str) -> tuple[bytes, ...]:
    """The entries of a table written as `one | two | three`, blanks around them dropped."""
    return tuple(entry.strip().encode() for entry in table.split("|"))
