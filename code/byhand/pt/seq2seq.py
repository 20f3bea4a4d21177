"""Twin of `byhand.seq2seq`, and its parts: embedding,
GRU over padded sequences, greedy decoding."""

import torch
from torch import nn

from byhand.data.vocabulary import START
from byhand.pt.gru import GRU


class Embedding(nn.Module):
    """Rows of the table E (V, D), one for each token."""

    def __init__(self, V, D):
        super().__init__()
        self.E = nn.Parameter(torch.randn(V, D))

    def forward(self, tokens):
        return self.E[tokens]


class Linear(nn.Module):
    """z = x W + b."""

    def __init__(self, D_in, D_out):
        super().__init__()
        self.W = nn.Parameter(torch.randn(D_in, D_out) * D_in**-0.5)
        self.b = nn.Parameter(torch.zeros(D_out))

    def forward(self, x):
        return x @ self.W + self.b


class Seq2seq(nn.Module):
    """The last state of one GRU, which reads the source,
    is the first state of another, which writes."""

    def __init__(self, V_source, V_target, D, H):
        super().__init__()
        self.source, self.encoder = Embedding(V_source, D), GRU(D, H)
        self.target, self.decoder = Embedding(V_target, D), GRU(D, H)
        self.out = Linear(H, V_target)

    def encode(self, X, lengths):
        e = self.source(X)  # (B, S, D)
        # (B, S, H)
        h = self.encoder(e, e.new_zeros(len(X), self.out.W.shape[0]))
        return h[torch.arange(len(X)), lengths - 1]  # (B, H)

    def forward(self, X, lengths, Y_in):
        c = self.encode(X, lengths)  # (B, H)
        s = self.decoder(self.target(Y_in), c)  # (B, T, H)
        return self.out(s)  # (B, T, V)

    @torch.no_grad()
    def greedy(self, X, lengths, steps):
        """The most probable token at each step, fed back;
        returns tokens (B, steps)."""
        s, y = self.encode(X, lengths), torch.full((len(X),), START)
        tokens = []
        for _ in range(steps):
            s = self.decoder(self.target(y)[:, None], s)[:, 0]
            y = self.out(s).argmax(dim=1)
            tokens.append(y)
        return torch.stack(tokens, dim=1)
