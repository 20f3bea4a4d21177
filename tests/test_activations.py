import numpy as np
import pytest
import torch
import torch.nn.functional as F
from byhand import activations
from byhand.activations import (
    ACTIVATIONS,
    activation,
    leaky_relu,
    leaky_relu_backward,
    log_softmax,
    log_softmax_backward,
    sigmoid,
    slope,
    softmax,
    softmax_backward,
    softmax_jacobian,
)
from byhand.check import check_gradients
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_checks import assert_equals_torch, relative

TORCH = {
    "identity": lambda z: z * 1,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": F.leaky_relu,
    "gelu": F.gelu,
    "gelu_tanh": lambda z: F.gelu(z, approximate="tanh"),
}


def z_of(*shape):
    return 2 * np.random.default_rng(0).standard_normal(shape)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("shape", [(2, 3, 5), (1,), ()])
def test_gradient_and_torch(name, shape):
    z = np.asarray(z_of(*shape))
    check_gradients(*activation(name), z, verbose=False)
    if shape:
        assert_equals_torch(*activation(name), TORCH[name], z)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_shape_dtype_and_purity(name):
    z = z_of(4, 3).astype(np.float32)
    before = z.copy()
    a, cache = activation(name)[0](z)
    assert a.shape == z.shape and a.dtype == np.float32 and np.array_equal(z, before)
    assert np.array_equal(cache.z, before)
    assert np.isscalar(float(activation(name)[0](2)[0]))  # whole numbers become floats


def test_sigmoid_keeps_its_digits_far_out():
    a, _ = sigmoid(np.array([-800.0, -40.0, 0.0, 40.0, 800.0]))
    assert (
        a[0] == 0 and a[1] == pytest.approx(np.exp(-40), rel=1e-12) and a[2] == 0.5 and a[-1] == 1
    )


def test_largest_slopes():
    z = np.linspace(-5, 5, 1001)
    assert (
        slope("sigmoid", z).max() == 0.25
        and slope("tanh", z).max() == 1
        and slope("relu", z).max() == 1
    )


def test_leaky_relu_with_a_steep_left_side():
    z = z_of(3, 4)
    check_gradients(lambda z: leaky_relu(z, 1.5), leaky_relu_backward, z, verbose=False)
    assert leaky_relu(np.array([-2.0, 2.0]), 1.5)[0].tolist() == [-3, 2]


def test_slope_at_the_kink_is_torchs():
    z = torch.zeros(1, requires_grad=True)
    torch.relu(z).backward()
    assert slope("relu", np.zeros(1)) == z.grad.numpy() == 0
    z = torch.zeros(1, requires_grad=True)
    F.leaky_relu(z).backward()
    assert slope("leaky_relu", np.zeros(1))[0] == pytest.approx(z.grad.item())


@pytest.mark.parametrize("shape", [(2, 3, 5), (1, 4), (6,)])
def test_softmax_and_its_logarithm(shape):
    z = z_of(*shape)
    check_gradients(softmax, softmax_backward, z, verbose=False)
    check_gradients(log_softmax, log_softmax_backward, z, verbose=False)
    assert_equals_torch(softmax, softmax_backward, lambda z: F.softmax(z, dim=-1), z)
    assert_equals_torch(log_softmax, log_softmax_backward, lambda z: F.log_softmax(z, dim=-1), z)


def test_softmax_backward_is_the_jacobian_times_the_gradient():
    z, dp = z_of(2, 3, 5), np.random.default_rng(1).standard_normal((2, 3, 5))
    J = softmax_jacobian(z)
    assert J.shape == (2, 3, 5, 5) and relative(J, np.swapaxes(J, -1, -2)) == 0
    dz = np.einsum("...kj,...k->...j", J, dp)
    assert relative(softmax_backward(dp, softmax(z)[1]), dz) < 1e-13


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=8), st.floats(-1e3, 1e3))
def test_softmax_sums_to_one_and_ignores_a_shift(scores, shift):
    z = np.array(scores)
    p, _ = softmax(z)
    assert p.sum() == pytest.approx(1) and np.isfinite(p).all()
    assert np.allclose(softmax(z + shift)[0], p, atol=1e-9)


def test_stability_row_by_row():
    p, _ = softmax(np.array([[1000.0, 999.0], [0.0, 1.0]]))
    assert np.allclose(p, [[0.731059, 0.268941], [0.268941, 0.731059]], atol=1e-6)
    assert np.isfinite(log_softmax(np.array([800.0, 0.0]))[0]).all()


@pytest.mark.parametrize("name", [*ACTIVATIONS, "softmax", "log_softmax"])
def test_bad_input_is_named(name):
    function = getattr(activations, name)
    for bad in (None, "a", [[1], [1, 2]], np.array([1 + 2j])):
        with pytest.raises(TypeError, match="z: expected numbers, got"):
            function(bad)


def test_unknown_name():
    with pytest.raises(ValueError, match="name: expected one of .*'relu'.*, got str 'swish'"):
        activation("swish")
