"""Networks that count back (chapter 14): an LSTM and one layer of
self-attention with different positions, trained for equal seconds."""

import itertools

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from byhand.data.count_back import DISTANCES, FAR, LETTERS, T, make_sentences
from byhand.position import sinusoids
from byhand.pt.position import rotary
from byhand.pt.self_attention import merge_heads, split_heads
from byhand.pt.train import train
from byhand.train import last_third

D, N, BATCH, WARM_UP = 64, 4, 32, 50
LSTMS = {"LSTM, forget bias 1": 1.0, "LSTM, forget bias 3": 3.0}
POSITIONS = (
    "no positions",
    "bias for each offset",  # a number is added to the score
    "sinusoids, added",
    "learned, added",
    "sinusoids, then a hidden layer",
    "relative",  # Shaw et al. 2018
    "rotary",
)
MODELS = (*LSTMS, *POSITIONS)


class Words(nn.Module):
    """A word is the sum of a row for its letter and one for its number."""

    def __init__(self):
        super().__init__()
        self.letter = nn.Parameter(torch.randn(len(LETTERS), D))
        self.number = nn.Parameter(torch.randn(FAR, D))

    def forward(self, letters, numbers):
        return self.letter[letters] + self.number[numbers - 1]


class Reader(nn.Module):
    """Words, an LSTM, and the scores of the letters."""

    def __init__(self, forget_bias):
        super().__init__()
        self.words, self.out = Words(), nn.Linear(D, len(LETTERS))
        self.lstm = nn.LSTM(D, D, batch_first=True)
        with torch.no_grad():
            self.lstm.bias_ih_l0[D : 2 * D] = forget_bias
            self.lstm.bias_hh_l0.zero_()

    def forward(self, letters, numbers):
        return self.out(self.lstm(self.words(letters, numbers))[0])


class Attending(nn.Module):
    """Words with positions, one layer of self-attention, and the scores of the
    letters. positions: one of `POSITIONS`."""

    def __init__(self, positions):
        super().__init__()
        self.positions, self.words = positions, Words()
        self.qkv, self.o = nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.out, K = nn.Linear(D, len(LETTERS)), D // N
        if positions == "learned, added":
            self.P = nn.Parameter(0.02 * torch.randn(2 * T, D))
        if positions == "sinusoids, then a hidden layer":
            self.hidden = nn.Sequential(
                nn.Linear(D, 4 * D), nn.ReLU(), nn.Linear(4 * D, D)
            )
        if positions == "bias for each offset":
            self.b = nn.Parameter(torch.zeros(N, 2 * T - 1))
        if positions == "relative":
            self.R = nn.Parameter(torch.randn(N, K, 2 * T - 1) / K**0.5)

    def added(self, x):
        """x with its places, where they are part of the input."""
        if self.positions.startswith("sinusoids"):
            x = x + torch.as_tensor(sinusoids(x.shape[1], D, np.float32))
        if self.positions == "learned, added":
            x = x + self.P[: x.shape[1]]
        if self.positions == "sinusoids, then a hidden layer":
            x = x + self.hidden(x)
        return x

    def scores(self, q, k):
        """q.k / sqrt(K) (B, N, T, T), with the places that enter here."""
        if self.positions == "rotary":
            q, k = rotary(q), rotary(k)
        e, places = q @ k.mT, torch.arange(q.shape[2])
        # offsets that were never trained share the last trained one
        offset = (places - places[:, None]).clamp(1 - T, T - 1) + T - 1
        if self.positions == "relative":  # q_t . (k_s + r_(s-t))
            e = e + (q @ self.R).gather(3, offset.expand_as(e))
        e = e * q.shape[3] ** -0.5
        if self.positions == "bias for each offset":
            e = e + self.b[:, offset]
        return e

    def forward(self, letters, numbers):
        x = self.added(self.words(letters, numbers))
        q, k, v = (split_heads(z, N) for z in self.qkv(x).chunk(3, dim=2))
        found = merge_heads(self.scores(q, k).softmax(dim=-1) @ v)
        return self.out(x + self.o(found))


def build(name, seed):
    """The network of that name, of `MODELS`."""
    torch.manual_seed(seed)
    return Reader(LSTMS[name]) if name in LSTMS else Attending(name)


def loss(model, batch):
    """Cross-entropy over the words that have an answer."""
    letters, numbers, answers = map(torch.as_tensor, batch)
    z = model(letters, numbers)
    return F.cross_entropy(z.flatten(0, 1), answers.flatten(), ignore_index=-1)


def train_counting(model, seconds, rate, seed, steps=None):
    """Train on sentences drawn anew for every step; the losses."""
    rng = np.random.default_rng([seed, 1])
    batches = (make_sentences(rng, BATCH) for _ in itertools.count())
    adam = torch.optim.Adam(model.parameters(), betas=(0.9, 0.99))
    return train(
        model, loss, batches, adam, rate, steps, seconds, WARM_UP, last_third,
        limit=1.0,
    )  # fmt: skip


def shares(model, words=T, sentences=1000):
    """Right answers in % in the second half of new sentences, at the words
    whose number is each of `DISTANCES`; numbers are mixed as in training."""
    model.eval()
    rng, numbers, right = np.random.default_rng(99), [], []
    for _ in range(sentences // 100):
        drawn = make_sentences(rng, 100, words)
        letters, asked, answers = map(torch.as_tensor, drawn)
        with torch.no_grad():
            hits = model(letters, asked).argmax(dim=-1) == answers
        numbers.append(asked[:, words // 2 :])
        right.append(hits[:, words // 2 :].float())
    numbers, right = torch.cat(numbers), torch.cat(right)
    return [100 * right[numbers == d].mean().item() for d in DISTANCES]
