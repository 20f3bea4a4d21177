"""Exercises of side road 17s: a gated block backward, shared key heads, the size of a cache."""

import numpy as np

from byhand.exercises.checker.declare import Property, exercise
from byhand.exercises.topics.cases import near, normal


def gate_cases(rng):
    for B, D, F in [(1, 2, 3), (2, 3, 4), (3, 4, 2), (2, 5, 3), (4, 3, 5)] * 5:
        W_1, W_3, W_2 = normal(rng, D, F), normal(rng, D, F), normal(rng, F, D)
        yield normal(rng, B, D), normal(rng, B, D), W_1, W_3, W_2


def gate_by_loop(dout, x, W_1, W_3, W_2):
    dx, dW_1, dW_3, dW_2 = (np.zeros(w.shape) for w in (x, W_1, W_3, W_2))
    for b in range(len(x)):
        z, g, dh = x[b] @ W_1, x[b] @ W_3, W_2 @ dout[b]
        for f in range(len(z)):
            dW_2[f] += max(0.0, z[f]) * g[f] * dout[b]
            dz, dg = (dh[f] * g[f] if z[f] > 0 else 0.0), dh[f] * max(0.0, z[f])
            dW_1[:, f] += dz * x[b]
            dW_3[:, f] += dg * x[b]
            dx[b] += dz * W_1[:, f] + dg * W_3[:, f]
    return dx, dW_1, dW_3, dW_2


def gate_by_einsum(dout, x, W_1, W_3, W_2):
    z, g = x @ W_1, x @ W_3
    on, dh = (z > 0) * 1.0, np.einsum("bd,fd->bf", dout, W_2)
    both = np.concatenate([dh * g * on, dh * z * on], axis=1)
    dx = both @ np.concatenate([W_1, W_3], axis=1).T
    dW = np.einsum("bd,bf->df", x, both)
    return dx, *np.split(dW, 2, axis=1), np.einsum("bf,bd->fd", z * g * on, dout)


@exercise(
    "pretraining.reglu_backward",
    trains="a product's two gradients, and an input that is used twice",
    kind="derive and code",
    task="""
    reglu_backward(dout, x, W_1, W_3, W_2) -> (dx, dW_1, dW_3, dW_2): the gated block with ReLU in
    place of silu, out = (max(0, x W_1) * (x W_3)) W_2. dout, x (B, D), W_1, W_3 (D, F), W_2 (F, D).
    """,
    shapes={"x": "B D", "W_1": "D F", "W_2": "F D"},
    outputs=("dx", "dW_1", "dW_3", "dW_2"),
    cases=gate_cases,
    variants=(gate_by_loop, gate_by_einsum),
    equivalent={"z > 0 -> z >= 0": "no z is exactly 0, and at 0 the slope is a convention"},
    hints=(
        "Two factors make each hidden number, and both were made from x.",
        "dh = dout W_2^T;  dg = dh max(0, z);  dz = dh g where z > 0;  dx = dz W_1^T + dg W_3^T.",
        "z, g = x @ W_1, x @ W_3\na = np.maximum(0, z)\ndh = dout @ ...\ndg, dz = dh * ..., ...\n"
        "return dz @ W_1.T + ..., x.T @ dz, ..., (a * g).T @ dout",
    ),
    mistakes="""
    no_mask | dz = dh * g * (z > 0) -> dz = dh * g | Where z is below 0, ReLU passes nothing back.
    one_way | dz @ W_1.T + dg @ W_3.T -> dz @ W_1.T | x is used twice: the way through W_3 is
        missing in dx.
    other_way | dz @ W_1.T + dg @ W_3.T -> dg @ W_3.T | x is used twice: the way through W_1 is
        missing in dx.
    same_factor | dg = dh * a -> dg = dh * g | Each factor's gradient is the other factor: dg is dh
        times max(0, z).
    z_for_a | dg = dh * a -> dg = dh * z | dg is dh times max(0, z), not z.
    no_gate | dz = dh * g * (z > 0) -> dz = dh * (z > 0) | Each factor's gradient is the other
        factor: g is missing in dz.
    W_2_without_gate | (a * g).T @ dout -> a.T @ dout | What W_2 multiplies is the product of
        both factors.
    exchanged | x.T @ dz, x.T @ dg -> x.T @ dg, x.T @ dz | dW_1 and dW_3 are exchanged.
    silu | dz = dh * g * (z > 0) -> dz = dh * g / (1 + np.exp(-z)) | Here the activation is ReLU:
        its slope is 0 or 1.
    """,
)
def reglu_backward(dout, x, W_1, W_3, W_2):
    z, g = x @ W_1, x @ W_3
    a = np.maximum(0, z)
    dh = dout @ W_2.T
    dg = dh * a
    dz = dh * g * (z > 0)
    return dz @ W_1.T + dg @ W_3.T, x.T @ dz, x.T @ dg, (a * g).T @ dout


