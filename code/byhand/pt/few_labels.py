"""Networks that learn from text without labels, then from a few labels
(chapter 17): from which room of Python's library does a paragraph come?"""

import copy
import itertools
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.utils.extmath import randomized_svd
from torch import nn

from byhand.data import docs
from byhand.masked import make_gaps
from byhand.pt.elmo import Elmo
from byhand.pt.language_model import LanguageModel
from byhand.pt.train import train
from byhand.train import last_third

LEAST, T, D, N, LAYERS = 8, 32, 64, 4, 2
BATCH, WARM_UP, STEPS = 32, 100, 150
TEXTS = ("as written", "mixed in each paragraph", "all words mixed")


def vocabulary():
    """Words that occur at least eight times outside the test."""
    everything = docs.paragraphs()
    return docs.Words([everything[i].text for i in docs.split().free], LEAST)


def rows(words):
    """All paragraphs as word numbers (n, T)."""
    return words.rows([p.text for p in docs.paragraphs()], T)


def text_of(X, kind, seed):
    """What is read without labels, (n, T): one of `TEXTS`. Mixing keeps the
    lengths, and how often each word occurs; within each paragraph it also
    keeps which words stand together."""
    rng, X = np.random.default_rng([seed, 2]), X[docs.split().free].copy()
    if kind == TEXTS[1]:
        for row in X:
            row[row > 0] = rng.permutation(row[row > 0])
    if kind == TEXTS[2]:
        X[X > 0] = rng.permutation(X[X > 0])
    return X


def trimmed(X):
    """Without the columns that nobody uses."""
    return X[:, : max(2, int((X > 0).sum(axis=1).max()))]


def batches(X, seed):
    """Random paragraphs, without end."""
    rng = np.random.default_rng([seed, 3])
    for _ in itertools.count():
        yield trimmed(X[rng.integers(0, len(X), BATCH)])


def masked_batches(X, V, seed):
    """Random paragraphs with gaps: what is read, the words, who is asked."""
    rng = np.random.default_rng([seed, 4])
    for x in batches(X, seed):
        gaps = make_gaps(rng, x, V, docs.GAP)
        yield tuple(map(torch.as_tensor, (gaps.tokens, x, gaps.asked)))


def bert(V, seed):
    """A BERT in small."""
    torch.manual_seed(seed)
    return LanguageModel(V, T, D, N, 4 * D, LAYERS)


def elmo(V, seed):
    """Two LSTM language models."""
    torch.manual_seed(seed)
    return Elmo(V, D, D, fused=True)


def pretrain(model, X, V, seconds, rate, seed, steps=None):
    """Train on text without labels; the losses."""
    if isinstance(model, Elmo):
        drawn = map(torch.as_tensor, batches(X, seed))
        step = nn.Module.__call__
    else:
        drawn = masked_batches(X, V, seed)
        step = masked_loss
    adam = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98))
    return train(
        model, step, drawn, adam, rate, steps, seconds, WARM_UP, last_third,
        limit=1.0,
    )  # fmt: skip


def masked_loss(model, batch):
    """The masked language model's loss of a batch of gaps."""
    return model(*batch, causal=False)


class Sorter(nn.Module):
    """A pretrained (or new) network and scores of the rooms, from the mean of
    its vectors."""

    def __init__(self, model):
        super().__init__()
        self.model = copy.deepcopy(model)
        self.out = nn.Linear(D, len(docs.ROOMS))
        nn.init.zeros_(self.out.weight)

    def forward(self, x):
        real = (x > 0)[:, :, None]
        h = self.model.contextual(x) * real
        return self.out(h.sum(dim=1) / real.sum(dim=1))


class Asked(NamedTuple):
    """Paragraphs whose rooms are asked for."""

    places: np.ndarray
    rooms: np.ndarray


def the_test():
    """The paragraphs of the test."""
    return Asked(docs.split().test, docs.split().rooms)


def for_rates():
    """Other paragraphs, by which rates are chosen."""
    return Asked(docs.split().tune, docs.split().tune_rooms)


def right(scores, asked):
    """Right answers in %, of scores (n, rooms)."""
    return 100 * float(
        (np.asarray(scores).argmax(axis=1) == asked.rooms).mean()
    )


def fine_tune(model, X, labels, asked, rate, seed, steps=STEPS):
    """Train all weights on a few labels; right answers in %."""
    torch.manual_seed(seed)
    sorter, rng = Sorter(model), np.random.default_rng([seed, 5])
    x, y = torch.as_tensor(X[labels.places]), torch.as_tensor(labels.rooms)

    def drawn():
        for _ in itertools.count():
            yield torch.as_tensor(rng.permutation(len(y))[:BATCH])

    adam = torch.optim.Adam(sorter.parameters())
    train(
        sorter, lambda net, k: F.cross_entropy(net(x[k]), y[k]), drawn(), adam,
        rate, steps, None, 20, last_third, limit=1.0,
    )  # fmt: skip
    with torch.no_grad():
        return right(sorter(torch.as_tensor(X[asked.places])), asked)


def line(features, labels, asked, rate, steps=300):
    """Softmax regression on fixed features (n, d) of all paragraphs, brought
    to mean 0 and deviation 1 by those outside the test; right answers in %."""
    f = torch.as_tensor(features, dtype=torch.float32)
    free = f[docs.split().free]
    f = (f - free.mean(dim=0)) / free.std(dim=0)
    out, y = (
        nn.Linear(f.shape[1], len(docs.ROOMS)),
        torch.as_tensor(labels.rooms),
    )
    nn.init.zeros_(out.weight)
    nn.init.zeros_(out.bias)
    adam = torch.optim.Adam(out.parameters(), lr=rate)
    for _ in range(steps):
        adam.zero_grad()
        F.cross_entropy(out(f[labels.places]), y).backward()
        adam.step()
    with torch.no_grad():
        return right(out(f[asked.places]), asked)


def means(vectors, X):
    """The mean of the vectors (n, T, d) of the real words, (n, d)."""
    real = (X > 0)[:, :, None]
    return (vectors * real).sum(axis=1) / np.maximum(real.sum(axis=1), 1)


def naive_bayes(X, V, labels, asked, smoothing):
    """Count the words of each room; right answers in %."""
    counts = np.full((len(docs.ROOMS), V), smoothing)
    for row, room in zip(X[labels.places], labels.rooms, strict=True):
        np.add.at(counts[room], row[row > docs.GAP], 1)
    log_p = np.log(counts / counts.sum(axis=1, keepdims=True))
    tested = X[asked.places]
    scores = [log_p[:, row[row > docs.GAP]].sum(axis=1) for row in tested]
    return right(scores, asked)


def counted_vectors(X, V, D, reach=4):
    """Vectors (V, D) without training: how much more often than by chance two
    words stand at most `reach` places apart (positive logarithms), and of
    this table the D strongest directions (Levy and Goldberg 2014)."""
    together = np.zeros((V, V), np.float32)
    for k in range(1, reach + 1):
        np.add.at(together, (X[:, :-k], X[:, k:]), 1)
    together += together.T
    together[: docs.GAP + 1] = together[:, : docs.GAP + 1] = 0
    share = together.sum(axis=0)
    chance = np.outer(share, share) / max(1.0, share.sum())
    seen = together > 0
    pmi = np.zeros_like(together)
    pmi[seen] = np.maximum(0, np.log(together[seen] / chance[seen]))
    U, size, _ = randomized_svd(pmi, D, random_state=0)
    return U * np.sqrt(size)
