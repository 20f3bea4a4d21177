"""How likely restricted Boltzmann machines find the pictures that they were
trained on, and others, as `tools/rbm_runs.py` stored it (chapter 21)."""

import csv
import pathlib
from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_digits

from byhand.data.split import Split

FOLDER = pathlib.Path(__file__).parent
TABLE, WEIGHTS = FOLDER / "rbm_runs.csv", FOLDER / "rbm_digits.npz"
TUNING, FRESH = (0, 1), (10, 11, 12)  # seeds
EVERY = 100  # steps between two measurements


def black_and_white():
    """scikit-learn's digits as bits (B, 64): 1 where there is more than half
    of the ink. Returns Split(train, validation, test) of 1100, 247, 450."""
    bits = (load_digits().data > 8).astype(float)
    order = np.random.default_rng(0).permutation(len(bits))
    return Split(*np.split(bits[order], [1100, 1347]))


class Run(NamedTuple):
    """One training: task ("bars" or "digits"), way, rate, seed, the exact mean
    log p(v) in nats every EVERY steps (of the training pictures), and at the
    end: of validation and test pictures, the chance of a valid picture (bars),
    and the mean squared error of a reconstruction, at half time and at the end.
    """

    task: str
    way: str
    rate: float
    seed: int
    curve: tuple
    validation: float
    test: float
    valid: float
    rebuilt: tuple


def load(path=TABLE):
    """All stored runs."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [
        Run(
            task, way, float(rate), int(seed),
            tuple(map(float, curve.split())),
            float(validation), float(test), float(valid),
            tuple(map(float, rebuilt.split())),
        )
        for task, way, rate, seed, curve, validation, test, valid, rebuilt
        in rows
    ]  # fmt: skip


def tuned(runs, task, way):
    """The rate at which the tuning seeds end best, by the validation."""
    tried = {}
    for r in runs:
        if (r.task, r.way) == (task, way) and r.seed in TUNING:
            tried.setdefault(r.rate, []).append(r.validation)
    return max(tried, key=lambda rate: np.mean(tried[rate]))


def fresh(runs, task, way):
    """The runs of the fresh seeds."""
    return [r for r in runs if r[:2] == (task, way) and r.seed in FRESH]


def weights():
    """Parameters of one machine trained on digits."""
    with np.load(WEIGHTS) as file:
        return {name: value.astype(float) for name, value in file.items()}
