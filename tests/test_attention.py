import numpy as np
import pytest
import torch
import torch.nn.functional as F
from byhand.attention import (
    additive_attention,
    additive_attention_backward,
    init_additive,
    scaled_dot_product_attention,
    scaled_dot_product_attention_backward,
)
from byhand.check import check_gradients
from byhand.masks import causal_mask
from layer_checks import assert_equals_torch, relative

SIZES = [
    ((2, 3), 4, 5, 7, 6),
    ((2,), 4, 3, 2, 5),
    ((), 3, 4, 2, 1),
    ((1,), 1, 1, 1, 1),
]  # lead, T, S, d_k, d_v


def inputs(lead, T, S, d_k, d_v):
    rng = np.random.default_rng([*lead, T, S, d_k, d_v])
    return [rng.standard_normal((*lead, *shape)) for shape in ((T, d_k), (S, d_k), (S, d_v))]


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("masked", [False, True])
def test_scaled_dot_product(sizes, masked):
    args = inputs(*sizes)
    mask = np.random.default_rng(0).random((sizes[1], sizes[2])) < 0.6 if masked else None
    if masked:
        mask[:, 0] = True
    forward = lambda Q, K, V: scaled_dot_product_attention(Q, K, V, mask)  # noqa: E731
    check_gradients(forward, scaled_dot_product_attention_backward, *args, verbose=False)
    theirs = lambda Q, K, V: F.scaled_dot_product_attention(  # noqa: E731
        Q, K, V, attn_mask=None if mask is None else torch.tensor(mask)
    )
    assert_equals_torch(forward, scaled_dot_product_attention_backward, theirs, *args)


def test_by_loops():
    Q, K, V = inputs((2,), 4, 3, 2, 5)
    out, cache = scaled_dot_product_attention(Q, K, V)
    for b in range(2):
        for t in range(4):
            e = np.exp([Q[b, t] @ K[b, s] / np.sqrt(2) for s in range(3)])
            assert relative(cache.weights[b, t], e / e.sum()) < 1e-14
            assert relative(out[b, t], sum(w * V[b, s] for s, w in enumerate(e / e.sum()))) < 1e-14


def test_a_causal_output_does_not_see_the_future_and_an_empty_query_gets_zero():
    Q, K, V = inputs((2,), 4, 4, 3, 5)
    out, _ = scaled_dot_product_attention(Q, K, V, causal_mask(4))
    K[:, 2:] += 1
    V[:, 2:] -= 1
    later, _ = scaled_dot_product_attention(Q, K, V, causal_mask(4))
    assert np.array_equal(out[:, :2], later[:, :2]) and not np.allclose(out[:, 2:], later[:, 2:])
    mask = causal_mask(4)
    mask[1] = False
    out, cache = scaled_dot_product_attention(Q, K, V, mask)
    assert not out[:, 1].any()
    assert all(np.isfinite(d).all() for d in scaled_dot_product_attention_backward(out, cache))


def test_extreme_scores_stay_finite():
    Q, K, V = inputs((2,), 4, 3, 2, 5)
    out, cache = scaled_dot_product_attention(1e4 * Q, 1e4 * K, V)
    assert np.isfinite(out).all() and np.allclose(cache.weights.sum(axis=-1), 1)


@pytest.mark.parametrize("sizes", [(2, 4, 3, 5, 6, 7, 8), (1, 1, 1, 2, 3, 1, 4)])
@pytest.mark.parametrize("masked", [False, True])
def test_additive(sizes, masked):
    B, T, S, D_q, D_k, D_v, A = sizes
    rng = np.random.default_rng(3)
    params = {
        name: rng.standard_normal(w.shape) for name, w in init_additive(rng, D_q, D_k, A).items()
    }
    args = [params, *(rng.standard_normal(s) for s in ((B, T, D_q), (B, S, D_k), (B, S, D_v)))]
    mask = np.array([[[True] * (S - 1) + [S == 1]]] * B) if masked else None
    forward = lambda *args: additive_attention(*args, mask)  # noqa: E731
    check_gradients(forward, additive_attention_backward, *args, verbose=False)

    def theirs(p, Q, K, V):
        scores = torch.tanh((Q @ p["W_q"])[:, :, None] + (K @ p["W_k"])[:, None]) @ p["w_u"]
        if mask is not None:
            scores = scores.masked_fill(~torch.tensor(mask), -torch.inf)
        return torch.softmax(scores, dim=-1) @ V

    assert_equals_torch(forward, additive_attention_backward, theirs, *args)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"Q": np.ones(3)}, ValueError, r"Q: expected shape \(..., T, d_k\)"),
        ({"K": np.ones((2, 3, 4))}, ValueError, "K: expected shape .* with d_k = 2 from Q"),
        ({"V": np.ones((2, 4, 5))}, ValueError, "V: expected shape .* with S = 3 from K"),
        ({"K": np.ones((3, 3, 2))}, ValueError, r"K: expected the axes \(2,\) of Q"),
        ({"mask": np.ones((4, 3))}, TypeError, "mask: expected booleans"),
        ({"mask": np.ones((3, 4), bool)}, ValueError, "mask: expected a shape that broadcasts"),
        ({"Q": torch.ones(2, 4, 2)}, TypeError, "Q: expected a NumPy array of floats"),
    ],
)
def test_bad_input_is_named(change, error, message):
    Q, K, V = inputs((2,), 4, 3, 2, 5)
    with pytest.raises(error, match=message):
        scaled_dot_product_attention(**({"Q": Q, "K": K, "V": V} | change))


def test_bad_input_of_additive_attention_is_named():
    params = init_additive(np.random.default_rng(0), 2, 3, 4)
    with pytest.raises(
        ValueError, match=r'params\["W_k"\]: expected shape \(D_k, d_u\) with D_k = 5 from K'
    ):
        additive_attention(params, np.ones((1, 2, 2)), np.ones((1, 3, 5)), np.ones((1, 3, 4)))
    with pytest.raises(ValueError, match="K: expected shape .* with B = 1 from Q"):
        additive_attention(params, np.ones((1, 2, 2)), np.ones((2, 3, 3)), np.ones((1, 3, 4)))


def test_start_of_additive_attention():
    params = init_additive(np.random.default_rng(0), 100, 400, 50, np.float32)
    assert params["W_q"].std() == pytest.approx(0.1, rel=0.03) and params[
        "W_k"
    ].std() == pytest.approx(0.05, rel=0.03)
    assert (
        params["w_u"].shape == (50,)
        and params["w_u"].dtype == np.float32
        and abs(params["W_k"].mean()) < 0.01
    )
