"""Multi-head attention (Vaswani et al. 2017): small attentions side by side,
each with its projections."""

from typing import NamedTuple

import numpy as np

from byhand.attention import (
    AttentionCache,
    scaled_dot_product_attention,
    scaled_dot_product_attention_backward,
)
from byhand.mlp import rows
from byhand.shapes import shapes
from byhand.validate import as_count, as_rng, checked

SHAPES = {
    **{
        "W_q": "D_q NK",
        "b_q": "NK",
        "W_k": "D_k NK",
        "b_k": "NK",
        "W_v": "D_v NV",
        "b_v": "NV",
    },
    **{"W_o": "NV D", "b_o": "D"},
}


def split_heads(x, N):
    """(B, T, N K) -> (B, N, T, K): head n gets the n-th block of K
    features. A view, nothing is copied."""
    B, T, width = x.shape
    return x.reshape(B, T, N, width // N).swapaxes(1, 2)


def merge_heads(x):
    """(B, N, T, K) -> (B, T, N K), the way back."""
    B, N, T, K = x.shape
    return x.swapaxes(1, 2).reshape(B, T, N * K)


def over_heads(mask):
    """The same mask for all heads: (B, T, S) -> (B, 1, T, S)."""
    mask = None if mask is None else np.asarray(mask)
    return mask[:, None] if mask is not None and mask.ndim == 3 else mask


def heads_fit(params, N, **_):
    """N as a whole number; raise unless it divides the projected widths."""
    N, widths = (
        as_count("N", N),
        [params[name].shape[1] for name in ("W_q", "W_v")],
    )
    if any(width % N for width in widths):
        raise ValueError(
            f"N: expected a number of heads that divides {widths[0]} and "
            f"{widths[1]}, got {N}"
        )
    return {"N": N}


class MultiHeadCache(NamedTuple):
    """What the backward pass needs; attention.weights (B, N, T,
    S) are the maps of all heads."""

    params: dict
    X_q: np.ndarray  # (B, T, D_q)
    X_k: np.ndarray  # (B, S, D_k)
    X_v: np.ndarray  # (B, S, D_v)
    attention: AttentionCache
    merged: np.ndarray  # (B, T, N K)

    @property
    def weights(self):
        """Attention weights of every head (B, N, T, S)."""
        return self.attention.weights


@shapes(SHAPES, X_q="B T D_q", X_k="B S D_k", X_v="B S D_v")
@checked(heads_fit)
def multi_head(params, X_q, X_k, X_v, N, mask=None):
    """Project to queries, keys and values, attend in N heads, merge,
    project back.

    Arguments:
        params: W_q, W_k, W_v (D, N K) with biases b_q, b_k, b_v (N K,),
        and W_o (N K, D) with b_o (D,).
        X_q: what asks, (B, T, D). X_k, X_v: what is looked at, (B, S,
        D). In self-attention all three are the same. N: number of heads;
        it must divide the projected width.
        mask: booleans that broadcast to (B, T, S), True = may look,
        the same for all heads; None allows all.

    Returns out (B, T, D), cache with cache.weights (B, N, T,
    S). Raises TypeError or ValueError for wrong shapes.
    """
    Q = split_heads(X_q @ params["W_q"] + params["b_q"], N)  # (B, N, T, K)
    K = split_heads(X_k @ params["W_k"] + params["b_k"], N)  # (B, N, S, K)
    V = split_heads(X_v @ params["W_v"] + params["b_v"], N)  # (B, N, S, K)
    heads, attention = scaled_dot_product_attention(Q, K, V, over_heads(mask))
    merged = merge_heads(heads)  # (B, T, N K)
    out = merged @ params["W_o"] + params["b_o"]
    return out, MultiHeadCache(params, X_q, X_k, X_v, attention, merged)


def multi_head_backward(dout, cache):
    """Gradients of `multi_head`. Arguments: dout (B, T,
    D). Returns grads like params, dX_q, dX_k, dX_v."""
    params, X_q, X_k, X_v, attention, merged = cache
    N = attention.Q.shape[1]
    grads, dmerged = project_backward(params, "o", merged, dout)
    dQ, dK, dV = scaled_dot_product_attention_backward(
        split_heads(dmerged, N), attention
    )
    dX = []
    for name, X, d in (("q", X_q, dQ), ("k", X_k, dK), ("v", X_v, dV)):
        some, dx = project_backward(params, name, X, merge_heads(d))
        grads |= some
        dX.append(dx)
    return {name: grads[name] for name in params}, *dX


def project_backward(params, name, x, dz):
    """`mlp.linear_backward` of the projection x W_name + b_name. Returns
    grads, dx."""
    grads = {
        f"W_{name}": rows(x).T @ rows(dz),
        f"b_{name}": rows(dz).sum(axis=0),
    }
    return grads, dz @ params[f"W_{name}"].T


def self_attention(params, X, N, mask=None):
    """Multi-head attention of a sequence to itself;
    arguments and returns as in `multi_head`, X (B, T, D)."""
    return multi_head(params, X, X, X, N, mask)


def self_attention_backward(dout, cache):
    """Gradients of `self_attention`. Returns grads, dX (B, T, D),
    a sum over X's three paths."""
    grads, dX_q, dX_k, dX_v = multi_head_backward(dout, cache)
    return grads, dX_q + dX_k + dX_v


def cross_attention(params, X, memory, N, mask=None):
    """Multi-head attention of X (B, T, D) to memory (B, S, D);
    returns as in `multi_head`."""
    return multi_head(params, X, memory, memory, N, mask)


def cross_attention_backward(dout, cache):
    """Gradients of `cross_attention`. Returns grads, dX (B, T, D),
    dmemory (B, S, D)."""
    grads, dX, dX_k, dX_v = multi_head_backward(dout, cache)
    # memory has two paths: it gives the keys and the values
    return (
        grads,
        dX,
        dX_k + dX_v,
    )


def init_multi_head(rng, D, N, K=None, D_kv=None, dtype=np.float64):
    """Draw parameters, Xavier-uniform as in torch and the paper's code;
    biases 0.

    Arguments: D: width of queries and output. N: heads. K:
    width of each, default D / N.
        D_kv: width of keys and values if it differs from D.
    """
    as_rng("rng", rng)
    D, N = as_count("D", D), as_count("N", N)
    if K is None and D % N:
        raise ValueError(
            f"N: expected a number of heads that divides D = {D}, or K to be "
            f"given, got {N}"
        )
    K = D // N if K is None else as_count("K", K)
    D_kv = D if D_kv is None else as_count("D_kv", D_kv)
    params = {}
    sizes = {
        "q": (D, N * K),
        "k": (D_kv, N * K),
        "v": (D_kv, N * K),
        "o": (N * K, D),
    }
    for name, (D_in, D_out) in sizes.items():
        bound = (6 / (D_in + D_out)) ** 0.5
        params[f"W_{name}"] = rng.uniform(-bound, bound, (D_in, D_out)).astype(
            dtype
        )
        params[f"b_{name}"] = np.zeros(D_out, dtype)
    return params
