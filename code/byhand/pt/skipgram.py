"""Twin of `byhand.skipgram`."""

import torch
import torch.nn.functional as F
from torch import nn


class Skipgram(nn.Module):
    """Two tables, E for words as centres, C for words as contexts."""

    def __init__(self, V, D):
        super().__init__()
        self.E = nn.Parameter(torch.empty(V, D).uniform_(-0.5 / D, 0.5 / D))
        self.C = nn.Parameter(torch.zeros(V, D))

    def forward(self, centres, contexts, negatives):
        """The mean loss of the pairs."""
        v = self.E[centres]  # (B, D)
        true = (self.C[contexts] * v).sum(dim=1)  # (B,)
        false = (self.C[negatives] @ v[:, :, None])[:, :, 0]  # (B, K)
        losses = F.logsigmoid(true) + F.logsigmoid(-false).sum(dim=1)
        return -losses.mean()
