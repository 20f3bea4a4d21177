"""Recurrent layers of any of the three kinds: one, several above each other,
both directions at once."""

from typing import NamedTuple

import numpy as np

from byhand import gru, lstm, rnn
from byhand.lstm_fast import lstm_fast, lstm_fast_backward
from byhand.mlp import linear, linear_backward
from byhand.padded import PaddedCache, reverse_padded, reverse_padded_backward
from byhand.params import depth, put, take
from byhand.validate import as_choice

KINDS = ("rnn", "lstm", "gru")


class RecurrentCache(NamedTuple):
    """Caches of the layer and of the output."""

    kind: str
    layer: tuple
    out: tuple


def layer(kind, params, x):
    """A recurrent layer from zero states. Arguments: x (B, T,
    D). Returns h (B, T, H), cache."""
    as_choice("kind", kind, KINDS)
    start = np.zeros((len(x), params["W_h"].shape[0]), x.dtype)
    if kind == "lstm":
        h, _, cache = lstm_fast(params, x, start, start)
        return h, cache
    return (
        rnn.rnn(params, x, start)
        if kind == "rnn"
        else gru.gru(params, x, start)
    )


def layer_backward(kind, dh, cache):
    """Gradients of `layer`. Arguments: dh (B, T, H). Returns grads, dx (B,
    T, D)."""
    if kind == "lstm":
        return lstm_fast_backward(dh, np.zeros_like(dh[:, 0]), cache)[:2]
    return (rnn.rnn_backward if kind == "rnn" else gru.gru_backward)(dh, cache)[
        :2
    ]


def recurrent(kind, params, x):
    """A recurrent layer and, at every step, a linear output.

    Arguments: kind: "rnn", "lstm" or "gru". params:
    "layer.*" of that kind, "out.W" (H, C), "out.b" (C,).
        x: (B, T, D).
    Returns y (B, T, C), cache. Raises TypeError or ValueError for wrong
    kinds or shapes.
    """
    h, layer_cache = layer(kind, take(params, "layer"), x)
    y, out_cache = linear(take(params, "out"), h)
    return y, RecurrentCache(kind, layer_cache, out_cache)


def recurrent_backward(dy, cache):
    """Gradients of `recurrent`. Arguments: dy (B, T,
    C). Returns grads like params, dx (B, T, D)."""
    out_grads, dh = linear_backward(dy, cache.out)
    grads, dx = layer_backward(cache.kind, dh, cache.layer)
    return put("layer", grads) | put("out", out_grads), dx


def init_layer(rng, kind, D, H, dtype=np.float64, **options):
    """Draw a layer's parameters; `options` go to `init_rnn`,
    `init_lstm` (forget_bias) or `init_gru`."""
    as_choice("kind", kind, KINDS)
    init = {"rnn": rnn.init_rnn, "lstm": lstm.init_lstm, "gru": gru.init_gru}[
        kind
    ]
    return init(rng, D, H, dtype=dtype, **options)


def init_recurrent(rng, kind, D, H, C, dtype=np.float64, **options):
    """Draw parameters; `options` as in `init_layer`."""
    bound = H**-0.5
    out = {
        "W": rng.uniform(-bound, bound, (H, C)).astype(dtype),
        "b": np.zeros(C, dtype),
    }
    return put("layer", init_layer(rng, kind, D, H, dtype, **options)) | put(
        "out", out
    )


class StackCache(NamedTuple):
    """The kind, and the caches of the layers from below."""

    kind: str
    layers: tuple


def stack(kind, params, x):
    """Layers one above the other: the states of one layer are the inputs
    of the next; every start is 0.

    Arguments: kind: "rnn", "lstm" or "gru". params: "0.*", "1.*",
    ... of that kind. x: (B, T, D). Returns h (B, T, H) of the last layer,
    cache. Raises TypeError or ValueError.
    """
    caches = []
    for l in range(depth(params)):
        x, cache = layer(kind, take(params, str(l)), x)
        caches.append(cache)
    return x, StackCache(kind, tuple(caches))


def stack_backward(dh, cache):
    """Gradients of `stack`: the gradient of a layer's inputs is that of the
    states below.

    Arguments: dh (B, T, H). Returns grads with the names of params, dx (B,
    T, D).
    """
    grads = {}
    for l, layer_cache in reversed(list(enumerate(cache.layers))):
        some, dh = layer_backward(cache.kind, dh, layer_cache)
        grads = put(str(l), some) | grads
    return grads, dh


def init_stack(rng, kind, D, H, layers, dtype=np.float64):
    """Draw the parameters of `stack`, as `init_layer` does for each layer."""
    params = {}
    for l in range(layers):
        params |= put(str(l), init_layer(rng, kind, H if l else D, H, dtype))
    return params


class BidirectionalCache(NamedTuple):
    """What the backward pass needs."""

    kind: str
    there: tuple
    back: tuple
    turn_x: PaddedCache
    turn_h: PaddedCache


def bidirectional(kind, params, x, lengths):
    """At every step what comes before (a layer from the left) beside what
    comes after (one from the right).

    The layer from the right reads each sequence turned around within its
    own length, so that it starts at the last real step and not in the padding;
    its outputs are turned back.

    Arguments: kind: "rnn", "lstm" or "gru". params:
    "there.*" and "back.*" of that kind. x: (B, T, D).
        lengths: whole numbers (B,), 1 .. T.
    Returns h (B, T, 2H), cache; rows of the padding mean nothing. Raises
    TypeError or ValueError.
    """
    there, there_cache = layer(kind, take(params, "there"), x)  # (B, T, H)
    turned, turn_x = reverse_padded(x, lengths)
    back, back_cache = layer(kind, take(params, "back"), turned)
    back, turn_h = reverse_padded(back, lengths)
    h = np.concatenate([there, back], axis=-1)
    return h, BidirectionalCache(kind, there_cache, back_cache, turn_x, turn_h)


def bidirectional_backward(dh, cache):
    """Gradients of `bidirectional`. Arguments: dh (B, T,
    2H). Returns grads like params, dx (B, T, D)."""
    H = dh.shape[-1] // 2
    there, dx = layer_backward(cache.kind, dh[:, :, :H], cache.there)
    turned = reverse_padded_backward(dh[:, :, H:], cache.turn_h)
    back, dturned = layer_backward(cache.kind, turned, cache.back)
    # two paths lead to x: one layer each
    dx = dx + reverse_padded_backward(dturned, cache.turn_x)
    return put("there", there) | put("back", back), dx


def init_bidirectional(rng, kind, D, H, dtype=np.float64, **options):
    """Draw the parameters of `bidirectional`, H units for each direction."""
    there, back = (
        init_layer(rng, kind, D, H, dtype, **options) for _ in range(2)
    )
    return put("there", there) | put("back", back)
