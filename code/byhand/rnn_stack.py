"""Recurrent layers one above the other."""

import numpy as np

from byhand.params import put, take
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


def init_deep_rnn(rng, D, H, layers, dtype=np.float64):
    """Draw the parameters of `deep_rnn`, as `init_rnn` does for each layer."""
    params = {}
    for l in range(layers):
        params |= put(str(l), init_rnn(rng, H if l else D, H, dtype))
    return params
