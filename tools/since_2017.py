"""Train a small language model with each change since 2017 alone and with all together, and store
its bits per character in code/byhand/data/since_2017.csv.

    python tools/since_2017.py            goes on where the stored table ends
    python tools/since_2017.py --again    begins anew

Python's documentation as in tools/foretell.py, pieces of 512 merges; equally many weights in a
block, equal steps, two rates, three seeds. About ten minutes of one core.
"""

import csv
import itertools
import math
import sys

import foretell as command
import torch
from byhand.data import foretell as texts_of
from byhand.data import since_2017 as table
from byhand.pt import foretell
from byhand.pt.since_2017 import FORMS, Decoder

RATES, STEPS = (0.003, 0.01), 200


def run(form, tokens, V, characters, rate, seed, steps=STEPS):
    """Train one model; its row. tokens, characters: of the texts to learn from, choose by, test."""
    torch.manual_seed(seed)
    window = foretell.WINDOW[foretell.GPT]
    model = Decoder(V, window, foretell.D, foretell.N, foretell.LAYERS, form)
    losses = foretell.learn(model, tokens[0], window, None, rate, seed, steps)
    nats = foretell.nats(model, tokens[2], window)  # of the test
    bits = nats / math.log(2) / (characters[2] - 1)
    size = sum(w.numel() for w in model.parameters())
    return form, rate, seed, len(losses), size, round(bits, 3)


def main():
    if "--again" in sys.argv or not table.TABLE.exists():
        table.TABLE.write_text("form,rate,seed,steps,parameters,bits\n", encoding="utf-8")
    torch.set_num_threads(1)
    texts = texts_of.texts()
    known, _ = command.as_tokens(texts)
    tokens, V = known[foretell.GPT]
    characters = [len(text) for text in texts]

    def add(form, rate, seed):
        if any(r[:3] == (form, rate, seed) for r in table.load()):
            return
        row = run(form, tokens, V, characters, rate, seed)
        with open(table.TABLE, "a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(row)
        print(*row, flush=True)

    for seed, rate, form in itertools.product(table.SEEDS, RATES, FORMS):
        add(form, rate, seed)


if __name__ == "__main__":
    main()
