"""What the attentions of chapter 19 cost, as `tools/attention_costs.py`
measured it: time and memory, forward and backward."""

import csv
import math
import pathlib
from typing import NamedTuple

import numpy as np

TABLE = pathlib.Path(__file__).parent / "attention_costs.csv"
LENGTHS = (512, 1024, 2048, 4096, 8192)
FULL, FUSED = "whole map", "torch, fused"
CHUNKS, WINDOW = "chunks of 128", "window of 32"
PROJECTED, LINEAR = "projected to 128", "linear"
RUNNING = "linear, causal"
FORMS = (FULL, CHUNKS, FUSED, WINDOW, PROJECTED, LINEAR, RUNNING)


class Cost(NamedTuple):
    """One form at one length; mib is NaN where it was not measured."""

    form: str
    n: int
    ms: float
    mib: float


def load(path=TABLE):
    """All stored costs."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [
        Cost(form, int(n), float(ms), float(mib or math.nan))
        for form, n, ms, mib in rows
    ]


def exponent(costs, form, what, least=2048):
    """The slope of log cost against log n, fitted for n of at least `least`;
    what: "ms" or "mib"."""
    kept = [c for c in costs if c.form == form and c.n >= least]
    x = np.log([c.n for c in kept])
    return float(np.polyfit(x, np.log([getattr(c, what) for c in kept]), 1)[0])
