"""How well a small language model foretells with each change since 2017, as
`tools/since_2017.py` stored it (side road of chapter 17)."""

import csv
import pathlib
from typing import NamedTuple

TABLE = pathlib.Path(__file__).parent / "since_2017.csv"
TUNING, FRESH = 0, (10, 11, 12)  # seeds


class Run(NamedTuple):
    """One training: bits per character on the test (for the tuning seed on
    the text for choosing)."""

    form: str
    rate: float
    seed: int
    steps: int
    parameters: int
    bits: float


def load(path=TABLE):
    """All stored runs."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [
        Run(form, float(rate), int(seed), int(steps), int(n), float(bits))
        for form, rate, seed, steps, n, bits in rows
    ]


def tuned(runs, form):
    """The rate with the fewest bits on the text for choosing."""
    tried = [r for r in runs if r.form == form and r.seed == TUNING]
    return min(tried, key=lambda run: run.bits).rate


def fresh(runs, form):
    """The runs of the fresh seeds."""
    return [r for r in runs if r.form == form and r.seed in FRESH]
