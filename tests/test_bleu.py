import math

import pytest
from byhand.bleu import bleu, clipped_precision
from hypothesis import given
from hypothesis import strategies as st

nltk_bleu = pytest.importorskip("nltk.translate.bleu_score")


def test_the_example_of_the_paper():
    """Papineni et al. 2002, section 2.1: "the" seven times has clipped precision 2/7."""
    reference = "the cat is on the mat".split()
    assert clipped_precision([reference], [["the"] * 7], 1) == (2, 7)


def test_values():
    assert bleu(["abcde"], ["abcde"]) == 1.0
    assert bleu(["abcde"], ["fghij"]) == 0.0
    assert bleu(["abcdef"], ["abcd"]) == pytest.approx(math.exp(1 - 6 / 4))
    assert bleu(["abcd"], ["abcde"]) == pytest.approx((4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25)


@given(
    st.lists(
        st.tuples(st.text("ab", min_size=1), st.text("ab", min_size=4)), min_size=1, max_size=6
    )
)
def test_equals_nltk(pairs):
    references, candidates = zip(*pairs, strict=True)
    ours = bleu(references, candidates)
    if ours > 0:  # nltk warns and returns a tiny number instead of 0
        theirs = nltk_bleu.corpus_bleu(
            [[list(r)] for r in references], [list(c) for c in candidates]
        )
        assert ours == pytest.approx(theirs, rel=1e-12)


def test_errors():
    with pytest.raises(TypeError, match="references"):
        bleu("abc", ["abc"])
    with pytest.raises(ValueError, match="candidates"):
        bleu(["abc"], [])
