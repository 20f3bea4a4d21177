"""How well a small language model foretells with each change since 2017, as
`tools/since_2017.py` stored it (side road of chapter 17)."""

import csv
import pathlib
from typing import NamedTuple

TABLE = pathlib.Path(__file__).parent / "since_2017.csv"
SEEDS = (10, 11, 12)


class Run(NamedTuple):
    """One training and its bits per character on the test."""

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


def bits(runs, form, rate):
    """Bits of a form at a rate, seed by seed."""
    found = {r.seed: r.bits for r in runs if r[:2] == (form, rate)}
    return [found[seed] for seed in SEEDS]
