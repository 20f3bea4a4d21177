"""A table with one vector for each token: looking up,
and collecting the gradients of all who looked."""

from typing import NamedTuple

import numpy as np

from byhand.shapes import shapes
from byhand.validate import as_count, as_labels, as_rng, checked


def in_table(params, tokens):
    """The tokens as whole numbers, each with a row of the table, or raise."""
    return {
        "tokens": as_labels(
            "tokens", tokens, np.shape(tokens), len(params["E"])
        )
    }


class EmbeddingCache(NamedTuple):
    """The numbers looked up, and the shape of the table."""

    tokens: np.ndarray
    table: np.ndarray


@shapes({"E": "V D"})
@checked(in_table)
def embedding(params, tokens):
    """Look up one row of the table for each token: out = E[tokens].

    Arguments: params: E (V, D). tokens: whole numbers 0 .. V-1,
    any shape (...). Returns out (..., D), cache. Raises TypeError or ValueError
    for numbers outside the table.
    """
    return params["E"][tokens], EmbeddingCache(tokens, params["E"])


def embedding_backward(dout, cache):
    """Returns grads with E (V, D): each row collects the gradients of all
    places where its token stood."""
    tokens, E = cache
    dE = np.zeros_like(E)
    np.add.at(dE, tokens.reshape(-1), dout.reshape(-1, E.shape[1]))
    return {"E": dE}


def init_embedding(rng, V, D, dtype=np.float64):
    """Draw the table E (V, D), standard deviation 1 / sqrt(D),
    so that sqrt(D) E has unit variance."""
    as_rng("rng", rng)
    V, D = as_count("V", V), as_count("D", D)
    return {"E": (rng.standard_normal((V, D)) * D**-0.5).astype(dtype)}
