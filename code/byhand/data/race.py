"""What the networks of `byhand.pt.race` reached, as `tools/race.py` stored it."""

import csv
import math
import pathlib
from typing import NamedTuple

TABLE = pathlib.Path(__file__).parent / "race.csv"
RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
TUNING, FRESH = (0, 1), (10, 11, 12, 13, 14)  # seeds
LOWER_IS_BETTER = {
    "adding": True,
    "adding, 2500 steps": True,
    "copying": False,
}


class Run(NamedTuple):
    """One network: its setting; the mean loss of steps 41 to 50; its mark on
    new examples; the step at which it was solved, or None."""

    task: str
    kind: str
    H: int
    start: str
    rate: float
    seed: int
    early: float
    mark: float
    solved: int | None


def load(path=TABLE):
    """All stored runs."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [
        Run(task, kind, int(H), start, float(rate), int(seed), float(early),
            float(mark), int(solved) if solved else None)
        for task, kind, H, start, rate, seed, early, mark, solved in rows
    ]  # fmt: skip


def tuned(runs, task, kind, H):
    """The setting with the best mean mark over the seeds for tuning: start,
    rate. A run that broke (its mark is no number) is worst."""
    marks = {}
    for run in runs:
        if (run.task, run.kind, run.H) == (task, kind, H):
            if run.seed in TUNING:
                marks.setdefault((run.start, run.rate), []).append(run.mark)
    sign = 1 if LOWER_IS_BETTER[task] else -1

    def cost(setting):
        total = sign * sum(marks[setting])
        return math.inf if math.isnan(total) else total

    return min(marks, key=cost)


def fresh(runs, task, kind, H):
    """The runs of the tuned setting with seeds that were not tuned on."""
    setting = tuned(runs, task, kind, H)
    return [
        run
        for run in runs
        if (run.task, run.kind, run.H) == (task, kind, H)
        and (run.start, run.rate) == setting
        and run.seed in FRESH
    ]
