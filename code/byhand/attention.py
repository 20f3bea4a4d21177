"""Attention: a mean of values, weighted by how well each key answers the query.

Scaled dot-product attention is Vaswani et al. 2017,
additive attention Bahdanau et al. 2014.
"""

import math
from typing import NamedTuple

import numpy as np

from byhand.activations import SoftmaxCache, softmax_backward
from byhand.masks import masked_softmax
from byhand.mlp import rows
from byhand.shapes import shapes
from byhand.validate import as_count, as_mask, as_rng


class AttentionCache(NamedTuple):
    """What the backward pass needs; weights[..., t,
    s] is how much query t takes from key s."""

    Q: np.ndarray  # (..., T, K)
    K: np.ndarray  # (..., S, K)
    V: np.ndarray  # (..., S, Dv)
    weights: np.ndarray  # (..., T, S)


@shapes(Q="... T d_k", K="... S d_k", V="... S d_v")
def scaled_dot_product_attention(Q, K, V, mask=None):
    """out = softmax(Q K^T / sqrt(d_k)) V, the softmax over keys.

    Arguments:
        Q: queries (..., T, d_k). K: keys (..., S, d_k). V: values (...,
        S, d_v); the axes before are the same. mask:
        booleans that broadcast to (..., T, S), True = may look;
        None allows all.

    Returns out (..., T, d_v), cache with cache.weights (..., T,
    S). A query that may look at nothing gets zeros.
    Raises TypeError or ValueError if a shape does not fit.
    """
    scores = (Q / math.sqrt(Q.shape[-1])) @ K.mT  # (..., T, S)
    weights, _ = masked_softmax(scores, mask)
    return weights @ V, AttentionCache(Q, K, V, weights)


def scaled_dot_product_attention_backward(dout, cache):
    """Gradients of `scaled_dot_product_attention`; the mask needs no care,
    since hidden weights are 0.

    Arguments: dout (..., T, d_v). Returns dQ, dK, dV, shaped like Q, K, V.
    """
    Q, K, V, weights = cache
    dV = weights.mT @ dout  # a value collects from every query
    # (..., T, S)
    dscores = softmax_backward(dout @ V.mT, SoftmaxCache(weights))
    scale = math.sqrt(Q.shape[-1])
    return (dscores @ K) / scale, dscores.mT @ (Q / scale), dV


def softmax_in_place(scores, mask=None):
    """`masks.masked_softmax` without a second array:
    the scores become the weights."""
    if mask is not None:
        scores[~mask] = -np.inf
    top = scores.max(axis=-1, keepdims=True)
    top[np.isneginf(top)] = 0  # an empty row: keep -inf - (-inf) = NaN away
    scores -= top
    np.exp(scores, out=scores)
    total = scores.sum(axis=-1, keepdims=True)
    total[total == 0] = 1
    scores /= total


@shapes(Q="... T d_k", K="... S d_k", V="... S d_v")
def attention_by_heads(Q, K, V, mask=None):
    """The fast form of `scaled_dot_product_attention` for long sequences:
    one matrix of scores at a time, worked on where it stands.

    The batched form makes all B N score matrices,
    then works through them several times; from T = 512 on they no longer fit
    into the processor's cache. One at a time they do. Same results, same cache.
    """
    *front, T, S = *Q.shape[:-1], K.shape[-2]
    out = np.empty((*front, T, V.shape[-1]), Q.dtype)
    weights = np.empty((*front, T, S), Q.dtype)
    masks = (
        None
        if mask is None
        else np.broadcast_to(as_mask("mask", mask), weights.shape)
    )
    scale = math.sqrt(Q.shape[-1])
    for head in np.ndindex(*front):
        np.matmul(Q[head] / scale, K[head].mT, out=weights[head])
        softmax_in_place(weights[head], None if masks is None else masks[head])
        np.matmul(weights[head], V[head], out=out[head])
    return out, AttentionCache(Q, K, V, weights)


