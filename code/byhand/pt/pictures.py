"""Networks that sort digits from few or many labels: a vision Transformer,
a convolutional network and an MLP of one size (chapter 18)."""

import copy
import itertools

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from byhand.data import pictures as table
from byhand.pt.lenet import Lenet
from byhand.pt.mlp import MLP
from byhand.pt.train import train
from byhand.pt.vision import Filler, Vit
from byhand.train import last_third

BODY = (1, (8, 8), 2, 32, 4, 64, 2)  # C, size, p, D, N, F, layers
BATCH, WARM_UP = 64, 50


class Flat(nn.Module):
    """An MLP that reads all pixels in a row."""

    def __init__(self, sizes):
        super().__init__()
        self.mlp = MLP(sizes)

    def forward(self, X):
        return self.mlp(X.flatten(1))


def build(method, seed):
    """A new network of about 18,000 parameters."""
    torch.manual_seed(seed)
    if method == table.MLP:
        return Flat((64, 132, 66, 10))
    if method == table.CNN:
        return Lenet(8, 3, 1, (1, 16, 32), (96, 10))
    return Vit(
        *BODY, classes=10, cls=method != table.MEAN,
        positions=method != table.NO_POSITIONS,
    )  # fmt: skip


def shifted(X, moves):
    """Pictures (B, 1, 8, 8) moved by moves (B, 2), each -1, 0 or 1; what
    leaves is lost, what comes in is paper."""
    wide = np.pad(X, ((0, 0), (0, 0), (1, 1), (1, 1)))
    rows = 1 - moves[:, :1] + np.arange(8)  # (B, 8)
    columns = 1 - moves[:, 1:] + np.arange(8)
    picked = np.arange(len(X))[:, None, None]
    return wide[picked, 0, rows[:, :, None], columns[:, None]][:, None]


def batches(X, y, seed, moving):
    """Random batches of labelled pictures, without end."""
    rng = np.random.default_rng([seed, 3])
    for _ in itertools.count():
        for k in np.array_split(rng.permutation(len(y)), -(-len(y) // BATCH)):
            x = X[k]
            if moving:
                x = shifted(x, rng.integers(-1, 2, (len(x), 2)))
            yield torch.as_tensor(x), torch.as_tensor(y[k])


def learn(net, X, y, rate, seed, seconds, moving=False, steps=None):
    """Train all weights on labelled pictures."""
    adam = torch.optim.Adam(net.parameters(), betas=(0.9, 0.98))
    return train(
        net, lambda net, batch: F.cross_entropy(net(batch[0]), batch[1]),
        batches(X, y, seed, moving), adam, rate, steps, seconds, WARM_UP,
        last_third, limit=1.0,
    )  # fmt: skip


def right(net, X, y):
    """Right answers in %."""
    with torch.no_grad():
        return 100 * float(
            (net(torch.as_tensor(X)).argmax(dim=1).numpy() == y).mean()
        )


def hidden_batches(X, seed, share):
    """Random pictures and what is hidden of them, without end."""
    rng = np.random.default_rng([seed, 4])
    n = round(16 * share)
    for _ in itertools.count():
        x = X[rng.integers(0, len(X), BATCH)]
        hidden = rng.random((BATCH, 16)).argsort(axis=1) < n
        yield torch.as_tensor(x), torch.as_tensor(hidden)


def pretrain(X, seed, seconds, rate, share=0.5, steps=None):
    """A network that has learned to fill hidden patches; and its losses."""
    torch.manual_seed(seed)
    net = Filler(*BODY)
    adam = torch.optim.Adam(net.parameters(), betas=(0.9, 0.98))
    losses = train(
        net, lambda net, batch: net.loss(*batch),
        hidden_batches(X, seed, share), adam, rate, steps, seconds, 100,
        last_third, limit=1.0,
    )  # fmt: skip
    return net, losses


def headed(filler, seed):
    """A classifier (mean of the tokens) with the body of a filler."""
    net = build(table.MEAN, seed)
    known = {
        n: w for n, w in filler.state_dict().items() if n in net.state_dict()
    }
    net.load_state_dict(copy.deepcopy(net.state_dict()) | known)
    return net
