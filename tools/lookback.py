"""Train the encoder-decoders of chapter 13, with and without attention, on numbers to be
copied and on dates, and store what they got right in code/byhand/data/lookback.csv; the
date readers with attention go to lookback_readers.npz (half precision).

    python tools/lookback.py            goes on where the stored table ends
    python tools/lookback.py --again    begins anew

Each kind of network gets the same four learning rates with two seeds, and three fresh seeds at
the best of them. On dates all are then trained five times as long, at the two middle rates, with
the same five seeds; the first two choose again. About 35 minutes on one core.
"""

import csv
import sys

import numpy as np
import torch
from byhand.data import lookback as table
from byhand.data.copying import make_numbers
from byhand.data.dates import TARGETS, source_vocabulary
from byhand.pt.attention import Bahdanau, FixedContext
from byhand.pt.seq2seq import Seq2seq
from byhand.pt.train_dates import exact_match, right, train_dates


def make(kind, V_x, V, D):
    """A network whose c has 64 numbers."""
    if kind == "vector":
        return Seq2seq(V_x, V, D, 2 * table.H)
    if kind == "attention":
        return Bahdanau(V_x, V, D, table.H)
    return FixedContext(V_x, V, D, table.H, kind)


def copies(kind, steps, rate, seed):
    """Shares of exact copies (%) of numbers with 1 to 20 digits."""
    torch.manual_seed(seed)
    model = make(kind, len(TARGETS), len(TARGETS), 16)
    numbers = make_numbers(np.random.default_rng([seed, 0]), 20_000, table.LEARNED)
    train_dates(model, numbers, seed=seed, steps=steps, rate=rate)
    new = make_numbers(np.random.default_rng([seed, 1]), 5000, max(table.DIGITS))
    exact = right(model, new)
    return model, [100 * exact[new.lengths == n].mean() for n in table.DIGITS]


def dates(kind, steps, rate, seed):
    """Exact match (%) on all validation dates, test dates, the unseen format; and the curve."""
    split = table.the_dates()
    torch.manual_seed(seed)
    model = make(kind, len(source_vocabulary()), len(TARGETS), table.D)
    curve = train_dates(
        model, split.train, split.validation, seed=seed, steps=steps, rate=rate, every=100
    )
    on_way = dict(zip(curve.steps, curve.exact, strict=True))
    parts = split.validation, split.test, split.unseen_formats
    marks = [exact_match(model, part) for part in parts]
    marks += [on_way[at] for at in table.AT if at <= steps]
    return model, [100 * mark for mark in marks]


def run(task, kind, steps, rate, seed):
    """Train one network and store its marks, unless they are stored."""
    setting = (task, kind, steps, rate, seed)
    if any(r[:5] == setting for r in table.load()):
        return None
    model, marks = {"copies": copies, "dates": dates}[task](kind, steps, rate, seed)
    row = [*setting, *(round(mark, 1) for mark in marks)]
    with open(table.TABLE, "a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(row)
    print(*row, flush=True)
    return model


def store(models):
    """Write the date readers, in half precision."""
    arrays = {
        f"{k}/{name}": value.detach().numpy().astype(np.float16)
        for k, model in enumerate(models)
        for name, value in model.named_parameters()
    }
    np.savez_compressed(table.READERS, **arrays)


def main():
    if "--again" in sys.argv or not table.TABLE.exists():
        table.TABLE.write_text("task,kind,steps,rate,seed,marks\n", encoding="utf-8")
    for task in ("dates", "copies"):
        for kind in reversed(table.KINDS):
            for rate in table.RATES:
                for seed in table.TUNING:
                    run(task, kind, table.STEPS, rate, seed)
            rate = table.tuned(table.load(), task, kind)
            models = [run(task, kind, table.STEPS, rate, seed) for seed in table.FRESH]
            if (task, kind) == ("dates", "attention") and all(models):
                store(models)
    for kind in reversed(table.KINDS):
        for rate in table.LONG_RATES:
            for seed in (*table.TUNING, *table.FRESH):
                run("dates", kind, table.MANY, rate, seed)


if __name__ == "__main__":
    main()
