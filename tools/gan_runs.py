"""Train generators of a ring of eight places and of small digits, with remedies against collapse,
and store what they reached in code/byhand/data/gan_runs.csv (chapter 22).

    python tools/gan_runs.py            goes on where the stored table ends
    python tools/gan_runs.py --again    begins anew

Each way has the same rates with two tuning seeds, then five fresh seeds (digits: three) at its best
rate, and the same number of steps. About a quarter of an hour of one core.
"""

import csv
import sys

import numpy as np
from byhand import adversarial
from byhand.adversarial import Settings, generate, learn, modes_found, packed
from byhand.data import gan_runs as table

RATES = (1e-3, 3e-3, 1e-2)
STEPS, EVERY = {"ring": 5000, "digits": 6000}, 500
WAYS = {
    "ring": {
        "minimax": Settings(loss="minimax"),
        "non-saturating": Settings(),
        "two at once": Settings(pack=2),
        "four at once": Settings(pack=4),
        "noise on both": Settings(noise=0.3),
        "averaged": Settings(average=0.995),
    },
    "digits": {
        "non-saturating": Settings(hidden=128, noise_size=16),
        "four at once": Settings(hidden=128, noise_size=16, pack=4),
    },
}


def loss_of_d(players, data, settings, B=2000):
    """The discriminator's loss on new samples."""
    rng = np.random.default_rng(6)
    sides = (data(rng, B), generate(players.G, rng, B))
    real, fake = (packed(x, settings.pack) for x in sides)
    return adversarial.discriminator_gradient(players.D, real, fake)[1]


def run(task, way, rate, seed, steps=None):
    """Train one pair. Returns its row and the generator's params."""
    settings = WAYS[task][way]._replace(lr=rate)
    split = table.digits()

    def data(rng, B):
        if task == "ring":
            return adversarial.ring(rng, B)
        return split.train[rng.integers(0, len(split.train), B)]

    def note(players):
        if task == "ring":
            return modes_found(generate(players.mean_G, np.random.default_rng(5), 2000))
        fake = generate(players.mean_G, np.random.default_rng(5), len(split.validation))
        return table.told_apart(split.validation, fake), 0.0

    rng = np.random.default_rng(seed)
    players, notes = learn(data, rng, steps or STEPS[task], settings, note, EVERY)
    found, good = (" ".join(f"{x:.4g}" for x in part) for part in zip(*notes, strict=True))
    test = np.nan
    if task == "digits":
        fake = generate(players.mean_G, np.random.default_rng(7), len(split.test))
        test = table.told_apart(split.test, fake)
    loss = loss_of_d(players, data, settings)
    return (task, way, rate, seed, found, good, f"{loss:.3f}", f"{test:.1f}"), players.mean_G


def add(task, way, rate, seed):
    """Train one pair and store its row, unless it is stored."""
    if any(r[:4] == (task, way, rate, seed) for r in table.load()):
        return
    row, params = run(task, way, rate, seed)
    with open(table.TABLE, "a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(row)
    if (task, way, seed) == ("digits", "non-saturating", table.FRESH[0]):
        np.savez_compressed(table.WEIGHTS, **{k: v.astype(np.float32) for k, v in params.items()})
    print(*row[:4], row[4].split()[-1], row[5].split()[-1], *row[6:], flush=True)


def main():
    if "--again" in sys.argv or not table.TABLE.exists():
        head = "task,way,rate,seed,found,good,loss,test\n"
        table.TABLE.write_text(head, encoding="utf-8")
    for task, ways in WAYS.items():
        for way in ways:
            for seed in table.TUNING:
                for rate in RATES:
                    add(task, way, rate if task == "ring" else rate / 3, seed)
            for seed in table.FRESH if task == "ring" else table.FRESH[:3]:
                add(task, way, table.tuned(table.load(), task, way), seed)


if __name__ == "__main__":
    main()
