"""How well n-grams and networks foretell the next character of Python's
documentation, as `tools/foretell.py` stored it (chapter 17)."""

import csv
import pathlib
from typing import NamedTuple

from byhand.data import docs

HERE = pathlib.Path(__file__).parent
TABLE, WRITTEN = HERE / "foretell.csv", HERE / "foretell_written.csv"
TUNING, FRESH = 0, (10, 11, 12)  # seeds
CHARACTERS = 30_000  # of the test


class Texts(NamedTuple):
    """Characters to learn from, to choose settings by, and of the test."""

    train: str
    tune: str
    test: str


def texts():
    """One paragraph in twenty is kept for the test, another for choosing."""
    lines = [p.text + "\n" for p in docs.paragraphs()]
    train = "".join(t for k, t in enumerate(lines) if k % 20 > 1)
    tune = "".join(lines[1::20])[:CHARACTERS]
    return Texts(train, tune, "".join(lines[::20])[:CHARACTERS])


class Run(NamedTuple):
    """One model: bits per character on the test (for the tuning seed, on the
    text for choosing). setting: rate of a network, smoothing of an n-gram."""

    model: str
    seconds: float
    setting: float
    seed: int
    steps: int
    bits: float


def load(path=TABLE):
    """All stored runs."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [
        Run(
            model, float(seconds), float(setting), int(seed), int(steps),
            float(bits),
        )
        for model, seconds, setting, seed, steps, bits in rows
    ]  # fmt: skip


def tuned(runs, model):
    """The setting with the fewest bits on the text for choosing."""
    tried = [r for r in runs if r.model == model and r.seed == TUNING]
    return min(tried, key=lambda run: run.bits).setting


def fresh(runs, model, seconds):
    """Bits on the test of the fresh seeds."""
    return [
        r.bits for r in runs if r[:2] == (model, seconds) and r.seed in FRESH
    ]


def written(path=WRITTEN):
    """What the stored model wrote: (how the next token was chosen, text)."""
    with open(path, encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]
