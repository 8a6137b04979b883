"""Who wrote a refusal's sender, recipient and HELO: what a third party or the client puts into a line changes none.

The lines are made as smtpd makes them (smtpd_check.c, log_whatsup): words, then the tail.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from mailtop.mta.postfix.fields import CANDIDATES, OWN_WORDS, tail

PIECES = [
    b"; from=<", b"> to=<", b">, to=<", b">", b"<", b";", b"; ", b" proto=ESMTP helo=<y>", b" helo=<", b'\\"', b"\\\\",
    b"ceo@victim.example", b"; from=<f@x.test> to=<g@x.test> proto=ESMTP helo=<h>", b"Access denied", b">: ",
    b"a", b" ",
]  # fmt: skip
anything = st.lists(st.sampled_from(PIECES), max_size=8).map(b"".join)
plain = st.sampled_from([b"", b"a@sender.example", b"bob@local.test", b"x@[192.0.2.1]"])
quoted = anything.map(lambda said: b'"' + said + b'"@sender.example')
own = st.sampled_from(sorted(OWN_WORDS)).map(lambda words: b"Client host rejected: " + words)


def line(text: bytes, sender: bytes, recipient: bytes) -> bytes:
    return b"%b; from=<%b> to=<%b> proto=ESMTP helo=<mail.sender.example>" % (text, sender, recipient)


@given(anything, plain, plain)
@settings(max_examples=500, deadline=None)
def test_no_third_party_forges_a_plain_address(text: bytes, sender: bytes, recipient: bytes) -> None:
    assert tail(line(text, sender, recipient)) == (text, sender, recipient, b"mail.sender.example", None)


@given(own, quoted, plain)
@settings(max_examples=500, deadline=None)
def test_no_sender_forges_a_recipient(text: bytes, sender: bytes, recipient: bytes) -> None:
    assert tail(line(text, sender, recipient)) == (text, sender, recipient, b"mail.sender.example", None)


@given(anything, anything, anything)
@settings(max_examples=500, deadline=None)
def test_helo_is_known_whatever_stands_before_it(text: bytes, sender: bytes, recipient: bytes) -> None:
    assert tail(line(text, sender, recipient))[3] == b"mail.sender.example"


@given(anything, plain)
@settings(max_examples=300, deadline=None)
def test_mail_has_a_sender_alone_and_connect_none(text: bytes, sender: bytes) -> None:
    end = b" proto=ESMTP helo=<mail.sender.example>"
    assert tail(b"%b; from=<%b>%b" % (text, sender, end)) == (text, sender, None, b"mail.sender.example", None)
    assert tail(text + b"; proto=SMTP") == (text, None, None, None, None)


def test_a_line_full_of_tails_is_read_in_bounded_work() -> None:
    text = b"; from=<a> to=<" * 5000
    assert tail(line(text, b"a@sender.example", b"b@local.test"))[1:3] == (b"a@sender.example", b"b@local.test")
    assert CANDIDATES <= 16
