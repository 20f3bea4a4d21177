"""Pretrain on text without labels, learn from a few labels, and store what was reached in
code/byhand/data/few_labels.csv (and one network in few_labels_bert.npz).

    python tools/few_labels.py            goes on where the stored table ends
    python tools/few_labels.py --again    begins anew

Each method, controls included, gets the same number of rates with two seeds of the labels, chosen
on paragraphs that are neither read nor tested, then three fresh seeds (of the start, of the text's
order, of the labels) on the test at its best rate. About 30 minutes of one core.
"""

import csv
import functools
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
RATES = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016)
LINE_RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03)
SMOOTHINGS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
AVERAGED = (
    table.RANDOM, table.COUNTED, table.VECTORS, table.JOINED_NEW, table.JOINED, table.FROZEN,
)  # fmt: skip
GRIDS = {table.BAYES: SMOOTHINGS, **dict.fromkeys(AVERAGED, LINE_RATES)}
READ = (table.BERT, table.COMPANY, table.SHUFFLED)
TEXT = dict(zip(READ, few_labels.TEXTS, strict=True))


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


def averaged(model, X):
    """The mean of a network's vectors of each paragraph."""
    with torch.no_grad():
        if isinstance(model, few_labels.Elmo):
            parts = [z.numpy() for z in model.states(torch.as_tensor(X))]
        else:
            parts = [model.contextual(torch.as_tensor(X)).numpy()]
    return few_labels.means(np.concatenate(parts, axis=2), X)


def prepare(method, X, words, seed, seconds=PRETRAIN, steps=None):
    """What a method knows before it sees a label."""
    V = len(words)
    text = functools.partial(few_labels.text_of, X, seed=seed)
    if method == table.BAYES:
        return None
    if method == table.RANDOM:
        E = np.random.default_rng([seed, 7]).standard_normal((V, few_labels.D))
        return few_labels.means(E[X], X)
    if method == table.COUNTED:
        E = few_labels.counted_vectors(text(few_labels.TEXTS[0]), V, few_labels.D)
        return few_labels.means(E[X], X)
    if method == table.VECTORS:
        return few_labels.means(vectors(X, words, seed, seconds)[X], X)
    if method in (table.JOINED_NEW, table.JOINED):
        model = few_labels.elmo(V, seed)
        if method == table.JOINED:
            read = text(few_labels.TEXTS[0])
            few_labels.pretrain(model, read, V, seconds, ELMO_RATE, seed, steps)
        return averaged(model, X)
    model = few_labels.bert(V, seed)
    if method in TEXT:
        losses = few_labels.pretrain(model, text(TEXT[method]), V, seconds, RATE, seed, steps)
        print(method, seed, len(losses), "steps, loss", np.mean(losses[-100:]).round(2), flush=True)
    return model


def reach(method, known, X, words, k, rate, seed, steps=few_labels.STEPS):
    """Learn from k labels of each room; right answers in %."""
    labels = few_labels.Asked(*docs.labelled(np.random.default_rng([seed, k]), k))
    asked = few_labels.for_rates() if seed in table.TUNING else few_labels.the_test()
    if method == table.BAYES:
        return few_labels.naive_bayes(X, len(words), labels, asked, rate)
    if method in AVERAGED:
        return few_labels.line(known, labels, asked, rate)
    return few_labels.fine_tune(known, X, labels, asked, rate, seed, steps)


def learn(method, known, X, words, seed):
    """All rows of one method and seed: with a tuning seed all rates, else all numbers of labels."""
    if seed in table.TUNING:
        tried = [(table.TUNED_AT, rate) for rate in GRIDS.get(method, RATES)]
    else:
        tried = [(k, table.tuned(table.load(), method)) for k in table.LABELS]
    rows = []
    for k, rate in tried:
        right = reach(method, known, X, words, k, rate, seed)
        rows.append((method, k, rate, seed, round(right, 1)))
        print(*rows[-1], flush=True)
    with open(table.TABLE, "a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def main():
    if "--again" in sys.argv or not table.TABLE.exists():
        table.TABLE.write_text("method,labels,rate,seed,right\n", encoding="utf-8")
    words = few_labels.vocabulary()
    X = few_labels.rows(words)
    for method in [m for m in table.METHODS if m != table.FROZEN]:
        known = None
        for seed in (*table.TUNING, *table.FRESH):
            if (method, seed) in {(run.method, run.seed) for run in table.load()}:
                continue
            if known is None or seed in table.FRESH:  # one pretraining for both tuning seeds
                known = prepare(method, X, words, seed)
            learn(method, known, X, words, seed)
            if method == table.BERT:
                learn(table.FROZEN, averaged(known, X), X, words, seed)
            if method == table.BERT and seed == table.FRESH[0]:
                weights = {n: w.numpy() for n, w in known.state_dict().items()}
                half = {n: w.astype(np.float16) for n, w in weights.items()}
                np.savez_compressed(table.NETWORK, **half)


if __name__ == "__main__":
    main()
