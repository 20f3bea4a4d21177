"""Decoder-only Transformers of several layers and heads, with and without
norms (chapter 16)."""

import itertools
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from byhand.data.layers import ASKED, make_additions, make_followers
from byhand.pt.self_attention import merge_heads, split_heads
from byhand.pt.train import train
from byhand.pt.transformer import LayerNorm

BATCH, STEPS, SYMBOLS = 64, 500, 10


class Sizes(NamedTuple):
    """How a network is made; start multiplies what W_o and W_2 are drawn as."""

    layers: int
    D: int
    width: int
    N: int = 1
    norm: bool = True
    start: float = 1.0


MODELS = {
    "additions": {
        "1 layer, norm": Sizes(1, 32, 128),
        "1 layer, no norm": Sizes(1, 32, 128, norm=False),
        "6 layers, norm": Sizes(6, 32, 128),
        "6 layers, no norm": Sizes(6, 32, 128, norm=False),
        "6 layers, no norm, small start": Sizes(
            6, 32, 128, norm=False, start=12**-0.5
        ),
    },
    "followers": {
        "1 layer, 4 heads": Sizes(1, 92, 184, 4),
        "1 layer, 12 heads": Sizes(1, 96, 144, 12),
        "2 layers, 1 head": Sizes(2, 64, 128, 1),
        "2 layers, 4 heads": Sizes(2, 64, 128, 4),
    },
}


class Layer(nn.Module):
    """The layer that chapter 16 types, with N heads; without norm it reads the
    belt as it is."""

    def __init__(self, made):
        super().__init__()
        D, width, self.N = made.D, made.width, made.N
        for name in "qkvo":
            self.register_parameter(f"W_{name}", drawn(D, D))
        self.W_1, self.b_1 = drawn(D, width, 2**0.5), zeros(width)
        self.W_2, self.b_2 = drawn(width, D), zeros(D)
        with torch.no_grad():
            self.W_o *= made.start
            self.W_2 *= made.start
        self.norms = nn.ModuleList(norm_of(made) for _ in range(2))

    def forward(self, x):
        u = self.norms[0](x)
        Q, K, V = (
            split_heads(u @ W, self.N) for W in (self.W_q, self.W_k, self.W_v)
        )
        read = F.scaled_dot_product_attention(Q, K, V, is_causal=True)
        x = x + merge_heads(read) @ self.W_o
        a = torch.relu(self.norms[1](x) @ self.W_1 + self.b_1)
        return x + a @ self.W_2 + self.b_2


class Writer(nn.Module):
    """Embedding and learned positions, layers, and the table as output layer."""

    def __init__(self, V, T, made):
        super().__init__()
        self.E = drawn(V, made.D, (V / made.D) ** 0.5)
        self.P = nn.Parameter(torch.randn(T, made.D))
        self.layers = nn.ModuleList(Layer(made) for _ in range(made.layers))
        self.norm = norm_of(made)

    def forward(self, X):
        x = self.E.shape[1] ** 0.5 * self.E[X] + self.P[: X.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return self.norm(x) @ self.E.T


def drawn(rows, columns, scale=1.0):
    """A normal matrix with standard deviation scale / sqrt(rows)."""
    return nn.Parameter(torch.randn(rows, columns) * scale * rows**-0.5)


def zeros(n):
    """A bias."""
    return nn.Parameter(torch.zeros(n))


def norm_of(made):
    """A layer norm, or nothing."""
    return LayerNorm(made.D) if made.norm else nn.Identity()


def build(task, model, seed):
    """The network of that name, of `MODELS`."""
    torch.manual_seed(seed)
    V, T = (11, 10) if task == "additions" else (SYMBOLS, SYMBOLS + 2 * ASKED)
    return Writer(V, T, MODELS[task][model])


def size(model):
    """How many numbers a network learns."""
    return sum(w.numel() for w in model.parameters())


def draw(task, rng, B):
    """Rows of the task as a tensor."""
    if task == "additions":
        return torch.as_tensor(make_additions(rng, B))
    return torch.as_tensor(make_followers(rng, B, SYMBOLS))


def answers(task, model, rows):
    """Logits at the places that are asked, and what is right there."""
    asked = np.s_[:, 5:] if task == "additions" else np.s_[:, SYMBOLS::2]
    return model(rows[:, :-1])[asked], rows[:, 1:][asked]


def train_layers(task, model, rate, seed, seconds=None):
    """Train on rows drawn anew for every step, for `seconds` of one core or for
    STEPS steps; the losses."""

    def step(model, rows):
        logits, right = answers(task, model, rows)
        return F.cross_entropy(logits.flatten(0, 1), right.flatten())

    rng = np.random.default_rng([seed, 1])
    batches = (draw(task, rng, BATCH) for _ in itertools.count())
    adam = torch.optim.Adam(model.parameters(), betas=(0.9, 0.99))
    steps = STEPS if seconds is None else None
    return train(
        model, step, batches, adam, rate, steps, seconds, 50, second_half
    )


def second_half(done):
    """The schedule of the chapter's program: the rate falls to zero in the
    second half of the training."""
    return min(1.0, 2 * (1 - done))


@torch.no_grad()
def share(task, model, rows=500):
    """The share of answers in % that are right, each after right ones."""
    logits, right = answers(
        task, model, draw(task, np.random.default_rng(99), rows)
    )
    return 100 * (logits.argmax(dim=2) == right).float().mean().item()
