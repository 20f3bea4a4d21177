"""How well networks sort digits after few or many labels, as
`tools/pictures.py` stored it (chapter 18)."""

import csv
import functools
import pathlib
from typing import NamedTuple

import numpy as np

from byhand.data.digits import split_digits

HERE = pathlib.Path(__file__).parent
TABLE, NETWORK = HERE / "pictures.csv", HERE / "filler.npz"
TUNING, FRESH = 0, (10, 11, 12)  # seeds
RETUNING = (1, 2, 3)  # seeds of a second choice between two rates
LABELS = (4, 16, 64, 0)  # labelled pictures of each digit; 0: all
TUNED_AT = (4, 64)  # one rate for few labels, one for many
MLP, CNN, VIT = "MLP", "CNN", "vision Transformer"
MEAN, NO_POSITIONS = "mean instead of class token", "without positions"
FILLED, SHUFFLED = "pretrained on gaps", "pretrained, patches mixed"
LONG = "vision Transformer, 40 s"  # the control takes the rate of VIT
METHODS = (MLP, CNN, VIT, MEAN, NO_POSITIONS, FILLED, SHUFFLED, LONG)
PLAIN, MOVING, PERMUTED = "plain", "moved in training", "pixels permuted"
CONDITIONS = (PLAIN, MOVING, PERMUTED)


class Run(NamedTuple):
    """One training with labels; right answers in %."""

    method: str
    condition: str
    labels: int
    rate: float
    seed: int
    right: float  # the test's (tuning seed: validation) pictures as they are
    moved: float  # the same pictures, each moved by up to one pixel


@functools.cache
def parts():
    """Training, validation and test pictures (B, 1, 8, 8) in float32; always
    the same ones."""
    rng = np.random.default_rng(18)
    return split_digits(rng, images=True, dtype=np.float32)


def labelled(seed, labels):
    """Which training pictures have a label: so many of each digit, or all."""
    y = parts().train.y
    if labels == 0:
        return np.arange(len(y))
    rng = np.random.default_rng([seed, labels])
    each = [rng.permutation(np.flatnonzero(y == c))[:labels] for c in range(10)]
    return np.concatenate(each)


def load(path=TABLE):
    """All stored runs."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [
        Run(
            method, condition, int(k), float(rate), int(seed), *map(float, rest)
        )
        for method, condition, k, rate, seed, *rest in rows
    ]


def tuned(runs, method, condition, labels):
    """The rate that was right most often on validation pictures; a second
    choice, with RETUNING, counts alone."""
    method = VIT if method == LONG else method
    rates = {}
    for r in runs:
        near = r.labels in ((16,), (64, 0))[labels in (64, 0)]
        if r[:2] == (method, condition) and near and r.seed in RETUNING:
            rates.setdefault(r.rate, []).append(r.right)
    if rates and labels != 4:
        return max(rates, key=lambda rate: sum(rates[rate]))
    at = TUNED_AT[labels not in (4, 16)]
    tried = [
        r for r in runs if r[:3] == (method, condition, at) and r.seed == TUNING
    ]
    return max(tried, key=lambda run: run.right).rate


def fresh(runs, method, labels, condition=PLAIN, moved=False):
    """Right answers of the fresh seeds."""
    return [
        r.moved if moved else r.right
        for r in runs
        if r[:3] == (method, condition, labels) and r.seed in FRESH
    ]


def network():
    """A network that filled hidden patches for 30 seconds (seed 10), as
    parameters for `inpainting.fill`, in float32."""
    with np.load(NETWORK) as stored:
        return {n: stored[n].astype(np.float32) for n in stored.files}
