"""The language of templates, word by word: which lines are of a template, and what its fields say in them."""

import numpy as np
import pytest

from mailtop.ingest.bulk.block import Block
from mailtop.ingest.bulk.template import REACH, compiled, find


def found(template: bytes, *lines: bytes) -> list[dict[str, bytes] | None]:
    """What each line says in each field that is there; None where it is not of the template."""
    block = Block(b"".join(line + b"\n" for line in lines))
    of = find(block, compiled(template), np.arange(len(block)), block.start, block.first_mark)
    said: list[dict[str, bytes] | None] = [None] * len(lines)
    for row, line in enumerate(of.lines.tolist()):
        spans = {name: (int(first[row]), int(last[row])) for name, (first, last) in of.spans.items()}
        said[line] = {name: block.data[first:last] for name, (first, last) in spans.items() if last}
    return said


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (b"v", [b"a", b"A=b:c(d)", b"\xff\xe9"], [b"", b"a b", b"a\tb", b"a\x1bb", b"a[b", b"a<b", b'a"b']),
        (b"s", [b"a", b"A=b:c", b"\xff"], [b"", b"a b", b"a(b", b"a)b", b"a\x00b"]),
        (b"a", [b"Ab=c", b"_-."], [b"", b"a:b", b"a(b", b"a b"]),
        (b"n", [b"a.example", b"1-2_3:4"], [b"", b"aB", b"Z", b"a=b", b"a b", b"(a", b"A"]),
        (b"d", [b"0", b"1234567890123456789"], [b"", b"a", b"1a", b"1/", b"1:", b"-1", b"\xb1"]),
        (b"w", [b"azAZ09", b"9876543210z"], [b"", b"a_", b"@", b"\x21\x01", b"a b", b"[", b"`", b"{", b"/", b":"]),
        (b"h", [b"192.0.2.1", b"2001:DB8::aF"], [b"", b"g", b"1/2", b"1-2", b"1 2", b"@", b"`", b"G", b"\xb1"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", [(b"<", b">"), (b"-", b" -"), (b"-", b"")])
def test_classes_of_octets(kind: bytes, good: list[bytes], bad: list[bytes], around: tuple[bytes, bytes]) -> None:
    before, behind = around
    template = before + b"{field%" + kind + b"}" + behind
    lines = [before + said + behind for said in [*good, *bad]]
    assert found(template, *lines) == [{"field": said} for said in good] + [None] * len(bad)


@pytest.mark.parametrize("size", [1, 6, 8, 11])
def test_so_many_octets_of_a_class(size: int) -> None:
    template = b"x{field:%d%%w}-y" % size
    said = b"a" * size
    assert found(template, b"x" + said + b"-y") == [{"field": said}]
    for at in range(size):
        assert found(template, b"x" + said[:at] + b"_" + said[at + 1 :] + b"-y") == [None]


def test_parts_that_may_be_missing() -> None:
    template = b"H={?{name%n} }{?({helo=[{%v}]}) {/}({helo%s}) }[{client%h}]{?:{port%d}}"
    lines = (
        b"H=[::1]", b"H=a [::1]:25", b"H=(b) [::1]", b"H=a ([c]) [::1]:2", b"H=[::1]:", b"H=(b) (c) [::1]", b"H=",
    )  # fmt: skip
    assert found(template, *lines) == [
        {"client": b"::1"},
        {"name": b"a", "client": b"::1", "port": b"25"},
        {"helo": b"b", "client": b"::1"},
        {"name": b"a", "helo": b"[c]", "client": b"::1", "port": b"2"},
        None,
        None,
        None,
    ]  # fmt: skip


def test_one_of_several_parts_must_be() -> None:
    assert found(b"{!a={one%d}{/}b={two%d}}.", b"a=1.", b"b=2.", b"c=3.", b".") == [
        {"one": b"1"}, {"two": b"2"}, None, None,
    ]  # fmt: skip


def test_what_a_field_says_once_more() -> None:
    template = b"[{client%v}]{? says {@client} is {what*}}"
    lines = b"[abcdefghij] says abcdefghij is so [", b"[a] says b is so", b"[ab] says a is so", b"[a]"
    assert found(template, *lines) == [
        {"client": b"abcdefghij", "what": b"so ["}, None, None, {"client": b"a"},
    ]  # fmt: skip


def test_fields_out_of_reach_are_left_alone() -> None:
    near, far, endless = (b"a" * size for size in (REACH, REACH + 1, 60_000))
    for template, form in ((b"<{field%s}>", b"<%b>"), (b"-{field%s} -", b"-%b -"), (b"[{field%v}]", b"[%b]")):
        assert found(template, form % near, form % endless, form % far) == [{"field": near}, None, None]
