"""The masked language model's task (Devlin et al. 2018): hide some words of a
text, and ask for them."""

from typing import NamedTuple

import numpy as np

from byhand.validate import as_labels, as_rng, describe

PAD = 0


class Gaps(NamedTuple):
    """A text with gaps."""

    tokens: np.ndarray  # (B, T) what the model reads
    asked: np.ndarray  # (B, T) True where it is asked for the word


def make_gaps(rng, tokens, V, gap, share=0.15, first=None):
    """Choose a share of the words; of the chosen ones 80 % become the gap,
    10 % a random word, 10 % stay. All chosen ones are asked for.

    Arguments: tokens (B, T), 0 fills up and is never chosen. V: number of
    tokens. gap: the number of the gap's token. first: the first number of a
    real word, default gap + 1. Returns Gaps; at least one is asked.
    Raises ValueError for an empty text.
    """
    as_rng("rng", rng)
    tokens = as_labels("tokens", tokens, np.shape(tokens), V)
    if not 0 < share <= 1:
        raise ValueError(
            f"share: expected a number above 0, at most 1, got "
            f"{describe(share)}"
        )
    first = gap + 1 if first is None else first
    real = tokens >= first
    if not real.any():
        raise ValueError("tokens: expected at least one word, got none")
    asked = (rng.random(tokens.shape) < share) & real
    if not asked.any():  # ask for one at least
        asked[tuple(np.argwhere(real)[rng.integers(real.sum())])] = True
    fate = rng.random(tokens.shape)
    anything = rng.integers(first, V, tokens.shape)
    read = np.where(asked & (fate < 0.8), gap, tokens)
    read = np.where(asked & (fate >= 0.9), anything, read)
    return Gaps(read, asked)