def attention_by_heads_backward(dout, cache):
    """Arguments and returns as in `scaled_dot_product_attention_backward`."""
    Q, K, V, weights = cache
    dQ, dK, dV = (np.empty_like(array) for array in (Q, K, V))
    dscores, scale = (
        np.empty_like(weights[(0,) * (weights.ndim - 2)]),
        math.sqrt(Q.shape[-1]),
    )
    for head in np.ndindex(*Q.shape[:-2]):
        p, d = weights[head], dout[head]
        np.matmul(p.mT, d, out=dV[head])
        np.matmul(d, V[head].mT, out=dscores)  # at first those of the weights
        dscores -= np.vecdot(dscores, p)[:, None]
        dscores *= p
        np.matmul(dscores, K[head] / scale, out=dQ[head])
        np.matmul(dscores.mT, Q[head] / scale, out=dK[head])
    return dQ, dK, dV


class AdditiveCache(NamedTuple):
    """What the backward pass needs."""

    params: dict
    Q: np.ndarray  # (B, T, D_q)
    K: np.ndarray  # (B, S, D_k)
    V: np.ndarray  # (B, S, Dv)
    tanh_u: np.ndarray  # (B, T, S, d_u)
    weights: np.ndarray  # (B, T, S)


@shapes(
    {"W_q": "D_q d_u", "W_k": "D_k d_u", "w_u": "d_u"},
    Q="B T D_q",
    K="B S D_k",
    V="B S D_v",
)
def additive_attention(params, Q, K, V, mask=None):
    """Score by a small network, w_u . tanh(q W_q + k W_k),
    then softmax over keys and the mean of V.

    Arguments:
        params: W_q (D_q, d_u), W_k (D_k, d_u), w_u (d_u,).
        Q: (B, T, D_q), in Bahdanau's model decoder states. K: (B, S,
        D_k). V: (B, S, D_v), there equal to K.
        mask: booleans that broadcast to (B, T, S), True = may look;
        None allows all.

    Returns out (B, T, D_v), cache with cache.weights (B, T,
    S). Raises TypeError or ValueError for wrong shapes.
    """
    q, k = Q @ params["W_q"], K @ params["W_k"]  # (B, T, d_u), (B, S, d_u)
    u = q[:, :, None] + k[:, None]  # (B, T, S, d_u): each query meets each key
    tanh_u = np.tanh(u, out=u)
    weights, _ = masked_softmax(tanh_u @ params["w_u"], mask)  # (B, T, S)
    return weights @ V, AdditiveCache(params, Q, K, V, tanh_u, weights)


def additive_attention_backward(dout, cache):
    """Gradients of `additive_attention`.

    Arguments: dout (B, T, D_v). Returns grads (W_q, W_k, w_u), dQ, dK, dV.
    """
    params, Q, K, V, tanh_u, weights = cache
    dV = weights.mT @ dout
    dscores = softmax_backward(dout @ V.mT, SoftmaxCache(weights))  # (B, T, S)
    dw_u = rows(tanh_u).T @ dscores.reshape(-1)
    du = dscores[..., None] * params["w_u"] * (1 - tanh_u**2)  # (B, T, S, d_u)
    # a query met every key, a key every query
    du_q, du_k = (
        du.sum(axis=2),
        du.sum(axis=1),
    )
    grads = {
        "W_q": rows(Q).T @ rows(du_q),
        "W_k": rows(K).T @ rows(du_k),
        "w_u": dw_u,
    }
    return grads, du_q @ params["W_q"].T, du_k @ params["W_k"].T, dV


def init_additive(rng, D_q, D_k, d_u, dtype=np.float64):
    """Draw W_q (D_q, d_u), W_k (D_k, d_u) and w_u (d_u,),
    standard deviation 1 / sqrt(number of inputs)."""
    as_rng("rng", rng)
    D_q, D_k = as_count("D_q", D_q), as_count("D_k", D_k)
    d_u = as_count("d_u", d_u)
    shapes = {"W_q": (D_q, d_u), "W_k": (D_k, d_u), "w_u": (d_u,)}
    return {
        name: (rng.standard_normal(s) * s[0] ** -0.5).astype(dtype)
        for name, s in shapes.items()
    }
