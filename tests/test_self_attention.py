import numpy as np
import pytest
import torch
from byhand.attention import scaled_dot_product_attention
from byhand.check import check_gradients
from byhand.masks import causal_mask, combine, padding_mask
from byhand.params import count
from byhand.self_attention import (
    init_multi_head,
    merge_heads,
    multi_head,
    multi_head_backward,
    self_attention,
    self_attention_backward,
    split_heads,
)
from layer_checks import assert_equals_torch, relative

MASKS = [None, causal_mask(4, 5), padding_mask(np.array([[5, 6, 7, 8, 9], [5, 6, 7, 0, 0]]))]
MASKS.append(combine(MASKS[1], MASKS[2]))


def random_params(D, N, **options):
    rng = np.random.default_rng([D, N])
    return {
        name: rng.standard_normal(w.shape) / 2
        for name, w in init_multi_head(rng, D, N, **options).items()
    }


def arrays(*shapes):
    rng = np.random.default_rng(1)
    return [rng.standard_normal(shape) for shape in shapes]


def torch_multi_head(N, mask):
    def run(p, X_q, X_k, X_v):
        D = p["W_q"].shape[1]
        layer = torch.nn.MultiheadAttention(
            D, N, kdim=X_k.shape[2], vdim=X_v.shape[2], batch_first=True
        )
        layer = layer.to(X_q.dtype)
        weights = {"in_proj_bias": torch.cat([p["b_q"], p["b_k"], p["b_v"]])}
        if layer.in_proj_weight is None:
            weights |= {f"{n}_proj_weight": p[f"W_{n}"].T for n in "qkv"}
        else:
            weights |= {"in_proj_weight": torch.cat([p[f"W_{n}"].T for n in "qkv"])}
        weights |= {"out_proj.weight": p["W_o"].T, "out_proj.bias": p["b_o"]}
        hide = None
        if mask is not None:
            B, T, S = len(X_q), X_q.shape[1], X_k.shape[1]
            hide = ~torch.tensor(np.broadcast_to(mask, (B, T, S)).copy()).repeat_interleave(
                N, dim=0
            )
        return torch.func.functional_call(layer, weights, (X_q, X_k, X_v), {"attn_mask": hide})[0]

    return run


def assert_right(forward, backward, theirs, params, *arrays):
    """A key bias adds the same to all scores of a query, so its gradient is 0: compared apart,
    to the others' size.
    """
    free = {name: w for name, w in params.items() if name != "b_k"}

    def with_fixed_bias(p, *arrays):
        return forward(p | {"b_k": params["b_k"].astype(p["b_q"].dtype)}, *arrays)

    def backward_of_free(dout, cache):
        grads, *dx = backward(dout, cache)
        size = np.abs(grads["W_k"]).max()
        assert np.abs(grads["b_k"]).max() <= (1e-12 if dout.dtype == np.float64 else 1e-5) * size
        return {name: grads[name] for name in grads if name != "b_k"}, *dx

    def torch_with_fixed_bias(p, *arrays):
        return theirs(p | {"b_k": torch.tensor(params["b_k"]).to(p["b_q"].dtype)}, *arrays)

    check_gradients(with_fixed_bias, backward_of_free, free, *arrays, verbose=False)
    assert_equals_torch(with_fixed_bias, backward_of_free, torch_with_fixed_bias, free, *arrays)


@pytest.mark.parametrize("mask", MASKS)
def test_equal_to_differences_and_to_torchs_own_layer(mask):
    args = [random_params(6, 3), *arrays((2, 4, 6), (2, 5, 6), (2, 5, 6))]
    forward = lambda *args: multi_head(*args, 3, mask)  # noqa: E731
    assert_right(forward, multi_head_backward, torch_multi_head(3, mask), *args)


def test_keys_and_values_of_another_width_and_one_of_everything():
    args = [random_params(6, 2, D_kv=5), *arrays((1, 1, 6), (1, 3, 5), (1, 3, 5))]
    forward = lambda *args: multi_head(*args, 2)  # noqa: E731
    assert_right(forward, multi_head_backward, torch_multi_head(2, None), *args)


@pytest.mark.parametrize("T", [1, 4])
def test_self_attention(T):
    params, (X,) = random_params(6, 3), arrays((2, T, 6))
    forward = lambda p, X: self_attention(p, X, 3, causal_mask(T))  # noqa: E731
    theirs = torch_multi_head(3, causal_mask(T))
    assert_right(forward, self_attention_backward, lambda p, X: theirs(p, X, X, X), params, X)


def test_equal_to_a_loop_over_heads():
    p, (X_q, X) = random_params(6, 3, K=5), arrays((2, 4, 6), (2, 7, 6))
    out, cache = multi_head(p, X_q, X, X, 3)
    heads = []
    for n in range(3):
        part = slice(5 * n, 5 * n + 5)
        Q, K, V = (
            x @ p[f"W_{k}"][:, part] + p[f"b_{k}"][part]
            for k, x in zip("qkv", (X_q, X, X), strict=True)
        )
        head, attention = scaled_dot_product_attention(Q, K, V)
        assert relative(cache.weights[:, n], attention.weights) < 1e-13
        heads.append(head)
    assert relative(out, np.concatenate(heads, axis=-1) @ p["W_o"] + p["b_o"]) < 1e-13


def test_split_and_merge():
    (x,) = arrays((2, 3, 8))
    assert split_heads(x, 4).shape == (2, 4, 3, 2) and np.array_equal(
        merge_heads(split_heads(x, 4)), x
    )
    assert np.array_equal(split_heads(x, 4)[1, 2, 0], x[1, 0, 4:6])


def test_permuting_the_tokens_permutes_the_outputs():
    p, (X,) = random_params(6, 2), arrays((2, 5, 6))
    order = np.array([3, 1, 4, 0, 2])
    assert (
        relative(self_attention(p, X[:, order], 2)[0], self_attention(p, X, 2)[0][:, order]) < 1e-13
    )


def test_what_stands_in_padded_places_changes_nothing():
    p, (X,) = random_params(6, 2), arrays((2, 5, 6))
    before = self_attention(p, X, 2, MASKS[2])[0]
    X[1, 3:] = 100
    assert np.array_equal(self_attention(p, X, 2, MASKS[2])[0][1, :3], before[1, :3])


def test_parameters_of_the_base_model():
    assert count(init_multi_head(np.random.default_rng(0), 512, 8)) == 4 * (512 * 512 + 512)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"N": 4}, ValueError, "N: expected a number of heads that divides 6 and 6, got 4"),
        (
            {"X_k": np.ones((2, 5, 7))},
            ValueError,
            r'params\["W_k"\]: expected shape .* with D_k = 7 from X_k',
        ),
        ({"X_v": np.ones((2, 4, 6))}, ValueError, "X_v: expected shape .* with S = 5 from X_k"),
        ({"X_q": np.ones((4, 6))}, ValueError, r"X_q: expected shape \(B, T, D_q\)"),
        ({"mask": np.ones((2, 4, 4), bool)}, ValueError, "mask: expected a shape that broadcasts"),
    ],
)
def test_bad_input_is_named(change, error, message):
    X_q, X_k, X_v = arrays((2, 4, 6), (2, 5, 6), (2, 5, 6))
    args = {"params": random_params(6, 3), "X_q": X_q, "X_k": X_k, "X_v": X_v, "N": 3}
    with pytest.raises(error, match=message):
        multi_head(**(args | change))
    with pytest.raises(ValueError, match="N: expected a number of heads that divides D = 6"):
        init_multi_head(np.random.default_rng(0), 6, 4)
