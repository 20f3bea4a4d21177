"""How exactly encoder-decoders copied numbers, as `tools/copies.py` stored it."""

import csv
import pathlib
from typing import NamedTuple

import numpy as np

TABLE = pathlib.Path(__file__).parent / "copies.csv"
SEEN = TABLE.with_name("copies_seen.csv")
NUMBERS, MORE = 20_000, 250_000  # training numbers: in TABLE; and in SEEN, too
MOST = 12  # digits of the longest number
WIDTHS, STEPS = (16, 64), (500, 4000)
RATES = (0.003, 0.01, 0.03, 0.1)
TUNING, FRESH = 0, (10, 11, 12)  # seeds


class Run(NamedTuple):
    """One trained network, and the shares of numbers of 1 to `MOST` digits that
    it copied exactly, in %."""

    H: int
    steps: int
    rate: float
    seed: int
    shares: tuple


def load(path=TABLE):
    """All stored runs."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [
        Run(int(H), int(steps), float(rate), int(seed), tuple(map(float, s)))
        for H, steps, rate, seed, *s in rows
    ]


def tuned(runs, H, steps):
    """The rate whose network copied most numbers; the seed for tuning is used
    for nothing else."""
    tried = [r for r in runs if r[:2] == (H, steps) and r.seed == TUNING]
    return max(tried, key=lambda run: sum(run.shares)).rate


def fresh(runs, H, steps):
    """Shares (seeds, MOST) of the fresh seeds at the tuned rate."""
    setting = (H, steps, tuned(runs, H, steps))
    return np.array(
        [r.shares for r in runs if r[:3] == setting and r.seed in FRESH]
    )


def seen(numbers, of, seeds=FRESH, path=SEEN):
    """Shares (seeds, MOST) of the widest networks with most steps, trained on
    so many numbers; of: "new", or "learned" for numbers of the training."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return np.array(
        [
            tuple(map(float, shares))
            for count, kind, seed, *shares in rows
            if (int(count), kind) == (numbers, of) and int(seed) in seeds
        ]
    )
