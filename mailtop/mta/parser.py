"""parser: what a mail server's reader is to the rest of mailtop.

A `Recogniser` says which daemon a syslog tag belongs to; the daemon's `parse` turns the text of one line into an
event. Both are pure: no state is kept between lines, so the pieces of a file may be read in any order.

A storm is the same few lines a million times. For those a daemon may name `Shape`s: a template by which all lines of
one usual shape in a block are read at once, straight into columns. A shape is an abridgement, never a second opinion:
for each line it knows it must say what `parse` says (tests hold it to that), and every other line goes to `parse`.
"""

from collections.abc import Callable
from typing import NamedTuple

from mailtop.event import Event

Parse = Callable[[bytes], Event | list[Event] | None]
"""Text of a line -> what it reports; a list where one line reports several things (a message's recipients, a filter's
tests). None: it says nothing of mail traffic. Unparsed: not understood. Never raises."""

class Derived(NamedTuple):
    """A field of a shape that follows from others; worked out once for each distinct set of values."""

    field: str
    sources: tuple[str, ...]
    value: Callable[..., bytes | None]
    """what the sources say -> the field; empty where there is none; None where that cannot be said without `others`"""
    others: tuple[str, ...] = ()
    """fields of the template that are asked as well, behind the sources, where `value` of those alone gave None"""


def always(field: str, value: bytes) -> Derived:
    """A field that says the same in all lines of a shape."""
    return Derived(field, (), lambda: value)


class Shape(NamedTuple):
    """A usual line, read many at a time."""

    kind: type[Event]
    template: bytes
    """the whole text, fields named in braces: see `mailtop.ingest.bulk.template`"""
    derived: tuple[Derived, ...] = ()
    """in order: what one says is a source for the next; a name that is no field of the kind is a source only"""


class Daemon(NamedTuple):
    """A program that writes mail log lines."""

    mta: str
    name: str
    """as in the schema's `daemon`: smtpd, submission/smtpd, postscreen, ..."""
    parse: Parse
    by_pid: bool = False
    """one SMTP session at a time per process: host, tag and pid tell its sessions apart"""
    shapes: tuple[Shape, ...] = ()
    """its usual lines, the most frequent first; of each line the first shape that fits it decides"""


Recogniser = Callable[[bytes], Daemon | None]
"""Syslog tag without pid -> daemon; None when the tag is of another program."""


def words(table: str) -> tuple[bytes, ...]:
    """The entries of a table written as `one | two | three`, blanks around them dropped."""
    return tuple(entry.strip().encode() for entry in table.split("|"))
