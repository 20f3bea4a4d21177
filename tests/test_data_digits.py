import numpy as np
import pytest
from byhand.data.digits import load_digits, pair, split_digits


def test_shapes_scale_and_types():
    X, y = load_digits()
    assert X.shape == (1797, 64) and X.dtype == np.float64 and y.shape == (1797,)
    assert X.min() == 0 and X.max() == 1 and set(y) == set(range(10))
    images = load_digits(images=True, dtype=np.float32).X
    assert images.shape == (1797, 1, 8, 8) and images.dtype == np.float32
    assert np.array_equal(images.reshape(1797, 64), X.astype(np.float32))


def test_split_is_reproducible_and_shares_no_image_place():
    parts, again = (split_digits(np.random.default_rng(3)) for _ in range(2))
    assert [len(part.y) for part in parts] == [1078, 270, 449]
    for part, same in zip(parts, again, strict=True):
        assert np.array_equal(part.X, same.X) and np.array_equal(part.y, same.y)


def test_pair_has_the_two_digits_and_signs():
    X, t = pair(3, 8)
    everything, y = load_digits()
    assert X.shape == ((y == 3).sum() + (y == 8).sum(), 64) and set(t) == {-1.0, 1.0}
    assert np.array_equal(X[t == -1], everything[y == 3]) and np.array_equal(
        X[t == 1], everything[y == 8]
    )


@pytest.mark.parametrize(
    ("a", "b", "message"), [(3, 10, "b: expected a digit"), (3, 3, "b: expected another digit")]
)
def test_bad_digits_are_named(a, b, message):
    with pytest.raises(ValueError, match=message):
        pair(a, b)
    with pytest.raises(TypeError, match="a: expected a whole number"):
        pair("3", b)
