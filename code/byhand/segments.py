"""Segments with a memory and relative positions (Transformer-XL, Dai et al.
2019): one head that looks at its own segment and at the one before."""

import math
from typing import NamedTuple

import numpy as np

from byhand.activations import SoftmaxCache, softmax_backward
from byhand.masks import causal_mask, masked_softmax
from byhand.mlp import rows
from byhand.position import sinusoids
from byhand.shapes import shapes
from byhand.validate import as_count, as_rng

SHAPES = {
    **{"W_q": "D d_k", "W_k": "D d_k", "W_v": "D d_v", "W_r": "D d_k"},
    **{"u": "d_k", "v": "d_k"},
}


class SegmentCache(NamedTuple):
    """What the backward pass needs; weights (B, T, M + T)."""

    params: dict
    X: np.ndarray  # (B, T, D)
    seen: np.ndarray  # (B, M + T, D), the memory, then the segment
    Q: np.ndarray  # (B, T, d_k)
    K: np.ndarray  # (B, M + T, d_k)
    V: np.ndarray  # (B, M + T, d_v)
    R: np.ndarray  # (M + T, D), the code of each distance
    weights: np.ndarray


def distances(T, M):
    """How far back each of M + T keys lies from each of T queries, (T,
    M + T); 0 in the future, which is hidden anyway."""
    here = M + np.arange(T)[:, None]
    return np.maximum(here - np.arange(M + T), 0)


@shapes(SHAPES, X="B T D", memory="B M D")
def segment_attention(params, X, memory):
    """Causal attention of a segment to the memory and itself, scored by what
    a key holds and by how far back it lies: (q + u) . k + (q + v) . r.

    Arguments: params: W_q, W_k, W_r (D, d_k), W_v (D, d_v), u, v (d_k,).
    X: the segment (B, T, D). memory: the inputs of the segment before (B, M,
    D), M may be 0; no gradient goes into it.

    Returns out (B, T, d_v), cache with cache.weights (B, T, M + T). Raises
    TypeError or ValueError, also for an empty segment.
    """
    T, M = as_count("T", X.shape[1]), memory.shape[1]
    seen = np.concatenate([memory, X], axis=1)
    Q, K, V = X @ params["W_q"], seen @ params["W_k"], seen @ params["W_v"]
    R = sinusoids(M + T, X.shape[2], X.dtype)
    content = (Q + params["u"]) @ K.mT  # (B, T, M + T)
    by_distance = (Q + params["v"]) @ (R @ params["W_r"]).T
    place = np.take_along_axis(by_distance, distances(T, M)[None], axis=-1)
    scores = (content + place) / math.sqrt(Q.shape[-1])
    weights, _ = masked_softmax(scores, causal_mask(T, M + T))
    return weights @ V, SegmentCache(params, X, seen, Q, K, V, R, weights)


def segment_attention_backward(dout, cache):
    """Gradients of `segment_attention`. Returns grads, dX, and None for the
    memory: it is a constant here, although the parameters that read it learn
    from it."""
    params, X, seen, Q, K, V, R, weights = cache
    T, M = X.shape[1], seen.shape[1] - X.shape[1]
    dV = weights.mT @ dout
    dscores = softmax_backward(dout @ V.mT, SoftmaxCache(weights))
    dscores /= math.sqrt(Q.shape[-1])
    back = distances(T, M)
    dby_distance = np.zeros_like(dscores)
    b, t = np.arange(len(X))[:, None, None], np.arange(T)[:, None]
    np.add.at(dby_distance, (b, t, back[None]), dscores)
    P = R @ params["W_r"]  # (M + T, d_k)
    dcontent_q, dplace_q = dscores @ K, dby_distance @ P
    dQ = dcontent_q + dplace_q
    dK = dscores.mT @ (Q + params["u"])
    dP = (dby_distance.mT @ (Q + params["v"])).sum(axis=0)
    grads = {
        "W_q": rows(X).T @ rows(dQ),
        "W_k": rows(seen).T @ rows(dK),
        "W_v": rows(seen).T @ rows(dV),
        "W_r": R.T @ dP,
        "u": rows(dcontent_q).sum(axis=0),
        "v": rows(dplace_q).sum(axis=0),
    }
    dX = dQ @ params["W_q"].T  # the memory's part of dK, dV is dropped
    dX += dK[:, M:] @ params["W_k"].T + dV[:, M:] @ params["W_v"].T
    return {name: grads[name] for name in params}, dX, None


def init_segment(rng, D, d_k, d_v=None, dtype=np.float64):
    """Draw the projections, standard deviation 1 / sqrt(D); u, v are 0."""
    as_rng("rng", rng)
    D, d_k = as_count("D", D), as_count("d_k", d_k)
    d_v = d_k if d_v is None else as_count("d_v", d_v)
    sizes = {"W_q": d_k, "W_k": d_k, "W_v": d_v, "W_r": d_k}
    params = {
        name: (rng.standard_normal((D, size)) * D**-0.5).astype(dtype)
        for name, size in sizes.items()
    }
    return params | {name: np.zeros(d_k, dtype) for name in "uv"}


def segments(X, T):
    """Cut a sequence (B, L, D) into segments of T places; the last may be
    shorter. Raises ValueError for T < 1 or an empty sequence."""
    T, L = as_count("T", T), as_count("L", X.shape[1])
    return [X[:, start : start + T] for start in range(0, L, T)]
