"""What deep networks reached, as `tools/depths.py` stored it."""

import csv
import pathlib
from typing import NamedTuple

import numpy as np

TABLE = pathlib.Path(__file__).parent / "depths.csv"
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
STARTS = 3


class Setting(NamedTuple):
    """Networks that differ in rate and start only. kind: plain, normalised, or
    normalised with skips. H: width, or channels. rule: how a gradient becomes
    a step; "convolutions" for convolutional networks with momentum."""

    kind: str
    layers: int
    H: int = 16
    rule: str = "momentum"
    passes: int = 20


def load(path=TABLE):
    """All stored runs: a dict from Setting to the % of training digits wrong
    over the last pass, (rates, starts)."""
    found = {}
    with open(path, encoding="utf-8", newline="") as file:
        for kind, layers, H, rule, passes, *_, wrong in list(csv.reader(file))[
            1:
        ]:
            setting = Setting(kind, int(layers), int(H), rule, int(passes))
            found.setdefault(setting, []).append(float(wrong))
    return {
        k: np.array(row).reshape(len(RATES), -1) for k, row in found.items()
    }
