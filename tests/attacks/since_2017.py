"""Wrong and right answers to the exercises of side road 17s, written from the task texts."""

import numpy as np

from attacks.table import right, values, wrong

GATE, SHARED = "pretraining.reglu_backward", "pretraining.shared_heads"


@right(GATE)
def gate_of_torch(dout, *arrays):
    import torch

    x, W_1, W_3, W_2 = leaves = [torch.tensor(w, requires_grad=True) for w in arrays]
    out = (torch.relu(x @ W_1) * (x @ W_3)) @ W_2
    return torch.autograd.grad(out, leaves, torch.as_tensor(dout))


def gate(dout, x, W_1, W_3, W_2, mask=True, both=True, exchanged=False):
    z, g, dh = x @ W_1, x @ W_3, dout @ W_2.T
    on = np.where(z > 0, 1.0, 0.0)
    dz, dg = dh * g * (on if mask else 1), dh * z * on
    dx = dz @ W_1.T + (dg @ W_3.T if both else 0)
    first, second = (dg, dz) if exchanged else (dz, dg)
    return dx, x.T @ first, x.T @ second, (z * on * g).T @ dout


@wrong(GATE, "forgotten", "below 0|nothing back")
def gate_without_slope(*arrays):
    return gate(*arrays, mask=False)


@wrong(GATE, "forgotten", "used twice|W_3")
def gate_one_way(*arrays):
    return gate(*arrays, both=False)


@wrong(GATE, "order", "exchanged")
def gate_exchanged(*arrays):
    return gate(*arrays, exchanged=True)


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
