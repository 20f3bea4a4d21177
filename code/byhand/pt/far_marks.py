"""Small networks with the attentions of chapter 19, which look for a mark far
back or for the value of a key."""

import itertools

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from byhand.data import far_marks as task
from byhand.pt import efficient
from byhand.pt.train import train
from byhand.segments import init_segment
from byhand.train import last_third

D, BATCH, WARM_UP = 32, 64, 20
SECONDS, PAIR_SECONDS = 8.0, 5.0
# name -> (how it attends, layers)
MARKS = {
    "whole map": ("whole", 1),
    "window, 1 layer": ("window", 1),
    "window, 2 layers": ("window", 2),
    "window, 3 layers": ("window", 3),
    "segments alone, 3 layers": ("alone", 3),
    "with memory, 1 layer": ("memory", 1),
    "with memory, 2 layers": ("memory", 2),
    "with memory, 3 layers": ("memory", 3),
}
# name -> (how it attends, width of the head, rows of the projection)
PAIRS = {
    "whole map": ("whole", 16, 0),
    "linear, 16 features": ("linear", 16, 0),
    "linear, 64 features": ("linear", 64, 0),
    "projected to 8": ("projected", 16, 8),
    "projected to 32": ("projected", 16, 32),
}


def whole(Q, K, V, causal=False):
    """Attention with its whole map."""
    return F.scaled_dot_product_attention(Q, K, V, is_causal=causal)


class Layer(nn.Module):
    """Attention of one head as `kind` says, then a feed-forward block, each
    after a norm and added to what was there."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        self.norm_1, self.norm_2 = nn.LayerNorm(D), nn.LayerNorm(D)
        p = init_segment(np.random.default_rng(0), D, D)
        self.p = nn.ParameterDict(
            {n: torch.randn(w.shape) * D**-0.5 for n, w in p.items()}
        )
        self.W_o = nn.Parameter(torch.randn(D, D) * D**-0.5)
        self.feed = nn.Sequential(
            nn.Linear(D, 2 * D), nn.ReLU(), nn.Linear(2 * D, D)
        )

    def attend(self, u, memory):
        if self.kind in ("memory", "alone"):
            return efficient.segment_attention(self.p, u, memory)
        Q, K, V = (u @ self.p[f"W_{n}"] for n in "qkv")
        if self.kind == "window":
            return efficient.windowed_attention(Q, K, V, task.STEP, causal=True)
        return whole(Q, K, V, causal=True)

    def forward(self, x, memory):
        seen = self.norm_1(memory) if memory.shape[1] else memory
        x = x + self.attend(self.norm_1(x), seen) @ self.W_o
        return x + self.feed(self.norm_2(x))


class Finder(nn.Module):
    """Letters and marks, layers, and the scores of the letters. Segments are
    read one after the other, in training too."""

    def __init__(self, name):
        super().__init__()
        self.kind, layers = MARKS[name]
        self.letter = nn.Parameter(torch.randn(task.LETTERS, D))
        self.mark = nn.Parameter(torch.randn(2, D))
        self.layers = nn.ModuleList(Layer(self.kind) for _ in range(layers))
        self.norm, self.out = nn.LayerNorm(D), nn.Linear(D, task.LETTERS)

    def forward(self, letters, marks):
        x = self.letter[letters] + self.mark[marks]
        cut = self.kind in ("memory", "alone")
        width = task.STEP if cut else x.shape[1]
        kept, told = [x[:, :0]] * len(self.layers), []
        for segment in x.split(width, dim=1):
            for k, layer in enumerate(self.layers):
                memory = kept[k]
                if self.kind == "memory":
                    kept[k] = segment.detach()
                segment = layer(segment, memory)
            told.append(segment)
        return self.out(self.norm(torch.cat(told, dim=1)))


class Recaller(nn.Module):
    """Pairs, one attention of one head, and the scores of the values."""

    def __init__(self, name, m, kinds=task.KEYS):
        super().__init__()
        self.kind, width, rows = PAIRS[name]
        self.key = nn.Parameter(torch.randn(kinds, D))
        self.value = nn.Parameter(torch.randn(task.VALUES + 1, D))
        self.q, self.k = nn.Linear(D, width), nn.Linear(D, width)
        self.v, self.out = nn.Linear(D, D), nn.Linear(D, task.VALUES)
        if rows:
            self.E, self.F = (
                nn.Parameter(torch.randn(m, rows) * m**-0.5) for _ in range(2)
            )

    def forward(self, keys, values):
        x = self.key[keys] + self.value[values]
        Q, K, V = self.q(x[:, -1:]), self.k(x[:, :-1]), self.v(x[:, :-1])
        if self.kind == "linear":
            found = efficient.linear_attention(Q, K, V)
        elif self.kind == "projected":
            p = {"E": self.E, "F": self.F}
            found = efficient.projected_attention(p, Q, K, V)
        else:
            found = whole(Q, K, V)
        return self.out(found[:, 0])


def marks_loss(model, batch):
    """Cross-entropy over the places after the mark."""
    letters, marks, answers = map(torch.as_tensor, batch)
    z = model(letters, marks)
    return F.cross_entropy(z.flatten(0, 1), answers.flatten(), ignore_index=-1)


def pairs_loss(model, batch):
    """Cross-entropy of the value that is asked."""
    keys, values, answers = map(torch.as_tensor, batch)
    return F.cross_entropy(model(keys, values), answers)


def pairs_of(what):
    """How many pairs and kinds of keys: "16" or "16 of 32"."""
    m, _, kinds = what.partition(" of ")
    return int(m), int(kinds or task.KEYS)


def learn(name, what, rate, seed, seconds=None, steps=None):
    """Train a network on "marks", or on pairs, whose number `what` is.
    Returns it and its losses."""
    torch.manual_seed(seed)
    rng = np.random.default_rng([seed, 1])
    if what == "marks":
        model, loss = Finder(name), marks_loss
        drawn = (task.make_marked(rng, BATCH) for _ in itertools.count())
    else:
        sizes = pairs_of(what)
        model, loss = Recaller(name, *sizes), pairs_loss
        drawn = (
            task.make_recalled(rng, BATCH, *sizes) for _ in itertools.count()
        )
    adam = torch.optim.Adam(model.parameters(), betas=(0.9, 0.99))
    losses = train(
        model, loss, drawn, adam, rate, steps, seconds, WARM_UP, last_third,
        limit=1.0,
    )  # fmt: skip
    return model, losses


def right(model, what, seed=99):
    """Right answers in % on new rows: for marks by how far back, in
    `BANDS`; for pairs one number."""
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        if what != "marks":
            keys, values, answers = map(
                torch.as_tensor, task.make_recalled(rng, 2000, *pairs_of(what))
            )
            hits = model(keys, values).argmax(dim=-1) == answers
            return (100 * hits.float().mean().item(),)
        letters, marks, answers = map(
            torch.as_tensor, task.make_marked(rng, 1000)
        )
        hits = model(letters, marks).argmax(dim=-1) == answers
    back = torch.arange(task.T) - marks.argmax(dim=1, keepdim=True)
    return tuple(
        100 * hits[(back >= low) & (back <= high)].float().mean().item()
        for low, high in task.BANDS
    )
