"""Networks that learn from text without labels, then from a few labels
(chapter 17): from which room of Python's library does a paragraph come?"""

import copy
import itertools

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from byhand.data import docs
from byhand.masked import make_gaps
from byhand.pt.elmo import Elmo
from byhand.pt.language_model import LanguageModel
from byhand.pt.train import train
from byhand.train import last_third

LEAST, T, D, N, LAYERS = 8, 32, 64, 4, 2
BATCH, WARM_UP, STEPS = 32, 100, 150
TEXTS = ("as written", "all words mixed")


def vocabulary():
    """Words that occur at least eight times outside the test."""
    everything = docs.paragraphs()
    return docs.Words([everything[i].text for i in docs.split().free], LEAST)


def rows(words):
    """All paragraphs as word numbers (n, T)."""
    return words.rows([p.text for p in docs.paragraphs()], T)


def text_of(X, kind, seed):
    """What is read without labels, (n, T): one of `TEXTS`. Mixing keeps the
    lengths, and how often each word occurs."""
    rng, X = np.random.default_rng([seed, 2]), X[docs.split().free].copy()
    if kind == TEXTS[1]:
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


def right(scores):
    """Right answers on the test in %, of scores (n, rooms)."""
    return 100 * float(
        (np.asarray(scores).argmax(axis=1) == docs.split().rooms).mean()
    )


def fine_tune(model, X, places, rooms, rate, seed, steps=STEPS):
    """Train all weights on a few labels; right answers on the test in %."""
    torch.manual_seed(seed)
    sorter, rng = Sorter(model), np.random.default_rng([seed, 5])
    x, y = torch.as_tensor(X[places]), torch.as_tensor(rooms)

    def drawn():
        for _ in itertools.count():
            yield torch.as_tensor(rng.permutation(len(y))[:BATCH])

    adam = torch.optim.Adam(sorter.parameters())
    train(
        sorter, lambda net, k: F.cross_entropy(net(x[k]), y[k]), drawn(), adam,
        rate, steps, None, 20, last_third, limit=1.0,
    )  # fmt: skip
    with torch.no_grad():
        return right(sorter(torch.as_tensor(X[docs.split().test])))


def line(features, places, rooms, rate, steps=300):
    """Softmax regression on fixed features (n, d) of all paragraphs, brought
    to mean 0 and deviation 1; right answers on the test in %."""
    f = torch.as_tensor(features, dtype=torch.float32)
    f = (f - f.mean(dim=0)) / f.std(dim=0)
    out, y = nn.Linear(f.shape[1], len(docs.ROOMS)), torch.as_tensor(rooms)
    nn.init.zeros_(out.weight)
    adam = torch.optim.Adam(out.parameters(), lr=rate)
    for _ in range(steps):
        adam.zero_grad()
        F.cross_entropy(out(f[places]), y).backward()
        adam.step()
    with torch.no_grad():
        return right(out(f[docs.split().test]))


def means(vectors, X):
    """The mean of the vectors (n, T, d) of the real words, (n, d)."""
    real = (X > 0)[:, :, None]
    return (vectors * real).sum(axis=1) / np.maximum(real.sum(axis=1), 1)


def naive_bayes(X, V, places, rooms, smoothing):
    """Count the words of each room; right answers on the test in %."""
    counts = np.full((len(docs.ROOMS), V), smoothing)
    for row, room in zip(X[places], rooms, strict=True):
        np.add.at(counts[room], row[row > docs.GAP], 1)
    log_p = np.log(counts / counts.sum(axis=1, keepdims=True))
    tested = X[docs.split().test]
    return right([log_p[:, row[row > docs.GAP]].sum(axis=1) for row in tested])
