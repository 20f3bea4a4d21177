"""Measure which vectors tell two senses of a word apart, and store it in
code/byhand/data/senses.csv and senses_plane.csv.

    python tools/senses.py

Three seeds of two joined LSTM language models, forty seconds each.
"""

import csv

import few_labels as command
import numpy as np
import torch
from byhand.data import docs, senses
from byhand.pt import few_labels

T, SECONDS = few_labels.T, 40.0


def at_places(model, X, found):
    """Both readers' states at the word, (n, 2 H)."""
    with torch.no_grad():
        _, left, right = model.states(torch.as_tensor(X[found.paragraphs]))
    row = np.arange(len(found.places))
    return np.concatenate([z.numpy()[row, found.places] for z in (left, right)], axis=1)


def around(E, X, found, reach=4):
    """The mean vector of the words at most `reach` places away."""
    means = []
    for i, t in zip(found.paragraphs, found.places, strict=True):
        near = [s for s in range(max(0, t - reach), min(T, t + reach + 1)) if s != t]
        words = X[i][near]
        means.append(E[words[words > docs.GAP]].mean(axis=0))
    return np.array(means)


def measure(seed, seconds=SECONDS, steps=None):
    """The rows of one seed, and the trained model."""
    words = few_labels.vocabulary()
    X = few_labels.rows(words)
    E = command.vectors(X, words, seed, seconds / 3)
    model = few_labels.elmo(len(words), seed)
    new = {w: at_places(model, X, senses.occurrences(w, T)) for w in senses.SENSES}
    text = few_labels.text_of(X, few_labels.TEXTS[0], seed)
    few_labels.pretrain(model, text, len(words), seconds, command.ELMO_RATE, seed, steps)
    rows = []
    for word in senses.SENSES:
        found = senses.occurrences(word, T)
        vectors = {
            senses.ONE_VECTOR: np.tile(E[words.numbers[word]], (len(found.sense), 1)),
            senses.AROUND: around(E, X, found),
            senses.UNTRAINED: new[word],
            senses.JOINED: at_places(model, X, found),
        }
        for method in senses.METHODS:
            right = senses.alike(vectors[method], found.sense)
            rows.append((method, word, seed, round(right, 1)))
    return rows, model


def store_plane(model):
    """The occurrences of "frame", each with the words beside it."""
    X = few_labels.rows(few_labels.vocabulary())
    found = senses.occurrences("frame", T)
    z = at_places(model, X, found)
    z = z - z.mean(axis=0)
    directions = np.linalg.svd(z, full_matrices=False)[2][:2]
    directions *= np.sign(directions.sum(axis=1, keepdims=True))
    rows = []
    for i, t, sense, point in zip(*found, z @ directions.T, strict=True):
        here = docs.words_of(docs.paragraphs()[i].text)
        beside = " ".join(here[max(0, t - 2) : t + 3])
        rows.append((*np.round(point, 3), sense, beside))
    with open(senses.PLANE, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("x", "y", "sense", "around"), *rows])


def main():
    torch.set_num_threads(1)
    every = [("method", "word", "seed", "right")]
    for seed in senses.SEEDS:
        rows, model = measure(seed)
        print(*rows, sep="\n", flush=True)
        every += rows
        if seed == senses.SEEDS[0]:
            store_plane(model)
    with open(senses.TABLE, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(every)


if __name__ == "__main__":
    main()
