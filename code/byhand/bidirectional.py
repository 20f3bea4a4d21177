"""Two recurrent layers over sequences of different lengths, one a direction (Schuster & Paliwal 1997)."""

from typing import NamedTuple

import numpy as np

from byhand.params import put, take
from byhand.ragged import RaggedCache, reverse_padded, reverse_padded_backward
from byhand.recurrent import init_layer, layer, layer_backward


class BidirectionalCache(NamedTuple):
    """What the backward pass needs."""

    kind: str
    there: tuple
    back: tuple
    turn_x: RaggedCache
    turn_h: RaggedCache


def bidirectional(kind, params, x, lengths):
    """At every step what comes before (a layer from the left) beside what comes after (one from the right).

    The layer from the right reads each sequence turned around within its own length, so that it starts at
    the last real step and not in the padding; its outputs are turned back.

    Arguments: kind: "rnn", "lstm" or "gru". params: "there.*" and "back.*" of that kind. x: (B, T, D).
        lengths: whole numbers (B,), 1 .. T.
    Returns h (B, T, 2H), cache; rows of the padding mean nothing. Raises TypeError or ValueError.
    """
    there, there_cache = layer(kind, take(params, "there"), x)  # (B, T, H)
    turned, turn_x = reverse_padded(x, lengths)
    back, back_cache = layer(kind, take(params, "back"), turned)
    back, turn_h = reverse_padded(back, lengths)
    h = np.concatenate([there, back], axis=-1)
    return h, BidirectionalCache(kind, there_cache, back_cache, turn_x, turn_h)


def bidirectional_backward(dh, cache):
    """Gradients of `bidirectional`. Arguments: dh (B, T, 2H). Returns grads like params, dx (B, T, D)."""
    H = dh.shape[-1] // 2
    there, dx = layer_backward(cache.kind, dh[:, :, :H], cache.there)
    turned = reverse_padded_backward(dh[:, :, H:], cache.turn_h)
    back, dturned = layer_backward(cache.kind, turned, cache.back)
    dx = dx + reverse_padded_backward(dturned, cache.turn_x)  # two roads lead to x: one layer each
    return put("there", there) | put("back", back), dx


def init_bidirectional(rng, kind, D, H, dtype=np.float64, **options):
    """Draw the parameters of `bidirectional`, H units for each direction."""
    there, back = (init_layer(rng, kind, D, H, dtype, **options) for _ in range(2))
    return put("there", there) | put("back", back)
