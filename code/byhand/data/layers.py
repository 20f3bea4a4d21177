"""Two tasks that ask what a layer's norm and a second layer are good for, and
how well networks learned them, as `tools/layers.py` stored it (chapter 16).

Additions: five digits, "=", their running sums modulo ten. Followers: a row of
n symbols in random order, then symbols of the row, each followed by the one
that came after it in the row.
"""

import csv
import pathlib
from typing import NamedTuple

import numpy as np

from byhand.validate import as_count, as_rng

ASKED = 8  # questions after a row of followers
TABLE = pathlib.Path(__file__).parent / "layers.csv"
TUNING, FRESH = 0, (10, 11, 12)  # seeds


def make_additions(rng, B):
    """Rows (B, 11): five digits, token 10 for "=", their running sums.

    Arguments: rng: NumPy Generator. B: rows. Raises TypeError or ValueError.
    """
    as_rng("rng", rng)
    digits = rng.integers(0, 10, (as_count("B", B), 5))
    equals = np.full((B, 1), 10)
    return np.concatenate([digits, equals, digits.cumsum(1) % 10], axis=1)


def make_followers(rng, B, n):
    """Rows (B, n + 2 ASKED): all n symbols in random order; then ASKED times
    a symbol of the row, never its last, and the one that followed it.

    Arguments: rng: NumPy Generator. B: rows. n: symbols, at least 3. Raises
    TypeError or ValueError.
    """
    as_rng("rng", rng)
    B, n = as_count("B", B), as_count("n", n, 3)
    rows = np.argsort(rng.random((B, n)), axis=1)
    at = rng.integers(0, n - 1, (B, ASKED))
    pairs = [np.take_along_axis(rows, at + k, axis=1) for k in (0, 1)]
    asked = np.stack(pairs, axis=2).reshape(B, 2 * ASKED)
    return np.concatenate([rows, asked], axis=1)


class Run(NamedTuple):
    """One trained network: its loss at the first step, and the share of answers
    that it gave right, in %. seconds is 0 where the steps were given."""

    task: str
    model: str
    seconds: float
    rate: float
    seed: int
    steps: int
    start: float
    right: float


def load(path=TABLE):
    """All stored runs."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [
        Run(
            task, model, float(seconds), float(rate), int(seed), int(steps),
            float(start), float(right),
        )
        for task, model, seconds, rate, seed, steps, start, right in rows
    ]  # fmt: skip


def fresh(runs, task, model, rate=None, seconds=None):
    """The runs of the fresh seeds of one model, where given at one rate and
    with so many seconds."""
    return [
        r
        for r in runs
        if r[:2] == (task, model)
        and r.seed in FRESH
        and rate in (None, r.rate)
        and seconds in (None, r.seconds)
    ]


def tuned(runs, task, model, seconds):
    """The rate whose network of the tuning seed was right most often; the
    middle one where several rates did equally well."""
    setting = (task, model, seconds)
    tried = [r for r in runs if r[:3] == setting and r.seed == TUNING]
    most = max(run.right for run in tried)
    best = sorted(run.rate for run in tried if run.right == most)
    return best[len(best) // 2]
