"""Train the networks of the side road on dates from three seeds, and store how they read unseen
formats and languages, which errors they make and where they look, in code/byhand/data/abroad.csv.

    python tools/abroad.py            goes on where the stored table ends
    python tools/abroad.py --again    begins anew

About five minutes on one core.
"""

import csv
import datetime
import sys

import numpy as np
import torch
from byhand import transformer
from byhand.activations import log_softmax
from byhand.data import abroad as table
from byhand.data.dates import TARGETS, render, source_vocabulary, split_dates
from byhand.data.vocabulary import END, START
from byhand.decoding import beam
from byhand.pt.attention import Bahdanau
from byhand.pt.train_dates import predict, right, train_dates
from byhand.pt.transformer import Transformer

SIZES = len(source_vocabulary()), len(TARGETS)
MODELS = {  # how it is made, steps, rate, batch
    "Transformer, 2300 steps": (lambda: Transformer(*SIZES, 48, 4, 96), 2300, 3e-3, 48),
    "Transformer, 520 steps": (lambda: Transformer(*SIZES, 48, 4, 96), 520, 3e-3, 48),
    "Bahdanau, 230 steps": (lambda: Bahdanau(*SIZES, 32, 64), 230, 5e-3, 64),
}


def trained(name, seed, dates):
    """A network of that name."""
    make, steps, rate, batch = MODELS[name]
    torch.manual_seed(seed)
    net = make()
    train_dates(net, dates.train, seed=seed, steps=steps, rate=rate, batch=batch)
    return net


def abroad(net, dates):
    """Exact dates in %, of the test days, of the unseen format, of six languages; months lost."""
    yield "unseen format", 100 * right(net, first(dates.unseen_formats)).mean()
    fields = []
    for language, code in table.ABROAD.items():
        there = table.in_language(dates.test, code)
        hits = right(net, there)
        fields.append(table.by_month(there, hits))
        yield language, 100 * hits.mean()
        yield f"{language}, months lost", (fields[-1] < 0.5).sum()
    sure = np.abs(np.array(fields) - 0.5) > 0.4
    yield "months all right or all wrong", 100 * sure.mean()


def first(dates, n=2000):
    """The first n dates."""
    return type(dates)(*(field[:n] for field in dates))


def errors(net, dates):
    """Exact dates in %, and the kinds of the wrong ones."""
    tokens = predict(net, dates.test)
    missed = np.flatnonzero((tokens != dates.test.Y[:, 1:]).any(axis=1))
    answers = {k: "".join(TARGETS.decode(tokens[k])) for k in missed}
    yield "exact", 100 - 100 * len(missed) / len(tokens)
    yield from table.shares_of_kinds(dates.test, answers).items()


def looks(params):
    """Weight on the right part of an Italian date: best head, and mean of the heads."""
    day = datetime.date(2024, 11, 2)
    text = render(day, "it", "full")
    source = np.array([source_vocabulary().encode(text)])
    target = np.array([TARGETS.encode(day.isoformat(), start=True, end=True)])
    _, cache = transformer.transformer(params, source, target[:, :-1], N=4)
    weights = cache.decoder.layers[0].weights[0]  # (N, T, S)
    rows = {"year": slice(0, 4), "month": slice(5, 7), "day": slice(8, 10)}
    for part, word in table.ITALIAN.items():
        at = text.index(word)
        share = weights[:, rows[part], at : at + len(word)].sum(axis=2).mean(axis=1)
        yield f"{part}, best head", share.max()
        yield f"{part}, mean of heads", share.mean()


def rescues(net, params, dates):
    """How many of twelve wrong dates a beam of four gets right, and of twelve right ones."""
    tokens = predict(net, dates.test)
    good = (tokens == dates.test.Y[:, 1:]).all(axis=1)
    for what, rows in (("beam rescues", ~good), ("beam keeps", good)):
        found = [written(params, dates.test.texts[k]) for k in np.flatnonzero(rows)[:12]]
        isos = [dates.test.isos[k] for k in np.flatnonzero(rows)[:12]]
        yield what, sum(a == b for a, b in zip(found, isos, strict=True))


def written(params, text):
    """What a beam of width 4 writes."""
    source = np.array([source_vocabulary().encode(text)])
    memory, _ = transformer.encode(params, source, 4)

    def next_log_probs(tokens):
        y, _ = transformer.decode(params, np.array([tokens]), memory, source, 4)
        return log_softmax(y[:, -1] @ params["target.E"].T)[0][0]

    best = beam(next_log_probs, START, END, 12, width=4)[0]
    return "".join(TARGETS.decode(best.tokens))


def measure(name, seed, dates):
    """All rows of one network."""
    net = trained(name, seed, dates)
    found = [*errors(net, dates), *abroad(net, dates)]
    if name == "Transformer, 2300 steps":
        params = {n: w.numpy().astype(np.float64) for n, w in net.state_dict().items()}
        found += [*looks(params), *rescues(net, params, dates)]
    return [(name, seed, what, f"{value:.3g}") for what, value in found]


def main():
    if "--again" in sys.argv or not table.TABLE.exists():
        table.TABLE.write_text("model,seed,what,value\n", encoding="utf-8")
    dates = split_dates(np.random.default_rng(1), 60000, 500, 10000, unseen_formats=("yMEd",))
    for seed in table.SEEDS:
        for name in MODELS:
            if not any(run[:2] == (name, seed) for run in table.load()):
                rows = measure(name, seed, dates)
                with open(table.TABLE, "a", encoding="utf-8", newline="") as file:
                    csv.writer(file, lineterminator="\n").writerows(rows)
                print(name, seed, *rows[0][2:], flush=True)


if __name__ == "__main__":
    main()
