"""Train the networks of chapter 19 that look for a mark far back and for the value of a key, and
store what they reached in code/byhand/data/far_marks.csv.

    python tools/far_marks.py            goes on where the stored table ends
    python tools/far_marks.py --again    begins anew

Each network gets the same rates with one seed, then three fresh seeds at its best rate, and the
same seconds of one core. About half an hour.
"""

import csv
import sys

from byhand.data import far_marks as table
from byhand.pt import far_marks

RATES = (0.001, 0.003, 0.01, 0.03)
TASKS = {"marks": far_marks.MARKS} | {str(m): far_marks.PAIRS for m in table.PAIRS}


def run(task, name, rate, seed, seconds=None, steps=None):
    """Train one network; its row."""
    model, losses = far_marks.learn(name, task, rate, seed, seconds, steps)
    rows = 98 if seed == table.TUNING else 99  # rates are not chosen on the test
    right = " ".join(f"{share:.1f}" for share in far_marks.right(model, task, rows))
    return task, name, rate, seed, len(losses), right


def add(task, name, rate, seed):
    """Train one network, and store it unless it is stored."""
    if not any(r[:4] == (task, name, rate, seed) for r in table.load()):
        seconds = far_marks.SECONDS if task == "marks" else far_marks.PAIR_SECONDS
        row = run(task, name, rate, seed, seconds)
        with open(table.TABLE, "a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(row)
        print(*row, flush=True)


def main():
    if "--again" in sys.argv or not table.TABLE.exists():
        table.TABLE.write_text("task,model,rate,seed,steps,right\n", encoding="utf-8")
    for task, models in TASKS.items():
        for name in models:
            for rate in RATES:
                add(task, name, rate, table.TUNING)
            for seed in table.FRESH:
                add(task, name, table.tuned(table.load(), task, name), seed)
    few = "linear, 16 features"
    for kinds in table.KINDS[:-1]:
        for seed in table.FRESH:
            add(f"16 of {kinds}", few, table.tuned(table.load(), "16", few), seed)


if __name__ == "__main__":
    main()
