"""Train a painter on sheets with an example, ask it on new ones, and store what it does in
code/byhand/data/painting.csv (and the first network in painting.npz).

    python tools/painting.py        three seeds, about sixteen minutes of one core
"""

import csv

import numpy as np
from byhand.data import painting as table
from byhand.pt import painting as nets

SECONDS, RATE, ASKED = 300.0, 0.004, 1000
DIGITS = {"known": nets.KNOWN, "held out": list(table.HELD_OUT)}


def measure(net, seed, asked=ASKED):
    """What the network does on sheets of test pictures, with each kind of example."""
    rows = []
    for name, digits in DIGITS.items():
        for example in table.EXAMPLES:
            rng = np.random.default_rng([seed, 8])
            drawn = table.sheets(rng, asked, digits, True, example, turns=False)
            right, colour = table.judge(nets.fill(net, drawn), drawn)
            rows.append((seed, name, example, *(round(100 * z.mean(), 1) for z in (right, colour))))
    return rows


def main():
    rows = []
    for seed in table.FRESH:
        net, losses = nets.learn(seed, SECONDS, RATE)
        print(seed, len(losses), "steps, loss", np.mean(losses[-100:]).round(4), flush=True)
        if seed == table.FRESH[0]:
            half = {n: w.numpy().astype(np.float16) for n, w in net.state_dict().items()}
            np.savez_compressed(table.NETWORK, **half)
        rows += measure(net, seed)
        print(*rows[-len(DIGITS) * len(table.EXAMPLES) :], sep="\n", flush=True)
    with open(table.TABLE, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("seed", "digits", "example", "right", "colour"))
        writer.writerows(rows)


if __name__ == "__main__":
    main()
