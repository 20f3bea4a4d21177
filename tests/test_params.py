import numpy as np
import pytest
from byhand.params import count, put, take
from byhand.shapes import expect
from byhand.validate import as_floats, as_labels, require


def test_take_and_put_are_inverse():
    params = {"encoder.0.W": np.ones((2, 3)), "encoder.0.b": np.ones(3), "encoder.01.b": np.ones(1)}
    part = take(params, "encoder.0")
    assert set(part) == {"W", "b"} and put("encoder.0", part).keys() == params.keys() - {
        "encoder.01.b"
    }
    assert part["W"] is params["encoder.0.W"] and count(params) == 10


def test_expect_returns_the_sizes_and_allows_axes_in_front():
    params = {"W": np.ones((4, 5))}
    assert expect(params, {"W": "D H"}, x=(np.ones((2, 3, 4)), "... D")) == {"D": 4, "H": 5}
    assert expect(x=(np.ones(()), "...")) == {}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: expect(x=(np.ones(3), "B D")),
            ValueError,
            r"x: expected shape \(B, D\), got \(3,\)",
        ),
        (
            lambda: expect(x=(np.ones(3), "... B D")),
            ValueError,
            r"x: expected shape \(..., B, D\), got \(3,\)",
        ),
        (
            lambda: expect(x=(np.ones((2, 3)), "D D")),
            ValueError,
            r"with D = 2 from x, got \(2, 3\)",
        ),
        (
            lambda: expect(x=(np.ones(3, int), "D")),
            TypeError,
            "x: expected a NumPy array of floats, got an array",
        ),
        (
            lambda: expect(x=(np.ones(3, np.float32), "D"), y=(np.ones(3), "D")),
            TypeError,
            "y: expected float32 like x, got an array of shape .* and dtype float64",
        ),
        (lambda: require([], "W"), TypeError, "params: expected a dict"),
        (lambda: require({"b": 1}, "W", "b"), ValueError, "params: expected the names W, b, got b"),
        (
            lambda: take({"a.W": 1}, "b"),
            ValueError,
            "params: expected names that begin with 'b.', got a.W",
        ),
        (lambda: take(None, "b"), TypeError, "params: expected a dict"),
        (lambda: as_floats("z", "a"), TypeError, "z: expected numbers"),
        (
            lambda: as_labels("y", np.array([0, 5]), (2,), 3),
            ValueError,
            "y: expected labels from 0 to 2, got 0 to 5",
        ),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
