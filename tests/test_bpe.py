"""Byte-pair encoding: exact and reversible on any text; merges as one finds them by hand."""

import pytest
from byhand.bpe import BYTES, BytePairs, chunks, join, train_bpe
from hypothesis import given, settings
from hypothesis import strategies as st

TRAINED = train_bpe("the cat that sat there, the hat that the cat had " * 3 + "für 日本", 40)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back(text):
    assert "".join(chunks(text)) == text
    tokens = TRAINED.encode(text)
    assert TRAINED.decode(tokens) == text
    assert all(0 <= token < len(TRAINED) for token in tokens)
    assert len(tokens) <= len(text.encode())


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1, max_size=60), st.integers(1, 30))
def test_training_and_encoding_agree(text, merges):
    """What was learned from a text encodes it with the oldest merge first."""
    text = text.encode(errors="replace").decode()
    pairs = train_bpe(text, merges)
    for chunk in chunks(text):
        tokens = list(chunk.encode())
        for k, pair in enumerate(pairs.merges):
            tokens = join(tokens, pair, BYTES + k)
        assert pairs.encode(chunk) == tokens


def test_by_hand():
    """Sennrich's words: the most frequent pairs are e-s, es-t, l-o, lo-w ..."""
    words = " low" * 5 + " lower" * 2 + " newest" * 6 + " widest" * 3
    learned = train_bpe(words, 4)
    assert [learned.bytes[BYTES + k] for k in range(2)] == [b"es", b"est"]
    assert join([1, 1, 1, 2], (1, 1), 9) == [9, 1, 2]


def test_bytes_never_seen():
    assert TRAINED.encode("\x00€") == [0, 0xE2, 0x82, 0xAC]
    assert TRAINED.decode([0xE2, 0x82]) == "�"
    assert TRAINED.encode("") == []


def test_stops_where_no_pair_occurs_twice():
    assert len(train_bpe("abc", 10)) == BYTES


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: train_bpe("", 5), ValueError, "at least one character"),
        (lambda: train_bpe("abc", 0), ValueError, "merges:"),
        (lambda: train_bpe(b"abc", 5), TypeError, "text:"),
        (lambda: BytePairs([(1, 256)]), ValueError, "below 256"),
        (lambda: TRAINED.decode([len(TRAINED)]), ValueError, "tokens:"),
        (lambda: TRAINED.encode(None), TypeError, "text:"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
