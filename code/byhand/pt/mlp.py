"""Twin of `byhand.mlp`."""

import torch
from torch import nn

PHI = {
    "identity": lambda z: z,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
}


class Linear(nn.Module):
    """z = x W + b, with W (D_in, D_out); torch.nn.Linear stores the
    transpose."""

    def __init__(self, D_in, D_out):
        super().__init__()
        self.W = nn.Parameter(torch.randn(D_in, D_out) * (2 / D_in) ** 0.5)
        self.b = nn.Parameter(torch.zeros(D_out))

    def forward(self, x):
        return x @ self.W + self.b


class MLP(nn.ModuleList):
    """L layers with an activation between them;
    parameters are named "0.W", "0.b", "1.W", ..."""

    def __init__(self, sizes, activation="relu"):
        super().__init__(
            Linear(D_in, D_out)
            for D_in, D_out in zip(sizes[:-1], sizes[1:], strict=True)
        )
        self.phi = PHI[activation]

    def forward(self, x):
        a = x
        for l, layer in enumerate(self):
            z = layer(a)
            a = self.phi(z) if l < len(self) - 1 else z
        return z
