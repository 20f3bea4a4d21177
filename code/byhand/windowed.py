"""Attention to the neighbours and to a few places that everyone sees
(Longformer, Beltagy et al. 2020; there global places have projections of
their own, here they share them)."""

from typing import NamedTuple

import numpy as np

from byhand.attention import (
    scaled_dot_product_attention,
    scaled_dot_product_attention_backward,
)
from byhand.chunked import keys_to_see
from byhand.shapes import shapes
from byhand.validate import as_count, checked


class WindowedCache(NamedTuple):
    """What the backward pass needs: for each block of queries its places, the
    places of its keys and the cache of its exact attention."""

    blocks: list
    shapes: tuple  # of Q, K, V


def window_mask(T, window, n_global=0, causal=False):
    """Which key each query sees: those at most `window` places away, and the
    first n_global places, which also see all. Returns booleans (T, T)."""
    T, window = as_count("T", T), as_count("window", window)
    t = np.arange(T)
    return seen_from(t, t, window, as_number("n_global", n_global), causal)


def blocks_of(T, window, n_global, causal):
    """For each block of `window` queries: their places and those of all keys
    that one of them sees. The global queries are a block of their own."""
    if n_global:
        yield np.arange(n_global), np.arange(n_global if causal else T)
    for start in range(n_global, T, window):
        stop = min(start + window, T)
        left = max(n_global, start - window)
        right = stop if causal else min(stop + window, T)
        keys = np.r_[np.arange(n_global), np.arange(left, right)]
        yield np.arange(start, stop), keys


def seen_from(t, s, window, n_global, causal):
    """The part of `window_mask` for queries at t and keys at s."""
    t = t[:, None]
    seen = (abs(t - s) <= window) | (s < n_global) | (t < n_global)
    return seen & (s <= t) if causal else seen


def one_sequence(Q, K, n_global=0, **_):
    """Raise unless queries and keys belong to one sequence, not empty, that
    holds the global places."""
    keys_to_see(Q, K)
    if Q.shape[-2] != K.shape[-2]:
        raise ValueError(
            "K: expected as many keys as queries, since a window counts "
            f"places, got {Q.shape[-2]} queries and {K.shape[-2]} keys"
        )
    if n_global > Q.shape[-2]:
        raise ValueError(
            f"n_global: expected at most the length {Q.shape[-2]}, got "
            f"{n_global}"
        )


def as_number(name, value):
    """A whole number, 0 included."""
    return as_count(name, value, least=0)


@shapes(Q="... T d_k", K="... S d_k", V="... S d_v")
@checked(one_sequence, window=as_count, n_global=as_number)
def windowed_attention(Q, K, V, window, n_global=0, causal=False):
    """Exact attention under `window_mask`, block by block: each block of
    `window` queries meets only the keys that it may see.

    Arguments:
        Q, K (..., T, d_k), V (..., T, d_v). window: places to each side.
        n_global: the first places, which see all and are seen by all.
        causal: hide the future too.

    Returns out (..., T, d_v), cache. Raises TypeError or ValueError.
    """
    out, blocks = np.empty((*Q.shape[:-1], V.shape[-1]), Q.dtype), []
    for t, s in blocks_of(Q.shape[-2], window, n_global, causal):
        out[..., t, :], cache = scaled_dot_product_attention(
            Q[..., t, :],
            K[..., s, :],
            V[..., s, :],
            seen_from(t, s, window, n_global, causal),
        )
        blocks.append((t, s, cache))
    return out, WindowedCache(blocks, (Q.shape, K.shape, V.shape))


def windowed_attention_backward(dout, cache):
    """Gradients of `windowed_attention`: a key collects from every block that
    sees it. Arguments: dout (..., T, d_v). Returns dQ, dK, dV."""
    dQ, dK, dV = (np.zeros(shape, dout.dtype) for shape in cache.shapes)
    for t, s, block in cache.blocks:
        dq, dk, dv = scaled_dot_product_attention_backward(
            dout[..., t, :], block
        )
        dQ[..., t, :] = dq
        dK[..., s, :] += dk
        dV[..., s, :] += dv
    return dQ, dK, dV


def reach(layers, window):
    """How many places back a place can hear of after so many layers."""
    return as_count("layers", layers) * as_count("window", window)
