"""A line as long as a line may be, of one piece again and again, costs no parser more than a moment.

Patterns that try one place after another, and from each the rest of the line, cost the square of its length or more:
a stranger who can fill a line would stop the reader.
"""

import time
from collections.abc import Callable

import pytest

from mailtop.event import Event
from mailtop.mta.postfix import PARSERS

LENGTH = 65_536
MOMENT = 0.5
"""seconds of this process for one line; the slowest takes a tenth of it"""
PIECES = [
    b" from local; from=<>", b" from a[192.0.2.1]; from=<", b" from local; from=<> to=<> proto=x helo=<>", b"; from=<",
    b"; from=<a> to=<", b"> to=<", b": ", b" for (", b") at ", b'"', b", status=", b">, relay=", b" proto=",
    b", sasl_username=", b"] blocked using x;", b" ",
]  # fmt: skip
HEADS = [
    b"", b"NOQUEUE: reject: RCPT from a[192.0.2.1]: 550 5.7.1 ", b"30D8F2A0753: reject: header ", b"statistics: max ",
    b"30D8F2A0753: to=<", b"30D8F2A0753: from=<", b"warning: ", b"warning: a[192.0.2.1]: SASL X authentication failed",
    b"NOQUEUE: reject: RCPT from [192.0.2.1]:1: 550 5.7.1 ", b"warning: hostname ", b"fatal: append file ",
]  # fmt: skip


@pytest.mark.parametrize("parse", dict.fromkeys(PARSERS.values()))
def test_no_line_takes_long(parse: Callable[[bytes], Event | None]) -> None:
    for head in HEADS:
        for piece in PIECES:
            line = head + piece * (LENGTH // len(piece)) + b" x"
            begun = time.process_time()
            parse(line)
            assert time.process_time() - begun < MOMENT, (head, piece)
