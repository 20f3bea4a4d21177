"""How well generators learned a ring of eight places and small digits, as
`tools/gan_runs.py` stored it (chapter 22)."""

import csv
import pathlib
from typing import NamedTuple

import numpy as np

from byhand.data.digits import load_digits
from byhand.data.split import Split

FOLDER = pathlib.Path(__file__).parent
TABLE, WEIGHTS = FOLDER / "gan_runs.csv", FOLDER / "gan_digits.npz"
TUNING, FRESH = (0, 1), (10, 11, 12, 13, 14)  # seeds


def digits():
    """scikit-learn's digits, ink from -1 to 1, (B, 64). Returns Split of 1100,
    247 and 450 pictures."""
    X = 2 * load_digits().X - 1
    order = np.random.default_rng(0).permutation(len(X))
    return Split(*np.split(X[order], [1100, 1347]))


def told_apart(real, fake):
    """Accuracy (%) with which the nearest other picture tells whether a
    picture is real: 50 if the two sets cannot be told apart, 100 if always
    (Lopez-Paz and Oquab 2016). real, fake (B, D), equally many."""
    if np.shape(real) != np.shape(fake):
        raise ValueError(
            f"fake: expected shape {np.shape(real)}, got {np.shape(fake)}"
        )
    both = np.concatenate([real, fake])
    square = (both**2).sum(axis=1)
    far = square[:, None] + square - 2 * both @ both.T
    np.fill_diagonal(far, np.inf)
    is_real = np.arange(len(both)) < len(real)
    return 100 * (is_real[far.argmin(axis=1)] == is_real).mean()


class Run(NamedTuple):
    """One training: task ("ring" or "digits"), way, rate, seed; over time the
    places found and the share near one (ring), or the accuracy of
    `told_apart` against validation pictures (digits); at the end the loss of
    the discriminator, and for digits the accuracy against test pictures."""

    task: str
    way: str
    rate: float
    seed: int
    found: tuple
    good: tuple
    loss: float
    test: float


def load(path=TABLE):
    """All stored runs."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [
        Run(
            task, way, float(rate), int(seed),
            tuple(map(float, found.split())), tuple(map(float, good.split())),
            float(loss), float(test),
        )
        for task, way, rate, seed, found, good, loss, test in rows
    ]  # fmt: skip


def worth(run):
    """What a rate is chosen by: places times share, or how near to 50 %."""
    if run.task == "ring":
        return run.found[-1] * run.good[-1]
    return -abs(run.found[-1] - 50)


def tuned(runs, task, way):
    """The rate that is best over the tuning seeds."""
    tried = {}
    for r in runs:
        if (r.task, r.way) == (task, way) and r.seed in TUNING:
            tried.setdefault(r.rate, []).append(worth(r))
    return max(tried, key=lambda rate: np.mean(tried[rate]))


def fresh(runs, task, way):
    """The runs of the fresh seeds."""
    return [r for r in runs if r[:2] == (task, way) and r.seed in FRESH]


def weights():
    """Parameters of one generator of digits."""
    with np.load(WEIGHTS) as file:
        return {name: value.astype(float) for name, value in file.items()}
