"""Blocks of the Transformer (Vaswani et al. 2017): feed-forward, residual,
encoder and decoder layer."""

from typing import NamedTuple

import numpy as np

from byhand.activations import ActivationCache, relu, relu_backward
from byhand.mlp import rows
from byhand.norm import NormCache, init_norm, layer_norm, layer_norm_backward
from byhand.params import put, take
from byhand.self_attention import (
    cross_attention,
    cross_attention_backward,
    init_multi_head,
    self_attention,
    self_attention_backward,
)
from byhand.shapes import shapes
from byhand.validate import as_count, as_rng, checked, one_of

NORMS = ("pre", "post")


class FeedForwardCache(NamedTuple):
    """What the backward pass needs."""

    params: dict
    x: np.ndarray  # (B, T, D)
    a: ActivationCache  # of (B, T, F)


@shapes({"W_1": "D F", "b_1": "F", "W_2": "F D", "b_2": "D"}, x="B T D")
def feed_forward(params, x):
    """The same two-layer network at every place: out = max(0,
    x W_1 + b_1) W_2 + b_2.

    Arguments: params: W_1 (D, F), b_1 (F,), W_2 (F, D), b_2 (D,). x: (B, T, D).
    Returns out (B, T, D), cache. Raises TypeError or ValueError if a
    shape does not fit.
    """
    a, cache = relu(x @ params["W_1"] + params["b_1"])  # (B, T, F)
    return a @ params["W_2"] + params["b_2"], FeedForwardCache(params, x, cache)


def feed_forward_backward(dout, cache):
    """Gradients of `feed_forward`. Arguments: dout (B, T,
    D). Returns grads like params, dx (B, T, D)."""
    params, x, a_cache = cache
    da = dout @ params["W_2"].T
    dz = relu_backward(da, a_cache)
    grads = {"W_1": rows(x).T @ rows(dz), "b_1": rows(dz).sum(axis=0)}
    grads |= {
        "W_2": rows(a_cache.a).T @ rows(dout),
        "b_2": rows(dout).sum(axis=0),
    }
    return grads, dz @ params["W_1"].T


class ResidualCache(NamedTuple):
    """Caches of the norm and of the sublayer,
    and what is needed to run the sublayer backwards."""

    norm_cache: NormCache
    sub_cache: tuple
    sub_backward: object
    norm: str


@checked(norm=one_of(*NORMS))
def residual(params, x, sublayer, norm="pre"):
    """Add a sublayer to its input: pre-norm x + f(LN(x)),
    post-norm LN(x + f(x)).

    Arguments:
        params: "norm.gamma", "norm.beta" (D,),
        and the sublayer's under their own names.
        x: (B, T, D).
        sublayer: a pair (f, f_backward) with one input and one output.
        norm: "pre" (nothing stands in the residual path) or "post" (the
        paper of 2017).

    Returns out (B, T, D), cache. Raises ValueError for another norm.
    """
    f, f_backward = sublayer
    inner = {
        name: value
        for name, value in params.items()
        if not name.startswith("norm.")
    }
    if norm == "pre":
        u, norm_cache = layer_norm(take(params, "norm"), x)
        y, sub_cache = f(inner, u)
        out = x + y
    else:
        y, sub_cache = f(inner, x)
        out, norm_cache = layer_norm(take(params, "norm"), x + y)
    return out, ResidualCache(norm_cache, sub_cache, f_backward, norm)


def residual_backward(dout, cache):
    """Gradients of `residual`: two paths lead from x to the output,
    around and through.

    Arguments: dout (B, T, D). Returns grads like params, dx (B, T, D),
    and whatever else the sublayer's backward returns after its first input.
    """
    norm_cache, sub_cache, f_backward, norm = cache
    if norm == "pre":
        grads, du, *more = f_backward(dout, sub_cache)
        norm_grads, dx = layer_norm_backward(du, norm_cache)
        dx = dx + dout
    else:
        norm_grads, dsum = layer_norm_backward(dout, norm_cache)
        grads, dx, *more = f_backward(dsum, sub_cache)
        dx = dx + dsum
    return put("norm", norm_grads) | grads, dx, *more


class EncoderLayerCache(NamedTuple):
    """Caches of both residual blocks."""

    attn: ResidualCache
    ffn: ResidualCache

    @property
    def weights(self):
        """Attention weights of every head (B, N, T, T)."""
        return self.attn.sub_cache.weights


