"""Train the networks of chapter 14 that count back, and store what they reached in
code/byhand/data/count_back.csv.

    python tools/count_back.py            goes on where the stored table ends
    python tools/count_back.py --again    begins anew

Each network gets the same grid of rates with one seed, then three fresh seeds at its best
rate, and the same seconds of one core. About three quarters of an hour on one core.
"""

import csv
import sys

from byhand.data import count_back as table
from byhand.pt import count_back

RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
SECONDS, LONG = 20.0, 80.0
LONGER = (
    "LSTM, forget bias 1",
    "LSTM, forget bias 3",
    "sinusoids, added",
    "learned, added",
    "sinusoids, then a hidden layer",
)


def run(name, seconds, rate, seed, steps=None):
    """Train one network; its row."""
    model = count_back.build(name, seed)
    losses = count_back.train_counting(model, seconds, rate, seed, steps)
    tested = (count_back.shares(model, words) for words in (table.T, 2 * table.T))
    shown = (" ".join(f"{share:.1f}" for share in shares) for shares in tested)
    return name, seconds, rate, seed, len(losses), *shown


def add(*setting):
    """Train one network, and store it unless it is stored."""
    if not any(r[:4] == setting for r in table.load()):
        row = run(*setting)
        with open(table.TABLE, "a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(row)
        print(*row, flush=True)


def main():
    if "--again" in sys.argv or not table.TABLE.exists():
        head = "model,seconds,rate,seed,steps,shares,longer\n"
        table.TABLE.write_text(head, encoding="utf-8")
    for name in count_back.MODELS:
        for rate in RATES:
            add(name, SECONDS, rate, table.TUNING)
        for seed in table.FRESH:
            add(name, SECONDS, table.tuned(table.load(), name, SECONDS), seed)
    for name in LONGER:  # four times as long
        rate = table.tuned(table.load(), name, SECONDS)
        for seed in table.FRESH:
            add(name, LONG, rate, seed)


if __name__ == "__main__":
    main()
