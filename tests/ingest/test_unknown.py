"""Templates of lines not understood: variables masked, strangers' text cleaned, every line counted, all bounded."""

from datetime import UTC, datetime
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtop import batch as batch_module
from mailtop.batch import Batch, Unknown, Unknowns, joined
from mailtop.event import KIND_WORDS
from mailtop.ingest.clean import clean
from mailtop.ingest.reader import Reader
from mailtop.ingest.unknown import LOOKED_AT, template, unknowns

REFERENCE = datetime(2026, 11, 22, tzinfo=UTC).timestamp()
SMTPD = b"Nov 21 17:47:%02d mx1 postfix/smtpd[208]: "
CONNECT = SMTPD % 1 + b"connect from unknown[203.0.113.5]\n"
STRANGE = b"frobnicated %d times for <u%d@example.com> from host%d.example.com[192.0.2.%d]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            b'4F1D2A: user "bob" <bob@example.com> via mx.example.com[192.0.2.1]:25 took 12.5 s',
            '*: user "*" <*> via *[*]:* took * s',
        ),
        (b"3YqZBg6RkVz4qXh: odd", "*: odd"),
        (b"BCDFGHJKLM: odd, ABCDEF: odd", "*: odd, *: odd"),
        (b"1uABcd-000000012Ab-1XyZ something else H=mx.example.org U=bob", "* something else H=* U=*"),
        (b"lost 2001:db8::25 at 12:30:45", "lost * at *"),
        (b"can't open /var/spool/mail/bob: Permission denied", "can't open *: Permission denied"),
        (b"host `mx1' said 'no, thanks' and \"never ended", "host `*' said '*' and \"*\""),
        (b"to <a@example.org>, <b@example.org>,<c@example.org>", "to <*>"),
        (b"tries: 1, 2, 3, 4", "tries: *"),
        (b"a -> b <= c < d", "a -> b <= c < d"),
        (b"Mail::Something died", "Mail::Something died"),
        (b"", ""),
    ],
)
def test_what_changes_from_line_to_line_is_masked(text: bytes, said: str) -> None:
    assert template(text) == said


def test_two_lines_of_one_statement_are_of_one_template() -> None:
    assert template(STRANGE % (1, 2, 3, 4)) == template(STRANGE % (81, 7, 999, 250))


def test_what_a_stranger_writes_is_harmless() -> None:
    said = template(b"odd \x1b]2;owned\x07 \xe2\x80\xaegnp \xff\x00 words")
    assert said.isprintable()
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_a_long_text_is_cut_between_two_words() -> None:
    said = template(b"word " * 100 + b"x" * 1000)
    assert said.endswith("word \u2026")
    assert len(said) <= LOOKED_AT + 2
    assert template(b"o" * 1000) == "o" * LOOKED_AT + " \u2026"


@given(st.binary(max_size=400))
def test_any_octets_make_a_template_and_digits_make_none_of_it(text: bytes) -> None:
    said = template(text)
    assert said == clean(said.encode())
    assert said == template(text.translate(bytes.maketrans(b"123456789", b"987654321")))


@pytest.mark.parametrize(
    "evil", [b"'", b" '", b"`", b"<", b"[ [", b"a.", b"a:", b"/a", b"*,", b"<*>", b'"', b"=", b"-."]
)
def test_no_text_takes_long(evil: bytes) -> None:
    begun = perf_counter()
    for _ in range(20):
        template(evil * 65_536)
    assert perf_counter() - begun < 1.0


def read(data: bytes, large: int | None = None) -> list[Batch]:
    reader = Reader("mail.log", 3, REFERENCE, tz=UTC)
    if large is not None:
        reader.large = large
    return [batch for batch in (*reader.feed(data, 1000), reader.batch()) if batch.counts.get("lines")]


@pytest.mark.parametrize("large", [1, 1 << 30], ids=["in bulk", "line by line"])
def test_a_batch_has_the_templates_of_its_unparsed_events(large: int) -> None:
    lines = [CONNECT, *(SMTPD % at + STRANGE % (at, at, at, at) for at in range(5)), CONNECT, SMTPD % 9 + b"quux\n"]
    (batch,) = read(b"".join(lines), large)
    assert batch.unknown is not None
    often, once = batch.unknown.ranked()
    assert often == Unknown(
        "postfix", "smtpd", "frobnicated * times for <*> from *[*]", 5, "mail.log", 3,
        1000 + sum(map(len, lines[:5])), REFERENCE_MICROS, REFERENCE_MICROS + 4_000_000,
    )  # fmt: skip
    assert (once.template, once.lines, once.offset) == ("quux", 1, 1000 + sum(map(len, lines[:-1])))
    assert batch.kind.count(KIND_WORDS.index("unparsed")) == 6


REFERENCE_MICROS = round(datetime(2026, 11, 21, 17, 47, tzinfo=UTC).timestamp() * 1e6)


def test_a_batch_that_is_understood_has_none() -> None:
    (batch,) = read(CONNECT * 3)
    assert batch.unknown is None


def test_batches_joined_have_the_templates_of_all() -> None:
    batches = [*read(SMTPD % 1 + b"quux\n"), *read(SMTPD % 2 + b"quux\n"), *read(CONNECT)]
    unknown = joined(batches).unknown
    assert unknown is not None
    assert [one.lines for one in unknown.ranked()] == [2]


def one(word: str, lines: int = 1, **more: int) -> Unknown:
    return Unknown("postfix", "smtpd", word, lines, "mail.log", 0, more.get("at", 0), 0, more.get("last", 0))


def test_the_rarest_are_let_go_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_module, "UNKNOWN_LIMIT", 4)
    held = Unknowns()
    for number in range(1, 10):
        held.add(one(f"word {number}", number))
    assert [kept.lines for kept in held.ranked()] == [9, 8, 7, 6]
    assert held.dropped == 1 + 2 + 3 + 4 + 5


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 5)), max_size=80))
def test_no_line_is_forgotten(lines: list[tuple[int, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch_module, "UNKNOWN_LIMIT", 4)
        some, others = Unknowns(), Unknowns()
        for at, (word, many) in enumerate(lines):
            (some if at % 2 else others).add(one(f"word {word}", many))
        some.merge(others)
        assert sum(kept.lines for kept in some.ranked()) + some.dropped == sum(many for _, many in lines)
        assert len(some) <= 8


def test_the_example_is_the_newest() -> None:
    held = Unknowns()
    for at, last in ((5, 50), (9, 70), (1, 60)):
        held.add(one("quux", at=at, last=last))
    assert [(kept.offset, kept.last, kept.lines) for kept in held.ranked()] == [(9, 70, 3)]


def test_lines_that_differ_in_digits_alone_are_counted_by_daemon() -> None:
    lines = [("postfix", daemon, b"took %d s" % at, at, at) for at in range(10) for daemon in ("smtpd", "smtp")]
    found = unknowns("mail.log", 0, lines)
    assert [(kept.daemon, kept.template, kept.lines) for kept in found.ranked()] == [
        ("smtp", "took * s", 10),
        ("smtpd", "took * s", 10),
    ]
