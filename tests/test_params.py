import numpy as np
import pytest
from byhand.params import count, depth, put, take
from byhand.shapes import expect, shapes
from byhand.validate import as_count, as_floats, as_labels, checked, require


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


def test_shapes_with_alternatives_and_multiples():
    @shapes({"W": "H 4H"}, x="B H | N H T")
    def layer(params, x):
        return params["W"].shape

    W = np.ones((2, 8))
    assert layer({"W": W}, np.ones((3, 2))) == layer({"W": W}, np.ones((3, 2, 5))) == (2, 8)
    with pytest.raises(ValueError, match=r"x: expected shape \(B, H\), got \(2,\)"):
        layer({"W": W}, np.ones(2))
    with pytest.raises(ValueError, match=r'params\["W"\]: expected shape \(H, 4H\), got \(2, 6\)'):
        layer({"W": np.ones((2, 6))}, np.ones((3, 2)))


def test_checked_converts_then_asks_the_rule():
    def larger(a, b, **_):
        if b < a:
            raise ValueError(f"b: expected at least a = {a}, got {b}")
        return {"b": b + 1}

    @checked(larger, a=as_count)
    def both(a, b=5, c=0):
        return a, b, c

    assert both(2, 3) == both(b=3, a=2) == (2, 4, 0) and both(1, 2, c=7) == (1, 3, 7)
    with pytest.raises(ValueError, match="a: expected at least 1"):
        both(0, 3)
    with pytest.raises(ValueError, match="b: expected at least a = 3, got 2"):
        both(3, 2)


def test_checked_leaves_wrong_calls_to_python():
    @checked(z=as_floats)
    def double(z):
        return 2 * z

    for args, options in [((), {}), ((1, 2), {}), ((1,), {"z": 1}), ((1,), {"y": 1})]:
        with pytest.raises(TypeError, match="double"):
            double(*args, **options)


def test_depth():
    assert depth({"0.W": 1, "0.b": 2, "1.W": 3, "10.W": 4}) == 3 and depth({}) == 0
    with pytest.raises(TypeError, match="params: expected a dict"):
        depth([])
