"""Networks that look up in several hops (chapter 16), trained for equal
seconds of one core."""

import itertools

import numpy as np
import torch
from torch import nn

from byhand.data.hops import FIRST, make_hops
from byhand.pt.attention import Bahdanau
from byhand.pt.self_attention import MultiHead
from byhand.pt.train import train
from byhand.pt.train_dates import token_loss
from byhand.pt.transformer import Transformer
from byhand.train import last_third

D, N, WIDTH, H, BATCH = 64, 4, 256, 64, 64
WARM_UP = 50
LAYERS = {  # encoder and decoder layers
    "Transformer": (1, 1),
    "no self-attention over the table": (0, 1),
}
MODELS = (*LAYERS, "recurrent with attention", "recurrent, looks twice")


class Pairs(nn.Module):
    """A token is a pair: the sum of a row for its first and for its second."""

    def __init__(self, n, most, D):
        super().__init__()
        self.most, self.n = most, n
        self.first = nn.Parameter(torch.randn(n + 1, D))
        self.second = nn.Parameter(torch.randn(n + most, D))

    def forward(self, X):
        X = X - 1
        second = X.remainder(self.n + self.most)
        return self.first[X // (self.n + self.most)] + self.second[second]


class LooksTwice(Bahdanau):
    """Bahdanau's model whose reader's states attend to each other once before
    the writer looks at them."""

    def __init__(self, V_source, V_target, D, H):
        super().__init__(V_source, V_target, D, H)
        self.among = MultiHead(2 * H, N)

    def encode(self, X, lengths):
        h, _, mask, s = super().encode(X, lengths)
        h = h + self.among(h, h, mask)
        return h, h @ self.attention.W_k, mask, s


def build(name, n, most, seed):
    """The network of that name, of `MODELS`."""
    torch.manual_seed(seed)
    if name in LAYERS:
        model = Transformer(1, FIRST + n, D, N, WIDTH, LAYERS[name])
    else:
        kinds = {"recurrent with attention": Bahdanau}
        model = kinds.get(name, LooksTwice)(1, FIRST + n, D, H)
    model.source = Pairs(n, most, D)
    return model


def size(model):
    """How many numbers a network learns."""
    return sum(w.numel() for w in model.parameters())


def as_tensors(drawn):
    """X, lengths, Y as tensors."""
    return [torch.as_tensor(field) for field in drawn[:3]]


def loss(model, batch):
    """The loss of a batch of `Hops` under teacher forcing."""
    X, lengths, Y = as_tensors(batch)
    return token_loss(model(X, lengths, Y[:, :-1]), Y[:, 1:])


def train_hops(model, n, most, seconds, rate, seed, steps=None):
    """Train on tables drawn anew for every step; the losses."""
    rng = np.random.default_rng([seed, 1])
    batches = (make_hops(rng, BATCH, n, most) for _ in itertools.count())
    adam = torch.optim.Adam(model.parameters(), betas=(0.9, 0.99))
    return train(
        model, loss, batches, adam, rate, steps, seconds, WARM_UP, last_third,
        limit=1.0,
    )  # fmt: skip


def shares(model, n, most, tables=500):
    """The share of symbols in % that is written right in new tables, greedily,
    for each number of hops."""
    model.eval()
    reached = []
    for k in range(1, most + 1):
        rng = np.random.default_rng([99, k])
        X, lengths, Y = as_tensors(make_hops(rng, tables, n, most, k))
        right = model.greedy(X, lengths, n) == Y[:, 1:]
        reached.append(100 * right.float().mean().item())
    return reached
