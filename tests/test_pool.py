import numpy as np
import pytest
import torch
import torch.nn.functional as F
from byhand.check import check_gradients
from byhand.pool import (
    average_pool,
    average_pool_backward,
    max_pool,
    max_pool_backward,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_checks import assert_equals_torch, relative

CASES = [  # N, C, H, W, k, stride
    (2, 3, 6, 5, 2, 2),
    (2, 3, 7, 5, 3, 2),
    (1, 1, 1, 1, 1, 1),
    (1, 2, 7, 8, 2, 3),
    (2, 1, 5, 4, 3, 1),
]


def x_of(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("padding", [0, 1])
def test_max(case, padding):
    *shape, k, s = case
    padding = min(padding, k // 2)
    x = x_of(*shape) - 3  # negative pixels: a padding of 0 would win
    forward = lambda x: max_pool(x, k, s, padding)  # noqa: E731
    theirs = lambda x: F.max_pool2d(x, k, s, padding)  # noqa: E731
    check_gradients(forward, max_pool_backward, x, verbose=False)
    assert_equals_torch(forward, max_pool_backward, theirs, x)


@pytest.mark.parametrize("case", CASES)
def test_average(case):
    *shape, k, s = case
    x = x_of(*shape)
    theirs = lambda x: F.avg_pool2d(x, k, s)  # noqa: E731
    check_gradients(lambda x: average_pool(x, k, s), average_pool_backward, x, verbose=False)
    assert_equals_torch(lambda x: average_pool(x, k, s), average_pool_backward, theirs, x)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(1, 3))
def test_ties_as_in_torch(seed, k, stride):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 3, (2, 2, *rng.integers(k, 7, 2))).astype(
        float
    )  # few values, so ties in most windows
    y, cache = max_pool(x, k, stride)
    dy = rng.standard_normal(y.shape)
    dx = max_pool_backward(dy, cache)
    tensor = torch.tensor(x, requires_grad=True)
    F.max_pool2d(tensor, k, stride).backward(torch.tensor(dy))
    assert relative(dx, tensor.grad) < 1e-13


def test_a_tie_goes_to_the_first():
    y, cache = max_pool(np.ones((1, 1, 2, 2)))
    assert max_pool_backward(np.ones((1, 1, 1, 1)), cache).tolist() == [[[[1, 0], [0, 0]]]]


def test_the_default_stride_is_the_window_and_inputs_stay():
    x = x_of(1, 2, 6, 9)
    before = x.copy()
    y, cache = max_pool(x, 3)
    assert y.shape == (1, 2, 2, 3)
    max_pool_backward(y, cache)
    average_pool_backward(*average_pool(x, 3))
    assert np.array_equal(x, before)


@pytest.mark.parametrize("layer", [max_pool, average_pool])
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"x": np.ones((3, 6, 5))}, ValueError, r"x: expected shape \(N, C, H, W\)"),
        ({"x": np.ones((1, 1, 2, 5)), "k": 3}, ValueError, "x: expected at least 3 pixels"),
        ({"k": 0}, ValueError, "k: expected at least 1"),
        ({"k": 2.0}, TypeError, "k: expected a whole number"),
        ({"stride": 0}, ValueError, "stride: expected at least 1"),
    ],
)
def test_bad_input_is_named(layer, change, error, message):
    with pytest.raises(error, match=message):
        layer(**({"x": x_of(2, 3, 6, 5)} | change))


def test_too_much_padding():
    with pytest.raises(ValueError, match="padding: expected at most half the window, 1, got 2"):
        max_pool(x_of(2, 3, 6, 5), 2, padding=2)
