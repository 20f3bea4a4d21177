import math

import numpy as np
import pytest
from byhand.data.agreement import all_sentences, draw_sentences, entropy_and_length


def test_entropy_along_the_rules_is_that_of_the_list():
    listed = all_sentences()
    texts, p = zip(*listed, strict=True)
    assert len(set(texts)) == len(texts)  # every sentence has one derivation
    assert sum(p) == pytest.approx(1)
    entropy, length = entropy_and_length()
    assert entropy == pytest.approx(-sum(q * math.log(q) for q in p))
    assert length == pytest.approx(sum(q * len(text) for text, q in listed))


def test_drawn_sentences_belong_to_the_list_and_follow_its_probabilities():
    every, drawn = dict(all_sentences()), draw_sentences(np.random.default_rng(0), 4000)
    assert set(drawn) <= set(every)
    share = np.mean([" that " not in text for text in drawn])
    exact = sum(q for text, q in every.items() if " that " not in text)
    assert abs(share - exact) < 0.03
    assert draw_sentences(np.random.default_rng(1), 3) == draw_sentences(
        np.random.default_rng(1), 3
    )


def test_the_last_verb_agrees_with_the_first_noun():
    for text, _ in all_sentences():
        words = text.rstrip(".").split()
        verb = words[-2] if words[-1] in ("now", "again") else words[-1]
        assert words[1].endswith("s") != verb.endswith("s")
