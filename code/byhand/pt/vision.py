"""Twins of `byhand.vision` and `byhand.inpainting`."""

import torch
import torch.nn.functional as F
from torch import nn

from byhand.pt.mlp import Linear
from byhand.pt.transformer import EncoderLayer, LayerNorm


def patches(X, p):
    """(B, C, H, W) to (B, M, C p p), row by row."""
    return F.unfold(X, p, stride=p).mT


def unpatched(flat, size, p):
    """The way back of `patches`: (B, M, C p p) to (B, C, *size)."""
    return F.fold(flat.mT, size, p, stride=p)


class Body(nn.Module):
    """Patches, class token if there is one, positions, layers, norm.

    Arguments: C channels, size = (height, width), patches of p x p, width D,
    N heads, feed-forward width, layers. cls, positions, gap: which of these
    parameters there are.
    """

    def __init__(
        self, C, size, p, D, N, width, layers, cls=True, positions=True,
        gap=False,
    ):  # fmt: skip
        super().__init__()
        self.p, self.layers = p, layers
        self.patch = Linear(C * p * p, D)
        rows = size[0] // p * (size[1] // p) + cls
        for name, there, shape in (
            ("cls", cls, (D,)),
            ("P", positions, (rows, D)),
            ("gap", gap, (D,)),
        ):
            start = nn.Parameter(0.02 * torch.randn(shape)) if there else None
            self.register_parameter(name, start)
        for k in range(layers):  # the names are "0", "1", ..., as by hand
            self.add_module(str(k), EncoderLayer(D, N, width))
        self.norm = LayerNorm(D)

    def encode(self, X, hidden=None):
        """Vectors (B, 1 + M, D) or (B, M, D) of all tokens."""
        x = self.patch(patches(X, self.p))
        if hidden is not None:
            x = torch.where(hidden[:, :, None], self.gap, x)
        if self.cls is not None:
            x = torch.cat([self.cls.expand(len(x), 1, -1), x], dim=1)
        x = x if self.P is None else x + self.P
        for k in range(self.layers):
            x = self.get_submodule(str(k))(x)
        return self.norm(x)


class Vit(Body):
    """Scores of the classes from the class token, or from the mean."""

    def __init__(self, *sizes, classes, **options):
        super().__init__(*sizes, **options)
        self.head = Linear(sizes[3], classes)
        nn.init.zeros_(self.head.W)

    def forward(self, X):
        h = self.encode(X)
        return self.head(h.mean(dim=1) if self.cls is None else h[:, 0])


class Filler(Body):
    """What should stand at every patch, (B, M, C p p)."""

    def __init__(self, *sizes, **options):
        super().__init__(*sizes, cls=False, gap=True, **options)
        self.out = Linear(sizes[3], sizes[0] * sizes[2] ** 2)

    def forward(self, X, hidden):
        return self.out(self.encode(X, hidden))

    def loss(self, X, hidden):
        """Mean squared error over the hidden patches."""
        y = self(X, hidden)
        return F.mse_loss(y[hidden], patches(X, self.p)[hidden])
