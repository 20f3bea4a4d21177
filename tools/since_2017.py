"""Train a small language model with each change since 2017 alone and with all together, and store
its bits per character in code/byhand/data/since_2017.csv.

    python tools/since_2017.py            goes on where the stored table ends
    python tools/since_2017.py --again    begins anew

Python's documentation as in tools/foretell.py, pieces of 512 merges; equally many parameters in a
block, equal seconds of one core, the same rates with one seed on a text for choosing, then three
fresh seeds on the test. About 10 minutes of one core.
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

RATES, SECONDS = (0.001, 0.003, 0.01, 0.03), 10.0


def run(form, tokens, V, characters, rate, seed, steps=None, seconds=SECONDS):
    """Train one model; its row. tokens, characters: of the texts to learn from, choose by, test."""
    torch.manual_seed(seed)
    window = foretell.WINDOW[foretell.GPT]
    model = Decoder(V, window, foretell.D, foretell.N, foretell.LAYERS, form)
    losses = foretell.learn(model, tokens[0], window, seconds, rate, seed, steps)
    which = 1 if seed == table.TUNING else 2
    nats = foretell.nats(model, tokens[which], window)
    bits = nats / math.log(2) / (characters[which] - 1)
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

    for form, rate in itertools.product(FORMS, RATES):
        add(form, rate, table.TUNING)
    for seed, form in itertools.product(table.FRESH, FORMS):
        add(form, table.tuned(table.load(), form), seed)


if __name__ == "__main__":
    main()
