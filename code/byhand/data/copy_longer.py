"""How well machines with and without an external memory copy sequences longer
than those that they were trained on, as `tools/copy_longer.py` stored it
(chapter 20)."""

import csv
import pathlib
from typing import NamedTuple

import numpy as np

BITS, TRAINED = 6, 10  # bits of a row; longest sequence in training
LENGTHS = (5, 10, 20, 40, 80)
TUNING, FRESH = (0, 1), (10, 11, 12, 13, 14)  # seeds
FOLDER = pathlib.Path(__file__).parent
TABLE, WEIGHTS = FOLDER / "copy_longer.csv", FOLDER / "copy_longer.npz"


class Run(NamedTuple):
    """One trained machine: its last training loss (mean of 100 steps, nats a
    bit), and wrong bits and whole sequences right (%) at each of `LENGTHS`."""

    model: str
    rate: float
    seed: int
    loss: float
    wrong: tuple
    whole: tuple


def load(path=TABLE):
    """All stored runs."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [
        Run(
            model, float(rate), int(seed), float(loss),
            *(tuple(map(float, part.split())) for part in parts),
        )
        for model, rate, seed, loss, *parts in rows
    ]  # fmt: skip


def tuned(runs, model):
    """The rate with the lowest mean loss over the tuning seeds."""
    tried = {}
    for run in runs:
        if run.model == model and run.seed in TUNING:
            tried.setdefault(run.rate, []).append(run.loss)
    return min(tried, key=lambda rate: np.mean(tried[rate]))


def fresh(runs, model):
    """The runs of the fresh seeds."""
    return [r for r in runs if r.model == model and r.seed in FRESH]


def weights():
    """Parameters of one trained neural Turing machine."""
    with np.load(WEIGHTS) as file:
        return dict(file)
