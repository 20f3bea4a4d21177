"""Two tasks on which cheap attention shows its limits, and how well networks
learned them, as `tools/far_marks.py` stored it (chapter 19).

Marks: among letters one is marked, and every later place has to say which.
Pairs: keys with values in random order, then a key whose value is asked.
"""

import csv
import pathlib
from typing import NamedTuple

import numpy as np

from byhand.validate import as_count, as_rng

LETTERS, T = 8, 48  # of the marks
STEP = 8  # width of a window, and of a segment and its memory
BANDS = tuple((low, low + STEP - 1) for low in range(1, 40, STEP))
KEYS, VALUES = 64, 16
PAIRS = (8, 16, 32)
KINDS = (16, 32, 64)  # of keys, where the pairs are 16
TABLE = pathlib.Path(__file__).parent / "far_marks.csv"
TUNING, FRESH = 0, (10, 11, 12)  # seeds


class Marked(NamedTuple):
    """Letters of which one is marked, and the answers after it."""

    letters: np.ndarray  # (B, T) 0 .. LETTERS - 1
    marks: np.ndarray  # (B, T) 1 at the marked one, else 0
    answers: np.ndarray  # (B, T): the marked letter, -1 up to the mark


def make_marked(rng, B, T=T):
    """B rows of T letters; the mark stands at any place but the last.
    Returns Marked. Raises TypeError or ValueError."""
    as_rng("rng", rng)
    B, T = as_count("B", B), as_count("T", T, least=2)
    letters = rng.integers(0, LETTERS, (B, T))
    at = rng.integers(0, T - 1, B)[:, None]
    places = np.arange(T)
    told = np.take_along_axis(letters, at, axis=1)
    answers = np.where(places > at, told, -1)
    return Marked(letters, (places == at).astype(int), answers)


class Recalled(NamedTuple):
    """Pairs of a key and a value, then a key alone, and its value."""

    keys: np.ndarray  # (B, m + 1)
    values: np.ndarray  # (B, m + 1), VALUES at the place that asks
    answers: np.ndarray  # (B,)


def make_recalled(rng, B, m, kinds=KEYS):
    """B rows of m pairs with different keys, of `kinds` that there are, values
    drawn evenly. Returns Recalled. Raises TypeError or ValueError."""
    as_rng("rng", rng)
    B, m = as_count("B", B), as_count("m", m)
    if m > kinds:
        raise ValueError(f"m: expected at most {kinds} pairs, got {m}")
    keys = rng.permuted(np.tile(np.arange(kinds), (B, 1)), axis=1)[:, :m]
    values = rng.integers(0, VALUES, (B, m))
    asked = rng.integers(0, m, (B, 1))
    ask = np.take_along_axis(keys, asked, axis=1)
    answers = np.take_along_axis(values, asked, axis=1)[:, 0]
    return Recalled(
        np.concatenate([keys, ask], axis=1),
        np.concatenate([values, np.full((B, 1), VALUES)], axis=1),
        answers,
    )


class Run(NamedTuple):
    """One trained network: task ("marks", the number of pairs, or "16 of 32"
    if there are so many kinds of keys) and its
    right answers in %, for the marks in each of `BANDS`."""

    task: str
    model: str
    rate: float
    seed: int
    steps: int
    right: tuple


def load(path=TABLE):
    """All stored runs."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [
        Run(
            task, model, float(rate), int(seed), int(steps),
            tuple(map(float, right.split())),
        )
        for task, model, rate, seed, steps, right in rows
    ]  # fmt: skip


def tuned(runs, *setting):
    """The rate at which the tuning seed was right most often.
    setting: task, model."""
    tried = [r for r in runs if r[:2] == setting and r.seed == TUNING]
    return max(tried, key=lambda run: sum(run.right)).rate


def fresh(runs, *setting):
    """Right answers of the fresh seeds. setting: task, model."""
    return [r.right for r in runs if r[:2] == setting and r.seed in FRESH]
