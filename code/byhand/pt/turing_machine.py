"""Twin of `byhand.turing_machine`: the same names, shapes and lines, gradients
by autograd."""

import torch
import torch.nn.functional as F

from byhand.pt.external_memory import address, read, write
from byhand.turing_machine import ADDRESS, sizes

SQUASH = {
    "k": torch.tanh,
    "beta": F.softplus,
    "g": torch.sigmoid,
    "s": lambda z: torch.softmax(z, dim=1),
    "gamma": lambda z: 1 + F.softplus(z),
    "e": torch.sigmoid,
    "a": torch.tanh,
}


def heads_of(z, W):
    """Cut the controller's outputs z (B, P) into the heads' parts."""
    heads, at = {}, 0
    for head, parts in sizes(W).items():
        heads[head] = {}
        for name, n in parts.items():
            heads[head][name] = SQUASH[name](z[:, at : at + n])
            at += n
    return heads


def turing_machine(params, x, rows):
    """Logits (B, T, K) of the machine on x (B, T, D), `rows` rows of memory."""
    B, T, _ = x.shape
    width = params["W_r"].shape[0]
    M = x.new_full((B, rows, width), 0.01)
    at = {
        head: torch.eye(rows, dtype=x.dtype)[[0] * B] for head in sizes(width)
    }
    r, logits = x.new_zeros(B, width), []
    for t in range(T):
        h = torch.tanh(
            x[:, t] @ params["W_x"] + r @ params["W_r"] + params["b"]
        )
        heads = heads_of(h @ params["W_p"] + params["b_p"], width)
        where = [heads["write"][name] for name in ADDRESS]
        at["write"] = address(M, at["write"], *where)
        M = write(M, at["write"], heads["write"]["e"], heads["write"]["a"])
        where = [heads["read"][name] for name in ADDRESS]
        at["read"] = address(M, at["read"], *where)
        r = read(M, at["read"])
        logits.append(h @ params["W_h"] + r @ params["W_o"] + params["b_o"])
    return torch.stack(logits, dim=1)