def encoder_layer(params, x, N, mask=None, norm="pre"):
    """Self-attention, then the feed-forward block,
    each with its residual and norm.

    Arguments: params: "attn.norm.gamma", "attn.W_q", ...,
    "ffn.norm.gamma", "ffn.W_1", ...
        x: (B, T, D). N: heads. mask: booleans that broadcast to (B, T, T),
            True = may look. norm: "pre" or "post".
    Returns out (B, T, D), cache with cache.weights. Raises TypeError or
    ValueError for wrong shapes.
    """
    attention = (
        (lambda p, u: self_attention(p, u, N, mask)),
        self_attention_backward,
    )
    y, attn = residual(take(params, "attn"), x, attention, norm)
    out, ffn = residual(
        take(params, "ffn"), y, (feed_forward, feed_forward_backward), norm
    )
    return out, EncoderLayerCache(attn, ffn)


def encoder_layer_backward(dout, cache):
    """Gradients of `encoder_layer`, bottom to top. Returns grads like params,
    dx (B, T, D)."""
    ffn_grads, dy = residual_backward(dout, cache.ffn)
    attn_grads, dx = residual_backward(dy, cache.attn)
    return put("attn", attn_grads) | put("ffn", ffn_grads), dx


class DecoderLayerCache(NamedTuple):
    """Caches of the three residual blocks."""

    attn: ResidualCache
    cross: ResidualCache
    ffn: ResidualCache

    @property
    def weights(self):
        """Weights of cross-attention, every head (B, N, T, S)."""
        return self.cross.sub_cache.weights


def decoder_layer(
    params, y, memory, N, mask=None, memory_mask=None, norm="pre"
):
    """Causal self-attention, cross-attention to the encoder's output,
    feed-forward block.

    Arguments: params: "attn.*" and "cross.*" as in `multi_head` with a norm,
        "ffn.*". y: (B, T, D). memory: (B, S, D),
        what the encoder made. N: heads. mask: which of y a place may see,
        (T, T) or (B, T, T).
        memory_mask: which of memory, broadcasts to (B, T, S). norm:
        "pre" or "post" (memory is not normed).
    Returns out (B, T, D), cache with cache.weights (B, N, T,
    S). Raises TypeError or ValueError.
    """
    attention = (
        (lambda p, u: self_attention(p, u, N, mask)),
        self_attention_backward,
    )
    cross = (
        (lambda p, u: cross_attention(p, u, memory, N, memory_mask)),
        cross_attention_backward,
    )
    y, attn = residual(take(params, "attn"), y, attention, norm)
    y, cross = residual(take(params, "cross"), y, cross, norm)
    out, ffn = residual(
        take(params, "ffn"), y, (feed_forward, feed_forward_backward), norm
    )
    return out, DecoderLayerCache(attn, cross, ffn)


def decoder_layer_backward(dout, cache):
    """Gradients of `decoder_layer`, bottom to top. Returns grads, dy (B, T,
    D), dmemory (B, S, D)."""
    ffn_grads, dy = residual_backward(dout, cache.ffn)
    cross_grads, dy, dmemory = residual_backward(dy, cache.cross)
    attn_grads, dy = residual_backward(dy, cache.attn)
    return (
        put("attn", attn_grads)
        | put("cross", cross_grads)
        | put("ffn", ffn_grads),
        dy,
        dmemory,
    )


def init_feed_forward(rng, D, F, dtype=np.float64):
    """Draw W_1 and W_2 Xavier-uniform; biases 0."""
    as_rng("rng", rng)
    D, F = as_count("D", D), as_count("F", F)
    bound = (6 / (D + F)) ** 0.5
    W_1, W_2 = (
        rng.uniform(-bound, bound, (D, F)),
        rng.uniform(-bound, bound, (F, D)),
    )
    params = {"W_1": W_1, "b_1": np.zeros(F), "W_2": W_2, "b_2": np.zeros(D)}
    return {name: value.astype(dtype) for name, value in params.items()}


def init_encoder_layer(rng, D, N, F, dtype=np.float64):
    """Draw the parameters of one encoder layer: width D, N heads,
    feed-forward width F."""
    attn = put("norm", init_norm(D, dtype)) | init_multi_head(
        rng, D, N, dtype=dtype
    )
    ffn = put("norm", init_norm(D, dtype)) | init_feed_forward(rng, D, F, dtype)
    return put("attn", attn) | put("ffn", ffn)


def init_decoder_layer(rng, D, N, F, dtype=np.float64):
    """Draw the parameters of one decoder layer."""
    cross = put("norm", init_norm(D, dtype)) | init_multi_head(
        rng, D, N, dtype=dtype
    )
    return init_encoder_layer(rng, D, N, F, dtype) | put("cross", cross)
