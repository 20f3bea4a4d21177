"""Digits sorted after few or many labels by an MLP, a convolutional network and a vision
Transformer of one size, in equal time; code/byhand/data/pictures.csv.

    python tools/pictures.py            goes on where the stored table ends
    python tools/pictures.py --again    begins anew
    python tools/pictures.py --choose   only the second choice of some rates
    python tools/pictures.py --network  only pretrains once more, for filler.npz

Every method in every condition gets the same four rates with one seed, chosen on validation
pictures (one rate for few labels, one for many), then three fresh seeds (of the start and of who
gets a label) on test pictures. The combinations of AGAIN, whose first choice was a tie or was made
with other labels, choose once more between two rates with three other seeds; the stored LONG kept
the rate before that, and so did SHUFFLED with 16 labels. The control LONG has all labels and ten
times the seconds. About 30 minutes of one core.
"""

import csv
import sys

import numpy as np
from byhand.data import pictures as table
from byhand.pt import pictures as nets

SECONDS, LONG, PRETRAIN = 4.0, 40.0, 30.0  # of one core
RATES = (0.001, 0.003, 0.01, 0.03)
FILL_RATE = 0.003
STEPS, CLOSE = 580, (0.003, 0.01)  # of a second choice: what fits into SECONDS
AGAIN = (
    (table.VIT, table.PLAIN, 64), (table.VIT, table.PLAIN, 16), (table.VIT, table.PERMUTED, 16),
    (table.MEAN, table.PLAIN, 16),
)  # fmt: skip


def choose_again():
    """Two rates once more, with three seeds; and the fresh seeds at the better one, for
    as many labels (64: for all, too)."""
    rows = [tuple(r) for r in table.load()]
    for method, condition, labels in AGAIN:
        for rate in CLOSE:
            for seed in table.RETUNING:
                found = measure(method, condition, labels, rate, seed, {}, steps=STEPS)
                rows.append((method, condition, labels, rate, seed, *found))
                print(*rows[-1], flush=True)
        rate = table.tuned([table.Run(*r) for r in rows], method, condition, labels)
        for k in (64, 0) if labels == 64 else (labels,):
            for seed in table.FRESH:
                found = measure(method, condition, k, rate, seed, {}, steps=STEPS)
                new, at = (method, condition, k, rate, seed, *found), (method, condition, k, seed)
                rows = [new if (*r[:3], r[4]) == at else r for r in rows]
                print(*new, flush=True)
    with open(table.TABLE, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.Run._fields)
        writer.writerows(rows)


def combinations():
    """Every method with its conditions."""
    three = (table.MLP, table.CNN, table.VIT)
    for method in table.METHODS:
        some = table.CONDITIONS[:2] if method == table.LONG else (table.PLAIN,)
        for condition in table.CONDITIONS if method in three else some:
            yield method, condition


def permuted(X):
    """All pictures with their pixels in one other order, always the same."""
    order = np.random.default_rng(64).permutation(64)
    return X.reshape(len(X), 64)[:, order].reshape(X.shape)


def mixed_patches(X, seed):
    """Every patch moved to a random place of a random picture."""
    flat = X.reshape(-1, 4, 2, 4, 2).transpose(0, 1, 3, 2, 4).reshape(-1, 4)
    flat = np.random.default_rng([seed, 2]).permutation(flat)
    return flat.reshape(-1, 4, 4, 2, 2).transpose(0, 1, 3, 2, 4).reshape(X.shape)


def start(method, seed, known=None, seconds=PRETRAIN, steps=None):
    """The network that meets the labels; pretrained bodies are kept in `known`."""
    if method not in (table.FILLED, table.SHUFFLED):
        return nets.build(method, seed)
    known = {} if known is None else known
    if (method, seed) not in known:
        X = table.parts().train.X
        X = mixed_patches(X, seed) if method == table.SHUFFLED else X
        net, losses = nets.pretrain(X, seed, seconds, FILL_RATE, steps=steps)
        print(method, seed, len(losses), "steps, loss", np.mean(losses[-100:]).round(4), flush=True)
        known[method, seed] = net
    return nets.headed(known[method, seed], seed)


def measure(method, condition, labels, rate, seed, known, seconds=SECONDS, steps=None):
    """Right answers in %: on the pictures, and on them moved."""
    parts, at = table.parts(), table.labelled(seed, labels)
    asked = parts.test if seed in table.FRESH else parts.validation
    moves = np.random.default_rng(1).integers(-1, 2, (len(asked.y), 2))
    X, shown = parts.train.X[at], (asked.X, nets.shifted(asked.X, moves))
    if condition == table.PERMUTED:
        X, shown = permuted(X), [permuted(x) for x in shown]
    net = start(method, seed, known)
    seconds = LONG if method == table.LONG else seconds
    moving = condition == table.MOVING
    nets.learn(net, X, parts.train.y[at], rate, seed, seconds, moving, steps)
    return [round(nets.right(net, x, asked.y), 1) for x in shown]


def store_network():
    """Keep one pretrained network, for the pictures of the page."""
    known, which = {}, (table.FILLED, table.FRESH[0])
    start(*which, known)
    net = known[which]
    half = {n: w.numpy().astype(np.float16) for n, w in net.state_dict().items()}
    np.savez_compressed(table.NETWORK, **half)


def main():
    if "--network" in sys.argv:
        return store_network()
    if "--choose" in sys.argv:
        return choose_again()
    if "--again" in sys.argv or not table.TABLE.exists():
        table.TABLE.write_text("method,condition,labels,rate,seed,right,moved\n", encoding="utf-8")
    known = {}
    for method, condition in combinations():
        for seed in (table.TUNING, *table.FRESH):
            stored = {r[:5] for r in table.load()}
            if method == table.LONG:
                at = table.tuned(table.load(), method, condition, 0)
                tried = [(0, at)] if seed in table.FRESH else []
            elif seed == table.TUNING:
                tried = [(k, rate) for k in table.TUNED_AT for rate in RATES]
            else:
                runs = table.load()
                tried = [(k, table.tuned(runs, method, condition, k)) for k in table.LABELS]
            for k, rate in tried:
                if (method, condition, k, rate, seed) in stored:
                    continue
                found = measure(method, condition, k, rate, seed, known)
                row = (method, condition, k, rate, seed, *found)
                print(*row, flush=True)
                with open(table.TABLE, "a", encoding="utf-8", newline="") as file:
                    csv.writer(file, lineterminator="\n").writerow(row)


if __name__ == "__main__":
    main()
