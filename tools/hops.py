"""Train the networks of chapter 16 that look up in several hops, and store what they reached in
code/byhand/data/hops.csv.

    python tools/hops.py            goes on where the stored table ends
    python tools/hops.py --again    begins anew

Each network gets the same grid of rates with one seed, then three fresh seeds at its best
rate, and the same seconds of one core. About half an hour on one core.
"""

import csv
import sys

from byhand.data import hops as table
from byhand.pt import hops

RATES = (0.001, 0.002, 0.004, 0.008, 0.016)
SECONDS, LONG = 30.0, 120.0
RACE = (  # two hops in twelve symbols
    "Transformer",
    "recurrent with attention",
    "no self-attention over the table",
    "recurrent, looks twice",
)


def settings():
    """Model, n, most hops and seconds of every row of the chapter's tables."""
    yield from ((name, 12, 2, SECONDS) for name in RACE)


def run(name, n, most, seconds, rate, seed, steps=None):
    """Train one network; its row."""
    model = hops.build(name, n, most, seed)
    losses = hops.train_hops(model, n, most, seconds, rate, seed, steps)
    reached = " ".join(f"{share:.1f}" for share in hops.shares(model, n, most))
    return name, n, most, seconds, rate, seed, len(losses), reached


def add(*setting):
    """Train one network, and store it unless it is stored."""
    if not any(r[:6] == setting for r in table.load()):
        row = run(*setting)
        with open(table.TABLE, "a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(row)
        print(*row, flush=True)


def main():
    if "--again" in sys.argv or not table.TABLE.exists():
        head = "model,n,most,seconds,rate,seed,steps,shares\n"
        table.TABLE.write_text(head, encoding="utf-8")
    for setting in settings():
        for rate in RATES:
            add(*setting, rate, table.TUNING)
        for seed in table.FRESH:
            add(*setting, table.tuned(table.load(), *setting), seed)
    for name in RACE[:2]:  # four times as long, at its best rate
        for seed in table.FRESH:
            rate = table.tuned(table.load(), name, 12, 2, SECONDS)
            add(name, 12, 2, LONG, rate, seed)


if __name__ == "__main__":
    main()
