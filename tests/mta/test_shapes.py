"""Lines read many at a time say what they say one by one."""

from datetime import UTC
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mailtop.ingest.reader import Reader
from mailtop.mta import postfix
from mailtop.mta.parser import OPENING, SHORT_OPENING, Daemon
from mailtop.report.events import rows

ROOT = Path(__file__).parents[2] / "fixtures" / "postfix"
LINES = sorted(
    {
        line
        for daemon in ("smtpd", "postscreen")
        for path in ROOT.glob(f"{daemon}/*.log")
        for line in path.read_bytes().split(b"\n")
        if line
    }
)
PIECES = [
    b"; from=<a@x.example> to=<b@x.example> proto=ESMTP helo=<y>", b" blocked using zen.test; ", b">: ", b"<", b">",
    b"]", b"[192.0.2.1]", b", [", b"; ", b"\x1b", b"EHLO", b" from ", b"4", b": ", b",", b"",
]  # fmt: skip


def one_by_one(program: bytes) -> Daemon | None:
    """Postfix's daemons without their shapes."""
    daemon = postfix.recognise(program)
    return None if daemon is None else daemon._replace(shapes=())


def read(data: bytes, **options: Any) -> list[dict[str, Any]]:
    reader = Reader("-", 0, 1795305600.0, tz=UTC, keep_text=True, **options)
    return [event for batch in [*reader.feed(data, 0, 1), reader.batch()] for event in rows(batch)]


def test_fixtures_read_both_ways_agree() -> None:
    data = b"".join(line + b"\n" for line in LINES)
    assert len(read(data)) > 100
    assert read(data) == read(data, recogniser=one_by_one)


@given(
    st.lists(
        st.tuples(st.sampled_from(LINES), st.sampled_from(PIECES), st.integers(0, 260), st.integers(0, 12)),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=300, deadline=None)
def test_mangled_lines_read_both_ways_agree(mangled: list[tuple[bytes, bytes, int, int]]) -> None:
    data = b""
    for line, piece, at, drop in mangled:
        head, colon, text = line.partition(b": ")
        data += head + colon + text[:at] + piece + text[at + drop :] + b"\n"
    assert read(data) == read(data, recogniser=one_by_one)


def test_shapes_have_openings_of_their_own() -> None:
    for shapes in postfix.SHAPES.values():
        openings = [shape.opening for shape in shapes]
        assert len(set(openings)) == len(openings)
        assert {len(opening) for opening in openings} <= {OPENING, SHORT_OPENING}
