"""Exact attention in chunks: the same outputs and gradients as
`scaled_dot_product_attention`, and the map of weights is never stored.

The online softmax is Milakov and Gimelshein 2018, attention from it Rabe and
Staats 2021; FlashAttention (Dao et al. 2022) does it inside a GPU's cache.
"""

import math
from typing import NamedTuple

import numpy as np

from byhand.shapes import shapes
from byhand.validate import as_count, checked


class ChunkedCache(NamedTuple):
    """What the backward pass needs: no weights, one number per query."""

    Q: np.ndarray  # (..., T, d_k)
    K: np.ndarray  # (..., S, d_k)
    V: np.ndarray  # (..., S, d_v)
    out: np.ndarray  # (..., T, d_v)
    lse: np.ndarray  # (..., T, 1), log of the sum of exp of a query's scores
    chunk: int
    causal: bool


def keys_to_see(Q, K, causal=False, **_):
    """Raise for an empty sequence, and for more queries than keys where the
    future is hidden: a query would have nothing to look at."""
    if Q.shape[-2] == 0 or K.shape[-2] == 0:
        raise ValueError(
            "Q, K: expected at least one place, got an empty sequence: "
            f"{Q.shape} and {K.shape}"
        )
    if causal and Q.shape[-2] > K.shape[-2]:
        raise ValueError(
            "Q: expected at most as many queries as keys with causal=True, "
            f"got {Q.shape[-2]} and {K.shape[-2]}"
        )


def online_softmax(chunks):
    """The largest score and the sum of exp(score - largest), from chunks of
    scores that are seen once each, over the last axis.

    Returns top, total, each (..., 1); top + log(total) is the log-sum-exp.
    """
    top, total = -np.inf, 0.0
    for scores in chunks:
        new = np.maximum(top, scores.max(axis=-1, keepdims=True))
        here = np.exp(scores - new).sum(axis=-1, keepdims=True)
        total, top = total * np.exp(top - new) + here, new
    return top, total


def pieces(T, S, chunk, causal):
    """Pairs of slices (queries, keys) of at most `chunk` places each; pairs
    that lie wholly in the future are left out."""
    for t in range(0, T, chunk):
        last = min(t + chunk, T) + S - T  # keys that the last query may see
        for s in range(0, last if causal else S, chunk):
            yield slice(t, min(t + chunk, T)), slice(s, min(s + chunk, S))


def scores_of(Q, K, queries, keys, causal):
    """The scores of one piece, -inf where a key lies in the future."""
    T, S = Q.shape[-2], K.shape[-2]
    scores = Q[..., queries, :] / math.sqrt(Q.shape[-1])
    scores = scores @ K[..., keys, :].mT
    if causal and keys.stop > queries.start + S - T + 1:
        t = np.arange(queries.start, queries.stop)[:, None] + S - T
        scores[..., np.arange(keys.start, keys.stop) > t] = -np.inf
    return scores


@shapes(Q="... T d_k", K="... S d_k", V="... S d_v")
@checked(keys_to_see, chunk=as_count)
def chunked_attention(Q, K, V, chunk, causal=False):
    """out = softmax(Q K^T / sqrt(d_k)) V, from pieces of the score matrix.

    Arguments:
        Q: queries (..., T, d_k). K: keys (..., S, d_k). V: values (...,
        S, d_v). chunk: places per piece. causal: hide the future, as
        `masks.causal_mask` does.

    Returns out (..., T, d_v), cache with cache.lse (..., T, 1). Raises
    TypeError or ValueError for wrong shapes, an empty sequence, chunk < 1.
    """
    T, S = Q.shape[-2], K.shape[-2]
    top = np.full((*Q.shape[:-1], 1), -np.inf, Q.dtype)
    total = np.zeros_like(top)
    out = np.zeros((*Q.shape[:-1], V.shape[-1]), Q.dtype)
    for t, s in pieces(T, S, chunk, causal):
        scores = scores_of(Q, K, t, s, causal)
        old = top[..., t, :]
        new = np.maximum(old, scores.max(axis=-1, keepdims=True))
        shrink = np.exp(old - new)  # what was summed so far, on the new scale
        p = np.exp(scores - new)
        total[..., t, :] = total[..., t, :] * shrink + p.sum(-1, keepdims=True)
        out[..., t, :] = out[..., t, :] * shrink + p @ V[..., s, :]
        top[..., t, :] = new
    out /= total
    lse = top + np.log(total)
    return out, ChunkedCache(Q, K, V, out, lse, chunk, causal)


def chunked_attention_backward(dout, cache):
    """Gradients of `chunked_attention`: each piece of the weights is computed
    again, as exp(score - lse).

    Arguments: dout (..., T, d_v). Returns dQ, dK, dV, shaped like Q, K, V.
    """
    Q, K, V, out, lse, chunk, causal = cache
    dQ, dK, dV = np.zeros_like(Q), np.zeros_like(K), np.zeros_like(V)
    D = np.vecdot(dout, out)[..., None]  # the softmax's sum, without weights
    scale = math.sqrt(Q.shape[-1])
    for t, s in pieces(Q.shape[-2], K.shape[-2], chunk, causal):
        weights = np.exp(scores_of(Q, K, t, s, causal) - lse[..., t, :])
        dweights = dout[..., t, :] @ V[..., s, :].mT
        dscores = weights * (dweights - D[..., t, :]) / scale
        dV[..., s, :] += weights.mT @ dout[..., t, :]
        dQ[..., t, :] += dscores @ K[..., s, :]
        dK[..., s, :] += dscores.mT @ Q[..., t, :]
    return dQ, dK, dV
