"""Lines read many at a time say what they say one by one."""

import re
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailtop.demo import Traffic, epoch, rfc3164, rfc3339
from mailtop.demo.traffic import Stamp
from mailtop.ingest.bulk import reading
from mailtop.ingest.reader import Reader
from mailtop.mta import postfix
from mailtop.mta.parser import Daemon
from mailtop.report.events import rows

ROOT = Path(__file__).parents[2] / "fixtures" / "postfix"
LINES = sorted(
    {
        line
        for path in [*ROOT.glob("*/*.log"), *(ROOT / "genuine").glob("*.log")]
        for line in path.read_bytes().split(b"\n")
        if line
    }
)
PIECES = [
    b"; from=<a@x.example> to=<b@x.example> proto=ESMTP helo=<y>", b" blocked using zen.test; ", b">: ", b"<", b">",
    b"]", b"[192.0.2.1]", b", [", b"; ", b"\x1b", b"EHLO", b" from ", b"4", b": ", b",", b"",
]  # fmt: skip


OWN = re.compile(
    rb"\](?::\d+)?: \d{3} \d\.\d\.\d+ (?:Service unavailable; [Cc]lient(?: host)? \[[^\]]*\] blocked using )?|[\]<]"
)


def one_by_one(program: bytes) -> Daemon | None:
    """Postfix's daemons without their shapes."""
    daemon = postfix.recognise(program)
    return None if daemon is None else daemon._replace(shapes=())


def read(data: bytes, large: int = 1, **options: Any) -> list[dict[str, Any]]:
    reader = Reader("-", 0, 1795305600.0, tz=UTC, keep_text=True, **options)
    reader.large = large
    return [event for batch in [*reader.feed(data, 0, 1), reader.batch()] for event in rows(batch)]


def usual(data: bytes) -> int:
    """How many lines are read by a shape."""
    reader = Reader("-", 0, 1795305600.0, tz=UTC)
    block = reading.block_of(data)
    assert block is not None
    return reading.read(reader, block, 0, 1)[1]


@pytest.mark.parametrize("stamp", [rfc3164(), rfc3339()])
def test_a_storm_read_both_ways_agrees(stamp: Stamp) -> None:
    traffic = Traffic(7, epoch("2026-11-20T00:00:00"), 5.0, stamp, bots=50, repeats=True)
    data = (traffic.until(epoch("2026-11-20T00:01:30")) + traffic.rest()).encode()
    assert data.count(b"\n") > 2000
    assert usual(data) > 0.9 * data.count(b"\n")
    assert read(data) == read(data, large=1 << 30, recogniser=one_by_one)


def test_fixtures_read_both_ways_agree() -> None:
    data = b"".join(line + b"\n" for line in LINES)
    assert len(read(data)) > 100
    assert usual(data) > 40
    assert read(data) == read(data, large=1 << 30, recogniser=one_by_one)


def ours(line: bytes) -> tuple[bytes, bytes, bytes]:
    """A line's header; what Postfix says before anything that a client has a hand in; the rest."""
    head, colon, text = line.partition(b": ")
    found = OWN.search(text)
    begin = found.end() if found else 0
    return head + colon, text[:begin], text[begin:]


@given(
    st.lists(
        st.tuples(st.sampled_from(LINES), st.sampled_from(PIECES), st.integers(0, 260), st.integers(0, 12)),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=600, deadline=None)
def test_mangled_lines_read_both_ways_agree(mangled: list[tuple[bytes, bytes, int, int]]) -> None:
    data = b""
    for line, piece, at, drop in mangled:
        head, own, text = ours(line)
        data += head + own + text[:at] + piece + text[at + drop :] + b"\n"
    assert read(data) == read(data, large=1 << 30, recogniser=one_by_one)
