"""Look-ups in several hops, and how well networks learned them, as
`tools/hops.py` stored it (chapter 16).

A table says for each of n symbols which one comes next; its pairs stand in a
random order. Asked for k hops, one starts at a symbol and follows the table k
times. The table is one single cycle, so no symbol leads to itself.
"""

import csv
import pathlib
from typing import NamedTuple

import numpy as np

from byhand.data.vocabulary import START
from byhand.validate import as_count, as_rng

FIRST = 4  # the first number of a symbol in targets; before it the marks
TABLE = pathlib.Path(__file__).parent / "hops.csv"
TUNING, FRESH = 0, (10, 11, 12)  # seeds


class Hops(NamedTuple):
    """What is read and what is to be written."""

    X: np.ndarray  # (B, n + 1) the question, then the pairs in random order
    lengths: np.ndarray  # (B,) n + 1
    Y: np.ndarray  # (B, n + 1) `<start>`, then the answer for each symbol
    k: np.ndarray  # (B,) hops that are asked for


def make_hops(rng, B, n, most, k=None):
    """Draw B tables of n symbols with the question for 1 to `most` hops, or
    for k.

    A token of X holds a pair: 1 + first * (n + most) + second, where the
    question is the pair (n, n + k - 1). Arguments: rng: NumPy Generator. B, n,
    most, k: counts. Returns Hops. Raises TypeError or ValueError.
    """
    as_rng("rng", rng)
    B, n, most = as_count("B", B), as_count("n", n, 3), as_count("most", most)
    row, circle = np.arange(B)[:, None], shuffled(rng, B, n)
    after = np.empty((B, n), int)
    after[row, circle] = np.roll(circle, -1, axis=1)
    if k is None:
        asked = rng.integers(1, most + 1, B)
    elif as_count("k", k) > most:
        raise ValueError(f"k: expected at most {most} hops, got {k}")
    else:
        asked = np.full(B, k)
    first = shuffled(rng, B, n)
    pairs = 1 + first * (n + most) + after[row, first]
    question = 1 + n * (n + most) + n + asked[:, None] - 1
    answer = np.tile(np.arange(n), (B, 1))
    for hop in range(most):
        answer = np.where((hop < asked)[:, None], after[row, answer], answer)
    Y = np.concatenate([np.full((B, 1), START), FIRST + answer], axis=1)
    X = np.concatenate([question, pairs], axis=1)
    return Hops(X, np.full(B, n + 1), Y, asked)


def shuffled(rng, B, n):
    """B random orders of n symbols (B, n)."""
    return np.argsort(rng.random((B, n)), axis=1)


class Run(NamedTuple):
    """One trained network and the shares of symbols that it wrote right, for
    each number of hops, in %."""

    model: str
    n: int
    most: int
    seconds: float
    rate: float
    seed: int
    steps: int
    shares: tuple


def load(path=TABLE):
    """All stored runs."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [
        Run(
            model, int(n), int(most), float(seconds), float(rate), int(seed),
            int(steps), tuple(map(float, shares.split())),
        )
        for model, n, most, seconds, rate, seed, steps, shares in rows
    ]  # fmt: skip


def tuned(runs, *setting):
    """The rate at which the network of the tuning seed was right most often.
    setting: model, n, most, seconds."""
    tried = [r for r in runs if r[:4] == setting and r.seed == TUNING]
    return max(tried, key=lambda run: sum(run.shares)).rate


def fresh(runs, *setting):
    """The runs of the fresh seeds at the tuned rate."""
    chosen = (*setting, tuned(runs, *setting))
    return [r for r in runs if r[:5] == chosen and r.seed in FRESH]
