"""Train the deep networks of chapter 8 with more passes, at another width and by
other rules; store the errors in code/byhand/data/depths.csv.

    python tools/depths.py            goes on where the stored table ends
    python tools/depths.py --again    begins anew

Every setting gets the same six rates and three starts (convolutions two). Some ten
minutes on one core.
"""

import csv
import sys

import numpy as np
import torch
from byhand.data import depths as table
from byhand.data import digits
from byhand.data.depths import Setting
from byhand.deep import init_deep, momentum, train_deep
from byhand.pt.nets.side_by_side import Nets, train_nets
from byhand.side_by_side import stacked

KINDS = {  # normed, skip
    "plain": (False, False),
    "normalised": (True, False),
    "normalised, with skips": (True, True),
}
WARM = 50  # steps until the rate is whole


def settings():
    """All settings of the table."""
    pairs = [(kind, layers) for kind in KINDS for layers in (20, 40)]
    yield from (Setting(*pair) for pair in pairs)
    yield from (Setting("normalised", 40, rule=rule) for rule in ("size", "layer", "warm-up"))
    yield from (Setting(*pair, rule="adam") for pair in pairs)
    yield from (Setting(*pair, H=64) for pair in pairs)
    yield from (Setting(*pair, passes=200) for pair in pairs)
    for kind in ("normalised", "normalised, with skips"):
        yield Setting(kind, 30, H=8, rule="convolutions", passes=25)


def length(array):
    """Of each network's array: (M, a, b) to (M, 1, 1)."""
    return np.linalg.norm(array, axis=(1, 2), keepdims=True)


def adam(nets, grads, rates, state):
    """Adam, with the usual 0.9 and 0.999."""
    k = state["steps"] = state.get("steps", 0) + 1
    for name, value in nets.items():
        m, v = state.get(name, (0, 0))
        m = np.float32(0.9) * m + np.float32(0.1) * grads[name]
        v = np.float32(0.999) * v + np.float32(0.001) * grads[name] ** 2
        state[name] = m, v
        root = np.sqrt(v / np.float32(1 - 0.999**k)) + np.float32(1e-8)
        value -= rates * (m / np.float32(1 - 0.9**k)) / root


def by_size(nets, grads, rates, state):
    """Momentum, each matrix' gradient made as long as the matrix, as in LARS
    (You, Gitman and Ginsburg 2017), and those of gamma and beta of length 1."""
    scaled = {}
    for name, value in nets.items():
        goal = length(value) if name.endswith("W") else 1
        scaled[name] = goal * grads[name] / (length(grads[name]) + np.float32(1e-12))
    momentum(nets, scaled, rates, state)


def by_layer(nets, grads, rates, state):
    """Momentum, each layer with a rate of its own, so that the first step finds all
    layers' gradients as long as that of the last layer with a norm."""
    lengths = state.setdefault("lengths", {n: length(g) for n, g in grads.items()})
    near = lengths[f"{len(nets) // 3 - 2}.W"]
    shares = {name: near / lengths[f"{name.split('.')[0]}.W"] for name in nets}
    momentum(nets, {n: shares[n] * g for n, g in grads.items()}, rates, state)


def warm_up(nets, grads, rates, state):
    """Momentum, the rate growing linearly over the first steps."""
    k = state["steps"] = state.get("steps", 0) + 1
    momentum(nets, grads, rates * np.float32(min(1, k / WARM)), state)


RULES = {
    "momentum": momentum,
    "adam": adam,
    "size": by_size,
    "layer": by_layer,
    "warm-up": warm_up,
}


def train(setting, rates=table.RATES, passes=None):
    """% of training digits wrong over the last pass, (rates, starts)."""
    kind, layers, H, rule, epochs = setting
    normed, skip = KINDS[kind]
    passes = passes or epochs
    pictures = digits.load_digits(dtype=np.float32)
    X, y = pictures.X[:400] - pictures.X[:400].mean(axis=0), pictures.y[:400]
    if rule == "convolutions":
        torch.manual_seed(0)
        net = Nets(2 * len(rates), blocks=layers // 2 - 1, C=H, skip=skip)
        maps, each = torch.tensor(X.reshape(-1, 1, 8, 8)), np.repeat(rates, 2).tolist()
        return 100 * train_nets(net, maps, torch.tensor(y), each, passes)[-1].reshape(-1, 2)
    seeds = [seed for _ in rates for seed in range(table.STARTS)]
    nets = [
        init_deep(np.random.default_rng(seed), layers // 2 - 1, H, normed=normed) for seed in seeds
    ]
    each, switches = np.repeat(rates, table.STARTS), {"normed": normed, "skip": skip}
    with np.errstate(all="ignore"):  # a run that diverges counts as it ends
        wrong = train_deep(stacked(nets), X, y, each, passes, update=RULES[rule], **switches)[2]
    return 100 * wrong[-1].reshape(len(rates), -1)


def main():
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    if "--again" in sys.argv or not table.TABLE.exists():
        head = (*Setting._fields, "rate", "start", "wrong")
        table.TABLE.write_text(",".join(head) + "\n", encoding="utf-8")
    for setting in settings():
        if setting not in table.load():
            wrong = train(setting)
            with open(table.TABLE, "a", encoding="utf-8", newline="") as file:
                rows = csv.writer(file, lineterminator="\n")
                for rate, row in zip(table.RATES, wrong, strict=True):
                    rows.writerows((*setting, rate, k, f"{w:.4g}") for k, w in enumerate(row))
            print(*setting, wrong.mean(axis=1).round(0), flush=True)


if __name__ == "__main__":
    main()
