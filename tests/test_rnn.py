import numpy as np
import pytest
import torch
from byhand.check import check_gradients
from byhand.optim import clip_by_global_norm
from byhand.params import count
from byhand.rnn import init_rnn, rnn, rnn_backward, rnn_cell, rnn_cell_backward
from layer_checks import assert_equals_torch, relative

rng = np.random.default_rng(0)
SIZES = [(2, 3, 5, 4), (1, 1, 2, 3), (3, 1, 4, 1), (1, 6, 1, 2)]  # B, T, D, H


def inputs(B, T, D, H):
    rng = np.random.default_rng([B, T, D, H])
    params = {name: rng.standard_normal(w.shape) for name, w in init_rnn(rng, D, H).items()}
    return params, rng.standard_normal((B, T, D)), rng.standard_normal((B, H))


def torch_rnn(activation):
    def run(params, x, h_0):
        layer = torch.nn.RNN(
            x.shape[2], h_0.shape[1], batch_first=True, dtype=x.dtype, nonlinearity=activation
        )
        weights = {
            "weight_ih_l0": params["W_x"].T,
            "weight_hh_l0": params["W_h"].T,
            "bias_ih_l0": params["b"],
        }
        weights["bias_hh_l0"] = torch.zeros_like(params["b"])
        return torch.func.functional_call(layer, weights, (x, h_0[None]))[0]

    return run


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize(
    "activation", ["tanh", "relu", "identity", "sigmoid", "gelu", "leaky_relu"]
)
def test_sequence(sizes, activation):
    args = inputs(*sizes)
    check_gradients(lambda p, x, h: rnn(p, x, h, activation), rnn_backward, *args, verbose=False)
    if activation in ("tanh", "relu"):
        assert_equals_torch(
            lambda p, x, h: rnn(p, x, h, activation), rnn_backward, torch_rnn(activation), *args
        )


@pytest.mark.parametrize("sizes", SIZES)
def test_cell(sizes):
    params, x, h = inputs(*sizes)
    check_gradients(rnn_cell, rnn_cell_backward, params, x[:, 0], h, verbose=False)
    hs, _ = rnn(params, x, h)
    for t in range(x.shape[1]):
        h, _ = rnn_cell(params, x[:, t], h)
        assert relative(hs[:, t], h) < 1e-13


def test_the_memory_example():
    """Inputs (1,1), (1,1), (2,2), two linear units, all weights 1; the output sums both units:
    4, 12, 32."""
    params = {"W_x": np.ones((2, 2)), "W_h": np.ones((2, 2)), "b": np.zeros(2)}
    x = np.array([[[1.0, 1], [1, 1], [2, 2]]])
    assert rnn(params, x, np.zeros((1, 2)), "identity")[0].sum(axis=-1).tolist() == [[4, 12, 32]]
    assert rnn(params, x[:, [2, 0, 1]], np.zeros((1, 2)), "identity")[0].sum(axis=-1).tolist() == [
        [8, 20, 44]
    ]


def test_clipping():
    grads = {"W": np.array([3.0, 0]), "b": np.array([[4.0]])}
    clipped, norm = clip_by_global_norm(grads, 1.0)
    assert norm == 5 and np.allclose(clipped["W"], [0.6, 0]) and np.allclose(clipped["b"], 0.8)
    same, _ = clip_by_global_norm(grads, 6.0)
    assert np.array_equal(same["W"], grads["W"])
    zero, norm = clip_by_global_norm({"W": np.zeros(2)}, 1.0)
    assert norm == 0 and not zero["W"].any()
    assert clip_by_global_norm({"W": np.ones(3, np.float32)}, 1.0)[0]["W"].dtype == np.float32


def test_counts():
    assert count(init_rnn(rng, 5, 8)) == 112


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda p, x, h: rnn(p, x[0], h), ValueError, r"x: expected shape \(B, T, D\)"),
        (lambda p, x, h: rnn(p, x, h[:1]), ValueError, "h_0: expected shape .* B = 2 from x"),
        (lambda p, x, h: rnn(p, x, h, "swish"), ValueError, "name: expected one of"),
        (lambda p, x, h: clip_by_global_norm([x], 1), TypeError, "grads: expected a dict"),
        (
            lambda p, x, h: clip_by_global_norm({"x": x}, 0),
            ValueError,
            "limit: expected a positive number",
        ),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call(*inputs(2, 3, 5, 4))
