"""Several small convolutional networks for digits trained at once: their
channels lie side by side, in groups that do not see each other."""

import math

import torch
from torch import nn
from torch.nn import functional as F


class Nets(nn.Module):
    """M networks: a convolution with stride 2, then `blocks` blocks of two
    3 x 3 convolutions, batch norm after each, global average, linear layer:
    2 blocks + 2 layers. skip=False: plain blocks. He's starting values."""

    def __init__(self, M, blocks, C=8, skip=True, classes=10):
        super().__init__()
        self.M, self.skip = M, skip
        self.first = self.conv_norm(1, M * C, 1, stride=2)
        pairs = [
            nn.ModuleList([self.conv_norm(M * C, M * C, M) for _ in range(2)])
            for _ in range(blocks)
        ]
        self.blocks = nn.ModuleList(pairs)
        self.W = nn.Parameter(torch.randn(M, C, classes) / math.sqrt(C))
        self.b = nn.Parameter(torch.zeros(M, 1, classes))

    @staticmethod
    def conv_norm(C_in, C_out, groups, stride=1):
        conv = nn.Conv2d(
            C_in, C_out, 3, stride, padding=1, groups=groups, bias=False
        )
        nn.init.normal_(conv.weight, 0, math.sqrt(2 / conv.weight[0].numel()))
        return nn.Sequential(conv, nn.BatchNorm2d(C_out))

    def forward(self, x):
        """x (B, 1, 8, 8) -> scores (M, B, classes)."""
        a = torch.relu(self.first(x))
        for one, two in self.blocks:
            f = two(torch.relu(one(a)))
            a = torch.relu(f + a if self.skip else f)
        v = a.mean(dim=(2, 3)).view(len(x), self.M, -1)  # (B, M, C)
        return v.transpose(0, 1) @ self.W + self.b


def train_nets(net, X, y, rates, epochs, batch=40):
    """Train: momentum 0.9, each network's rate falling along half a cosine.

    Arguments: X (N, 1, 8, 8), y (N,); rates: one for each network. Returns
    the share of wrong answers over each pass (epochs, M).
    """
    params = list(net.parameters())
    own = [
        torch.tensor(rates).repeat_interleave(len(p) // net.M) for p in params
    ]
    own = [
        r.view(-1, *[1] * (p.dim() - 1))
        for r, p in zip(own, params, strict=True)
    ]
    speed = [torch.zeros_like(p) for p in params]
    steps, k, seen = epochs * (len(X) // batch), 0, []
    for _ in range(epochs):
        for rows in torch.randperm(len(X)).split(batch):
            Z = net(X[rows])
            labels = y[rows].repeat(net.M)
            # times M: each network's loss is its own mean
            loss = net.M * F.cross_entropy(Z.flatten(0, 1), labels)
            grads = torch.autograd.grad(loss, params)
            share = (1 + math.cos(math.pi * k / steps)) / 2
            k += 1
            with torch.no_grad():
                every = zip(params, grads, speed, own, strict=True)
                for p, g, v, r in every:
                    v.mul_(0.9).add_(g)
                    p.sub_(share * r * v)
            seen.append((Z.argmax(dim=-1) != y[rows]).float().mean(dim=1))
    return torch.stack(seen).view(epochs, -1, net.M).mean(dim=1).numpy()
