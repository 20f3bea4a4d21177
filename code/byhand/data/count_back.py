"""Words that count back: a task that needs order and distance, and how well
networks learned it, as `tools/count_back.py` stored it (chapter 14).

Each word is a letter and a number. The answer at a word is the letter that
stands as many places before it as its number says.
"""

import csv
import pathlib
from typing import NamedTuple

import numpy as np

from byhand.validate import as_count, as_rng

LETTERS = "abcdefgh"
FAR, T = 32, 64  # largest number; words in a sentence of the training
DISTANCES = (1, 2, 4, 8, 16, 32)  # at which the networks are tested
TABLE = pathlib.Path(__file__).parent / "count_back.csv"
TUNING, FRESH = 0, (10, 11, 12)  # seeds


class Sentences(NamedTuple):
    """What is read, and what is to be answered."""

    letters: np.ndarray  # (B, T) 0 .. C-1
    numbers: np.ndarray  # (B, T) 1 .. far: how many places to go back
    answers: np.ndarray  # (B, T) letters, or -1 before the first word


def make_sentences(rng, B, T=T, C=8, far=FAR):
    """Draw B sentences of T words with C letters.

    Arguments: rng: NumPy Generator. B, T, C, far: counts; the number of each
    word is drawn evenly from 1 .. far. Returns Sentences. Raises TypeError or
    ValueError.
    """
    as_rng("rng", rng)
    B, T, C = as_count("B", B), as_count("T", T), as_count("C", C)
    letters = rng.integers(0, C, (B, T))
    numbers = rng.integers(1, as_count("far", far) + 1, (B, T))
    at = np.arange(T) - numbers
    found = np.take_along_axis(letters, np.maximum(at, 0), axis=1)
    return Sentences(letters, numbers, np.where(at >= 0, found, -1))


class Run(NamedTuple):
    """One trained network and its share of right answers in %, at each of
    `DISTANCES`, in sentences as long as in training and twice as long."""

    model: str
    seconds: float
    rate: float
    seed: int
    steps: int
    shares: tuple
    longer: tuple


def load(path=TABLE):
    """All stored runs."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [
        Run(
            model, float(seconds), float(rate), int(seed), int(steps),
            tuple(map(float, shares.split())),
            tuple(map(float, longer.split())),
        )
        for model, seconds, rate, seed, steps, shares, longer in rows
    ]  # fmt: skip


def tuned(runs, *setting):
    """The rate at which the network of the tuning seed was right most often.
    setting: model, seconds."""
    tried = [r for r in runs if r[:2] == setting and r.seed == TUNING]
    return max(tried, key=lambda run: sum(run.shares)).rate


def fresh(runs, *setting):
    """The runs of the fresh seeds. setting: model, seconds."""
    return [r for r in runs if r[:2] == setting and r.seed in FRESH]
