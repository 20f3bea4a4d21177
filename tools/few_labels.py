"""Pretrain on text without labels, learn from a few labels, and store what was reached in
code/byhand/data/few_labels.csv (and one network in few_labels_bert.npz).

    python tools/few_labels.py            goes on where the stored table ends
    python tools/few_labels.py --again    begins anew

Each method gets the same number of rates with one seed, then three fresh seeds (of the start, of
the text's order, of the labels) at its best (the control at BERT's). About 20 minutes of one
core.
"""

import csv
import sys
import time

import numpy as np
import torch
from byhand import skipgram
from byhand.data import docs
from byhand.data import few_labels as table
from byhand.optim import adam_step
from byhand.pt import few_labels

PRETRAIN = 60.0  # seconds of one core
# of the pretraining: of 0.003, 0.006, 0.012 and 0.003, 0.01, 0.02, 0.04 the smallest loss in 20 s
RATE, ELMO_RATE = 0.003, 0.02
RATES = (0.001, 0.002, 0.004, 0.008)
LINE_RATES = (0.001, 0.003, 0.01, 0.03)
SMOOTHINGS = (0.003, 0.01, 0.03, 0.1)
GRIDS = {table.BAYES: SMOOTHINGS, table.VECTORS: LINE_RATES, table.JOINED: LINE_RATES}
TEXT = dict(zip((table.BERT, table.SHUFFLED), few_labels.TEXTS, strict=True))


def vectors(X, words, seed, seconds=PRETRAIN, D=few_labels.D):
    """Skip-gram vectors E (V, D) from the text outside the test."""
    rng = np.random.default_rng([seed, 6])
    kept = skipgram.keep_share(words.counts)
    text = X[docs.split().free]
    rows = [[w for w in row[row > docs.OTHER] if rng.random() < kept[w]] for row in text]
    centres, contexts = skipgram.pairs(rows, 4)
    share = np.where(np.arange(len(words)) > docs.GAP, words.counts, 0)
    noise = np.cumsum(skipgram.noise(share))
    p = skipgram.init_skipgram(rng, len(words), D, np.float32)
    state, start, B = None, time.process_time(), 2048
    while (done := (time.process_time() - start) / seconds) < 1:
        at = rng.integers(0, len(centres), B)
        drawn = np.minimum(np.searchsorted(noise, rng.random((B, 5))), len(words) - 1)
        _, cache = skipgram.skipgram(p, centres[at], contexts[at], drawn)
        grads = skipgram.skipgram_backward(1.0, cache)
        p, state = adam_step(p, grads, state, lr=0.01 * (1 - done))
    return p["E"]


def prepare(method, X, words, seed, seconds=PRETRAIN, steps=None):
    """What a method knows before it sees a label."""
    V = len(words)
    if method == table.BAYES:
        return None
    if method == table.VECTORS:
        return few_labels.means(vectors(X, words, seed, seconds)[X], X)
    if method == table.JOINED:
        model = few_labels.elmo(V, seed)
        text = few_labels.text_of(X, few_labels.TEXTS[0], seed)
        few_labels.pretrain(model, text, V, seconds, ELMO_RATE, seed, steps)
        with torch.no_grad():
            e, left, right = (z.numpy() for z in model.states(torch.as_tensor(X)))
        return few_labels.means(np.concatenate([e, left, right], axis=2), X)
    model = few_labels.bert(V, seed)
    if method in TEXT:
        text = few_labels.text_of(X, TEXT[method], seed)
        losses = few_labels.pretrain(model, text, V, seconds, RATE, seed, steps)
        print(method, seed, len(losses), "steps, loss", np.mean(losses[-100:]).round(2), flush=True)
    return model


def reach(method, known, X, words, k, rate, seed, steps=few_labels.STEPS):
    """Learn from k labels of each room; right answers on the test in %."""
    places, rooms = docs.labelled(np.random.default_rng([seed, k]), k)
    if method == table.BAYES:
        return few_labels.naive_bayes(X, len(words), places, rooms, rate)
    if method in (table.VECTORS, table.JOINED):
        return few_labels.line(known, places, rooms, rate)
    return few_labels.fine_tune(known, X, places, rooms, rate, seed, steps)


def main():
    if "--again" in sys.argv or not table.TABLE.exists():
        table.TABLE.write_text("method,labels,rate,seed,right\n", encoding="utf-8")
    words = few_labels.vocabulary()
    X = few_labels.rows(words)
    for method in table.METHODS:
        seeds = (table.TUNING, *table.FRESH) if method != table.SHUFFLED else table.FRESH
        for seed in seeds:
            stored = {r[:2] + r[3:4] for r in table.load()}
            if (method, table.TUNED_AT, seed) in stored:
                continue
            known, rows = prepare(method, X, words, seed), []
            if method == table.BERT and seed == table.FRESH[0]:
                weights = {n: w.numpy() for n, w in known.state_dict().items()}
                half = {n: w.astype(np.float16) for n, w in weights.items()}
                np.savez_compressed(table.NETWORK, **half)
            if seed == table.TUNING:
                tried = [(table.TUNED_AT, rate) for rate in GRIDS.get(method, RATES)]
            else:
                tried = [(k, table.tuned(table.load(), method)) for k in table.LABELS]
            for k, rate in tried:
                right = reach(method, known, X, words, k, rate, seed)
                rows.append((method, k, rate, seed, round(right, 1)))
                print(*rows[-1], flush=True)
            with open(table.TABLE, "a", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    main()
