"""Embeddings from language models (Peters et al. 2018): one LSTM reads a text
from the left, another one from the right, and their states stand side by
side."""

from typing import NamedTuple

import numpy as np

from byhand.activations import softmax, softmax_backward
from byhand.embedding import EmbeddingCache, embedding, embedding_backward
from byhand.losses import cross_entropy, cross_entropy_backward
from byhand.lstm import init_lstm
from byhand.mlp import linear, linear_backward
from byhand.padded import reverse_padded, reverse_padded_backward
from byhand.params import put, take
from byhand.recurrent import layer, layer_backward
from byhand.shapes import shapes
from byhand.validate import as_count


class StatesCache(NamedTuple):
    """Caches of the table, of both readers, and of turning round."""

    embed: EmbeddingCache
    left: tuple
    right: tuple
    turned: tuple
    back: tuple


def states(params, tokens):
    """The states of both readers at every word.

    Arguments: params: E (V, D), "left.*", "right.*" as in `lstm`. tokens
    (B, T), 0 fills up at the end. Returns e (B, T, D), left (B, T, H), which
    has read words up to t, right (B, T, H), which has read words from t on,
    cache.
    """
    lengths = (tokens > 0).sum(axis=1)
    e, embed = embedding({"E": params["E"]}, tokens)
    left, left_cache = layer("lstm", take(params, "left"), e)
    turned, turn_cache = reverse_padded(e, lengths)
    read, right_cache = layer("lstm", take(params, "right"), turned)
    right, back_cache = reverse_padded(read, lengths)
    cache = StatesCache(embed, left_cache, right_cache, turn_cache, back_cache)
    return e, left, right, cache


def states_backward(de, dleft, dright, cache):
    """Gradients of `states`. Returns grads; the table has three paths."""
    left_grads, de_left = layer_backward("lstm", dleft, cache.left)
    dread = reverse_padded_backward(dright, cache.back)
    right_grads, dturned = layer_backward("lstm", dread, cache.right)
    de = de + de_left + reverse_padded_backward(dturned, cache.turned)
    grads = embedding_backward(de, cache.embed)
    return grads | put("left", left_grads) | put("right", right_grads)


class ElmoCache(NamedTuple):
    """Caches of the states, the two outputs and the two losses."""

    states: StatesCache
    out: tuple
    losses: tuple


def elmo_loss(params, tokens):
    """The loss of both language models: from the left the next word is asked,
    from the right the word before; their mean losses are added.

    Arguments: params as in `states`, and out.W (H, V), out.b (V,), which both
    share. tokens (B, T) with at least two words in one text. Returns loss (),
    cache. Raises ValueError if nothing can be asked.
    """
    _, left, right, cache = states(params, tokens)
    real = tokens[:, 1:] > 0
    if not real.any():
        raise ValueError("tokens: expected a text of at least two words")
    out = take(params, "out")
    next_logits, next_out = linear(out, left[:, :-1])
    last_logits, last_out = linear(out, right[:, 1:])
    forth, forth_cache = cross_entropy(next_logits, tokens[:, 1:], real)
    back, back_cache = cross_entropy(last_logits, tokens[:, :-1], real)
    return forth + back, ElmoCache(
        cache, (next_out, last_out), (forth_cache, back_cache)
    )


def elmo_loss_backward(dloss, cache):
    """Gradients of `elmo_loss`. Returns grads like params."""
    dlogits = [cross_entropy_backward(dloss, c) for c in cache.losses]
    pairs = zip(dlogits, cache.out, strict=True)
    (forth, dnext), (back, dlast) = (linear_backward(d, c) for d, c in pairs)
    none = np.zeros_like(dnext[:, :1])
    grads = states_backward(
        0,
        np.concatenate([dnext, none], axis=1),
        np.concatenate([none, dlast], axis=1),
        cache.states,
    )
    return grads | {f"out.{n}": forth[n] + back[n] for n in forth}


class MixCache(NamedTuple):
    """Scale, layers, and the softmax over them."""

    params: dict
    layers: np.ndarray
    weights: tuple


@shapes({"s": "L", "gamma": ""}, layers="L ... D")
def mix(params, layers):
    """ELMo's vector for a task: gamma sum_j softmax(s)_j h_j over the layers.

    Arguments: params: s (L,), gamma (). layers (L, ..., D). Returns
    (..., D), cache.
    """
    weights, cache = softmax(params["s"])
    out = params["gamma"] * np.tensordot(weights, layers, 1)
    return out, MixCache(params, layers, cache)


def mix_backward(dout, cache):
    """Gradients of `mix`. Returns grads (s, gamma), dlayers (L, ..., D)."""
    params, layers, softmax_cache = cache
    weights = softmax(params["s"])[0]
    along = np.array([(dout * h).sum() for h in layers])  # (L,)
    ds = softmax_backward(params["gamma"] * along, softmax_cache)
    grads = {"s": ds, "gamma": np.asarray(weights @ along)}
    outer = np.multiply.outer(weights, dout)
    return grads, params["gamma"] * outer


def init_elmo(rng, V, D, H, dtype=np.float64):
    """Draw the parameters; forget biases 1."""
    V, H = as_count("V", V), as_count("H", H)
    draw = rng.standard_normal
    params = {"E": draw((V, D)).astype(dtype)}
    for side in ("left", "right"):
        params |= put(side, init_lstm(rng, D, H, 1.0, dtype))
    out = {"W": (draw((H, V)) * H**-0.5).astype(dtype)}
    return params | put("out", out | {"b": np.zeros(V, dtype)})
