"""A label for every place of a sequence: word vectors,
a core that may look around, a linear layer."""

from typing import NamedTuple

import numpy as np

from byhand.embedding import embedding, embedding_backward, init_embedding
from byhand.mlp import init_linear, linear, linear_backward
from byhand.params import put, take
from byhand.recurrent import (
    bidirectional,
    bidirectional_backward,
    init_bidirectional,
)
from byhand.rnn import init_rnn, rnn, rnn_backward
from byhand.validate import checked, one_of


class WindowCache(NamedTuple):
    """The windows' linear layer, the outputs, and the inputs' shape."""

    linear: NamedTuple
    h: np.ndarray  # (B, T, H)
    shape: tuple


def window(params, x):
    """A feed-forward layer that sees each place with its r neighbours on
    both sides, 0 beyond the ends.

    Arguments: params: W ((2r+1) D, H), b (H,). x: (B, T, D).
    Returns h = tanh(linear(window)) (B, T, H), cache.
    """
    B, T, D = x.shape
    width = len(params["W"]) // D  # 2r + 1
    padded = np.pad(x, ((0, 0), (width // 2, width // 2), (0, 0)))
    # (B, T, (2r+1) D)
    around = np.concatenate(
        [padded[:, k : k + T] for k in range(width)], axis=-1
    )
    z, linear_cache = linear(params, around)
    h = np.tanh(z)
    return h, WindowCache(linear_cache, h, x.shape)


def window_backward(dh, cache):
    """Gradients of `window`: a place is in 2r + 1 windows,
    and their gradients add up."""
    B, T, D = cache.shape
    grads, d_around = linear_backward(dh * (1 - cache.h**2), cache.linear)
    width = d_around.shape[-1] // D
    d_padded = np.zeros((B, T + width - 1, D), dh.dtype)
    for k in range(width):
        d_padded[:, k : k + T] += d_around[..., k * D : (k + 1) * D]
    return grads, d_padded[:, width // 2 : width // 2 + T]


class TaggerCache(NamedTuple):
    """The caches of the parts, and what the words were made of."""

    embedding: NamedTuple
    core: NamedTuple
    linear: NamedTuple
    kind: str
    features: np.ndarray | None
    real: np.ndarray  # (B, T, 1): 1 for words, 0 for padding


@checked(core=one_of("window", "rnn", "birnn"))
def tagger(params, tokens, lengths, core="rnn", features=None):
    """Scores of every label at every place.

    Arguments:
        params: as made by `init_tagger`; tokens: word numbers (B, T);
        lengths: (B,).
        core: "window", "rnn" or "birnn".
        features: None, so that each word number has a vector of its own,
            "embed.E" (V, D); or a matrix (V, M),
            the M numbers that describe each word:
            its vector is then features @ "embed.E" (M, D).

    Returns scores (B, T, C), cache.
    """
    E = params["embed.E"]
    # (B, T, D)
    x, embedding_cache = embedding(
        {"E": E if features is None else features @ E}, tokens
    )
    real = (np.arange(tokens.shape[1]) < np.asarray(lengths)[:, None])[
        ..., None
    ].astype(x.dtype)
    x, p = x * real, take(params, "core")
    if core == "window":
        h, core_cache = window(p, x)
    elif core == "rnn":
        h, core_cache = rnn(p, x, np.zeros((len(x), len(p["W_h"])), x.dtype))
    else:
        h, core_cache = bidirectional("rnn", p, x, lengths)
    scores, linear_cache = linear(take(params, "out"), h)  # (B, T, C)
    return scores, TaggerCache(
        embedding_cache, core_cache, linear_cache, core, features, real
    )


def tagger_backward(dscores, cache):
    """Gradients of `tagger`. Arguments: dscores (B, T,
    C). Returns grads with the names of params."""
    out, dh = linear_backward(dscores, cache.linear)
    backward = {
        "window": window_backward,
        "rnn": rnn_backward,
        "birnn": bidirectional_backward,
    }[cache.kind]
    core, dx, *_ = backward(dh, cache.core)
    table = embedding_backward(dx * cache.real, cache.embedding)["E"]
    dE = table if cache.features is None else cache.features.T @ table
    return {"embed.E": dE} | put("core", core) | put("out", out)


def init_tagger(rng, V, D, H, C, core="rnn", radius=1, dtype=np.float64):
    """Draw the parameters of `tagger`.

    Arguments: V: words, or features of a word; H: units in all,
    for "birnn" half of them for each direction;
        radius: r of a window.
    """
    if core == "window":
        p = init_linear(rng, (2 * radius + 1) * D, H, dtype=dtype)
    else:
        p = (
            init_rnn(rng, D, H, dtype)
            if core == "rnn"
            else init_bidirectional(rng, "rnn", D, H // 2, dtype)
        )
    embed = put("embed", init_embedding(rng, V, D, dtype))
    return (
        embed | put("core", p) | put("out", init_linear(rng, H, C, dtype=dtype))
    )
