"""The Transformer (Vaswani et al. 2017): encoder, decoder and the loss,
forward and backward."""

from typing import NamedTuple

import numpy as np

from byhand.blocks import (
    decoder_layer,
    decoder_layer_backward,
    encoder_layer,
    encoder_layer_backward,
    init_decoder_layer,
    init_encoder_layer,
)
from byhand.data.vocabulary import PAD
from byhand.embedding import (
    EmbeddingCache,
    embedding,
    embedding_backward,
    init_embedding,
)
from byhand.losses import (
    CrossEntropyCache,
    cross_entropy,
    cross_entropy_backward,
)
from byhand.masks import causal_mask, padding_mask
from byhand.norm import NormCache, init_norm, layer_norm, layer_norm_backward
from byhand.params import put, take
from byhand.position import sinusoids


def embed(params, tokens):
    """Vectors of the tokens, scaled to unit variance,
    plus where they stand: sqrt(D) E[tokens] + P.

    Arguments: params: E (V, D). tokens: whole numbers (B,
    T). Returns out (B, T, D), cache.
    """
    e, cache = embedding(params, tokens)
    T, D = e.shape[1:]
    return e * D**0.5 + sinusoids(T, D, e.dtype), cache


def embed_backward(dout, cache):
    """Gradients of `embed`. Arguments: dout (B, T,
    D). Returns grads with E (V, D)."""
    return embedding_backward(dout * dout.shape[-1] ** 0.5, cache)


class StackCache(NamedTuple):
    """Caches of the embedding, of every layer,
    and of the last norm (None with post-norm)."""

    embed: EmbeddingCache
    layers: list
    norm: NormCache | None


def depth(params, side):
    """Number of layers of a side, "encoder" or "decoder", in `params`."""
    return 1 + max(
        int(name.split(".")[1])
        for name in params
        if name.startswith(side + ".")
    )


def encode(params, X, N, norm="pre"):
    """Source tokens to memory. Arguments: X (B, S). Returns memory (B, S,
    D), cache."""
    x, embed_cache = embed(take(params, "source"), X)
    layers = []
    for k in range(depth(params, "encoder")):
        x, cache = encoder_layer(
            take(params, f"encoder.{k}"), x, N, padding_mask(X), norm
        )
        layers.append(cache)
    x, norm_cache = (
        layer_norm(take(params, "encoder_norm"), x)
        if norm == "pre"
        else (x, None)
    )
    return x, StackCache(embed_cache, layers, norm_cache)


def encode_backward(dmemory, cache):
    """Gradients of `encode`. Arguments: dmemory (B, S, D). Returns grads."""
    grads, dx = {}, dmemory
    if cache.norm is not None:
        some, dx = layer_norm_backward(dx, cache.norm)
        grads |= put("encoder_norm", some)
    for k in reversed(range(len(cache.layers))):
        some, dx = encoder_layer_backward(dx, cache.layers[k])
        grads |= put(f"encoder.{k}", some)
    return grads | put("source", embed_backward(dx, cache.embed))


def decode(params, Y_in, memory, X, N, norm="pre"):
    """Target tokens so far, and memory, to what the next tokens are read from.

    Arguments: Y_in (B, T) tokens that begin with <start>. memory: (B, S,
        D). X: (B, S) source tokens, for their padding. Returns y (B, T,
        D), cache.
    """
    y, embed_cache = embed(take(params, "target"), Y_in)
    layers = []
    for k in range(depth(params, "decoder")):
        now, future = take(params, f"decoder.{k}"), causal_mask(Y_in.shape[1])
        y, cache = decoder_layer(
            now, y, memory, N, future, padding_mask(X), norm
        )
        layers.append(cache)
    y, norm_cache = (
        layer_norm(take(params, "decoder_norm"), y)
        if norm == "pre"
        else (y, None)
    )
    return y, StackCache(embed_cache, layers, norm_cache)


