"""Attention whose cost grows with the length and not with its square, because
it is another function: projected keys and feature maps.

Projected keys are Linformer (Wang et al. 2020), the feature map and its
running sum Katharopoulos et al. 2020.
"""

from typing import NamedTuple

import numpy as np

from byhand.attention import (
    AttentionCache,
    scaled_dot_product_attention,
    scaled_dot_product_attention_backward,
)
from byhand.chunked import keys_to_see
from byhand.shapes import shapes
from byhand.validate import as_count, as_rng, checked


class ProjectedCache(NamedTuple):
    """What the backward pass needs; attention.weights (..., T, R)."""

    params: dict
    K: np.ndarray  # (..., S, d_k)
    V: np.ndarray  # (..., S, d_v)
    attention: AttentionCache


def within_projection(params, Q, K, **_):
    """Raise for an empty sequence and for one that is longer than the
    projection: it has one row per place."""
    keys_to_see(Q, K)
    longest = len(params["E"])
    if K.shape[-2] > longest:
        raise ValueError(
            f"K: expected at most {longest} places, since the projection has "
            f"one row per place, got {K.shape[-2]}"
        )


@shapes({"E": "S_max R", "F": "S_max R"}, Q="... T d", K="... S d", V="... S v")
@checked(within_projection)
def projected_attention(params, Q, K, V):
    """Attention to R mixtures of the keys and values, E^T K and F^T V.

    Arguments: params: E, F (S_max, R), one row per place. Q (..., T, d_k),
    K (..., S, d_k), V (..., S, d_v), S <= S_max; a shorter sequence uses the
    first S rows. There is no causal form: a mixture holds all places.

    Returns out (..., T, d_v), cache. Raises TypeError or ValueError.
    """
    S = K.shape[-2]
    mixed_K = params["E"][:S].T @ K  # (..., R, d_k)
    mixed_V = params["F"][:S].T @ V  # (..., R, d_v)
    out, attention = scaled_dot_product_attention(Q, mixed_K, mixed_V)
    return out, ProjectedCache(params, K, V, attention)


def projected_attention_backward(dout, cache):
    """Gradients of `projected_attention`. Returns grads, dQ, dK, dV."""
    params, K, V, attention = cache
    dQ, dmixed_K, dmixed_V = scaled_dot_product_attention_backward(
        dout, attention
    )
    S, front = K.shape[-2], tuple(range(K.ndim - 2))
    grads = {name: np.zeros_like(w) for name, w in params.items()}
    grads["E"][:S] = (K @ dmixed_K.mT).sum(axis=front)
    grads["F"][:S] = (V @ dmixed_V.mT).sum(axis=front)
    return grads, dQ, params["E"][:S] @ dmixed_K, params["F"][:S] @ dmixed_V


def init_projection(rng, S_max, R, dtype=np.float64):
    """Draw E and F (S_max, R), standard deviation 1 / sqrt(S_max)."""
    as_rng("rng", rng)
    size = as_count("S_max", S_max), as_count("R", R)
    return {
        name: (rng.standard_normal(size) * S_max**-0.5).astype(dtype)
        for name in "EF"
    }


def feature(x):
    """phi(x) = elu(x) + 1, which is positive: 1 + x above 0, e^x below."""
    return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))


def feature_slope(phi):
    """The slope of `feature` from its value: 1 above 0, e^x below."""
    return np.minimum(phi, 1)


class LinearCache(NamedTuple):
    """What the backward pass needs; state is the sum over keys of
    phi(k_s) [v_s, 1], (..., d_k, d_v + 1), at the end of the sequence."""

    phi_Q: np.ndarray  # (..., T, d_k)
    phi_K: np.ndarray  # (..., S, d_k)
    V1: np.ndarray  # (..., S, d_v + 1), the values and a column of ones
    sums: np.ndarray  # (..., T, d_v + 1), numerator and denominator
    state: np.ndarray


def with_ones(V):
    """The values and a column of ones, whose mixture is the denominator."""
    return np.concatenate([V, np.ones_like(V[..., :1])], axis=-1)


