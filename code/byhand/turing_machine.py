"""A small neural Turing machine (Graves et al. 2014): a feed-forward
controller, one head that writes and one that reads, forward and backward
through time. B sequences, T steps, R rows of W numbers."""

from typing import NamedTuple

import numpy as np

from byhand.activations import sigmoid
from byhand.external_memory import (
    address,
    address_backward,
    read,
    read_backward,
    write,
    write_backward,
)
from byhand.validate import as_count, as_rng

HEADS = ("write", "read")


def sizes(W):
    """How many of the controller's outputs each part of a head takes."""
    common = {"k": W, "beta": 1, "g": 1, "s": 3, "gamma": 1}
    return {"write": common | {"e": W, "a": W}, "read": common}


def init_turing_machine(rng, D, H, W, K):
    """D inputs, H units of the controller, rows of W numbers, K outputs."""
    as_rng("rng", rng)
    for name, size in (("D", D), ("H", H), ("W", W), ("K", K)):
        as_count(name, size)
    P = sum(sum(part.values()) for part in sizes(W).values())

    def table(n, m):
        return rng.standard_normal((n, m)) / np.sqrt(n)

    return {
        "W_x": table(D, H), "W_r": table(W, H), "b": np.zeros(H),
        "W_p": table(H, P), "b_p": np.zeros(P),
        "W_h": table(H, K), "W_o": table(W, K), "b_o": np.zeros(K),
    }  # fmt: skip


def softplus(z):
    """log(1 + e^z)."""
    return np.logaddexp(0, z)


