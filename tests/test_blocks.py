import numpy as np
import pytest
import torch
from byhand.blocks import (
    encoder_layer,
    encoder_layer_backward,
    feed_forward,
    feed_forward_backward,
    init_encoder_layer,
    init_feed_forward,
    residual,
    residual_backward,
)
from byhand.check import check_gradients
from byhand.masks import causal_mask, combine, padding_mask
from byhand.params import count
from layer_checks import assert_equals_torch, relative

MASK = combine(causal_mask(4), padding_mask(np.array([[5, 6, 7, 8], [5, 6, 0, 0]])))


def inputs(D=6, N=3, F=5, T=4):
    rng = np.random.default_rng(0)
    params = {
        k: rng.standard_normal(v.shape) / 2 for k, v in init_encoder_layer(rng, D, N, F).items()
    }
    return params, rng.standard_normal((2, T, D))


def part(params, prefix):
    return {
        name[len(prefix) + 1 :]: w for name, w in params.items() if name.startswith(prefix + ".")
    }


def torch_layer(N, mask, norm):
    def run(p, x):
        D, F = p["ffn.W_1"].shape
        layer = torch.nn.TransformerEncoderLayer(
            D, N, F, dropout=0.0, batch_first=True, norm_first=norm == "pre", dtype=x.dtype
        )
        weights = {
            "self_attn.in_proj_weight": torch.cat([p[f"attn.W_{k}"].T for k in "qkv"]),
            "self_attn.in_proj_bias": torch.cat([p[f"attn.b_{k}"] for k in "qkv"]),
            "self_attn.out_proj.weight": p["attn.W_o"].T,
            "self_attn.out_proj.bias": p["attn.b_o"],
        }
        for ours, theirs in (("attn", "norm1"), ("ffn", "norm2")):
            weights |= {
                f"{theirs}.weight": p[f"{ours}.norm.gamma"],
                f"{theirs}.bias": p[f"{ours}.norm.beta"],
            }
        for k in "12":
            weights |= {f"linear{k}.weight": p[f"ffn.W_{k}"].T, f"linear{k}.bias": p[f"ffn.b_{k}"]}
        hide = None
        if mask is not None:
            hide = ~torch.tensor(
                np.broadcast_to(mask, (2, x.shape[1], x.shape[1])).copy()
            ).repeat_interleave(N, 0)
        return torch.func.functional_call(layer, weights, (x, hide))

    return run


@pytest.mark.parametrize("norm", ["pre", "post"])
@pytest.mark.parametrize("mask", [None, MASK])
def test_encoder_layer_equals_differences_and_torchs_own_layer(norm, mask):
    params, x = inputs()
    fixed = params["attn.b_k"]  # a key bias has gradient 0: see test_self_attention
    free = {name: w for name, w in params.items() if name != "attn.b_k"}

    def forward(p, x):
        return encoder_layer(p | {"attn.b_k": fixed.astype(x.dtype)}, x, 3, mask, norm)

    def backward(dout, cache):
        grads, dx = encoder_layer_backward(dout, cache)
        assert np.abs(grads.pop("attn.b_k")).max() < (1e-12 if dout.dtype == np.float64 else 1e-4)
        return grads, dx

    theirs = torch_layer(3, mask, norm)
    check_gradients(forward, backward, free, x, verbose=False)
    assert_equals_torch(
        forward,
        backward,
        lambda p, x: theirs(p | {"attn.b_k": torch.tensor(fixed).to(x.dtype)}, x),
        free,
        x,
    )


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_residual_around_the_feed_forward_block(norm):
    params, x = inputs()
    forward = lambda p, x: residual(p, x, (feed_forward, feed_forward_backward), norm)  # noqa: E731
    check_gradients(forward, residual_backward, part(params, "ffn"), x, verbose=False)


@pytest.mark.parametrize("T", [1, 4])
def test_feed_forward(T):
    params, x = inputs(T=T)
    params = {k: v for k, v in part(params, "ffn").items() if not k.startswith("norm")}
    check_gradients(feed_forward, feed_forward_backward, params, x, verbose=False)
    theirs = lambda p, x: torch.relu(x @ p["W_1"] + p["b_1"]) @ p["W_2"] + p["b_2"]  # noqa: E731
    assert_equals_torch(feed_forward, feed_forward_backward, theirs, params, x)


def test_pre_and_post_norm_by_their_formulas():
    params, x = inputs()
    p = part(params, "ffn")
    sub = lambda u: feed_forward(p, u)[0]  # noqa: E731

    def ln(u):
        centred = u - u.mean(axis=-1, keepdims=True)
        return (
            centred / np.sqrt(u.var(axis=-1, keepdims=True) + 1e-5) * p["norm.gamma"]
            + p["norm.beta"]
        )

    pair = (feed_forward, feed_forward_backward)
    assert relative(residual(p, x, pair, "pre")[0], x + sub(ln(x))) < 1e-14
    assert relative(residual(p, x, pair, "post")[0], ln(x + sub(x))) < 1e-14


def test_the_future_and_the_pads_change_nothing():
    params, x = inputs()
    before = encoder_layer(params, x, 3, MASK)[0]
    x[0, 2:] += 1
    x[1, 2:] = 50
    after, cache = encoder_layer(params, x, 3, MASK)
    assert np.array_equal(after[:, :2], before[:, :2]) and cache.weights.shape == (2, 3, 4, 4)


def test_parameters_of_the_base_layer():
    assert count(init_encoder_layer(np.random.default_rng(0), 512, 8, 2048)) == 3_152_384


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda p, x: encoder_layer(p, x, 3, norm="none"),
            ValueError,
            "norm: expected one of 'pre', 'post'",
        ),
        (
            lambda p, x: encoder_layer(p, x[..., :5], 3),
            ValueError,
            "expected shape .* with D = 5 from x",
        ),
        (
            lambda p, x: encoder_layer({}, x, 3),
            ValueError,
            "params: expected names that begin with 'attn.'",
        ),
        (
            lambda p, x: feed_forward(part(p, "ffn"), x[0]),
            ValueError,
            r"x: expected shape \(B, T, D\)",
        ),
        (lambda p, x: init_feed_forward(0, 3, 4), TypeError, "rng: expected a generator"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call(*inputs())
