"""Train machines with and without an external memory to copy up to ten rows of bits, test them on
up to eighty, and store what they reached in code/byhand/data/copy_longer.csv (chapter 20).

    python tools/copy_longer.py            goes on where the stored table ends
    python tools/copy_longer.py --again    begins anew

Each machine gets the same rates with two tuning seeds, then five fresh seeds at the rate with the
lowest training loss, the same number of steps, and a rate
that falls to 0 in the last third. About half an hour of one core.
"""

import csv
import sys

import numpy as np
from byhand.data import copy_longer as table
from byhand.optim import adam_step, clip_by_global_norm
from byhand.recurrent import init_recurrent, recurrent, recurrent_backward
from byhand.train import last_third
from byhand.turing_machine import (
    copy_task,
    init_turing_machine,
    turing_machine,
    turing_machine_backward,
)

RATES = (0.001, 0.003, 0.01, 0.03)
STEPS, BATCH = 1500, 32
STAY = (0.0, 1.0, 0.0)
MACHINES = {  # what is pinned
    "neural Turing machine": None,
    "by content only": {"g": 1.0, "s": STAY},
    "by place only": {"g": 0.0},
}
LSTMS = {"LSTM, equal size": 22, "LSTM, 128 units": 128}
MODELS = (*MACHINES, *LSTMS)


def init(rng, name):
    if name in MACHINES:
        return init_turing_machine(rng, table.BITS + 1, 40, 8, table.BITS)
    return init_recurrent(rng, "lstm", table.BITS + 1, LSTMS[name], table.BITS)


def forward(name, params, x, rows=24):
    if name in MACHINES:
        return turing_machine(params, x, rows, MACHINES[name])
    return recurrent("lstm", params, x)


def backward(name, dlogits, cache):
    if name in MACHINES:
        return turing_machine_backward(dlogits, cache)
    return recurrent_backward(dlogits, cache)[0]


def learn(name, rate, seed, steps=STEPS):
    """Train one machine. Returns its params and the losses."""
    rng = np.random.default_rng(seed)
    params, state, losses = init(rng, name), None, []
    for step in range(steps):
        task = copy_task(rng, BATCH, int(rng.integers(1, table.TRAINED + 1)), table.BITS)
        logits, cache = forward(name, params, task.x)
        L = task.target.shape[1]
        said = logits[:, -L:]
        losses.append((np.logaddexp(0, said) - task.target * said).mean())
        dlogits = np.zeros_like(logits)
        dlogits[:, -L:] = (1 / (1 + np.exp(-said)) - task.target) / task.target.size
        grads = clip_by_global_norm(backward(name, dlogits, cache), 1.0)[0]
        params, state = adam_step(params, grads, state, lr=rate * last_third(step / steps))
    return params, losses


def tested(name, params, seed, B=100):
    """Wrong bits (%) and whole sequences right (%) at each length."""
    rng, wrong, whole = np.random.default_rng(seed), [], []
    for L in table.LENGTHS:
        task = copy_task(rng, B, L, table.BITS)
        logits, _ = forward(name, params, task.x, rows=max(24, L + 8))
        off = (logits[:, -L:] > 0) != task.target
        wrong.append(100 * off.mean())
        whole.append(100 * (~off.any(axis=(1, 2))).mean())
    return wrong, whole


def run(name, rate, seed, steps=STEPS):
    """Train and test one machine. Returns its row and its params."""
    params, losses = learn(name, rate, seed, steps)
    rows = 98 if seed in table.TUNING else 99
    told = [" ".join(f"{x:.1f}" for x in part) for part in tested(name, params, rows)]
    return (name, rate, seed, f"{np.mean(losses[-100:]):.5f}", *told), params


def add(name, rate, seed):
    """Train one machine and store its row, unless it is stored."""
    if any(r[:3] == (name, rate, seed) for r in table.load()):
        return
    row, params = run(name, rate, seed)
    with open(table.TABLE, "a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(row)
    if name == MODELS[0] and seed == table.FRESH[0]:
        np.savez_compressed(table.WEIGHTS, **{k: v.astype(np.float32) for k, v in params.items()})
    print(*row, flush=True)


def main():
    if "--again" in sys.argv or not table.TABLE.exists():
        table.TABLE.write_text("model,rate,seed,loss,wrong,whole\n", encoding="utf-8")
    for name in MODELS:
        for seed in table.TUNING:
            for rate in RATES:
                add(name, rate, seed)
        for seed in table.FRESH:
            add(name, table.tuned(table.load(), name), seed)


if __name__ == "__main__":
    main()
