"""How well a few labels serve after different kinds of pretraining, as
`tools/few_labels.py` stored it (chapter 17)."""

import csv
import pathlib
from typing import NamedTuple

import numpy as np

HERE = pathlib.Path(__file__).parent
TABLE, NETWORK = HERE / "few_labels.csv", HERE / "few_labels_bert.npz"
TUNING, FRESH = (0, 1), (10, 11, 12)  # seeds
LABELS = (2, 8, 32)  # labelled paragraphs of each room
TUNED_AT = 8
BAYES, SCRATCH = "naive Bayes", "network, new"
RANDOM, COUNTED = "random vectors, mean", "counted vectors, mean"
VECTORS = "skip-gram, mean"
JOINED_NEW, JOINED = "ELMo, untrained, mean", "ELMo, mean"
FROZEN, BERT = "BERT, frozen, mean", "BERT in small"
COMPANY = "BERT, mixed in paragraphs"  # two controls
SHUFFLED = "BERT, all words mixed"
METHODS = (
    BAYES, SCRATCH, RANDOM, COUNTED, VECTORS, JOINED_NEW, JOINED, FROZEN, BERT,
    COMPANY, SHUFFLED,
)  # fmt: skip


class Run(NamedTuple):
    """One training with labels and its right answers in %: on the test, or,
    with a tuning seed, on the paragraphs for choosing rates."""

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
    """The rate that was right most often on the paragraphs for choosing, over
    the tuning seeds."""
    by_rate = {}
    for run in runs:
        if run.method == method and run.seed in TUNING:
            by_rate.setdefault(run.rate, []).append(run.right)
    return max(by_rate, key=lambda rate: sum(by_rate[rate]))


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
