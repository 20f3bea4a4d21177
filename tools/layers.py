"""Train the networks of chapter 16 with and without norms, and of one and two layers, and store
what they reached in code/byhand/data/layers.csv.

    python tools/layers.py            goes on where the stored table ends
    python tools/layers.py --again    begins anew

Additions: each network runs with every rate and three seeds, for equal steps. Followers: each
gets a grid of rates with one seed, then three fresh seeds at its best rate, for equal seconds
of one core; the better one of one layer also gets twice as long. About 25 minutes on one core.
"""

import csv
import sys

from byhand.data import layers as table
from byhand.pt import layers

RATES = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032)  # additions
GRID = (0.001, 0.002, 0.004, 0.008)  # followers
SECONDS, LONG = 20.0, 40.0
LONGER = "1 layer, 12 heads"  # the better one of one layer


def run(task, name, seconds, rate, seed):
    """Train one network; its row. One whose loss is no longer finite has 0 steps, 0 % right."""
    model = layers.build(task, name, seed)
    try:
        losses = layers.train_layers(task, model, rate, seed, seconds or None)
    except FloatingPointError:
        return task, name, seconds, rate, seed, 0, "inf", "0.0"
    right = f"{layers.share(task, model):.1f}"
    return task, name, seconds, rate, seed, len(losses), f"{losses[0]:.2f}", right


def add(*setting):
    """Train one network, and store it unless it is stored."""
    if not any(r[:5] == setting for r in table.load()):
        row = run(*setting)
        with open(table.TABLE, "a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(row)
        print(*row, flush=True)


def main():
    if "--again" in sys.argv or not table.TABLE.exists():
        head = "task,model,seconds,rate,seed,steps,start,right\n"
        table.TABLE.write_text(head, encoding="utf-8")
    for name in layers.MODELS["followers"]:
        for rate in GRID:
            add("followers", name, SECONDS, rate, table.TUNING)
        rate = table.tuned(table.load(), "followers", name, SECONDS)
        for seed in table.FRESH:
            add("followers", name, SECONDS, rate, seed)
    for seed in table.FRESH:
        for name in layers.MODELS["additions"]:
            for rate in RATES:
                add("additions", name, 0.0, rate, seed)
    rate = table.tuned(table.load(), "followers", LONGER, SECONDS)
    for seed in table.FRESH:
        add("followers", LONGER, LONG, rate, seed)


if __name__ == "__main__":
    main()