def shared_cases(rng):
    for B, N, S, K, G in [(1, 2, 1, 2, 1), (2, 4, 3, 2, 2), (1, 6, 2, 3, 3), (2, 6, 3, 2, 2)] * 6:
        yield normal(rng, B, N, S, K), G


def shared_by_loop(dK, groups):
    share = dK.shape[1] // groups
    out = np.zeros((len(dK), groups, *dK.shape[2:]))
    for n in range(dK.shape[1]):
        out[:, n // share] += dK[:, n]
    return out


def shared_by_split(dK, groups):
    return np.stack([part.sum(axis=1) for part in np.split(dK, groups, axis=1)], axis=1)


@exercise(
    "pretraining.shared_heads",
    trains="what is used by many collects from all",
    task="""
    shared_gradient(dK, groups) -> (B, groups, S, K): dK (B, N, S, K) is what each of N query heads
    asks of its keys. Heads 0 .. N/groups - 1 share the first head of keys, the next N/groups the
    second, and so on. Return the gradient of the shared heads.
    """,
    shapes={"dK": "B N S K"},
    cases=shared_cases,
    variants=(shared_by_loop, shared_by_split),
    properties=(
        Property(
            "nothing is lost: the total stays",
            lambda f, dK, groups: near(np.asarray(f(dK, groups)).sum(), dK.sum()),
        ),
    ),
    hints=(
        "A head that was used several times gets the sum of what all its users ask.",
        "Cut the axis of N heads into groups of neighbours, and sum over each.",
        "B, N, S, K = dK.shape\nreturn dK.reshape(B, groups, ..., S, K).sum(axis=...)",
    ),
    mistakes="""
    mean | .sum(axis=2) -> .mean(axis=2) | The shares are added, not averaged.
    first_only | .sum(axis=2) -> [:, :, 0] | You keep one query head of each group; all of them use
        the shared head.
    interleaved | dK.reshape(B, groups, N // groups, S, K).sum(axis=2) -> dK.reshape(B, N // groups,
        groups, S, K).sum(axis=1) | Neighbouring heads share: 0 and 1, then 2 and 3, not 0 and 2.
    """,
)
def shared_gradient(dK, groups):
    B, N, S, K = dK.shape
    return dK.reshape(B, groups, N // groups, S, K).sum(axis=2)


@exercise(
    "pretraining.cache",
    trains="a cache from its shapes",
    task="""
    A model has 40 layers, 40 query heads in groups of 5, heads of width 128, two bytes for a
    number. How many MiB (2^20 bytes) do its keys and values take for 1,024 tokens?
    """,
    variants=(lambda: 160.0, lambda: 2 * 40 * 8 * 128 * 2 * 1024 / 2**20),
    why="8 key heads; 2 (key and value) * 40 layers * 8 * 128 * 2 bytes * 1024 tokens.",
    hints=(
        "How many heads of keys are there?",
        "2 * layers * key heads * width * bytes * tokens / 2^20",
        "2 * 40 * ... * 128 * 2 * 1024 / 2**20",
    ),
    mistakes="""
    own_keys | = 800 | 800 is for 40 heads of keys; groups of 5 share one, so there are 8.
    groups_as_heads | = 100 | The groups have five query heads each, so there are 8 groups, not 5.
    half | = 80 | 80 leaves out a factor of two: keys and values are both kept, and a number has
        two bytes.
    one_layer | = 4 | Each of the 40 layers keeps its own.
    """,
)
def cache_size():
    return 160
