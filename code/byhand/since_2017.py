"""What many Transformers have changed since 2017: RMS norm, the gated
feed-forward block, key heads shared by groups of query heads. (Rotary
positions are in `position`.)"""

from typing import NamedTuple

import numpy as np

from byhand.activations import sigmoid
from byhand.attention import (
    AttentionCache,
    scaled_dot_product_attention,
    scaled_dot_product_attention_backward,
)
from byhand.mlp import rows
from byhand.shapes import shapes
from byhand.validate import checked


class RmsCache(NamedTuple):
    """What the backward pass needs."""

    params: dict
    x_hat: np.ndarray  # (..., D)
    r: np.ndarray  # (..., 1)


@shapes({"gamma": "D"}, x="... D")
def rms_norm(params, x, eps=1e-5):
    """out = gamma x / sqrt(mean(x^2) + eps) (Zhang and Sennrich 2019): the
    size is brought to 1, the mean is left alone.

    Arguments: params: gamma (D,). x (..., D). Returns out (..., D), cache.
    """
    r = 1 / np.sqrt(np.vecdot(x, x)[..., None] / x.shape[-1] + eps)
    x_hat = x * r
    return params["gamma"] * x_hat, RmsCache(params, x_hat, r)


def rms_norm_backward(dout, cache):
    """dx = r (dx_hat - x_hat mean(dx_hat x_hat)): two paths, itself and
    through the size. Returns grads with gamma (D,), dx (..., D)."""
    params, x_hat, r = cache
    dx_hat = params["gamma"] * dout
    along = np.vecdot(dx_hat, x_hat)[..., None] / x_hat.shape[-1]
    grads = {"gamma": rows(dout * x_hat).sum(axis=0)}
    return grads, r * (dx_hat - x_hat * along)


class GatedCache(NamedTuple):
    """What the backward pass needs; p = sigma(z), a = z p."""

    params: dict
    x: np.ndarray
    z: np.ndarray  # (..., F)
    p: np.ndarray
    g: np.ndarray


@shapes({"W_1": "D F", "W_3": "D F", "W_2": "F D"}, x="... D")
def gated_feed_forward(params, x):
    """SwiGLU (Shazeer 2020): out = (silu(x W_1) * (x W_3)) W_2, silu(z) =
    z sigma(z); no biases.

    Arguments: params: W_1, W_3 (D, F), W_2 (F, D). x (..., D).
    Returns out (..., D), cache.
    """
    z, g = x @ params["W_1"], x @ params["W_3"]
    p = sigmoid(z)[0]
    return z * p * g @ params["W_2"], GatedCache(params, x, z, p, g)


def gated_feed_forward_backward(dout, cache):
    """Gradients of `gated_feed_forward`: each factor's is the other's value.
    Returns grads like params, dx."""
    params, x, z, p, g = cache
    a = z * p
    dh = dout @ params["W_2"].T  # of a * g
    dg, da = dh * a, dh * g
    dz = da * p * (1 + z * (1 - p))  # silu' = p + z p (1 - p)
    grads = {
        "W_1": rows(x).T @ rows(dz),
        "W_3": rows(x).T @ rows(dg),
        "W_2": rows(a * g).T @ rows(dout),
    }
    return grads, dz @ params["W_1"].T + dg @ params["W_3"].T


class GroupedCache(NamedTuple):
    """The cache of attention with repeated heads, and how many share one."""

    attention: AttentionCache
    share: int


def groups_fit(Q, K, V, **_):
    """Raise unless the query heads divide evenly among the key heads."""
    if K.shape[1] == 0 or Q.shape[1] % K.shape[1]:
        raise ValueError(
            "Q: expected a multiple of the key heads, so that each serves "
            f"equally many, got {Q.shape[1]} and {K.shape[1]}"
        )


@shapes(Q="B N T K", K="B G S K", V="B G S v")
@checked(groups_fit)
def grouped_attention(Q, K, V, mask=None):
    """Attention in which N / G query heads share one head of keys and values
    (Ainslie et al. 2023); G = 1 is multi-query attention (Shazeer 2019).

    Arguments: Q (B, N, T, K), K (B, G, S, K), V (B, G, S, v), mask as in
    `scaled_dot_product_attention`. Returns out (B, N, T, v), cache.
    """
    share = Q.shape[1] // K.shape[1]
    K, V = np.repeat(K, share, axis=1), np.repeat(V, share, axis=1)
    out, cache = scaled_dot_product_attention(Q, K, V, mask)
    return out, GroupedCache(cache, share)


def grouped_attention_backward(dout, cache):
    """Gradients of `grouped_attention`: a shared head collects from all who
    share it. Returns dQ, dK, dV."""
    attention, share = cache
    dQ, dK, dV = scaled_dot_product_attention_backward(dout, attention)

    def collected(d):
        B, N, *rest = d.shape
        return d.reshape(B, N // share, share, *rest).sum(axis=2)

    return dQ, collected(dK), collected(dV)
