"""Train restricted Boltzmann machines by the exact gradient, by contrastive divergence and by
persistent chains, measure their exact likelihood as they go, and store it in
code/byhand/data/rbm_runs.csv (chapter 21).

    python tools/rbm_runs.py            goes on where the stored table ends
    python tools/rbm_runs.py --again    begins anew

Bars and stripes: 16 visible and 8 hidden bits. Digits: 64 visible, 12 or 16 hidden. Each way has
the same rates with two tuning seeds, then three fresh seeds at its best rate, and the same number
of steps. About a quarter of an hour.
"""

import csv
import sys

import numpy as np
from byhand import rbm
from byhand.data import rbm_runs as table

RATES = (0.03, 0.1, 0.3, 1.0)
STEPS = {"bars": 6000, "digits": 4000}
BATCH = 50  # digits; bars and stripes are all in one batch
BARS = ("exact", "CD-1", "CD-10", "persistent", "persistent, falling rate")
DIGITS = ("CD-1, 16", "CD-10, 16", "persistent, 16", "persistent, 12", "exact, 12")
WAYS = {"bars": BARS, "digits": DIGITS}


def gradient(way, params, v, chains, rng):
    """The gradient in one of the ways, and where the chains stand."""
    if way.startswith("exact"):
        return rbm.exact_gradient(params, v), chains
    if way.startswith("CD"):
        k = int(way.split(",")[0].split("-")[1])
        return rbm.contrastive_divergence(params, v, k, rng), chains
    return rbm.persistent_divergence(params, v, chains, 1, rng)


def rebuilt(params, v):
    """Mean squared error of v, rebuilt from its hidden probabilities."""
    return ((rbm.visible_given(params, rbm.hidden_given(params, v)) - v) ** 2).mean()


def learn(task, way, rate, seed, steps=None):
    """Train one machine. Returns its params, the curve, and errors of rebuilding."""
    steps = steps or STEPS[task]
    rng = np.random.default_rng(seed)
    data = rbm.bars_and_stripes(4) if task == "bars" else table.black_and_white().train
    D, H = data.shape[1], 8 if task == "bars" else int(way.split(", ")[1])
    params = rbm.init_rbm(rng, D, H, data)
    chains = (rng.random((len(data) if task == "bars" else BATCH, D)) < 0.5).astype(float)
    curve, errors = [], []
    falls = task == "digits" or way.endswith("falling rate")
    for step in range(steps + 1):
        if step % table.EVERY == 0:
            curve.append(rbm.log_likelihood(params, data).mean())
        if step in (steps // 2, steps):
            errors.append(rebuilt(params, data))
        v = data if task == "bars" else data[rng.integers(0, len(data), BATCH)]
        grads, chains = gradient(way, params, v, chains, rng)
        lr = rate * (1 - step / steps) if falls else rate
        params = {name: params[name] - lr * grads[name] for name in params}
    return params, curve, errors


def run(task, way, rate, seed, steps=None):
    """Train and test one machine. Returns its row and its params."""
    params, curve, errors = learn(task, way, rate, seed, steps)
    if task == "bars":
        ends = [curve[-1], curve[-1]]
        valid = np.exp(rbm.log_likelihood(params, np.unique(rbm.bars_and_stripes(4), axis=0))).sum()
    else:
        split, valid = table.black_and_white(), np.nan
        ends = [rbm.log_likelihood(params, v).mean() for v in (split.validation, split.test)]
    told = [" ".join(f"{x:.3f}" for x in part) for part in (curve, errors)]
    row = (task, way, rate, seed, told[0], *(f"{x:.3f}" for x in (*ends, valid)), told[1])
    return row, params


def add(task, way, rate, seed):
    """Train one machine and store its row, unless it is stored."""
    if any(r[:4] == (task, way, rate, seed) for r in table.load()):
        return
    row, params = run(task, way, rate, seed)
    with open(table.TABLE, "a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(row)
    if (task, way, seed) == ("digits", "persistent, 16", table.FRESH[0]):
        np.savez_compressed(table.WEIGHTS, **{k: v.astype(np.float32) for k, v in params.items()})
    print(*row[:4], row[4].split()[-1], *row[5:], flush=True)


def main():
    if "--again" in sys.argv or not table.TABLE.exists():
        head = "task,way,rate,seed,curve,validation,test,valid,rebuilt\n"
        table.TABLE.write_text(head, encoding="utf-8")
    for task, ways in WAYS.items():
        for way in ways:
            for seed in table.TUNING if way != "exact, 12" else table.TUNING[:1]:
                for rate in RATES:
                    add(task, way, rate, seed)
            for seed in table.FRESH:
                add(task, way, table.tuned(table.load(), task, way), seed)


if __name__ == "__main__":
    main()
