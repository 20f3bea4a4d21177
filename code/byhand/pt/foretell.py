"""Networks that foretell the next character or piece of a word (chapter
17)."""

import itertools

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from byhand.pt.language_model import LanguageModel
from byhand.pt.train import train
from byhand.train import last_third

D, N, LAYERS, H, BATCH, WARM_UP = 128, 4, 2, 256, 16, 50
LSTM, GPT = "LSTM, characters", "GPT in small, pieces"
MODELS = (GPT, LSTM)
WINDOW = {LSTM: 128, GPT: 64}  # tokens that are read at once


class Reader(nn.Module):
    """An LSTM over tokens; the interface of `LanguageModel`."""

    def __init__(self, V):
        super().__init__()
        self.E = nn.Parameter(torch.randn(V, 64) * 64**-0.5)
        self.lstm, self.out = nn.LSTM(64, H, batch_first=True), nn.Linear(H, V)

    def logits(self, tokens):
        return self.out(self.lstm(self.E[tokens])[0])


class Gpt(LanguageModel):
    """The causal language model with scores at every place."""

    def logits(self, tokens):
        return self.contextual(tokens, causal=True) @ self.E.T


def build(model, V, seed):
    """A new network of that name."""
    torch.manual_seed(seed)
    if model == LSTM:
        return Reader(V)
    return Gpt(V, WINDOW[model], D, N, 4 * D, LAYERS)


def loss(network, tokens):
    """Every place foretells the next token; tokens (B, T + 1)."""
    logits = network.logits(tokens[:, :-1])
    return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())


def learn(network, tokens, T, seconds, rate, seed, steps=None):
    """Train on random windows of a long text (n,); the losses."""
    rng, tokens = np.random.default_rng([seed, 1]), np.asarray(tokens)

    def drawn():
        for _ in itertools.count():
            start = rng.integers(0, len(tokens) - T - 1, BATCH)
            yield torch.as_tensor(tokens[start[:, None] + np.arange(T + 1)])

    adam = torch.optim.Adam(network.parameters(), betas=(0.9, 0.98))
    return train(
        network, loss, drawn(), adam, rate, steps, seconds, WARM_UP,
        last_third, limit=1.0,
    )  # fmt: skip


@torch.no_grad()
def nats(network, tokens, T):
    """The sum of -log p over all tokens of a text but the first; each sees at
    least T / 2 tokens before it where there are so many."""
    tokens, total, done = torch.as_tensor(np.asarray(tokens)), 0.0, 1
    while done < len(tokens):
        start = max(0, min(done - T // 2, len(tokens) - T - 1))
        window = tokens[start : start + T + 1]
        log_p = F.log_softmax(network.logits(window[None, :-1])[0], dim=1)
        each = -log_p[torch.arange(len(window) - 1), window[1:]]
        total += each[done - 1 - start :].sum().item()
        done = start + len(window)
    return total


@torch.no_grad()
def write(network, tokens, T, steps, choose):
    """Continue tokens by `steps`; choose: from scores (V,) to a number."""
    tokens = list(tokens)
    for _ in range(steps):
        scores = network.logits(torch.as_tensor([tokens[-T:]]))[0, -1]
        tokens.append(choose(scores.double().numpy()))
    return tokens