def decode_backward(dy, cache):
    """Gradients of `decode`. Returns grads, dmemory (B, S, D):
    every layer has looked at memory."""
    grads, dmemory = {}, 0
    if cache.norm is not None:
        some, dy = layer_norm_backward(dy, cache.norm)
        grads |= put("decoder_norm", some)
    for k in reversed(range(len(cache.layers))):
        some, dy, dlooked = decoder_layer_backward(dy, cache.layers[k])
        grads |= put(f"decoder.{k}", some)
        dmemory = dmemory + dlooked
    return grads | put("target", embed_backward(dy, cache.embed)), dmemory


class TransformerCache(NamedTuple):
    """Caches of both sides; y and E are what the logits were made of."""

    encoder: StackCache
    decoder: StackCache
    y: np.ndarray  # (B, T, D)
    E: np.ndarray  # (V, D)


def transformer(params, X, Y_in, N, norm="pre"):
    """Logits of every next token, all places at once;
    the output layer is the target table, transposed.

    Arguments: params: "source.E" (V_s, D), "encoder.k.*", "target.E" (V,
        D), "decoder.k.*", and with pre-norm "encoder_norm.*" and
        "decoder_norm.*". X: source tokens (B, S), 0 where padded. Y_in: target
        tokens (B, T), shifted right, so that they begin with <start>.
        N: heads. norm: "pre" or "post".
    Returns logits (B, T, V), cache. Raises TypeError or ValueError.
    """
    memory, encoder_cache = encode(params, X, N, norm)
    y, decoder_cache = decode(params, Y_in, memory, X, N, norm)
    E = params["target.E"]
    return y @ E.T, TransformerCache(encoder_cache, decoder_cache, y, E)


def transformer_backward(dlogits, cache):
    """Gradients of `transformer`. Arguments: dlogits (B, T,
    V). Returns grads like params."""
    y, E = cache.y, cache.E
    grads, dmemory = decode_backward(dlogits @ E, cache.decoder)
    rows = dlogits.reshape(-1, len(E))
    # two paths: in and out
    grads["target.E"] = grads["target.E"] + rows.T @ y.reshape(len(rows), -1)
    return grads | encode_backward(dmemory, cache.encoder)


class LossCache(NamedTuple):
    """Caches of the model and of the cross-entropy."""

    model: TransformerCache
    loss: CrossEntropyCache


def sequence_loss(params, X, Y, N, norm="pre", smoothing=0.1):
    """Label-smoothed loss of the tokens Y (B, T+1): places 0 .. T-1 go in,
    1 .. T are asked for.

    Returns loss (), cache: the mean over all tokens that are not padding.
    """
    logits, model_cache = transformer(params, X, Y[:, :-1], N, norm)
    loss, loss_cache = cross_entropy(
        logits, Y[:, 1:], Y[:, 1:] != PAD, smoothing
    )
    return loss, LossCache(model_cache, loss_cache)


def sequence_loss_backward(dloss, cache):
    """Gradients of `sequence_loss`. Returns grads like params."""
    return transformer_backward(
        cross_entropy_backward(dloss, cache.loss), cache.model
    )


def init_transformer(
    rng, V_source, V, D, N, F, layers=(1, 1), norm="pre", dtype=np.float64
):
    """Draw parameters: vocabularies of V_source and V tokens, width D, N heads,
    feed-forward width F.

    layers: numbers of encoder and decoder layers.
    """
    source = put("source", init_embedding(rng, V_source, D, dtype))
    params = source | put("target", init_embedding(rng, V, D, dtype))
    for k in range(layers[0]):
        params |= put(f"encoder.{k}", init_encoder_layer(rng, D, N, F, dtype))
    for k in range(layers[1]):
        params |= put(f"decoder.{k}", init_decoder_layer(rng, D, N, F, dtype))
    if norm == "pre":
        params |= put("encoder_norm", init_norm(D, dtype)) | put(
            "decoder_norm", init_norm(D, dtype)
        )
    return params
