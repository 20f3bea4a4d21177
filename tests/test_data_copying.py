import numpy as np
import pytest
from byhand.data.copying import make_numbers
from byhand.data.dates import TARGETS


def test_numbers():
    data = make_numbers(np.random.default_rng(0), 500, 7)
    assert sorted(set(data.lengths.tolist())) == list(range(1, 8)) and data.Y.shape == (500, 9)
    for text, x, y, length in zip(data.texts, data.X, data.Y, data.lengths, strict=True):
        assert len(text) == length == (x > 0).sum()
        assert "".join(TARGETS.decode(x)) == "".join(TARGETS.decode(y)) == text
    assert data.texts == data.isos == make_numbers(np.random.default_rng(0), 500, 7).texts


def test_errors():
    with pytest.raises((TypeError, ValueError), match="most"):
        make_numbers(np.random.default_rng(0), 5, 0)
