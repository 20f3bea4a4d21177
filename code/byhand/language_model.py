"""A stack of Transformer layers over one text, and scores for every token at
every place. With a causal mask it is a GPT, without one a BERT in small."""

from typing import NamedTuple

import numpy as np

from byhand.blocks import (
    encoder_layer,
    encoder_layer_backward,
    init_encoder_layer,
)
from byhand.embedding import EmbeddingCache, embedding, embedding_backward
from byhand.losses import (
    CrossEntropyCache,
    cross_entropy,
    cross_entropy_backward,
)
from byhand.masks import causal_mask, padding_mask
from byhand.norm import NormCache, init_norm, layer_norm, layer_norm_backward
from byhand.params import put, take
from byhand.validate import (
    as_count,
    as_labels,
    as_mask,
    as_rng,
    checked,
    describe,
)


def text_fits(params, tokens, N, causal=False):
    """Tokens that have rows in both tables, or raise."""
    tokens = np.asarray(tokens)
    if tokens.ndim != 2 or 0 in tokens.shape:
        raise ValueError(
            "tokens: expected texts (B, T) of at least one token, got "
            f"{describe(tokens)}"
        )
    longest = len(params["P"])
    if tokens.shape[1] > longest:
        raise ValueError(
            f"tokens: this model has positions for {longest} tokens, got "
            f"{tokens.shape[1]}"
        )
    V = len(params["E"])
    return {"tokens": as_labels("tokens", tokens, tokens.shape, V)}


class ContextualCache(NamedTuple):
    """Caches from the bottom to the top."""

    params: dict
    embed: EmbeddingCache
    layers: list
    norm: NormCache


@checked(text_fits)
def contextual(params, tokens, N, causal=False):
    """Vectors of the tokens in their context.

    Arguments: params: E (V, D), P (longest, D), "0.*", "1.*", ... as in
    `blocks.encoder_layer`, "norm.gamma", "norm.beta" (D,). tokens (B, T); 0
    fills up. N: heads. causal: True if no place may see a later one.
    Returns h (B, T, D), cache. Raises ValueError for texts that are empty or
    longer than P, and for unknown tokens.
    """
    B, T = tokens.shape
    e, embed = embedding({"E": params["E"]}, tokens)
    x = e * e.shape[2] ** 0.5 + params["P"][:T]
    mask = causal_mask(T) if causal else padding_mask(tokens)
    caches = []
    for k in range(layers_of(params)):
        x, cache = encoder_layer(take(params, str(k)), x, N, mask)
        caches.append(cache)
    h, norm = layer_norm(take(params, "norm"), x)
    return h, ContextualCache(params, embed, caches, norm)


def contextual_backward(dh, cache):
    """Gradients of `contextual`. Arguments: dh (B, T, D). Returns grads."""
    some, dx = layer_norm_backward(dh, cache.norm)
    grads = put("norm", some)
    for k in reversed(range(len(cache.layers))):
        some, dx = encoder_layer_backward(dx, cache.layers[k])
        grads |= put(str(k), some)
    grads["P"] = np.zeros_like(cache.params["P"])
    grads["P"][: dx.shape[1]] = dx.sum(axis=0)
    grads |= embedding_backward(dx * dx.shape[2] ** 0.5, cache.embed)
    return {name: grads[name] for name in cache.params}


def layers_of(params):
    """Number of layers in `params`."""
    return len({n.split(".")[0] for n in params if n[0].isdigit()})


class LossCache(NamedTuple):
    """Caches of the vectors and of the loss."""

    below: ContextualCache
    h: np.ndarray  # (B, T, D)
    asked: np.ndarray  # (B, T)
    loss: CrossEntropyCache


def language_loss(params, tokens, targets, asked, N, causal):
    """Mean of -log p(target) over the places that are asked.

    Arguments: tokens, targets (B, T) token numbers; asked (B, T) booleans;
    the rest as in `contextual`. Next token: targets = the text moved by one,
    causal. Masked: targets = the text, tokens = the text with gaps. Returns
    loss (), cache.
    """
    asked = as_mask("asked", asked)
    h, below = contextual(params, tokens, N, causal)
    logits = h[asked] @ params["E"].T  # (n, V)
    loss, cache = cross_entropy(logits, np.asarray(targets)[asked])
    return loss, LossCache(below, h, asked, cache)


def language_loss_backward(dloss, cache):
    """Gradients of `language_loss`; the table E is used twice. Returns grads
    like params."""
    below, h, asked, loss = cache
    dlogits = cross_entropy_backward(dloss, loss)  # (n, V)
    dh = np.zeros_like(h)  # nothing comes from places that are not asked
    dh[asked] = dlogits @ below.params["E"]
    grads = contextual_backward(dh, below)
    grads["E"] = grads["E"] + dlogits.T @ h[asked]
    return grads


def init_language_model(rng, V, longest, D, N, F, layers, dtype=np.float64):
    """Draw the parameters: V tokens, texts of up to `longest`, width D, N
    heads, feed-forward width F."""
    as_rng("rng", rng)
    V, D = as_count("V", V), as_count("D", D)
    shape = as_count("longest", longest), D
    params = {
        "E": (rng.standard_normal((V, D)) * D**-0.5).astype(dtype),
        "P": (0.02 * rng.standard_normal(shape)).astype(dtype),
    }
    for k in range(as_count("layers", layers)):
        params |= put(str(k), init_encoder_layer(rng, D, N, F, dtype))
    return params | put("norm", init_norm(D, dtype))
