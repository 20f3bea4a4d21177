"""Twin of `byhand.rnn`."""

import torch
from torch import nn


class Rnn(nn.Module):
    """h_t = tanh(x_t W_x + h_(t-1) W_h + b); torch.nn.RNN stores the
    transposes, and two biases."""

    def __init__(self, D, H):
        super().__init__()
        bound = H**-0.5
        self.W_x = nn.Parameter(torch.empty(D, H).uniform_(-bound, bound))
        self.W_h = nn.Parameter(torch.empty(H, H).uniform_(-bound, bound))
        self.b = nn.Parameter(torch.zeros(H))

    def forward(self, x, h_0):
        z = x @ self.W_x + self.b  # (B, T, H)
        h = [h_0]
        for t in range(x.shape[1]):
            h.append(torch.tanh(z[:, t] + h[t] @ self.W_h))
        return torch.stack(h[1:], dim=1)  # (B, T, H)
