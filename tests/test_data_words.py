import numpy as np
import pytest
from byhand.data.words import drop_words, hash_ngrams, letter_ngrams, one_of_n


def test_one_of_n():
    x = one_of_n(np.array([[2, 0], [1, 1]]), 3)
    assert x.shape == (2, 2, 3) and np.array_equal(x.argmax(axis=-1), [[2, 0], [1, 1]])
    assert np.array_equal(x.sum(axis=-1), np.ones((2, 2)))
    assert one_of_n([1], 2, np.float32).dtype == np.float32


def test_letter_ngrams():
    assert letter_ngrams("cat") == ["#ca", "cat", "at#"]
    assert letter_ngrams("a") == ["#a#"] and letter_ngrams("a", 5) == ["#a#"]
    assert letter_ngrams("到達", 2) == ["#到", "到達", "達#"]


def test_hashing_is_fixed_and_counts():
    counts = hash_ngrams(["banana", "cat"], 64)
    assert counts.shape == (2, 64) and counts.sum(axis=1).tolist() == [6, 3]
    assert counts[0].max() >= 2  # "ana" comes twice
    # the same in every run
    assert np.flatnonzero(hash_ngrams(["cat"], 1000)).tolist() == [445, 832, 857]


def test_dropping_words():
    tokens = np.array([[5, 6, 7, 0]] * 500)
    dropped = drop_words(np.random.default_rng(0), tokens, 0.3)
    assert not dropped[:, 3].any() and set(np.unique(dropped)) == {0, 1, 5, 6, 7}
    assert 0.25 < np.mean(dropped[:, :3] == 1) < 0.35
    assert np.array_equal(drop_words(np.random.default_rng(0), tokens, 0), tokens)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: one_of_n([3], 3), ValueError, "numbers: expected 0 to 2"),
        (lambda: one_of_n([0.5], 3), TypeError, "numbers: expected whole numbers"),
        (lambda: letter_ngrams(3), TypeError, "word: expected a string"),
        (lambda: letter_ngrams(""), ValueError, "word: expected at least one letter"),
        (lambda: drop_words(np.random.default_rng(0), np.ones((1, 1)), 2), ValueError, "share"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
