"""The fast form of `scaled_dot_product_attention`: one matrix of scores at a time.

The batched form makes all B N score matrices, then works through them several times; from T = 512 on they no
longer fit into the processor's cache. One at a time they do. Same results, same cache.
"""

import numpy as np

from byhand.attention import (
    AttentionCache,
    scaled_dot_product_attention,
    scaled_dot_product_attention_backward,
)


def attention_by_heads(Q, K, V, mask=None):
    """Arguments, returns and errors as in `scaled_dot_product_attention`."""
    if Q.ndim == 2:
        return scaled_dot_product_attention(Q, K, V, mask)
    *front, T, S = *Q.shape[:-1], K.shape[-2]
    out = np.empty((*front, T, V.shape[-1]), Q.dtype)
    weights = np.empty((*front, T, S), Q.dtype)
    masks = None if mask is None else np.broadcast_to(mask, weights.shape)
    for head in np.ndindex(*front):
        seen = None if masks is None else masks[head]
        out[head], cache = scaled_dot_product_attention(Q[head], K[head], V[head], seen)
        weights[head] = cache.weights
    return out, AttentionCache(Q, K, V, weights)


def attention_by_heads_backward(dout, cache):
    """Arguments and returns as in `scaled_dot_product_attention_backward`."""
    Q, K, V, weights = cache
    dQ, dK, dV = (np.empty_like(array) for array in (Q, K, V))
    for head in np.ndindex(*Q.shape[:-2]):
        one = AttentionCache(Q[head], K[head], V[head], weights[head])
        dQ[head], dK[head], dV[head] = scaled_dot_product_attention_backward(dout[head], one)
    return dQ, dK, dV
