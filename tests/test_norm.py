import numpy as np
import pytest
import torch
import torch.nn.functional as F
from byhand.check import check_gradients
from byhand.norm import (
    batch_norm,
    batch_norm_backward,
    init_norm,
    init_running,
    layer_norm,
    layer_norm_backward,
    update_running,
)
from layer_checks import assert_equals_torch, relative


def inputs(D, *shape):
    rng = np.random.default_rng([D, *shape])
    return {
        "gamma": rng.standard_normal(D) + 1,
        "beta": rng.standard_normal(D),
    }, 2 + 3 * rng.standard_normal(shape)


@pytest.mark.parametrize("shape", [(2, 3, 5), (4, 7), (1, 1, 3), (6,)])
def test_layer_norm(shape):
    args = inputs(shape[-1], *shape)
    check_gradients(layer_norm, layer_norm_backward, *args, verbose=False)
    theirs = lambda p, x: F.layer_norm(x, (shape[-1],), p["gamma"], p["beta"])  # noqa: E731
    assert_equals_torch(layer_norm, layer_norm_backward, theirs, *args)


@pytest.mark.parametrize("shape", [(6, 3), (2, 3, 4, 5), (2, 1, 1, 1), (3, 2, 1, 4)])
def test_batch_norm(shape):
    args = inputs(shape[1], *shape)
    if shape == (2, 1, 1, 1):
        # two values: only a small distance leaves a gradient to see
        args[1][:] = [[[[0.0]]], [[[0.01]]]]
    check_gradients(batch_norm, batch_norm_backward, *args, verbose=False)
    theirs = lambda p, x: F.batch_norm(x, None, None, p["gamma"], p["beta"], training=True)  # noqa: E731
    assert_equals_torch(batch_norm, batch_norm_backward, theirs, *args, slack=5)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_large_mean(dtype):
    params, x = inputs(64, 5, 64)
    params, x = {k: v.astype(dtype) for k, v in params.items()}, (x + 1e4).astype(dtype)
    exact_params = {k: v.astype(np.float64) for k, v in params.items()}
    exact, _ = layer_norm(exact_params, x.astype(np.float64))
    out, cache = layer_norm(params, x)
    assert np.isfinite(out).all() and relative(out, exact) < (
        1e-12 if dtype == np.float64 else 1e-3
    )
    tensor = torch.tensor(x.astype(np.float64))
    theirs = F.layer_norm(
        tensor, (64,), *(torch.tensor(exact_params[k]) for k in ("gamma", "beta"))
    )
    assert relative(exact, theirs) < 1e-10


def test_a_constant_row_gives_beta():
    params, _ = inputs(3, 2, 3)
    out, cache = layer_norm(params, np.full((2, 3), 7.0))
    assert (
        np.allclose(out, params["beta"]) and np.isfinite(layer_norm_backward(out, cache)[1]).all()
    )


def test_rows_have_mean_0_and_variance_1():
    out, cache = layer_norm(init_norm(50), inputs(50, 4, 50)[1])
    assert np.allclose(out.mean(axis=-1), 0) and np.allclose(out.var(axis=-1), 1, atol=1e-4)
    assert cache.mean.shape == (4, 1)


@pytest.mark.parametrize("shape", [(6, 3), (2, 3, 4, 5)])
def test_running_statistics_equal_torch(shape):
    params, _ = inputs(3, *shape)
    layer = (torch.nn.BatchNorm1d if len(shape) == 2 else torch.nn.BatchNorm2d)(
        3, dtype=torch.float64
    )
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(params["gamma"]))
        layer.bias.copy_(torch.tensor(params["beta"]))
    running = init_running(3)
    for seed in range(3):
        x = np.random.default_rng(seed).standard_normal(shape) * 2 + 1
        running = update_running(running, batch_norm(params, x)[1])
        layer(torch.tensor(x))
    assert (
        relative(running.mean, layer.running_mean) < 1e-13
        and relative(running.var, layer.running_var) < 1e-13
    )


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda p: layer_norm(p, np.ones((2, 4))),
            ValueError,
            r'params\["gamma"\]: expected shape \(D,\) with D = 4',
        ),
        (
            lambda p: layer_norm({}, np.ones((2, 3))),
            ValueError,
            "params: expected the names gamma, beta",
        ),
        (lambda p: layer_norm(p, [1.0, 2, 3]), TypeError, "x: expected a NumPy array of floats"),
        (
            lambda p: batch_norm(p, np.ones((2, 3, 4))),
            ValueError,
            r"x: expected shape \(B, C\), got \(2, 3, 4\)",
        ),
        (
            lambda p: batch_norm(p, np.ones((2, 4))),
            ValueError,
            r'params\["gamma"\]: expected shape \(C,\)',
        ),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call(init_norm(3))
