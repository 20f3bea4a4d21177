"""Train the copiers of chapter 12, and store what share of the numbers of each length they
copy exactly in code/byhand/data/copies.csv.

    python tools/copies.py            goes on where the stored table ends
    python tools/copies.py --again    begins anew

Each width and number of steps gets four learning rates with one seed, and three fresh seeds
at the best of them. About a quarter of an hour on one core.
"""

import csv
import sys

import numpy as np
import torch
from byhand.data import copies as table
from byhand.data.copying import make_numbers
from byhand.data.dates import TARGETS
from byhand.pt.seq2seq import Seq2seq
from byhand.pt.train_dates import right, train_dates


def shares(H, steps, rate, seed):
    """Train one network; shares of exact copies in % for each number of digits."""
    torch.manual_seed(seed)
    model = Seq2seq(len(TARGETS), len(TARGETS), 16, H)
    numbers = make_numbers(np.random.default_rng([seed, 0]), 20000, table.MOST)
    train_dates(model, numbers, seed=seed, steps=steps, rate=rate)
    new = make_numbers(np.random.default_rng([seed, 1]), 3000, table.MOST)
    exact = right(model, new)
    return [round(100 * exact[new.lengths == n].mean(), 1) for n in range(1, table.MOST + 1)]


def main():
    if "--again" in sys.argv or not table.TABLE.exists():
        head = "H,steps,rate,seed," + ",".join(map(str, range(1, table.MOST + 1)))
        table.TABLE.write_text(head + "\n", encoding="utf-8")
    for steps in table.STEPS:
        for H in table.WIDTHS:
            for seed in (table.TUNING, *table.FRESH):
                tuning = seed == table.TUNING
                rates = table.RATES if tuning else [table.tuned(table.load(), H, steps)]
                for rate in rates:
                    setting = (H, steps, rate, seed)
                    if any(run[:4] == setting for run in table.load()):
                        continue
                    row = [*setting, *shares(*setting)]
                    with open(table.TABLE, "a", encoding="utf-8", newline="") as file:
                        csv.writer(file, lineterminator="\n").writerow(row)
                    print(*row, flush=True)


if __name__ == "__main__":
    main()
