"""Let n-grams and networks foretell Python's documentation, and store their bits per character in
code/byhand/data/foretell.csv, and what one of them wrote in foretell_written.csv.

    python tools/foretell.py            goes on where the stored table ends
    python tools/foretell.py --ngrams   counts only
    python tools/foretell.py --again    begins anew

Four settings each on a text for choosing; networks then with three fresh seeds, of 20 and of 60
seconds. About fifteen minutes of one core.
"""

import csv
import math
import sys

import numpy as np
import torch
from byhand import sampling
from byhand.bpe import train_bpe
from byhand.data import foretell as table
from byhand.ngram import Ngram
from byhand.pt import foretell

RATES, SECONDS, LONG = (0.001, 0.003, 0.01, 0.03), 20.0, 60.0
SMOOTHINGS, ORDERS, MERGES = (3.0, 10.0, 30.0, 100.0), tuple(range(1, 11)), 512
CHOICES = {
    "always the likeliest": lambda rng, z: int(np.argmax(z)),
    "drawn, temperature 1": lambda rng, z: sampling.draw(rng, sampling.sharpen(z, 1)),
    "temperature 0.7": lambda rng, z: sampling.draw(rng, sampling.sharpen(z, 0.7)),
    "top-k, 10": lambda rng, z: sampling.draw(rng, sampling.top_k(sampling.sharpen(z, 1), 10)),
    "nucleus, 0.8": lambda r, z: sampling.draw(r, sampling.nucleus(sampling.sharpen(z, 1), 0.8)),
}


def add(*row):
    with open(table.TABLE, "a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(row)
    print(*row, flush=True)


def stored(*setting):
    return any(r[:4] == setting for r in table.load())


def ngram_bits(model, text, n):
    """Bits per character of a text under an n-gram."""
    terms = (
        -math.log2(model.probability(text[max(0, t - n + 1) : t], text[t]))
        for t in range(1, len(text))
    )
    return sum(terms) / (len(text) - 1)


def count_ngrams(texts):
    symbols = sorted(set(texts.train))
    for n in ORDERS:
        name = f"{n}-gram"
        if all(stored(name, 0.0, s, table.TUNING) for s in SMOOTHINGS):
            continue
        model = Ngram([texts.train], n, symbols)
        for model.smoothing in SMOOTHINGS:
            bits = ngram_bits(model, texts.tune, n)
            add(name, 0.0, model.smoothing, table.TUNING, 0, round(bits, 3))
        model.smoothing = table.tuned(table.load(), name)
        bits = ngram_bits(model, texts.test, n)
        add(name, 0.0, model.smoothing, table.FRESH[0], 0, round(bits, 3))


def as_tokens(texts):
    """Characters, and pieces of words, of all three texts; vocabulary sizes; the pieces."""
    number = {c: k for k, c in enumerate(sorted(set("".join(texts))))}
    characters = [[number[c] for c in text] for text in texts]
    pairs = train_bpe(texts.train, MERGES)
    pieces = [pairs.encode(text) for text in texts]
    known = {
        foretell.LSTM: (characters, len(number)),
        foretell.GPT: (pieces, len(pairs)),
    }
    return known, pairs


def run(name, known, texts, seconds, rate, seed, steps=None):
    """Train one network; it, its steps and its bits (on the text for choosing or the test)."""
    tokens, V = known[name]
    network, T = foretell.build(name, V, seed), foretell.WINDOW[name]
    losses = foretell.learn(network, tokens[0], T, seconds, rate, seed, steps)
    which = 1 if seed == table.TUNING else 2
    nats = foretell.nats(network, tokens[which], T)
    return network, len(losses), nats / math.log(2) / (len(texts[which]) - 1)


def write(network, pairs):
    """Store what the network writes after the same beginning."""
    start, rows = pairs.encode("\nReturn the"), []
    for name, choose in CHOICES.items():
        rng = np.random.default_rng(1)
        told = foretell.write(
            network, start, 64, 90, lambda z, rng=rng, choose=choose: choose(rng, z)
        )
        rows.append((name, pairs.decode(told).strip()))
    with open(table.WRITTEN, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("choice", "text"), *rows])


def main():
    if "--again" in sys.argv or not table.TABLE.exists():
        head = "model,seconds,setting,seed,steps,bits\n"
        table.TABLE.write_text(head, encoding="utf-8")
    torch.set_num_threads(1)
    texts = table.texts()
    count_ngrams(texts)
    if "--ngrams" in sys.argv:
        return
    known, pairs = as_tokens(texts)
    print({k: (len(v[0][0]), v[1]) for k, v in known.items()}, flush=True)
    for name in foretell.MODELS:
        plan = [(SECONDS, rate, table.TUNING) for rate in RATES]
        for seconds, rate, seed in plan:
            if not stored(name, seconds, rate, seed):
                _, steps, bits = run(name, known, texts, seconds, rate, seed)
                add(name, seconds, rate, seed, steps, round(bits, 3))
        rate = table.tuned(table.load(), name)
        for seed in table.FRESH:
            if not stored(name, SECONDS, rate, seed):
                _, steps, bits = run(name, known, texts, SECONDS, rate, seed)
                add(name, SECONDS, rate, seed, steps, round(bits, 3))
    for name in foretell.MODELS:  # longer trainings; one of them then writes
        rate = table.tuned(table.load(), name)
        for seed in table.FRESH:
            if not stored(name, LONG, rate, seed):
                network, steps, bits = run(name, known, texts, LONG, rate, seed)
                add(name, LONG, rate, seed, steps, round(bits, 3))
                if name == foretell.GPT and seed == table.FRESH[0]:
                    write(network, pairs)


if __name__ == "__main__":
    main()
