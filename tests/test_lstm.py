import numpy as np
import pytest
import torch
from byhand.check import check_gradients
from byhand.lstm import init_lstm, lstm, lstm_backward, lstm_cell, lstm_cell_backward
from byhand.lstm_fast import lstm_fast, lstm_fast_backward
from byhand.params import count
from layer_checks import assert_equals_torch, relative

rng = np.random.default_rng(0)
SIZES = [(2, 3, 5, 4), (1, 1, 2, 3), (3, 1, 4, 1), (1, 6, 1, 2)]  # B, T, D, H


def inputs(B, T, D, H):
    rng = np.random.default_rng([B, T, D, H])
    params = {name: rng.standard_normal(w.shape) for name, w in init_lstm(rng, D, H).items()}
    return (
        params,
        rng.standard_normal((B, T, D)),
        rng.standard_normal((B, H)),
        rng.standard_normal((B, H)),
    )


def torch_lstm(params, x, h_0, c_0):
    layer = torch.nn.LSTM(x.shape[2], h_0.shape[1], batch_first=True, dtype=x.dtype)
    weights = {
        "weight_ih_l0": params["W_x"].T,
        "weight_hh_l0": params["W_h"].T,
        "bias_ih_l0": params["b"],
    }
    weights["bias_hh_l0"] = torch.zeros_like(params["b"])
    h, (_, c_T) = torch.func.functional_call(layer, weights, (x, (h_0[None], c_0[None])))
    return h, c_T[0]


@pytest.mark.parametrize("pair", [(lstm, lstm_backward), (lstm_fast, lstm_fast_backward)])
@pytest.mark.parametrize("sizes", SIZES)
def test_sequence(pair, sizes):
    args = inputs(*sizes)
    check_gradients(*pair, *args, verbose=False)
    assert_equals_torch(*pair, torch_lstm, *args)


def test_the_fast_form_is_equal():
    args = inputs(3, 6, 4, 5)
    *plain, cache = lstm(*args)
    *fast, fast_cache = lstm_fast(*args)
    douts = [rng.standard_normal(out.shape) for out in plain]
    (grads, *plain_d), (fast_grads, *fast_d) = (
        lstm_backward(*douts, cache),
        lstm_fast_backward(*douts, fast_cache),
    )
    pairs = [*zip([*plain, *plain_d, *cache[1:]], [*fast, *fast_d, *fast_cache[1:]], strict=True)]
    pairs += [(grads[name], fast_grads[name]) for name in grads]
    assert all(relative(a, b) < 1e-13 for a, b in pairs)


@pytest.mark.parametrize("sizes", SIZES)
def test_cell(sizes):
    params, x, h, c = inputs(*sizes)
    check_gradients(lstm_cell, lstm_cell_backward, params, x[:, 0], h, c, verbose=False)

    def theirs(params, x, h, c):
        h, c = torch_lstm(params, x[:, None], h, c)
        return h[:, 0], c

    assert_equals_torch(lstm_cell, lstm_cell_backward, theirs, params, x[:, 0], h, c)


def test_sequence_is_the_cell_repeated_and_the_cache_shows_the_gates():
    params, x, h, c = inputs(2, 4, 3, 5)
    hs, c_T, cache = lstm(params, x, h, c)
    for t in range(4):
        h, c, cell = lstm_cell(params, x[:, t], h, c)
        assert relative(hs[:, t], h) < 1e-14
        for gate in "ifgo":
            assert relative(getattr(cache, gate)[:, t], getattr(cell, gate)) < 1e-14
    assert relative(c_T, c) < 1e-14 and cache.f.shape == (2, 4, 5)


def test_a_worked_cell():
    """Gates pinned by large biases: i, f and o at 1 make c = c_prev + g."""
    params = {"W_x": np.zeros((1, 4)), "W_h": np.zeros((1, 4)), "b": np.array([50.0, 50, 0.5, 50])}
    h, c, _ = lstm_cell(params, np.ones((1, 1)), np.ones((1, 1)), np.full((1, 1), 2.0))
    assert np.allclose(c, 2 + np.tanh(0.5)) and np.allclose(h, np.tanh(c))


def test_inputs_stay_and_calls_are_independent():
    args = inputs(2, 3, 4, 5)
    copies = [
        {k: v.copy() for k, v in a.items()} if isinstance(a, dict) else a.copy() for a in args
    ]
    *outputs, cache = lstm(*args)
    lstm(*inputs(2, 3, 4, 5))
    first = lstm_backward(np.ones((2, 3, 5)), np.ones((2, 5)), cache)
    second = lstm_backward(np.ones((2, 3, 5)), np.ones((2, 5)), cache)
    assert all(np.array_equal(first[0][k], second[0][k]) for k in first[0])
    assert all(np.array_equal(copies[0][k], args[0][k]) for k in args[0])
    assert all(np.array_equal(a, b) for a, b in zip(copies[1:], args[1:], strict=True))


def test_start_and_count():
    params = init_lstm(rng, 5, 8, forget_bias=1)
    assert count(params) == 448
    assert params["b"].reshape(4, 8).tolist() == [[0] * 8, [1] * 8, [0] * 8, [0] * 8]
    assert (
        np.abs(params["W_x"]).max() <= 8**-0.5
        and init_lstm(rng, 2, 3, dtype=np.float32)["b"].dtype == np.float32
    )


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"x": np.ones((2, 3))}, ValueError, r"x: expected shape \(B, T, D\), got \(2, 3\)"),
        (
            {"h_0": np.ones((3, 4))},
            ValueError,
            r"h_0: expected shape \(B, H\) with B = 2 from x, got \(3, 4\)",
        ),
        ({"c_0": np.ones((2, 5))}, ValueError, r"c_0: expected shape \(B, H\) with H = 4 from h_0"),
        ({"x": [[1]]}, TypeError, "x: expected a NumPy array of floats"),
        ({"x": np.ones((2, 3, 5), int)}, TypeError, "x: expected a NumPy array of floats"),
        (
            {"params": {"W_x": np.ones((5, 16))}},
            ValueError,
            "params: expected the names W_x, W_h, b",
        ),
        (
            {"params": {"W_x": np.ones((5, 12)), "W_h": np.ones((4, 12)), "b": np.ones(12)}},
            ValueError,
            r"\(H, 4H\)",
        ),
    ],
)
def test_bad_input_is_named(change, error, message):
    params, x, h_0, c_0 = inputs(2, 3, 5, 4)
    with pytest.raises(error, match=message):
        lstm(**({"params": params, "x": x, "h_0": h_0, "c_0": c_0} | change))
