import numpy as np
import pytest
import torch
from byhand.activations import ACTIVATIONS, softmax
from byhand.check import check_gradients
from byhand.losses import cross_entropy, cross_entropy_backward
from byhand.mlp import init_linear, init_mlp, linear, linear_backward, mlp, mlp_backward
from layer_checks import assert_equals_torch

rng = np.random.default_rng(0)


def random_params(params):
    return {name: rng.standard_normal(value.shape) for name, value in params.items()}


@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4), (1, 4), (4,)])
def test_linear(shape):
    params, x = random_params(init_linear(rng, 4, 5)), rng.standard_normal(shape)
    check_gradients(linear, linear_backward, params, x, verbose=False)
    assert_equals_torch(linear, linear_backward, lambda p, x: x @ p["W"] + p["b"], params, x)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("sizes", "B"), [((4, 5, 3, 2), 6), ((3, 2), 1)])
def test_mlp_equals_differences_and_torchs_own_layers(activation, sizes, B):
    params, x = random_params(init_mlp(rng, sizes)), rng.standard_normal((B, sizes[0]))
    check_gradients(lambda p, x: mlp(p, x, activation), mlp_backward, params, x, verbose=False)
    names = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid}
    if activation not in names:
        return

    def theirs(params, a):
        for l in range(len(sizes) - 1):
            z = torch.nn.functional.linear(a, params[f"{l}.W"].T, params[f"{l}.b"])
            a = names[activation](z)
        return z

    assert_equals_torch(lambda p, x: mlp(p, x, activation), mlp_backward, theirs, params, x)


def test_worked_example_of_the_book():
    params = {
        "0.W": np.array([[0.2, 0.4, 0.6], [0.5, 0.1, 0.3], [0.8, 0.7, 0.9], [0.3, 0.5, 0.7]]).T,
        "0.b": np.array([0.1, 0.2, 0.3, 0.4]),
        "1.W": np.array([[0.3, 0.5, 0.7, 0.9], [0.2, 0.4, 0.6, 0.8]]).T,
        "1.b": np.array([0.1, 0.2]),
    }
    z, cache = mlp(params, np.array([[1, 0.5, 0.3]]))
    assert np.allclose(cache.activations[0].z, [[0.68, 0.84, 1.72, 1.16]])
    assert np.allclose(z, [[2.972, 2.632]]) and np.allclose(
        softmax(z)[0], [[0.584191, 0.415809]], atol=1e-6
    )
    _, loss_cache = cross_entropy(z, np.array([0]))
    dz = cross_entropy_backward(1, loss_cache)
    grads, dx = mlp_backward(dz, cache)
    assert np.allclose(dz, [[-0.415809, 0.415809]], atol=1e-6)
    assert np.allclose(grads["0.b"], [-0.0415809] * 4, atol=1e-7) and dx.shape == (1, 3)


def test_the_cache_holds_every_layer_and_the_activations_between():
    _, cache = mlp(init_mlp(rng, (4, 5, 3, 2)), np.ones((6, 4)))
    assert [c.x.shape for c in cache.layers] == [(6, 4), (6, 5), (6, 3)]
    assert [c.a.shape for c in cache.activations] == [(6, 5), (6, 3)]


def test_starts():
    assert not init_linear(rng, 3, 4, "zeros")["W"].any()
    W = {
        init: init_linear(np.random.default_rng(0), 400, 100, init)["W"]
        for init in ("small", "xavier", "he")
    }
    for init, deviation in {
        "small": 0.01,
        "xavier": (2 / 500) ** 0.5,
        "he": (2 / 400) ** 0.5,
    }.items():
        assert W[init].std() == pytest.approx(deviation, rel=0.02)
    params = init_mlp(rng, (4, 3, 2), dtype=np.float32)
    assert list(params) == ["0.W", "0.b", "1.W", "1.b"] and params["0.W"].dtype == np.float32


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda p: mlp(p, np.ones((2, 5))),
            ValueError,
            r'params\["W"\]: expected shape \(D_in, D_out\) with D_in = 5',
        ),
        (lambda p: mlp(p, [[1.0]]), TypeError, "x: expected a NumPy array of floats"),
        (lambda p: mlp(p, np.ones((2, 4)), "swish"), ValueError, "name: expected one of"),
        (lambda p: mlp([], np.ones((2, 4))), TypeError, "params: expected a dict"),
        (
            lambda p: mlp({}, np.ones((2, 4))),
            ValueError,
            "params: expected names that begin with '0.', got an empty",
        ),
        (
            lambda p: linear({"W": p["0.W"]}, np.ones((2, 4))),
            ValueError,
            "params: expected the names W, b, got W",
        ),
        (lambda p: init_mlp(rng, (3,)), ValueError, "sizes: expected at least two"),
        (lambda p: init_mlp(0, (3, 2)), TypeError, "rng: expected a generator"),
        (lambda p: init_mlp(rng, (3, 2), "big"), ValueError, "init: expected one of"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call(init_mlp(rng, (4, 3, 2)))


def test_loss_and_network_together_learn_xor():
    X, y = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    params = init_mlp(np.random.default_rng(1), (2, 8, 2), "xavier")
    for _ in range(400):
        z, cache = mlp(params, X, "tanh")
        _, loss_cache = cross_entropy(z, y)
        grads, _ = mlp_backward(cross_entropy_backward(1, loss_cache), cache)
        params = {name: w - 0.5 * grads[name] for name, w in params.items()}
    assert (mlp(params, X, "tanh")[0].argmax(axis=1) == y).all()
