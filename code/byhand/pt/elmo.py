"""Twin of `byhand.elmo`: two LSTM language models in opposite directions."""

import torch
import torch.nn.functional as F
from torch import nn

from byhand.pt.lstm import LSTM


def turn_round(x, lengths):
    """Each text backwards within its own length; x (B, T, D)."""
    t, lengths = torch.arange(x.shape[1]), lengths[:, None]
    places = torch.where(t < lengths, lengths - 1 - t, t)
    return x[torch.arange(len(x))[:, None], places]


class Elmo(nn.Module):
    """V tokens, width D, H states a reader. fused: torch's own LSTM."""

    def __init__(self, V, D, H, fused=False):
        super().__init__()
        self.H, self.fused = H, fused
        self.E = nn.Parameter(torch.randn(V, D))
        if fused:
            self.left = nn.LSTM(D, H, batch_first=True)
            self.right = nn.LSTM(D, H, batch_first=True)
        else:
            self.left, self.right = LSTM(D, H, 1.0), LSTM(D, H, 1.0)
        self.out = nn.Module()
        self.out.W = nn.Parameter(torch.randn(H, V) * H**-0.5)
        self.out.b = nn.Parameter(torch.zeros(V))

    def read(self, reader, x):
        if self.fused:
            return reader(x)[0]
        start = x.new_zeros(len(x), self.H)
        return reader(x, start, start)[0]

    def states(self, tokens):
        """e, left and right states (B, T, ...) of tokens (B, T); 0 fills up."""
        lengths, e = (tokens > 0).sum(dim=1), self.E[tokens]
        read = self.read(self.right, turn_round(e, lengths))
        return e, self.read(self.left, e), turn_round(read, lengths)

    def forward(self, tokens):
        """Both language models' losses, added."""
        _, left, right = self.states(tokens)
        real = tokens[:, 1:] > 0
        forth = left[:, :-1][real] @ self.out.W + self.out.b
        back = right[:, 1:][real] @ self.out.W + self.out.b
        return F.cross_entropy(forth, tokens[:, 1:][real]) + F.cross_entropy(
            back, tokens[:, :-1][real]
        )


def mix(p, layers):
    """Twin of `byhand.elmo.mix`; p holds s (L,) and gamma ()."""
    return p["gamma"] * torch.tensordot(p["s"].softmax(dim=0), layers, 1)
