"""Word vectors by skip-gram with negative sampling (Mikolov et al. 2013):
tell the words that stood beside a word from words drawn by chance."""

from typing import NamedTuple

import numpy as np

from byhand.activations import sigmoid
from byhand.shapes import shapes
from byhand.validate import as_count, as_labels, as_rng, checked


def words_fit(params, centres, contexts, negatives):
    """All three as word numbers that have a row in the tables, or raise."""
    V, (B, K) = len(params["E"]), (np.size(centres), np.shape(negatives)[-1])
    if K < 1:
        raise ValueError("negatives: expected at least one for each pair")
    return {
        "centres": as_labels("centres", centres, (B,), V),
        "contexts": as_labels("contexts", contexts, (B,), V),
        "negatives": as_labels("negatives", negatives, (B, K), V),
    }


class SkipgramCache(NamedTuple):
    """Who stood where, the vectors of all of them, and the errors."""

    params: dict
    centres: np.ndarray  # (B,)
    others: np.ndarray  # (B, 1 + K): the context first, then the negatives
    v: np.ndarray  # (B, D)
    u: np.ndarray  # (B, 1 + K, D)
    error: np.ndarray  # (B, 1 + K): sigma(u.v) - 1 for the context, - 0 else


@shapes({"E": "V D", "C": "V D"})
@checked(words_fit)
def skipgram(params, centres, contexts, negatives):
    """The loss -log sigma(u_o.v) - sum_k log sigma(-u_k.v), mean over pairs.

    Arguments: params: E (V, D), the vectors of words as centres, and C (V, D),
    as contexts. centres, contexts (B,), negatives (B, K): word numbers.
    Returns loss (), cache. Raises TypeError or ValueError for numbers outside
    the tables.
    """
    others = np.column_stack([contexts, negatives])  # (B, 1 + K)
    v, u = params["E"][centres], params["C"][others]
    scores = np.einsum("bkd,bd->bk", u, v)
    true = np.arange(others.shape[1]) == 0  # the context comes first
    # -log sigma(s) for the true one, -log sigma(-s) for the others
    losses = np.logaddexp(0, np.where(true, -scores, scores))
    cache = SkipgramCache(
        params, centres, others, v, u, sigmoid(scores)[0] - true
    )
    return losses.sum(axis=1).mean(), cache


def skipgram_backward(dloss, cache):
    """Gradients of `skipgram`: every error pulls (or pushes) both vectors of
    its score. Returns grads with E and C (V, D)."""
    params, centres, others, v, u, error = cache
    error = dloss * error / len(centres)
    dE, dC = np.zeros_like(params["E"]), np.zeros_like(params["C"])
    np.add.at(dE, centres, np.einsum("bk,bkd->bd", error, u))
    np.add.at(dC, others, error[:, :, None] * v[:, None])
    return {"E": dE, "C": dC}


def init_skipgram(rng, V, D, dtype=np.float64):
    """Draw E small; C begins with zeros, so every word is as likely."""
    as_rng("rng", rng)
    V, D = as_count("V", V), as_count("D", D)
    E = rng.uniform(-0.5 / D, 0.5 / D, (V, D)).astype(dtype)
    return {"E": E, "C": np.zeros((V, D), dtype)}


def pairs(sentences, window):
    """All (centre, context) pairs of words at most `window` places apart.

    Arguments: sentences: lists of word numbers. Returns centres, contexts,
    each (n,). Raises ValueError if no sentence has two words.
    """
    window = as_count("window", window)
    found = [
        (row[t], row[s])
        for row in sentences
        for t in range(len(row))
        for s in range(max(0, t - window), min(len(row), t + window + 1))
        if s != t
    ]
    if not found:
        raise ValueError("sentences: expected one with two words or more")
    return tuple(np.array(found).T)


def noise(counts, power=0.75):
    """The distribution of the negatives: counts to the power 3/4, so that
    rare words are drawn more often than they occur. counts (V,)."""
    share = np.asarray(counts, float) ** power
    if not share.sum() > 0:
        raise ValueError("counts: expected at least one above 0")
    return share / share.sum()


def keep_share(counts, t=1e-3):
    """The share of its places that a word keeps: sqrt(t / f), at most 1, with
    its frequency f. Thins out "the"."""
    f = np.maximum(counts, 1) / np.sum(counts)
    return np.minimum(1, np.sqrt(t / f))


def nearest(E, word, n):
    """The n rows of E with the largest cosine to row `word`, without itself.
    Returns numbers (n,), cosines (n,)."""
    unit = E / np.linalg.norm(E, axis=1, keepdims=True)
    cosines = unit @ unit[word]
    order = np.argsort(-cosines)
    order = order[order != word][: as_count("n", n)]
    return order, cosines[order]
