"""Recurrent layers put together: one above the other (deep), or one for each direction (bidirectional)."""

from typing import NamedTuple

import numpy as np

from byhand.params import put, take
from byhand.ragged import reverse_padded, reverse_padded_backward
from byhand.rnn import init_rnn, rnn, rnn_backward


def deep_rnn(params, x):
    """L recurrent layers: the states of one layer are the inputs of the next; every start is 0.

    Arguments: params: "0.W_x", "0.W_h", "0.b", "1.W_x", ...; x: (B, T, D).
    Returns h (B, T, H) of the last layer, cache (a tuple with a cache for each layer).
    """
    caches = []
    for l in range(len(params) // 3):
        layer = take(params, str(l))
        x, cache = rnn(layer, x, np.zeros((len(x), len(layer["W_h"])), x.dtype))
        caches.append(cache)
    return x, tuple(caches)


def deep_rnn_backward(dh, cache):
    """Gradients of `deep_rnn`: the gradient of a layer's inputs is that of the states below.

    Arguments: dh (B, T, H). Returns grads with the names of params, dx (B, T, D).
    """
    grads = {}
    for l in reversed(range(len(cache))):
        layer, dh, _ = rnn_backward(dh, cache[l])
        grads = put(str(l), layer) | grads
    return grads, dh


class BirnnCache(NamedTuple):
    """Both directions, and what turned the sequences around."""

    forward: NamedTuple
    backward: NamedTuple
    turned_x: NamedTuple
    turned_h: NamedTuple


def birnn(params, x, lengths):
    """Two recurrent layers, one reads each sequence from the left, the other from the right.

    Arguments: params: "forward.W_x", ..., "backward.W_x", ...; x: (B, T, D); lengths: (B,).
    Returns h (B, T, 2H), both states of each place side by side, and cache.
    """
    p_forward, p_backward = take(params, "forward"), take(params, "backward")
    h_0 = np.zeros((len(x), len(p_forward["W_h"])), x.dtype)
    h_forward, cache_forward = rnn(p_forward, x, h_0)
    x_turned, turned_x = reverse_padded(x, lengths)
    h_turned, cache_backward = rnn(p_backward, x_turned, h_0)
    h_backward, turned_h = reverse_padded(h_turned, lengths)  # back to the order of the words
    h = np.concatenate([h_forward, h_backward], axis=-1)
    return h, BirnnCache(cache_forward, cache_backward, turned_x, turned_h)


def birnn_backward(dh, cache):
    """Gradients of `birnn`. Arguments: dh (B, T, 2H). Returns grads, dx (B, T, D), None for the lengths."""
    dh_forward, dh_backward = np.split(dh, 2, axis=-1)
    dh_turned = reverse_padded_backward(dh_backward, cache.turned_h)
    g_backward, dx_turned, _ = rnn_backward(dh_turned, cache.backward)
    g_forward, dx, _ = rnn_backward(dh_forward, cache.forward)
    dx = dx + reverse_padded_backward(dx_turned, cache.turned_x)  # two roads from x
    return put("forward", g_forward) | put("backward", g_backward), dx, None


def init_deep_rnn(rng, D, H, layers, dtype=np.float64):
    """Draw the parameters of `deep_rnn`, as `init_rnn` does for each layer."""
    params = {}
    for l in range(layers):
        params |= put(str(l), init_rnn(rng, H if l else D, H, dtype))
    return params


def init_birnn(rng, D, H, dtype=np.float64):
    """Draw the parameters of `birnn`, H units for each direction."""
    return put("forward", init_rnn(rng, D, H, dtype)) | put("backward", init_rnn(rng, D, H, dtype))
