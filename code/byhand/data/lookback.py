"""Encoder-decoders with and without attention, as `tools/lookback.py` stored them:
what they copy, which dates they read, and the readers themselves."""

import csv
import pathlib
from typing import NamedTuple

import numpy as np

from byhand.data import date_writers

FOLDER = pathlib.Path(__file__).parent
TABLE = FOLDER / "lookback.csv"
READERS = FOLDER / "lookback_readers.npz"
KINDS = ("vector", "last", "mean", "attention")
RATES = (0.003, 0.01, 0.03, 0.1)
STEPS, MANY = 500, 2500
LONG_RATES = (0.01, 0.03)  # of the trainings with MANY steps
TUNING, FRESH = (0, 1), (10, 11, 12)  # seeds
DIGITS = range(1, 21)  # of the numbers that are copied; learned up to 12
LEARNED = 12
AT = (100, 200, 300, 400, 500, 1000, 1500, 2000, 2500)  # steps of the curves
D, H = 32, 32  # of the date readers


class Run(NamedTuple):
    """One trained network. marks: for copying the shares of exact copies (%) of
    1 to 20 digits; for dates exact match (%) on validation, test and the
    unseen format, then on 500 validation dates at the steps in `AT`."""

    task: str
    kind: str
    steps: int
    rate: float
    seed: int
    marks: tuple


def load(path=TABLE):
    """All stored runs."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [
        Run(t, kind, int(n), float(rate), int(seed), tuple(map(float, marks)))
        for t, kind, n, rate, seed, *marks in rows
    ]


def tuned(runs, task, kind, steps=STEPS):
    """The rate that was best on what is not reported: numbers of up to 12 digits,
    or the validation dates, both in the mean of the tuning seeds."""
    last = LEARNED if task == "copies" else 1
    score = {}
    for run in runs:
        if run[:3] == (task, kind, steps) and run.seed in TUNING:
            score[run.rate] = score.get(run.rate, 0) + sum(run.marks[:last])
    return max(score, key=score.get)


def fresh(runs, task, kind, steps=STEPS):
    """Marks (seeds, marks) of the fresh seeds, at the tuned rate."""
    setting = (task, kind, steps, tuned(runs, task, kind, steps))
    return np.array(
        [r.marks for r in runs if r[:4] == setting and r.seed in FRESH]
    )


def readers(path=READERS):
    """Parameters of the three date readers with attention: dicts of float32
    arrays, named as in `byhand.pt.attention.Bahdanau`."""
    nets = [{} for _ in FRESH]
    with np.load(path) as file:
        for name in file.files:
            k, part = name.split("/")
            nets[int(k)][part] = file[name].astype(np.float32)
    return nets


def the_dates(train=30000):
    """The split of chapter 12 (DateSplit)."""
    return date_writers.the_dates(train)
