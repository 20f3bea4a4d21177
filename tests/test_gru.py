import numpy as np
import pytest
import torch
from byhand.check import check_gradients
from byhand.gru import gru, gru_backward, gru_cell, gru_cell_backward, init_gru
from byhand.params import count
from layer_checks import assert_equals_torch, relative

rng = np.random.default_rng(0)
SIZES = [(2, 3, 5, 4), (1, 1, 2, 3), (3, 1, 4, 1), (1, 6, 1, 2)]  # B, T, D, H


def inputs(B, T, D, H, reset):
    rng = np.random.default_rng([B, T, D, H])
    params = {name: rng.standard_normal(w.shape) for name, w in init_gru(rng, D, H, reset).items()}
    return params, rng.standard_normal((B, T, D)), rng.standard_normal((B, H))


def torch_gru(params, x, h_0):
    """torch's own layer for the reset after the product,
    its formula written out for the reset before it."""
    H = h_0.shape[1]
    if "b_hn" in params:
        layer = torch.nn.GRU(x.shape[2], H, batch_first=True, dtype=x.dtype)
        b_hh = torch.cat([torch.zeros(2 * H, dtype=x.dtype), params["b_hn"]])
        weights = {
            "weight_ih_l0": params["W_x"].T,
            "weight_hh_l0": params["W_h"].T,
            "bias_ih_l0": params["b"],
        }
        return torch.func.functional_call(layer, weights | {"bias_hh_l0": b_hh}, (x, h_0[None]))[0]
    h, hs = h_0, []
    W_r, W_z, W_n = params["W_h"].split(H, dim=1)
    for t in range(x.shape[1]):
        a_r, a_z, a_n = (x[:, t] @ params["W_x"] + params["b"]).split(H, dim=1)
        r, z = torch.sigmoid(a_r + h @ W_r), torch.sigmoid(a_z + h @ W_z)
        n = torch.tanh(a_n + (r * h) @ W_n)
        h = (1 - z) * n + z * h
        hs.append(h)
    return torch.stack(hs, dim=1)


@pytest.mark.parametrize("reset", ["after", "before"])
@pytest.mark.parametrize("sizes", SIZES)
def test_sequence(sizes, reset):
    args = inputs(*sizes, reset)
    check_gradients(lambda p, x, h: gru(p, x, h, reset), gru_backward, *args, verbose=False)
    assert_equals_torch(lambda p, x, h: gru(p, x, h, reset), gru_backward, torch_gru, *args)


@pytest.mark.parametrize("reset", ["after", "before"])
@pytest.mark.parametrize("sizes", SIZES)
def test_cell(sizes, reset):
    params, x, h = inputs(*sizes, reset)
    check_gradients(
        lambda p, x, h: gru_cell(p, x, h, reset),
        gru_cell_backward,
        params,
        x[:, 0],
        h,
        verbose=False,
    )
    assert_equals_torch(
        lambda p, x, h: gru_cell(p, x, h, reset),
        gru_cell_backward,
        lambda p, x, h: torch_gru(p, x[:, None], h)[:, 0],
        params,
        x[:, 0],
        h,
    )


@pytest.mark.parametrize("reset", ["after", "before"])
def test_sequence_is_the_cell_repeated(reset):
    params, x, h = inputs(2, 4, 3, 5, reset)
    hs, cache = gru(params, x, h, reset)
    for t in range(4):
        h, cell = gru_cell(params, x[:, t], h, reset)
        assert relative(hs[:, t], h) < 1e-14 and relative(cache.z[t], cell.z) < 1e-14


def test_z_at_one_keeps_the_state_and_at_zero_forgets_it():
    params, x, h = inputs(2, 1, 3, 4, "before")
    params["b"][4:8] = 100
    assert np.allclose(gru_cell(params, x[:, 0], h, "before")[0], h)
    params["b"][4:8] = -100
    new, cache = gru_cell(params, x[:, 0], h, "before")
    assert np.allclose(new, cache.n)


def test_counts():
    assert (
        count(init_gru(rng, 5, 8, "before")) == 336 and count(init_gru(rng, 5, 8, "after")) == 344
    )


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"x": np.ones((2, 3))}, ValueError, r"x: expected shape \(B, T, D\)"),
        ({"h_0": np.ones((3, 4))}, ValueError, r"h_0: expected shape \(B, H\) with B = 2"),
        ({"reset": "never"}, ValueError, "reset: expected one of 'after', 'before'"),
        ({"params": None}, TypeError, "params: expected a dict"),
    ],
)
def test_bad_input_is_named(change, error, message):
    params, x, h_0 = inputs(2, 3, 5, 4, "after")
    with pytest.raises(error, match=message):
        gru(**({"params": params, "x": x, "h_0": h_0} | change))


def test_params_of_the_other_variant_are_noticed():
    params, x, h_0 = inputs(2, 3, 5, 4, "before")
    with pytest.raises(ValueError, match="params: expected the names W_x, W_h, b, b_hn"):
        gru(params, x, h_0, reset="after")
