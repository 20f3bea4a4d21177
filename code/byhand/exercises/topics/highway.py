"""The transfer exercise of chapter 8: a highway layer, forward and backward."""

import numpy as np

from byhand.exercises.checker.declare import exercise
from byhand.exercises.topics.cases import normal


def highway_cases(rng):
    one = np.array([[1.0]])
    yield 2 * one, one, np.zeros(1), -one, np.ones(1), one
    for B, D in [(1, 2), (3, 2), (2, 4), (5, 3), (4, 5)] * 4:
        W, W_t = normal(rng, D, D), normal(rng, D, D)
        yield normal(rng, B, D), W, normal(rng, D), W_t, normal(rng, D), normal(rng, B, D)


def highway_by_loop(x, W, b, W_t, b_t, dy):
    y, dx = np.zeros(x.shape), np.zeros(x.shape)
    dW_t, db_t = np.zeros(W_t.shape), np.zeros(b_t.shape)
    for i, row in enumerate(x):
        for j in range(len(b)):
            h = np.tanh(row @ W[:, j] + b[j])
            t = 1 / (1 + np.exp(-(row @ W_t[:, j] + b_t[j])))
            y[i, j] = t * h + (1 - t) * row[j]
            dz_t = dy[i, j] * (h - row[j]) * t * (1 - t)
            dx[i] += dy[i, j] * t * (1 - h * h) * W[:, j] + dz_t * W_t[:, j]
            dx[i, j] += dy[i, j] * (1 - t)
            dW_t[:, j] += row * dz_t
            db_t[j] += dz_t
    return y, dx, dW_t, db_t


def highway_from_x(x, W, b, W_t, b_t, dy):
    """y = x + t (h - x): the gate opens for what is new."""
    h = np.tanh(x @ W + b)
    t = (1 + np.tanh((x @ W_t + b_t) / 2)) / 2
    dh, du = dy * t * (1 - h**2), dy * (h - x) * (t - t**2)
    dx = dy - dy * t + np.einsum("bj,ij->bi", dh, W) + np.einsum("bj,ij->bi", du, W_t)
    return [x + t * (h - x), dx, np.einsum("bi,bj->ij", x, du), du.sum(0)]


@exercise(
    "deep_cnns.highway",
    trains="a skip with a gate, forward and backward",
    kind="transfer",
    task="""
    highway(x, W, b, W_t, b_t, dy) -> (y, dx, dW_t, db_t): a highway layer and some of its
    gradients. x (B, D); W, W_t (D, D); b, b_t (D,). Forward: h = tanh(x W + b); the gate t =
    sigmoid(x W_t + b_t); y = t h + (1 - t) x, number by number. dy (B, D) is the gradient of y;
    return y and the gradients dx like x, dW_t (D, D) and db_t (D,).
    """,
    shapes={"x": "B D"},
    outputs=("y", "dx", "dW_t", "db_t"),
    cases=highway_cases,
    variants=(highway_by_loop, highway_from_x),
    why="""
    With the gate shut, t = 0, the layer hands x on and dy back, both unchanged: a skip. Training
    decides for each number how far to open it. Chapter 10 puts the same gate into time.
    """,
    hints=(
        "x is used three times: in h, in t and in the sum. Three contributions to dx.",
        "dh = dy t, through tanh: times 1 - h^2;  dt = dy (h - x), through sigmoid: times "
        "t (1 - t);  and dy (1 - t) straight.",
        "dz = dy * ... * (1 - h**2)\n"
        "dz_t = dy * ... * t * (1 - t)\n"
        "dx = dz @ W.T + ... + dy * ...\n"
        "return y, dx, x.T @ ..., ...",
    ),
    mistakes="""
    gates_swapped | y = t * h + (1 - t) * x -> y = (1 - t) * h + t * x |
        The gate is turned round in y: t goes with h, and 1 - t with x.
    no_carry | ` + dy * (1 - t)` -> `` |
        The straight path is missing in dx: x also enters the sum, with weight 1 - t.
    full_carry | dy * (1 - t) -> dy | The straight path carries dy (1 - t), not all of dy.
    no_gate_path | ` + dz_t @ W_t.T` -> `` |
        The path through the gate is missing in dx: t depends on x as well.
    gate_without_x | (h - x) * t -> h * t |
        dt is dy (h - x): opening the gate takes x away as it lets h in.
    sigmoid_slope | t * (1 - t) -> t | The slope of the sigmoid is t (1 - t).
    no_sigmoid_slope | ` * t * (1 - t)` -> `` | The slope of the sigmoid, t (1 - t), is missing.
    no_tanh_slope | ` * (1 - h**2)` -> `` | The slope of tanh, 1 - h^2, is missing.
    no_t_in_dz | dz = dy * t * -> dz = dy * | h reaches y through the gate: dh = dy t.
    turned_everywhere | y = t * h + (1 - t) * x -> t = 1 - t; y = t * h + (1 - t) * x ;;
        (h - x) * t -> (x - h) * t |
        t and 1 - t are exchanged, on both ways: t lets h in, 1 - t lets x pass.
    neither_transposed | dz @ W.T + dz_t @ W_t.T -> dz @ W + dz_t @ W_t |
        On the way back both matrices are transposed: dz W^T and dz_t W_t^T.
    not_transposed | dz @ W.T -> dz @ W | On the way back W is transposed: dz W^T.
    mean | dz_t.sum(axis=0) -> dz_t.mean(axis=0) |
        db_t is a sum over the batch; you take the mean.
    """,
)
def highway(x, W, b, W_t, b_t, dy):
    h = np.tanh(x @ W + b)
    t = 1 / (1 + np.exp(-(x @ W_t + b_t)))
    y = t * h + (1 - t) * x
    dz = dy * t * (1 - h**2)
    dz_t = dy * (h - x) * t * (1 - t)
    dx = dz @ W.T + dz_t @ W_t.T + dy * (1 - t)
    return y, dx, x.T @ dz_t, dz_t.sum(axis=0)
