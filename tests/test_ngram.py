import math

import numpy as np
import pytest
from byhand.ngram import Ngram


def test_by_hand():
    model = Ngram(["ab", "aa"], 2, "ab")
    p_a = (3 + 1 / 2) / (4 + 1)  # three of four letters are a; smoothed towards 1/2
    assert model.probability("b", "a") == pytest.approx(p_a)  # nothing ever followed b
    assert model.probability("", "a") == pytest.approx((2 + p_a) / (2 + 1))  # both begin with a
    assert model.probability("a", "a") == pytest.approx((1 + p_a) / (2 + 1))
    assert model.probability("ba", "a") == model.probability("a", "a")  # order 2 looks one back
    terms = [model.probability("", "a"), model.probability("a", "b")]
    assert model.loss(["ab"]) == pytest.approx(-sum(map(math.log, terms)) / 2)


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_probabilities_sum_to_one(n):
    rng = np.random.default_rng(n)
    texts = ["".join(rng.choice(list("abc"), 8)) for _ in range(20)]
    model = Ngram(texts, n, "abcd")
    for context in ("", "a", "dd", "abcabc"):
        p = [model.probability(context, letter) for letter in "abcd"]
        assert sum(p) == pytest.approx(1) and min(p) > 0


def test_smoothing_leans_on_shorter_contexts():
    texts = ["ab"] * 3
    sharp, smooth = (Ngram(texts, 2, "abc", smoothing=s) for s in (0.01, 100))
    assert sharp.probability("a", "b") > 0.99 > 0.6 > smooth.probability("a", "b")
    with pytest.raises(ValueError, match="smoothing: expected a number above 0"):
        Ngram(texts, 2, "abc", smoothing=0)
