"""Pieces of a block that say the same have one code; those that do not, never."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mailtop.ingest.bulk.block import Block
from mailtop.ingest.bulk.distinct import LONGEST, distinct, of_words

PIECE = st.binary(max_size=8 * LONGEST + 30).map(lambda piece: piece.replace(b"\n", b"."))


def coded(pieces: list[bytes]) -> tuple[list[int], list[bytes]]:
    ends = np.cumsum([len(piece) for piece in pieces])
    begins = ends - [len(piece) for piece in pieces]
    codes, values = distinct(Block(b"".join(pieces) + b"\n"), begins, ends)
    return codes.tolist(), values


@given(st.lists(PIECE, min_size=1, max_size=40).flatmap(lambda some: st.lists(st.sampled_from(some), min_size=1)))
def test_every_piece_is_what_its_code_says(pieces: list[bytes]) -> None:
    codes, values = coded(pieces)
    assert [values[code] for code in codes] == pieces
    assert len(set(values)) == len(values) == len(set(pieces))


def test_a_null_octet_is_no_end() -> None:
    codes, values = coded([b"ab", b"ab\0", b"ab\0\0", b"ab"])
    assert codes[0] == codes[3]
    assert len(set(codes)) == 3
    assert set(values) == {b"ab", b"ab\0", b"ab\0\0"}


def test_words_that_all_go_to_one_place_are_told_apart() -> None:
    """However an attacker chooses values whose mixes collide: equal only by their octets."""
    high = np.arange(200, dtype=np.uint64) << np.uint64(63)  # two values, the rest shifted out
    code, sample = of_words([high], 200)
    assert len(sample) == 2
    assert (high[sample][code] == high).all()


def test_no_word_at_all_is_one_value() -> None:
    code, sample = of_words([], 3)
    assert code.tolist() == [0, 0, 0]
    assert sample.tolist() == [0]
