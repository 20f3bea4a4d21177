"""Tune every recurrent layer of chapter 11 over the same grid, then run it with
fresh seeds; store what each network reached in code/byhand/data/race.csv.

    python tools/race.py            goes on where the stored table ends
    python tools/race.py --again    begins anew

Each layer gets seven rates and two starts, two seeds each; the setting with
the best mean is run again with five other seeds. About 40 minutes on one core.
"""

import csv
import sys

import numpy as np
from byhand.data import race as table
from byhand.pt import race

GOAL = {"adding": 0.01, "copying": 0.1}  # of the mean of twenty losses
BUDGET = {"adding": 16, "copying": 24}  # units of the LSTM
LONG = "adding, 2500 steps"
ABLATED = (
    "no output gate",
    "no forget gate",
    "no input gate",
    "tied",
    "one gate",
    "GRU, reset before",
)


def layers():
    """All (task, kind, H): at the LSTM's number of parameters, at its width, and
    the LSTM without one of its parts."""
    equal = ("LSTM", "GRU", "RNN", "ReLU", "minGRU")
    budgets = {task: race.size("LSTM", task, H) for task, H in BUDGET.items()}
    for task, budget in budgets.items():
        yield from ((task, kind, race.width(kind, task, budget)) for kind in equal)
        if task == "adding":
            yield from ((task, kind, BUDGET[task]) for kind in ABLATED)
    for task, H in BUDGET.items():
        yield from ((task, kind, H) for kind in ("GRU", "RNN", "ReLU"))
    yield from (("copying", kind, BUDGET["copying"]) for kind in ABLATED[3:])
    budget = race.size("GRU", "copying", BUDGET["copying"])
    yield "copying", "one gate", race.width("one gate", "copying", budget)
    yield "adding", "LSTM, input gate shut", BUDGET["adding"]
    yield LONG, "no input gate", BUDGET["adding"]


def steps_of(task):
    """How many steps a layer is trained on a task."""
    return 2500 if task == LONG else race.STEPS


def first_below(losses, goal):
    """The step at which the mean of twenty losses is first below goal, or ''."""
    means = np.convolve(losses, np.ones(20) / 20, "valid")
    return 20 + int(np.argmax(means < goal)) if means.min() < goal else ""


def entries(task, kind, H, settings):
    """Train, and make a row of the table for each setting."""
    asked, steps = task.partition(",")[0], steps_of(task)
    _, losses, marks = race.train(kind, asked, H, settings, steps)
    for (start, rate, seed), curve, mark in zip(settings, losses.T, marks, strict=True):
        early = f"{np.mean(curve[40:50]):.5g}"
        solved = first_below(curve, GOAL[asked])
        yield task, kind, H, start, rate, seed, early, f"{mark:.5g}", solved


def write(rows):
    with open(table.TABLE, "a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def missing(task, kind, H, settings):
    """The settings (start, rate, seed) that the table does not hold yet."""
    rows = [run for run in table.load() if run[:3] == (task, kind, H)]
    have = {(run.start, run.rate, run.seed) for run in rows}
    return [s for s in settings if (str(s[0]), *s[1:]) not in have]


def complete(task, kind, H):
    """Tune one layer and run it with fresh seeds, as far as that is not done."""
    grid = [(s, rate) for s in race.starts(kind) for rate in table.RATES]
    todo = missing(task, kind, H, [(*g, seed) for g in grid for seed in table.TUNING])
    if todo:
        write(entries(task, kind, H, todo))
    start, rate = table.tuned(table.load(), task, kind, H)
    start = type(race.starts(kind)[0])(start)
    todo = missing(task, kind, H, [(start, rate, seed) for seed in table.FRESH])
    if todo:
        write(entries(task, kind, H, todo))
    return start, rate


def main():
    if "--again" in sys.argv or not table.TABLE.exists():
        table.TABLE.write_text(",".join(table.Run._fields) + "\n", encoding="utf-8")
    for task, kind, H in layers():
        start, rate = complete(task, kind, H)
        marks = [run.mark for run in table.fresh(table.load(), task, kind, H)]
        print(
            f"{task:8s} {kind:18s} H={H:3d} start {start!s:10s} rate {rate:<6g}", np.round(marks, 3)
        )


if __name__ == "__main__":
    main()
