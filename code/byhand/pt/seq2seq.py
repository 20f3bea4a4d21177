"""Twin of `byhand.seq2seq`, and its parts: embedding, GRU over padded sequences, greedy decoding."""

import torch
from torch import nn

from byhand.data.vocabulary import START


class Embedding(nn.Module):
    """Rows of the table E (V, D), one for each token."""

    def __init__(self, V, D):
        super().__init__()
        self.E = nn.Parameter(torch.randn(V, D))

    def forward(self, tokens):
        return self.E[tokens]


class GRU(nn.Module):
    """h = (1 - z) n + z h_prev, gates side by side in the order r, z, n, reset after the product."""

    def __init__(self, D, H):
        super().__init__()
        self.W_x = nn.Parameter((torch.rand(D, 3 * H) * 2 - 1) * H**-0.5)
        self.W_h = nn.Parameter((torch.rand(H, 3 * H) * 2 - 1) * H**-0.5)
        self.b = nn.Parameter(torch.zeros(3 * H))
        self.b_hn = nn.Parameter(torch.zeros(H))

    def step(self, a, h_prev):
        """One step from a = x W_x + b (B, 3H)."""
        H = h_prev.shape[1]
        u = h_prev @ self.W_h
        r, z = torch.sigmoid(a[:, : 2 * H] + u[:, : 2 * H]).chunk(2, dim=1)
        n = torch.tanh(a[:, 2 * H :] + r * (u[:, 2 * H :] + self.b_hn))
        return n + z * (h_prev - n)

    def forward(self, x, h):
        a = x @ self.W_x + self.b  # (B, T, 3H)
        states = []
        for a_t in a.unbind(dim=1):
            h = self.step(a_t, h)
            states.append(h)
        return torch.stack(states, dim=1)  # (B, T, H)


class Linear(nn.Module):
    """z = x W + b."""

    def __init__(self, D_in, D_out):
        super().__init__()
        self.W = nn.Parameter(torch.randn(D_in, D_out) * D_in**-0.5)
        self.b = nn.Parameter(torch.zeros(D_out))

    def forward(self, x):
        return x @ self.W + self.b


class Seq2seq(nn.Module):
    """The last state of one GRU, which reads the source, is the first state of another, which writes."""

    def __init__(self, V_source, V_target, D, H):
        super().__init__()
        self.source, self.encoder = Embedding(V_source, D), GRU(D, H)
        self.target, self.decoder = Embedding(V_target, D), GRU(D, H)
        self.out = Linear(H, V_target)

    def encode(self, X, lengths):
        e = self.source(X)  # (B, S, D)
        h = self.encoder(e, e.new_zeros(len(X), self.out.W.shape[0]))  # (B, S, H)
        return h[torch.arange(len(X)), lengths - 1]  # (B, H)

    def forward(self, X, lengths, Y_in):
        c = self.encode(X, lengths)  # (B, H)
        s = self.decoder(self.target(Y_in), c)  # (B, T, H)
        return self.out(s)  # (B, T, V)

    @torch.no_grad()
    def greedy(self, X, lengths, steps):
        """The most probable token at each step, fed back; returns tokens (B, steps)."""
        s, y = self.encode(X, lengths), torch.full((len(X),), START)
        tokens = []
        for _ in range(steps):
            s = self.decoder(self.target(y)[:, None], s)[:, 0]
            y = self.out(s).argmax(dim=1)
            tokens.append(y)
        return torch.stack(tokens, dim=1)
