"""Twin of `byhand.lenet`."""

import torch
import torch.nn.functional as F
from torch import nn

from byhand.lenet import map_size
from byhand.pt.mlp import MLP, PHI

POOLS = {"max": F.max_pool2d, "average": F.avg_pool2d}


class Conv2d(nn.Module):
    """y = W * x + b, with W (O, C, k, k): a cross-correlation,
    like torch.nn.Conv2d."""

    def __init__(self, C, O, k):
        super().__init__()
        self.W = nn.Parameter(
            torch.randn(O, C, k, k) * (2 / (C * k * k)) ** 0.5
        )
        self.b = nn.Parameter(torch.zeros(O))

    def forward(self, x, padding=0):
        return F.conv2d(x, self.W, self.b, padding=padding)


class Lenet(nn.Module):
    """Blocks of convolution, activation, 2 x 2 pooling;
    the last maps, flattened, go through an MLP."""

    def __init__(
        self,
        size=32,
        kernel=5,
        padding=0,
        channels=(1, 6, 16),
        head=(120, 84, 10),
        activation="relu",
        pool="max",
    ):
        super().__init__()
        self.conv = nn.ModuleList(
            Conv2d(C, O, kernel)
            for C, O in zip(channels[:-1], channels[1:], strict=True)
        )
        size = map_size(size, kernel, padding, len(self.conv))
        self.head = MLP((channels[-1] * size**2, *head), activation)
        self.padding, self.phi, self.pool = (
            padding,
            PHI[activation],
            POOLS[pool],
        )

    def forward(self, x):
        for conv in self.conv:
            x = self.phi(conv(x, self.padding))
            x = self.pool(x, 2)
        return self.head(x.flatten(1))