@shapes(Q="... T d_k", K="... S d_k", V="... S d_v")
@checked(keys_to_see)
def linear_attention(Q, K, V):
    """out_t = phi(q_t) (sum phi(k_s) v_s) / phi(q_t) . (sum phi(k_s)): the keys
    are summed before a query comes.

    Arguments: Q (..., T, d_k), K (..., S, d_k), V (..., S, d_v).
    Returns out (..., T, d_v), cache. Raises TypeError or ValueError.
    """
    phi_Q, phi_K, V1 = feature(Q), feature(K), with_ones(V)
    state = phi_K.mT @ V1  # (..., d_k, d_v + 1): no T, no S
    sums = phi_Q @ state
    cache = LinearCache(phi_Q, phi_K, V1, sums, state)
    return sums[..., :-1] / sums[..., -1:], cache


def dsums_of(dout, sums):
    """Gradient of numerator and denominator, side by side."""
    total = sums[..., -1:]
    dtotal = -np.vecdot(dout, sums[..., :-1])[..., None] / total**2
    return np.concatenate([dout / total, dtotal], axis=-1)


def linear_attention_backward(dout, cache):
    """Gradients of `linear_attention`. Returns dQ, dK, dV."""
    phi_Q, phi_K, V1, sums, state = cache
    dsums = dsums_of(dout, sums)
    dstate = phi_Q.mT @ dsums
    dQ = dsums @ state.mT * feature_slope(phi_Q)
    dK = V1 @ dstate.mT * feature_slope(phi_K)
    return dQ, dK, (phi_K @ dstate)[..., :-1]


def one_length(Q, K, **_):
    """Raise unless there are as many keys as queries, and at least one."""
    keys_to_see(Q, K)
    if Q.shape[-2] != K.shape[-2]:
        raise ValueError(
            "K: expected as many keys as queries in the causal form, got "
            f"{K.shape[-2]} and {Q.shape[-2]}"
        )


@shapes(Q="... T d_k", K="... S d_k", V="... S d_v")
@checked(one_length)
def causal_linear_attention(Q, K, V):
    """`linear_attention` in which place t sees the places up to t: a recurrent
    network, whose state is the running sum of phi(k_s) [v_s, 1].

    Arguments: Q, K (..., T, d_k), V (..., T, d_v).
    Returns out (..., T, d_v), cache. Raises TypeError or ValueError.
    """
    phi_Q, phi_K, V1 = feature(Q), feature(K), with_ones(V)
    sums = np.empty((*Q.shape[:-1], V1.shape[-1]), Q.dtype)
    state = np.zeros((*Q.shape[:-2], K.shape[-1], V1.shape[-1]), Q.dtype)
    for t in range(Q.shape[-2]):
        state += phi_K[..., t, :, None] * V1[..., t, None, :]
        sums[..., t, :] = np.vecmat(phi_Q[..., t, :], state)
    cache = LinearCache(phi_Q, phi_K, V1, sums, state)
    return sums[..., :-1] / sums[..., -1:], cache


def causal_linear_attention_backward(dout, cache):
    """Gradients of `causal_linear_attention`: the running sum is made again
    from the left for the queries; keys and values collect from the right.
    Returns dQ, dK, dV."""
    phi_Q, phi_K, V1, sums, last = cache
    dsums = dsums_of(dout, sums)
    state, dstate = np.zeros_like(last), np.zeros_like(last)
    dQ, dK, dV1 = (np.empty_like(x) for x in (phi_Q, phi_K, V1))
    for t in range(phi_Q.shape[-2]):
        state += phi_K[..., t, :, None] * V1[..., t, None, :]
        dQ[..., t, :] = np.matvec(state, dsums[..., t, :])
    for t in reversed(range(phi_Q.shape[-2])):
        dstate += phi_Q[..., t, :, None] * dsums[..., t, None, :]
        dK[..., t, :] = np.matvec(dstate, V1[..., t, :])
        dV1[..., t, :] = np.vecmat(phi_K[..., t, :], dstate)
    dQ *= feature_slope(phi_Q)
    dK *= feature_slope(phi_K)
    return dQ, dK, dV1[..., :-1]
