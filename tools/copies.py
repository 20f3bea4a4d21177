"""Train the copiers of chapter 12, and store what share of the numbers of each length they
copy exactly in code/byhand/data/copies.csv.

    python tools/copies.py            goes on where the stored table ends
    python tools/copies.py --again    begins anew

Each width and number of steps gets four learning rates with one seed, and three fresh seeds
at the best of them. The best of these networks are then trained once more, on as many numbers
and on many more; what they copy of the numbers that they learned from, and of new ones, goes
to code/byhand/data/copies_seen.csv. About half an hour on one core.
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


def shares(H, steps, rate, seed, count=table.NUMBERS):
    """Train one network on `count` numbers; shares of exact copies in % for each number of
    digits: of 3000 new numbers, and of the first 3000 that it learned from."""
    torch.manual_seed(seed)
    model = Seq2seq(len(TARGETS), len(TARGETS), 16, H)
    numbers = make_numbers(np.random.default_rng([seed, 0]), count, table.MOST)
    train_dates(model, numbers, seed=seed, steps=steps, rate=rate)
    new = make_numbers(np.random.default_rng([seed, 1]), 3000, table.MOST)
    learned = type(numbers)(*(field[:3000] for field in numbers))
    return by_length(model, new), by_length(model, learned)


def by_length(model, numbers):
    """Shares of exact copies in % for each number of digits."""
    exact = right(model, numbers)
    return [round(100 * exact[numbers.lengths == n].mean(), 1) for n in range(1, table.MOST + 1)]


def append(path, rows):
    """Write rows at the end of a table."""
    with open(path, "a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    for row in rows:
        print(*row, flush=True)


def begin(path, head):
    """Write the first line of a table, where there is none or all is to be made again."""
    if "--again" in sys.argv or not path.exists():
        lengths = ",".join(map(str, range(1, table.MOST + 1)))
        path.write_text(f"{head},{lengths}\n", encoding="utf-8")


def compare_widths():
    """The table of widths and steps."""
    begin(table.TABLE, "H,steps,rate,seed")
    for steps in table.STEPS:
        for H in table.WIDTHS:
            for seed in (table.TUNING, *table.FRESH):
                tuning = seed == table.TUNING
                rates = table.RATES if tuning else [table.tuned(table.load(), H, steps)]
                for rate in rates:
                    setting = (H, steps, rate, seed)
                    if not any(run[:4] == setting for run in table.load()):
                        append(table.TABLE, [[*setting, *shares(*setting)[0]]])


def compare_seen():
    """The table of numbers that were learned from and of new ones."""
    begin(table.SEEN, "numbers,of,seed")
    H, steps = max(table.WIDTHS), max(table.STEPS)
    rate = table.tuned(table.load(), H, steps)
    for seed in table.FRESH:
        for count in (table.NUMBERS, table.MORE):
            if not table.seen(count, "new", (seed,)).size:
                new, learned = shares(H, steps, rate, seed, count)
                rows = [count, "new", seed, *new], [count, "learned", seed, *learned]
                append(table.SEEN, rows)


if __name__ == "__main__":
    compare_widths()
    compare_seen()
