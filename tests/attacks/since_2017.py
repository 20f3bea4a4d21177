"""Wrong and right answers to the exercises of side road 17s, written from the task texts."""

import numpy as np

from attacks.table import right, values, wrong

RMS, SHARED = "pretraining.rms_backward", "pretraining.shared_heads"


@right(RMS)
def rms_of_torch(dout, x, gamma, eps):
    import torch

    x, gamma = (torch.tensor(a, requires_grad=True) for a in (x, gamma))
    y = torch.nn.functional.rms_norm(x, x.shape[-1:], gamma, eps)
    return torch.autograd.grad(y, (x, gamma), torch.as_tensor(dout))


def parts(dout, x, gamma, eps):
    size = np.sqrt(np.mean(x**2, axis=-1)[:, None] + eps)
    return x / size, size, gamma * dout


@wrong(RMS, "forgotten", "size")
def rms_as_a_constant(dout, x, gamma, eps):
    hat, size, d = parts(dout, x, gamma, eps)
    return d / size, np.sum(dout * hat, axis=0)


@wrong(RMS, "misread", "no mean|mean's path")
def rms_like_layer_norm(dout, x, gamma, eps):
    hat, size, d = parts(dout, x, gamma, eps)
    dx = (d - d.mean(1)[:, None] - hat * (d * hat).mean(1)[:, None]) / size
    return dx, np.sum(dout * hat, axis=0)


@wrong(RMS, "forgotten", "gamma")
def rms_without_gamma(dout, x, gamma, eps):
    hat, size, _ = parts(dout, x, gamma, eps)
    return (dout - hat * (dout * hat).mean(1)[:, None]) / size, np.sum(dout * hat, axis=0)


@right(SHARED)
def shared_by_product(dK, groups):
    N = dK.shape[1]
    belongs = np.arange(N) // (N // groups) == np.arange(groups)[:, None]
    return np.einsum("gn,bnsk->bgsk", belongs, dK)


@wrong(SHARED, "factor", "added, not averaged")
def shared_averaged(dK, groups):
    return shared_by_product(dK, groups) * groups / dK.shape[1]


@wrong(SHARED, "order", "[Nn]eighbouring")
def shared_in_turn(dK, groups):
    return np.stack([dK[:, g::groups].sum(axis=1) for g in range(groups)], axis=1)


values("pretraining.cache", (800, "misread", "8"), (80, "forgotten", "factor of two"))
