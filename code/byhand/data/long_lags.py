"""Tasks that need a memory over many steps: adding two marked numbers,
copying symbols after a pause.

Both are from Hochreiter & Schmidhuber 1997, in the forms used since
Arjovsky et al. 2016.
"""

from typing import NamedTuple

import numpy as np

from byhand.validate import as_count, as_rng

# always answering 1: the variance of the sum of two uniform numbers, 2 * 1/12
CHANCE_ADDING = 1 / 6


class Lags(NamedTuple):
    """Inputs and targets; `counts` says at which steps an answer is asked
    for."""

    x: np.ndarray  # (B, T, D)
    y: np.ndarray  # (B, T, 1) numbers, or (B, T) symbols
    counts: np.ndarray  # (B, T) booleans


def make_adding(rng, n, T, dtype=np.float64):
    """Draw `n` sequences of T uniform numbers, two of them marked;
    the answer is the sum of those two.

    One mark lies in the first half and one in the second,
    so half the marks lie at least T/2 steps back.
    Arguments: rng: NumPy Generator. n, T: counts, T at least 2.
    Returns Lags: x (n, T, 2) numbers beside marks; y (n, T, 1),
    zero but for the sum at the last step, the only one that counts. Raises
    TypeError or ValueError.
    """
    as_rng("rng", rng)
    n, T = as_count("n", n), as_count("T", T, least=2)
    x = np.zeros((n, T, 2), dtype)
    x[:, :, 0] = rng.random((n, T))
    rows = np.arange(n)
    first, second = rng.integers(0, T // 2, n), rng.integers(T // 2, T, n)
    x[rows, first, 1] = x[rows, second, 1] = 1
    y = np.zeros((n, T, 1), dtype)
    y[:, -1, 0] = x[rows, first, 0] + x[rows, second, 0]
    return Lags(x, y, np.broadcast_to(np.arange(T) == T - 1, (n, T)))


def make_copying(rng, n, symbols, pause, kinds=8, dtype=np.float64):
    """Draw `n` sequences to be repeated after a pause.

    First come `symbols` random symbols of `kinds`, then `pause` blanks,
    then `symbols` times the sign that asks for the answer. T = 2 symbols
    + pause steps.
    Arguments: rng: NumPy Generator. n, symbols, pause, kinds: counts.
    Returns Lags: x (n, T, kinds + 2) as 1-of-N (the last two are the blank and
    the sign); y (n, T) symbols; only the last `symbols` steps count. Raises
    TypeError or ValueError.
    """
    as_rng("rng", rng)
    n, symbols = as_count("n", n), as_count("symbols", symbols)
    pause, kinds = (
        as_count("pause", pause, least=0),
        as_count("kinds", kinds, least=2),
    )
    shown = rng.integers(kinds, size=(n, symbols))
    tokens = np.full((n, 2 * symbols + pause), kinds)
    tokens[:, :symbols] = shown
    tokens[:, symbols + pause :] = kinds + 1
    y = np.zeros_like(tokens)
    y[:, symbols + pause :] = shown
    counts = np.broadcast_to(
        np.arange(tokens.shape[1]) >= symbols + pause, tokens.shape
    )
    return Lags(np.eye(kinds + 2, dtype=dtype)[tokens], y, counts)
