"""A painter that learns from an example on the same sheet what to paint: a
SegGPT in small (chapter 18)."""

import itertools

import numpy as np
import torch

from byhand.data import painting as table
from byhand.pt.train import train
from byhand.pt.vision import Filler
from byhand.train import last_third

BODY = (3, table.SIZE, table.P, 64, 4, 128, 3)  # C, size, p, D, N, F, layers
KNOWN = [d for d in range(10) if d not in table.HELD_OUT]
BATCH = 64


def sheets_without_end(seed):
    """Batches of training sheets, each new."""
    rng = np.random.default_rng([seed, 7])
    for _ in itertools.count():
        s = table.sheets(rng, BATCH, KNOWN)
        yield torch.as_tensor(s.X), torch.as_tensor(s.hidden)


def learn(seed, seconds, rate, steps=None, evaluate=None):
    """A painter, trained; and its losses."""
    torch.manual_seed(seed)
    net = Filler(*BODY)
    adam = torch.optim.Adam(net.parameters(), betas=(0.9, 0.98))
    losses = train(
        net, lambda net, batch: net.loss(*batch), sheets_without_end(seed),
        adam, rate, steps, seconds, 100, last_third, limit=1.0,
        evaluate=None if evaluate is None else lambda k, s: evaluate(net, k, s),
    )  # fmt: skip
    return net, losses


def fill(net, sheets):
    """What the network paints on these sheets, (B, 32, 48)."""
    with torch.no_grad():
        return net(
            torch.as_tensor(sheets.X), torch.as_tensor(sheets.hidden)
        ).numpy()
