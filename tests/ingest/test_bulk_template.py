"""Templates: where fields begin and end, and that no octet of a stranger's moves one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtop.ingest.bulk.block import Block
from mailtop.ingest.bulk.template import REACH, compiled, find

CONNECT = b"connect from {client_name}[{client}]"


def found(template: bytes, *texts: bytes) -> list[dict[str, bytes] | None]:
    """The fields of each text, None where it is not of the template."""
    block = Block(b"".join(text + b"\n" for text in texts))
    lines = np.arange(len(block))
    of_it = find(block, compiled(template), lines, block.start, block.first_mark)
    fields: list[dict[str, bytes] | None] = [None] * len(texts)
    for at, line in enumerate(of_it.lines.tolist()):
        fields[line] = {name: block.data[begin[at] : end[at]] for name, (begin, end) in of_it.spans.items()}
    return fields


def test_a_field_ends_at_the_next_mark() -> None:
    assert found(CONNECT, b"connect from mail.example[192.0.2.1]", b"connect from x", b"", b"connect from [::1]") == [
        {"client_name": b"mail.example", "client": b"192.0.2.1"},
        None,
        None,
        {"client_name": b"", "client": b"::1"},
    ]


@pytest.mark.parametrize(
    "text",
    [
        b"connect from a[192.0.2.1]]", b"connect from a[192.0.2.1] ", b"connect from a[[192.0.2.1]",
        b"connect from a<b>[192.0.2.1]", b"connect from a[192.0.2.1",
        b'connect from "[192.0.2.1]', b" connect from a[1]",
    ],
)  # fmt: skip
def test_a_mark_too_many_or_too_few_is_another_line(text: bytes) -> None:
    assert found(CONNECT, text, b"connect from a[b]") == [None, {"client_name": b"a", "client": b"b"}]


def test_a_field_ends_at_an_octet_with_no_blank_before_it() -> None:
    template = b"{queue_id}: removed"
    assert found(template, b"3A: removed", b"3 A: removed", b"3A removed", b": removed") == [
        {"queue_id": b"3A"}, None, None, {"queue_id": b""},
    ]  # fmt: skip


def test_a_field_may_end_at_a_blank() -> None:
    assert found(b"addr {client} as {answer}", b"addr 192.0.2.1 as 127.0.0.2") == [
        {"client": b"192.0.2.1", "answer": b"127.0.0.2"}
    ]


def test_a_field_is_sought_within_reach_and_within_its_line() -> None:
    near, far = b"q" * (REACH - 8), b"q" * (REACH + 8)
    template = b"{queue_id}: removed"
    assert found(template, near + b": removed", far + b": removed") == [{"queue_id": near}, None]
    assert found(template, b"abc", b"x: removed") == [None, {"queue_id": b"x"}]


def test_fields_hold_others() -> None:
    assert found(b"PASS {text} {session=[{client}]:{}}", b"PASS OLD [192.0.2.1]:4444") == [
        {"text": b"OLD", "session": b"[192.0.2.1]:4444", "client": b"192.0.2.1"}
    ]


def test_the_rest_of_a_line_may_hold_anything() -> None:
    assert found(b"{queue_id}: to=<{recipient}> {text*}", b'Q: to=<a@b> ("x" <y> [z])') == [
        {"queue_id": b"Q", "recipient": b"a@b", "text": b'("x" <y> [z])'}
    ]


def test_a_field_of_so_many_octets() -> None:
    assert found(b"{reply:3} {enhanced={:1}.{:1}.{}} |<{}>", b"550 5.1.1 <a>", b"55 5.1.1 <a>", b"550 5.1 <a>") == [
        {"reply": b"550", "enhanced": b"5.1.1"}, None, None,
    ]  # fmt: skip


def test_one_of_some_words() -> None:
    template = b"{stage={RCPT/MAIL}} from <{}>"
    assert found(template, b"RCPT from <x>", b"MAIL from <x>", b"DATA from <x>") == [
        {"stage": b"RCPT"}, {"stage": b"MAIL"}, None,
    ]  # fmt: skip


def test_a_bar_parts_what_is_said_from_what_ends_a_field() -> None:
    assert found(b"using {zone}; |from=<{}>", b"using zen.test; from=<x>", b"using zen.test;x; from=<x>") == [
        {"zone": b"zen.test"}, None,
    ]  # fmt: skip


def test_a_field_without_an_end_is_no_template() -> None:
    with pytest.raises(ValueError, match="no literal behind"):
        compiled(b"{client}{helo}")


@given(st.binary(max_size=60).map(lambda text: text.replace(b"\n", b"")), st.binary(max_size=20))
def test_what_stands_in_a_field_never_moves_the_next(helo: bytes, sender: bytes) -> None:
    helo, sender = (said.replace(b"\n", b"") for said in (helo, sender))
    (fields,) = found(b"from=<{sender}> helo=<{helo}>", b"from=<%b> helo=<%b>" % (sender, helo))
    if any(mark in helo + sender for mark in b'[]<>"'):
        assert fields is None
    else:
        assert fields == {"sender": sender, "helo": helo}
