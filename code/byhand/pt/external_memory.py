"""Twin of `byhand.external_memory`: the same names, shapes and lines,
gradients by autograd."""

import torch

from byhand.external_memory import EPS


def by_content(M, k, beta):
    """softmax(beta cos(M_r, k)); M (B, R, W), k (B, W), beta (B, 1)."""
    row = ((M * M).sum(dim=2) + EPS).sqrt()
    key = ((k * k).sum(dim=1, keepdim=True) + EPS).sqrt()
    cosine = torch.einsum("brw,bw->br", M, k) / (row * key)
    return torch.softmax(beta * cosine, dim=1)


def gated(w, before, g):
    """g w + (1 - g) before."""
    return g * w + (1 - g) * before


def shifted(w, s):
    """The weights (B, R) moved on a ring by -1, 0, 1 with chances s (B, 3)."""
    steps = (-1, 0, 1)
    return sum(s[:, [j + 1]] * torch.roll(w, j, dims=1) for j in steps)


def sharpened(w, gamma):
    """w^gamma, divided by its sum."""
    power = w.clamp(min=EPS) ** gamma
    return power / power.sum(dim=1, keepdim=True)


def address(M, before, k, beta, g, s, gamma):
    """Content, gate, shift, sharpen."""
    w = gated(by_content(M, k, beta), before, g)
    return sharpened(shifted(w, s), gamma)


def read(M, w):
    """The weighted sum of rows, (B, W)."""
    return torch.einsum("br,brw->bw", w, M)


def write(M, w, e, a):
    """Erase, then add."""
    here = w[:, :, None]
    return M * (1 - here * e[:, None]) + here * a[:, None]
