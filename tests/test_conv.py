import numpy as np
import pytest
import torch
import torch.nn.functional as F
from byhand import conv
from byhand.check import check_gradients
from byhand.conv import (
    conv2d,
    conv2d_backward,
    conv2d_by_chunks,
    conv2d_by_chunks_backward,
    init_conv,
    output_size,
)
from layer_checks import assert_equals_torch, relative

CASES = [  # N, C, O, H, W, kH, kW, stride, padding
    (2, 3, 4, 6, 5, 3, 2, 1, 0),
    (2, 3, 2, 7, 5, 3, 3, 2, 1),
    (1, 1, 1, 1, 1, 1, 1, 1, 0),
    (3, 2, 5, 8, 6, 2, 3, 3, 2),
    (1, 2, 3, 5, 9, 5, 4, 4, 1),
]


def inputs(N, C, O, H, W, kH, kW):
    rng = np.random.default_rng([N, C, O, H, W])
    params = {"W": rng.standard_normal((O, C, kH, kW)), "b": rng.standard_normal(O)}
    return params, rng.standard_normal((N, C, H, W))


@pytest.mark.parametrize("case", CASES)
def test_gradients_and_torch(case):
    *sizes, s, p = case
    args = inputs(*sizes)
    theirs = lambda params, x: F.conv2d(x, params["W"], params["b"], stride=s, padding=p)  # noqa: E731
    assert_equals_torch(lambda params, x: conv2d(params, x, s, p), conv2d_backward, theirs, *args)
    assert_equals_torch(
        lambda params, x: conv2d_by_chunks(params, x, s, p),
        conv2d_by_chunks_backward,
        theirs,
        *args,
    )
    check_gradients(
        lambda params, x: conv2d(params, x, s, p), conv2d_backward, *args, verbose=False
    )


@pytest.mark.parametrize("chunk", [1, 3 * 18 * 30 * 8, 1 << 20])
@pytest.mark.parametrize("padding", [0, 1])
def test_chunks_change_nothing(monkeypatch, chunk, padding):
    monkeypatch.setattr(conv, "CHUNK", chunk)
    params, x = inputs(7, 2, 3, 6, 5, 3, 3)
    whole, cache = conv2d(params, x, padding=padding)
    part, chunks = conv2d_by_chunks(params, x, padding=padding)
    assert np.array_equal(part, whole) and np.array_equal(chunks.x_pad, cache.x_pad)
    grads, dx = conv2d_backward(whole, cache)
    again, dx_again = conv2d_by_chunks_backward(whole, chunks)
    assert np.array_equal(dx, dx_again)
    assert all(relative(again[k], grads[k]) < 1e-13 for k in "Wb")


def test_it_is_cross_correlation():
    x = np.arange(9.0).reshape(1, 1, 3, 3)
    W = np.array([[[[1.0, 0], [0, 0]]]])
    assert conv2d({"W": W, "b": np.zeros(1)}, x)[0].tolist() == [[[[0, 1], [3, 4]]]]


def test_inputs_stay():
    params, x = inputs(2, 3, 4, 6, 5, 3, 2)
    before, W = x.copy(), params["W"].copy()
    y, cache = conv2d(params, x)
    conv2d_backward(y, cache)
    assert np.array_equal(x, before) and np.array_equal(params["W"], W)


def test_sizes_and_start():
    assert [output_size(28, 5), output_size(28, 5, padding=2), output_size(7, 3, 2, 1)] == [
        24,
        28,
        4,
    ]
    params = init_conv(np.random.default_rng(0), 16, 64, 3, np.float32)
    assert (
        params["W"].shape == (64, 16, 3, 3)
        and params["W"].dtype == np.float32
        and not params["b"].any()
    )
    assert params["W"].std() == pytest.approx((2 / 144) ** 0.5, rel=0.03)


@pytest.mark.parametrize("layer", [conv2d, conv2d_by_chunks])
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"x": np.ones((3, 6, 5))},
            ValueError,
            r"x: expected shape \(N, C, H, W\), got \(3, 6, 5\)",
        ),
        (
            {"x": np.ones((2, 4, 6, 5))},
            ValueError,
            r'params\["W"\]: expected shape .* with C = 4 from x',
        ),
        ({"x": np.ones((2, 3, 2, 5))}, ValueError, "x: expected at least 3 pixels"),
        ({"x": torch.ones(2, 3, 6, 5)}, TypeError, "x: expected a NumPy array"),
        ({"stride": 0}, ValueError, "stride: expected at least 1"),
        ({"padding": 0.5}, TypeError, "padding: expected a whole number"),
    ],
)
def test_bad_input_is_named(layer, change, error, message):
    params, x = inputs(2, 3, 4, 6, 5, 3, 2)
    with pytest.raises(error, match=message):
        layer(**({"params": params, "x": x} | change))
