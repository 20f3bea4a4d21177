"""Encoder-decoder of two GRUs: the last state of the first is the first state
of the second.

Sutskever, Vinyals and Le 2014 (with LSTMs); Cho et al. 2014,
who give the vector to every step instead.
"""

from typing import NamedTuple

import numpy as np

from byhand.activations import log_softmax
from byhand.embedding import (
    EmbeddingCache,
    embedding,
    embedding_backward,
    init_embedding,
)
from byhand.gru import GruCache, gru, gru_backward, init_gru
from byhand.mlp import LinearCache, linear, linear_backward
from byhand.padded import PaddedCache, last_states, last_states_backward
from byhand.params import put, take
from byhand.validate import as_count, as_rng


class EncoderCache(NamedTuple):
    """Caches of the encoder's three parts."""

    source: EmbeddingCache
    encoder: GruCache
    last: PaddedCache


class DecoderCache(NamedTuple):
    """Caches of the decoder's three parts."""

    target: EmbeddingCache
    decoder: GruCache
    out: LinearCache


class Seq2seqCache(NamedTuple):
    """Caches of both halves."""

    encoder: EncoderCache
    decoder: DecoderCache


def encode(params, X, lengths):
    """Read the source and keep the last state:
    one vector for each sequence, however long it is.

    Arguments: params: see `init_seq2seq`. X: tokens (B, S),
    padded. lengths: (B,). Returns c (B, H), cache. Raises TypeError or
    ValueError.
    """
    e, source = embedding(take(params, "source"), X)  # (B, S, D)
    h_0 = np.zeros((len(X), params["out.W"].shape[0]), e.dtype)
    h, encoder = gru(take(params, "encoder"), e, h_0)  # (B, S, H)
    c, last = last_states(h, lengths)  # (B, H)
    return c, EncoderCache(source, encoder, last)


def encode_backward(dc, cache):
    """Arguments: dc (B, H). Returns the gradients of the parameters that
    `encode` used."""
    # (B, S, H), zero but at the last places
    dh = last_states_backward(dc, cache.last)
    d_encoder, de, _ = gru_backward(dh, cache.encoder)
    d_source = embedding_backward(de, cache.source)
    return put("source", d_source) | put("encoder", d_encoder)


def decode(params, c, Y_in):
    """Score the next token at each step, given the tokens before it
    (teacher forcing).

    Arguments: c: first state (B, H). Y_in: the tokens before, (B, T),
    `<start>` first. Returns z (B, T, V), cache.
    """
    e, target = embedding(take(params, "target"), Y_in)  # (B, T, D)
    s, decoder = gru(take(params, "decoder"), e, c)  # (B, T, H)
    z, out = linear(take(params, "out"), s)  # (B, T, V)
    return z, DecoderCache(target, decoder, out)


def decode_backward(dz, cache):
    """Arguments: dz (B, T, V). Returns the gradients of the parameters that
    `decode` used, and dc (B, H)."""
    d_out, ds = linear_backward(dz, cache.out)
    d_decoder, de, dc = gru_backward(ds, cache.decoder)
    d_target = embedding_backward(de, cache.target)
    return put("target", d_target) | put("decoder", d_decoder) | put(
        "out", d_out
    ), dc


def seq2seq(params, X, lengths, Y_in):
    """Read X, then score each next token given Y_in.

    Arguments: params: see `init_seq2seq`. X: (B, S). lengths: (B,). Y_in:
    (B, T). Returns z (B, T, V), cache. Raises TypeError or ValueError.
    """
    c, encoder = encode(params, X, lengths)
    z, decoder = decode(params, c, Y_in)
    return z, Seq2seqCache(encoder, decoder)


def seq2seq_backward(dz, cache):
    """Gradients of `seq2seq`. Arguments: dz (B, T,
    V). Returns grads like params; tokens take none (None)."""
    d_write, dc = decode_backward(dz, cache.decoder)
    # all that the loss tells the encoder goes through dc
    d_read = encode_backward(dc, cache.encoder)
    return d_read | d_write, None, None, None


def next_log_probs(params, c):
    """Return the function that `byhand.decoding` asks for:
    tokens so far -> log-probabilities (V,).

    Arguments: params: see `init_seq2seq`. c: the vector of one source (1, H).
    """

    def of(tokens):
        # (1, t, V): runs through the beginning again
        z, _ = decode(params, c, np.array([tokens]))
        return log_softmax(z[0, -1])[0]

    return of


def init_seq2seq(rng, V_source, V_target, D, H, dtype=np.float64):
    """Draw source.E (V_source, D), encoder.* (a GRU), target.E (V_target,
    D), decoder.*, out.W (H, V_target).

    Rows of the tables have unit variance; the rest as in `init_gru`,
    out.W with deviation 1 / sqrt(H).
    """
    as_rng("rng", rng)
    D, H = as_count("D", D), as_count("H", H)
    tables = [
        init_embedding(rng, V, D)["E"] * D**0.5 for V in (V_source, V_target)
    ]
    params = {"source.E": tables[0], **put("encoder", init_gru(rng, D, H))}
    params |= {"target.E": tables[1], **put("decoder", init_gru(rng, D, H))}
    params |= {
        "out.W": rng.standard_normal((H, V_target)) * H**-0.5,
        "out.b": np.zeros(V_target),
    }
    return {name: value.astype(dtype) for name, value in params.items()}
