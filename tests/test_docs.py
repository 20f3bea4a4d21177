"""The stored text of chapter 17: whole, licensed, split without overlap."""

import numpy as np
import pytest
from byhand.data import docs


def test_the_text_is_the_stored_one():
    assert docs.checksum() == "d760e04312d33443ec7e12d064281c8c576ab76a59cab643b11b0c06101ecc3d"
    assert "PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2" in docs.LICENCE.read_text()


def test_each_paragraph_once():
    texts = [p.text.lower() for p in docs.paragraphs()]
    assert len(set(texts)) == len(texts) == 10692
    assert all(text.isascii() and len(docs.words_of(text)) >= 6 for text in texts)


def test_split_and_labels():
    parts, rooms = docs.split(), np.array([p.room for p in docs.paragraphs()])
    assert (rooms[parts.test] == np.array(docs.ROOMS)[parts.rooms]).all()
    assert (rooms[parts.tune] == np.array(docs.ROOMS)[parts.tune_rooms]).all()
    assert len(parts.test) == 800 and len(parts.tune) == 200
    assert not set(parts.test) & (set(parts.free) | set(parts.tune))
    places, names = docs.labelled(np.random.default_rng(0), 5)
    assert (rooms[places] == np.array(docs.ROOMS)[names]).all()
    assert len(set(places)) == 40 and not set(places) & (set(parts.test) | set(parts.tune))


def test_no_near_twin_of_the_test_is_read():
    texts = [set(docs.words_of(p.text)) for p in docs.paragraphs()]
    parts = docs.split()
    rng = np.random.default_rng(0)
    for i in rng.choice(parts.test, 20, replace=False):
        for j in parts.free:
            assert len(texts[i] & texts[j]) < docs.ALIKE * len(texts[i] | texts[j])
    assert set(parts.tune) <= set(parts.free)
    twins = docs.near_twins(parts.test)
    assert set(parts.test) < set(twins)


def test_words():
    words = docs.Words(["One cat, one dog.", "one cat"], least=2)
    assert words.words == (*docs.SPECIAL, "cat", "one")
    assert words.counts.tolist() == [0, 1, 0, 2, 3]
    assert words.rows(["a cat", "one one one"], 2).tolist() == [[1, 3], [4, 4]]


def test_bad_arguments_are_named():
    with pytest.raises(TypeError, match="text:"):
        docs.words_of(None)
    with pytest.raises(ValueError, match="no word"):
        docs.Words(["a b"], least=2)
    with pytest.raises(ValueError, match="k: expected at most 89"):
        docs.labelled(np.random.default_rng(0), 90)
