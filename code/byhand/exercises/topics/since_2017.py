"""Exercises of side road 17s: RMS norm backward, shared key heads, the size of a cache."""

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise
from byhand.exercises.topics.cases import near, normal


def rms_cases(rng):
    for B, D in [(1, 2), (2, 3), (3, 4), (2, 5), (4, 3)] * 5:
        yield normal(rng, B, D), normal(rng, B, D), normal(rng, D), float(rng.uniform(0.05, 0.5))


def rms_by_loop(dout, x, gamma, eps):
    dx, dgamma = [], np.zeros(len(gamma))
    for d, row in zip(dout, x, strict=True):
        r = 1 / math.sqrt(sum(v * v for v in row) / len(row) + eps)
        along = sum(a * g * v for a, g, v in zip(d, gamma, row, strict=True)) * r**3 / len(row)
        dx.append([r * a * g - along * v for a, g, v in zip(d, gamma, row, strict=True)])
        dgamma += d * row * r
    return dx, dgamma


def rms_by_jacobian(dout, x, gamma, eps):
    dx, D = np.zeros_like(x), x.shape[1]
    r = 1 / np.sqrt(np.einsum("bd,bd->b", x, x) / D + eps)
    for b in range(len(x)):
        J = r[b] * np.eye(D) - r[b] ** 3 * np.outer(x[b], x[b]) / D
        dx[b] = J @ (gamma * dout[b])
    return dx, np.einsum("bd,bd,b->d", dout, x, r)


@exercise(
    "pretraining.rms_backward",
    trains="two of layer norm's three paths",
    kind="derive and code",
    task="""
    rms_backward(dout, x, gamma, eps) -> (dx, dgamma): gradients of out = gamma x / sqrt(mean(x^2) +
    eps), the mean over each row. dout, x (B, D), gamma (D,). dx (B, D), dgamma (D,).
    """,
    shapes={"x": "B D", "gamma": "D"},
    outputs=("dx", "dgamma"),
    cases=rms_cases,
    variants=(rms_by_loop, rms_by_jacobian),
    hints=(
        "Each number acts on the row along two paths: itself, and through the size.",
        "dx_hat = gamma dout;  dx = r (dx_hat - x_hat mean(dx_hat x_hat)).",
        "x_hat = x * r\nd = dout * ...\ndx = r * (d - x_hat * (...).mean(axis=1, keepdims=True))",
    ),
    mistakes="""
    no_size | dx = r * (d - x_hat * along) -> dx = r * d | The path through the size is missing:
        every number of the row enters r.
    layer_norm | dx = r * (d - x_hat * along) -> dx = r * (d - d.mean(axis=1, keepdims=True) - x_hat
        * along) | RMS norm takes no mean away, so the mean's path is not there.
    no_gamma | d = dout * gamma -> d = dout * 1.0 | gamma is missing: dx_hat = gamma dout.
    no_r | dx = r * (d - x_hat * along) -> dx = d - x_hat * along | The factor r in front is
        missing.
    sum_for_mean | along = (d * x_hat).mean(axis=1, keepdims=True) -> along = (d *
        x_hat).sum(axis=1, keepdims=True) | You sum over the row where a mean belongs.
    over_batch | along = (d * x_hat).mean(axis=1, keepdims=True) -> along = (d *
        x_hat).mean(axis=0, keepdims=True) | The mean is over each row, not over the batch.
    plus | d - x_hat * along -> d + x_hat * along | The path through the size is taken away.
    x_for_x_hat | (dout * x_hat).sum(axis=0) -> (dout * x).sum(axis=0) | dgamma needs the
        normalised x.
    dgamma_rows | (dout * x_hat).sum(axis=0) -> (dout * x_hat).mean(axis=0) | dgamma is a sum
        over the rows.
    """,
)
def rms_backward(dout, x, gamma, eps):
    r = 1 / np.sqrt((x * x).mean(axis=1, keepdims=True) + eps)
    x_hat = x * r
    d = dout * gamma
    along = (d * x_hat).mean(axis=1, keepdims=True)
    dx = r * (d - x_hat * along)
    return dx, (dout * x_hat).sum(axis=0)


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
