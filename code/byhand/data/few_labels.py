"""How well a few labels serve after different kinds of pretraining, as
`tools/few_labels.py` stored it (chapter 17)."""

import csv
import pathlib
from typing import NamedTuple

import numpy as np

HERE = pathlib.Path(__file__).parent
TABLE, NETWORK = HERE / "few_labels.csv", HERE / "few_labels_bert.npz"
TUNING, FRESH = 0, (10, 11, 12)  # seeds
LABELS = (2, 8, 32)  # labelled paragraphs of each room
TUNED_AT = 8
BAYES, SCRATCH, VECTORS = "naive Bayes", "network, new", "skip-gram, mean"
JOINED, BERT = "ELMo, mean", "BERT in small"
SHUFFLED = "BERT, all words mixed"  # the control takes the rate of BERT
METHODS = (BAYES, SCRATCH, VECTORS, JOINED, BERT, SHUFFLED)


class Run(NamedTuple):
    """One training with labels and its right answers on the test in %."""

    method: str
    labels: int
    rate: float
    seed: int
    right: float


def load(path=TABLE):
    """All stored runs."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [
        Run(method, int(k), float(rate), int(seed), float(right))
        for method, k, rate, seed, right in rows
    ]


def tuned(runs, method):
    """The rate that was right most often with the tuning seed."""
    method = BERT if method == SHUFFLED else method
    tried = [r for r in runs if r.method == method and r.seed == TUNING]
    return max(tried, key=lambda run: run.right).rate


def fresh(runs, method, labels):
    """Right answers of the fresh seeds."""
    return [
        r.right
        for r in runs
        if r.method == method and r.labels == labels and r.seed in FRESH
    ]


def network():
    """The pretrained BERT of seed 10, as parameters for
    `byhand.language_model`, in float32."""
    with np.load(NETWORK) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}
