import numpy as np
import pytest
from byhand.data.split import split_indices
from hypothesis import given, settings
from hypothesis import strategies as st


@settings(max_examples=50, deadline=None)
@given(
    n=st.integers(10, 300),
    validation=st.floats(0, 0.4),
    test=st.floats(0, 0.4),
    seed=st.integers(0, 99),
)
def test_every_index_is_in_exactly_one_part(n, validation, test, seed):
    parts = split_indices(np.random.default_rng(seed), n, validation, test)
    assert sorted(np.concatenate(parts)) == list(range(n))
    assert (len(parts.validation), len(parts.test)) == (round(validation * n), round(test * n))


def test_the_seed_decides():
    a, b, c = (split_indices(np.random.default_rng(seed), 50) for seed in (1, 1, 2))
    assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
    assert not np.array_equal(a.train, c.train)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 10), TypeError, "rng: expected a generator"),
        ((np.random.default_rng(0), 0), ValueError, "n: expected at least 1"),
        ((np.random.default_rng(0), 2.5), TypeError, "n: expected a whole number"),
        ((np.random.default_rng(0), 10, 1.0), ValueError, "validation: expected a fraction"),
        ((np.random.default_rng(0), 10, "a"), TypeError, "validation: expected a fraction"),
        ((np.random.default_rng(0), 10, 0.5, 0.5), ValueError, "leave examples to train on"),
    ],
)
def test_bad_input_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        split_indices(*arguments)
