"""The tagger of chapter 14: gradients, positions, and what the page claims about order."""

import numpy as np
import pytest
from byhand.attention_tagger import (
    POSITIONS,
    attention_tagger,
    attention_tagger_backward,
    init_attention_tagger,
)
from byhand.check import check_gradients
from byhand.masks import length_mask
from byhand.position import sinusoids
from byhand.self_attention import multi_head

TOKENS = np.array([[3, 1, 3, 2, 5], [4, 4, 1, 0, 0]])
MASK = length_mask(np.array([5, 3]), 5)


@pytest.mark.parametrize("positions", POSITIONS)
def test_gradients(positions):
    rng = np.random.default_rng(1)
    params = init_attention_tagger(rng, 6, 4, 2, 3, F=5, positions=positions, T_max=7)
    params = {
        name: value + 0.1 * rng.standard_normal(value.shape) for name, value in params.items()
    }

    def forward(p, tokens):
        return attention_tagger(p, tokens, 2, MASK, positions)

    z, cache = forward(params, TOKENS)
    assert z.shape == (2, 5, 3) and cache.attention.weights.shape == (2, 2, 5, 5)
    check_gradients(
        forward,
        attention_tagger_backward,
        params,
        TOKENS,
        names=["tagger", "tokens"],
        verbose=False,
    )


def test_without_positions_the_same_word_gets_the_same_scores():
    params = init_attention_tagger(np.random.default_rng(2), 6, 4, 2, 3)
    same = attention_tagger(params, TOKENS, 2, MASK, "none")[0]
    assert np.allclose(same[0, 0], same[0, 2]) and np.allclose(same[1, 0], same[1, 1])
    placed = attention_tagger(params, TOKENS, 2, MASK)[0]
    assert not np.allclose(placed[0, 0], placed[0, 2])
    order = np.array([4, 2, 0, 3, 1])
    assert np.allclose(
        attention_tagger(params, TOKENS[:1, order], 2, None, "none")[0], same[:1][:, order]
    )


def test_the_dtype_of_the_parameters_is_kept():
    params = init_attention_tagger(
        np.random.default_rng(2), 6, 4, 2, 3, positions="learned", dtype=np.float32
    )
    z, cache = attention_tagger(params, TOKENS, 2, MASK, "learned")
    grads, _ = attention_tagger_backward(z, cache)
    assert z.dtype == np.float32 and {g.dtype for g in grads.values()} == {np.dtype(np.float32)}


def test_a_convolution_is_attention_with_one_key_for_each_head():
    """Head n of width C looks at place t + n - 1 only; W_o holds the kernel."""
    rng = np.random.default_rng(3)
    B, T, C, O, k = 2, 5, 3, 4, 3
    X, W, b = rng.standard_normal((B, T, C)), rng.standard_normal((O, C, k)), rng.standard_normal(O)
    params = {f"W_{n}": np.tile(np.eye(C), (1, k)) for n in "qkv"}
    params |= {f"b_{n}": np.zeros(k * C) for n in "qkv"}
    params |= {"W_o": W.transpose(2, 1, 0).reshape(k * C, O), "b_o": b}
    t = np.arange(T)
    mask = np.stack([t == t[:, None] + n - 1 for n in range(k)])[None]  # (1, N, T, T)
    out, _ = multi_head(params, X, X, X, k, mask)
    padded = np.pad(X, ((0, 0), (1, 1), (0, 0)))
    wanted = b + sum(padded[:, n : n + T] @ W[:, :, n].T for n in range(k))
    assert np.allclose(out, wanted, rtol=1e-13, atol=1e-13)


def test_a_shift_of_the_sinusoids_is_a_rotation():
    P, D, shift = sinusoids(30, 8), 8, 7
    angles = shift * 10000.0 ** (-np.arange(0, D, 2) / D)
    R = np.zeros((D, D))
    for i, a in enumerate(angles):
        R[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]
    assert np.allclose(P[:-shift] @ R, P[shift:]) and np.allclose(R @ R.T, np.eye(D))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: attention_tagger({}, TOKENS, 2, positions="rotary"), "positions: expected"),
        (lambda: init_attention_tagger(np.random.default_rng(0), 6, 4, 3, 3), "N: expected"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
