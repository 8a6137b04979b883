"""One line that reports several things: each is a row, all at the line's time, offset and number."""

from mailtop.event import Deliver, Event
from mailtop.ingest.reader import Reader
from mailtop.mta.parser import Daemon

LINES = b"".join(b"Nov 21 10:00:0%d mx1 sm[1]: %b\n" % (at, text) for at, text in enumerate([b"a b c", b"", b"d"]))


def each_word(text: bytes) -> list[Event] | None:
    """A delivery for each word."""
    return [Deliver(b"Q", word, None, None, None, None, b"sent") for word in text.split()] or None


def test_each_event_of_a_line_is_a_row_of_that_line() -> None:
    reader = Reader("log", 0, 1_800_000_000.0, recogniser=lambda program: Daemon("test", "sm", each_word))
    list(reader.feed(LINES, 0, 1))
    batch = reader.batch()
    assert len(batch) == 4
    assert list(batch.offset) == [0, 0, 0, LINES.index(b"Nov 21 10:00:02")]
    assert batch.line is not None
    assert list(batch.line) == [1, 1, 1, 3]
    assert len(set(batch.time[:3])) == 1
    assert batch.counts["noise"] == 1
    assert batch.counts["lines"] == 3