def soft(z):
    """Softmax over the last axis."""
    p = np.exp(z - z.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


SQUASH = {  # what brings a part of a head into its range
    "k": np.tanh,
    "beta": softplus,
    "g": lambda z: sigmoid(z)[0],
    "s": soft,
    "gamma": lambda z: 1 + softplus(z),
    "e": lambda z: sigmoid(z)[0],
    "a": np.tanh,
}


def squash_backward(name, out, z, dout):
    """Gradient of `SQUASH[name]` at z, where it gave `out`."""
    if name in ("k", "a"):
        return dout * (1 - out * out)
    if name in ("g", "e"):
        return dout * out * (1 - out)
    if name == "s":
        return out * (dout - (out * dout).sum(axis=1, keepdims=True))
    return dout * sigmoid(z)[0]


def heads_of(z, W, pinned):
    """Cut the controller's outputs z (B, P) into the heads' parts; a part named
    in `pinned` has that value instead, in both heads."""
    heads, at = {}, 0
    for head, parts in sizes(W).items():
        heads[head] = {}
        for name, n in parts.items():
            here = z[:, at : at + n]
            heads[head][name] = (
                np.broadcast_to(np.asarray(pinned[name], float), here.shape)
                if name in pinned
                else SQUASH[name](here)
            )
            at += n
    return heads


def heads_backward(z, heads, dheads, pinned):
    """Gradient of `heads_of` for z."""
    dz, at = np.zeros_like(z), 0
    for head, parts in heads.items():
        for name, out in parts.items():
            here = slice(at, at + out.shape[1])
            at += out.shape[1]
            if name not in pinned:
                dout = dheads[head][name]
                dz[:, here] = squash_backward(name, out, z[:, here], dout)
    return dz


class Step(NamedTuple):
    """One step's numbers and caches."""

    x: np.ndarray
    r_prev: np.ndarray
    h: np.ndarray
    z: np.ndarray
    heads: dict
    write_address: NamedTuple
    write: NamedTuple
    read_address: NamedTuple
    read: NamedTuple
    r: np.ndarray


class MachineCache(NamedTuple):
    """All steps."""

    params: dict
    steps: list
    pinned: dict

    def weights(self, head):
        """Where a head stood: (B, T, R)."""
        caches = [getattr(step, f"{head}_address") for step in self.steps]
        return np.stack([c.sharp.out for c in caches], axis=1)


ADDRESS = ("k", "beta", "g", "s", "gamma")


def turing_machine(params, x, rows, pinned=None):
    """Run the machine on x (B, T, D) with an empty memory of `rows` rows, both
    heads at row 0. `rows` need not be the number that it was trained with.
    pinned: values that replace parts of both heads, such as {"g": 1.0}.

    Returns logits (B, T, K), cache.
    """
    pinned = pinned or {}
    B, T, _ = x.shape
    width = params["W_r"].shape[0]
    M = np.full((B, as_count("rows", rows), width), 0.01)
    at = {head: np.eye(rows)[np.zeros(B, int)] for head in HEADS}
    r, steps, logits = np.zeros((B, width)), [], []
    for t in range(T):
        h = np.tanh(x[:, t] @ params["W_x"] + r @ params["W_r"] + params["b"])
        z = h @ params["W_p"] + params["b_p"]
        heads = heads_of(z, width, pinned)
        where = [heads["write"][name] for name in ADDRESS]
        at["write"], c_w = address(M, at["write"], *where)
        M, wrote = write(
            M, at["write"], heads["write"]["e"], heads["write"]["a"]
        )
        where = [heads["read"][name] for name in ADDRESS]
        at["read"], c_r = address(M, at["read"], *where)
        r_prev, (r, did_read) = r, read(M, at["read"])
        steps.append(
            Step(x[:, t], r_prev, h, z, heads, c_w, wrote, c_r, did_read, r)
        )
        logits.append(h @ params["W_h"] + r @ params["W_o"] + params["b_o"])
    return np.stack(logits, axis=1), MachineCache(params, steps, pinned)


def turing_machine_backward(dlogits, cache):
    """Gradients of `turing_machine` for its params, through time: what comes
    back is carried in three parts, for the memory, for what was read, and for
    where each head stood."""
    params, steps = cache.params, cache.steps
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    last = steps[-1]
    dM = np.zeros_like(last.read.M)
    dr = np.zeros_like(last.r)
    dat = {head: np.zeros_like(last.read.w) for head in HEADS}
    for t in range(len(steps) - 1, -1, -1):
        step, dy = steps[t], dlogits[:, t]
        grads["W_h"] += step.h.T @ dy
        grads["W_o"] += step.r.T @ dy
        grads["b_o"] += dy.sum(axis=0)
        dr = dr + dy @ params["W_o"].T
        back, dw = read_backward(dr, step.read)
        dM = dM + back
        more, dat["read"], *into = address_backward(
            dw + dat["read"], step.read_address
        )
        dheads = {"read": dict(zip(ADDRESS, into, strict=True))}
        dM, dw, de, da = write_backward(dM + more, step.write)
        more, dat["write"], *into = address_backward(
            dw + dat["write"], step.write_address
        )
        dM = dM + more
        dheads["write"] = dict(zip(ADDRESS, into, strict=True))
        dheads["write"] |= {"e": de, "a": da}
        dz = heads_backward(step.z, step.heads, dheads, cache.pinned)
        grads["W_p"] += step.h.T @ dz
        grads["b_p"] += dz.sum(axis=0)
        dh = dz @ params["W_p"].T + dy @ params["W_h"].T
        da = dh * (1 - step.h**2)
        grads["W_x"] += step.x.T @ da
        grads["W_r"] += step.r_prev.T @ da
        grads["b"] += da.sum(axis=0)
        dr = da @ params["W_r"].T
    return grads


class Task(NamedTuple):
    """Sequences to copy."""

    x: np.ndarray  # (B, 2 L + 1, bits + 1); the last input says "now you"
    target: np.ndarray  # (B, L, bits)


def copy_task(rng, B, L, bits):
    """L rows of random bits, a sign, and then nothing: give them back."""
    as_rng("rng", rng)
    rows = rng.integers(0, 2, (B, as_count("L", L), bits)).astype(float)
    x = np.zeros((B, 2 * L + 1, bits + 1))
    x[:, :L, :bits] = rows
    x[:, L, bits] = 1
    return Task(x, rows)
