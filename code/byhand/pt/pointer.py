"""A pointer network (Vinyals, Fortunato and Jaitly 2015):
the weights over the inputs are the output."""

import torch
from torch import nn

from byhand.pt.seq2seq import GRU


class Pointer(nn.Module):
    """One GRU reads the items, another points at them one after the other;
    each item only once."""

    def __init__(self, D, H):
        super().__init__()
        self.encoder, self.decoder = GRU(D, H), GRU(D, H)
        self.first = nn.Parameter(torch.zeros(D))
        self.W_q, self.W_k = (
            nn.Parameter(torch.randn(H, H) * H**-0.5) for _ in range(2)
        )
        self.w_u = nn.Parameter(torch.randn(H) * H**-0.5)

    def scores(self, s, keys, free):
        """w_u . tanh(s W_q + keys), -inf for items that have been taken. s (B,
        H), keys (B, S, H)."""
        u = torch.tanh((s @ self.W_q)[:, None] + keys)
        return (u @ self.w_u).masked_fill(~free, -torch.inf)  # (B, S)

    def forward(self, X, order=None):
        """Log-probabilities (B, S, S) and the items pointed at (B, S).

        X: (B, S, D). order: the right places (B, S),
        fed under teacher forcing; None feeds its own.
        """
        h = self.encoder(X, X.new_zeros(len(X), self.W_q.shape[0]))  # (B, S, H)
        keys, s, rows = h @ self.W_k, h[:, -1], torch.arange(len(X))
        x, free = (
            self.first.expand(len(X), -1),
            X.new_ones(X.shape[:2], dtype=torch.bool),
        )
        log_p, taken = [], []
        for t in range(X.shape[1]):
            s = self.decoder.step(x @ self.decoder.W_x + self.decoder.b, s)
            log_p.append(torch.log_softmax(self.scores(s, keys, free), dim=1))
            place = log_p[-1].argmax(dim=1) if order is None else order[:, t]
            free = free.clone()
            free[rows, place] = False
            x = X[rows, place]
            taken.append(place)
        return torch.stack(log_p, dim=1), torch.stack(taken, dim=1)
