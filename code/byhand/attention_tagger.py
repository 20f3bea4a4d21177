"""A tagger made of one self-attention layer: every word asks every other word,
then decides on its label."""

from typing import NamedTuple

import numpy as np

from byhand.embedding import embedding, embedding_backward, init_embedding
from byhand.mlp import init_mlp, mlp, mlp_backward
from byhand.params import put, take
from byhand.position import (
    init_positions,
    learned_positions,
    learned_positions_backward,
    sinusoids,
)
from byhand.self_attention import (
    init_multi_head,
    self_attention,
    self_attention_backward,
)
from byhand.validate import as_count, as_rng, checked, one_of

POSITIONS = ("none", "sinusoids", "learned")


class TaggerCache(NamedTuple):
    """Caches of the parts; attention.weights (B, N, T,
    T) are the maps of all heads."""

    embedding: tuple
    positions: tuple  # None unless learned
    attention: tuple
    head: tuple
    scale: float


@checked(positions=one_of(*POSITIONS))
def attention_tagger(params, tokens, N, mask=None, positions="sinusoids"):
    """Scores for the label of every token: embed, add positions, attend,
    keep the token itself, decide.

    Arguments:
        params: as made by `init_attention_tagger`. tokens:
        whole numbers (B, T). N: heads.
        mask: booleans that broadcast to (B, T, T), True = may look;
        None allows all.
        positions: "none", "sinusoids" or "learned".

    Returns z (B, T, C), cache. Raises TypeError or ValueError if a shape
    does not fit.
    """
    e, embedding_cache = embedding(take(params, "embedding"), tokens)
    scale = e.shape[2] ** 0.5
    # (B, T, D), about as large as a position code
    x, position_cache = (
        e * scale,
        None,
    )
    if positions == "sinusoids":
        x = x + sinusoids(x.shape[1], x.shape[2], x.dtype)
    elif positions == "learned":
        x, position_cache = learned_positions(take(params, "positions"), x)
    found, attention_cache = self_attention(
        take(params, "attention"), x, N, mask
    )
    # what the word is, and what it has found
    z, head_cache = mlp(take(params, "head"), x + found)
    return z, TaggerCache(
        embedding_cache, position_cache, attention_cache, head_cache, scale
    )


def attention_tagger_backward(dz, cache):
    """Gradients of `attention_tagger`. Arguments: dz (B, T,
    C). Returns grads like params, and None."""
    head_grads, dsum = mlp_backward(dz, cache.head)
    attention_grads, dx = self_attention_backward(dsum, cache.attention)
    dx = dx + dsum  # two paths: through the attention, and past it
    grads = put("head", head_grads) | put("attention", attention_grads)
    if cache.positions is not None:
        position_grads, dx = learned_positions_backward(dx, cache.positions)
        grads |= put("positions", position_grads)
    grads |= put(
        "embedding", embedding_backward(dx * cache.scale, cache.embedding)
    )
    return grads, None


@checked(rng=as_rng, positions=one_of(*POSITIONS))
def init_attention_tagger(
    rng, V, D, N, C, F=64, positions="sinusoids", T_max=64, dtype=np.float64
):
    """Draw the parameters of a tagger.

    Arguments: V: vocabulary. D: width. N: heads. C: labels. F:
    hidden units of the last two layers.
        positions: as in `attention_tagger`; T_max: most places,
        for learned ones.
    """
    params = put("embedding", init_embedding(rng, V, D, dtype))
    if positions == "learned":
        params |= put("positions", init_positions(rng, T_max, D, dtype))
    params |= put("attention", init_multi_head(rng, D, N, dtype=dtype))
    return params | put(
        "head",
        init_mlp(rng, (D, as_count("F", F), as_count("C", C)), dtype=dtype),
    )
