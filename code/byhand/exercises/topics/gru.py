"""Exercises of chapter 11: one GRU step, and what it learns."""

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise
from byhand.exercises.topics.cases import normal
from byhand.exercises.topics.lstm import sigmoid


def step_cases(rng):
    yield (
        np.array([[1.0]]),
        np.array([[2.0]]),
        np.array([[0.5, 1.0, -1.0]]),
        np.array([[1.0, 0.5, 1.0]]),
        np.array([0.0, 0.1, 0.2]),
    )
    for B, D, H in [(1, 1, 2), (2, 1, 1)]:  # small numbers of one digit after the point
        shapes = (B, D), (B, H), (D, 3 * H), (H, 3 * H), (3 * H,)
        yield tuple(np.round(normal(rng, *shape), 1) for shape in shapes)
    for B, D, H in [(1, 2, 3), (2, 3, 4), (3, 2, 5), (4, 3, 2), (2, 5, 3)] * 5:
        yield (
            normal(rng, B, D),
            normal(rng, B, H),
            normal(rng, D, 3 * H, scale=0.8),
            normal(rng, H, 3 * H, scale=0.8),
            normal(rng, 3 * H, scale=0.8),
        )


def step_by_loop(x, h, W_x, W_h, b):
    B, H = h.shape
    out = np.zeros((B, H))

    def squash(s):
        return 1 / (1 + math.exp(-s))

    for n in range(B):
        r = [squash(x[n] @ W_x[:, k] + h[n] @ W_h[:, k] + b[k]) for k in range(H)]
        z = [squash(x[n] @ W_x[:, H + k] + h[n] @ W_h[:, H + k] + b[H + k]) for k in range(H)]
        for k in range(H):
            m = 2 * H + k
            candidate = math.tanh(
                x[n] @ W_x[:, m] + sum(r[j] * h[n, j] * W_h[j, m] for j in range(H)) + b[m]
            )
            out[n, k] = candidate + z[k] * (h[n, k] - candidate)
    return out


def step_by_parts(x, h, W_x, W_h, b):
    (Xr, Xz, Xn), (Hr, Hz, Hn), (br, bz, bn) = (np.split(a, 3, axis=-1) for a in (W_x, W_h, b))
    r = 0.5 + 0.5 * np.tanh((x @ Xr + h @ Hr + br) / 2)
    z = 0.5 + 0.5 * np.tanh((x @ Xz + h @ Hz + bz) / 2)
    return np.tanh(x @ Xn + (r * h) @ Hn + bn) * (1 - z) + z * h


@exercise(
    "gru.step",
    trains="the form that resets before the product",
    task="""
    step(x, h, W_x, W_h, b) -> h (B, H): one GRU step in the form that resets before the product
    with the recurrent matrix, equations (11.2), (11.3) and (11.5) of chapter 11. x (B, D), h (B,
    H); W_x (D, 3H), W_h (H, 3H), b (3H,) hold reset gate r, update gate z and candidate n side by
    side, in this order. At z = 1 the old state stays. (Other books swap z and 1 - z.)
    """,
    shapes={"x": "B D", "h": "B H"},
    cases=step_cases,
    variants=(step_by_loop, step_by_parts),
    helpers=(sigmoid,),
    hints=(
        "z mixes the old state and the candidate; r says how much of the old state the "
        "candidate may see.",
        "n = tanh(x W_xn + (r h) W_hn + b_n);  h_new = (1 - z) n + z h.",
        "a = x @ W_x + b\n"
        "r, z = np.split(sigmoid(a[:, : 2 * H] + h @ W_h[:, : 2 * H]), 2, axis=1)\n"
        "n = np.tanh(a[:, 2 * H :] + ...)\n"
        "return ...",
    ),
    mistakes=r"""
    swapped_update | (1 - z) * n + z * h -> z * n + (1 - z) * h |
        A different convention: you compute z n + (1 - z) h; the task has (1 - z) n + z h.
    no_reset | (r * h) @ -> h @ | The reset gate is missing: the candidate sees r h, not h.
    reset_after | (r * h) @ W_h[:, 2 * H :] -> r * (h @ W_h[:, 2 * H :]) | A different convention:
        you reset after the product, r (h W_h); the task resets before it, (r h) W_h.
    sigmoid_candidate | np.tanh(a[:, 2 * H :] + (r * h) @ W_h[:, 2 * H :]) -> sigmoid(a[:, 2 * H :]
        + (r * h) @ W_h[:, 2 * H :]) | The candidate passes through tanh, not the sigmoid.
    gates_swapped | `    r, z =` -> `    z, r =` | r and z are exchanged; the order is r, z, n.
    z_for_r | (r * h) -> (z * h) | The candidate uses the update gate z; it is the reset gate r.
    r_for_z | (1 - z) * n + z * h -> (1 - r) * n + r * h |
        The mixture uses the reset gate r; it is the update gate z.
    no_bias | x @ W_x + b -> x @ W_x | The bias is missing.
    no_old_state | ` + z * h` -> `` | The old state is missing in the mixture: + z h.
    not_mixed | (1 - z) * n + z * h -> n + z * h | n is not weighted: (1 - z) n + z h.
    candidate_only | (1 - z) * n + z * h -> n |
        You return the candidate; it is mixed with the old state.
    reset_state_mixed | `z * h\n` -> `z * r * h\n` | The old state in the mixture is h, not r h.
    no_recurrence | ` + (r * h) @ W_h[:, 2 * H :]` -> `` |
        The candidate does not see the old state at all.
    tanh_gates | np.split(sigmoid( -> np.split(np.tanh( |
        The gates pass through the sigmoid, not tanh.
    coupled_reset | (r * h) -> ((1 - r) * h) | The candidate sees r h; you take 1 - r.
    no_z | (1 - z) * n + z * h -> n + h | Both shares are missing: (1 - z) n + z h.
    candidate_first | `    a = x @ W_x + b` -> `    W_x, W_h, b = (np.roll(p, -H, axis=-1) for p in
        (W_x, W_h, b))\n    a = x @ W_x + b` |
        The order of the columns is r, z, n; yours begins with the candidate.
    one_share | (1 - z) * n + z * h -> z * n + z * h | The share of the candidate is 1 - z.
    """,
)
def step(x, h, W_x, W_h, b):
    H = h.shape[1]
    a = x @ W_x + b
    r, z = np.split(sigmoid(a[:, : 2 * H] + h @ W_h[:, : 2 * H]), 2, axis=1)
    n = np.tanh(a[:, 2 * H :] + (r * h) @ W_h[:, 2 * H :])
    h = (1 - z) * n + z * h
    return h


def size_cases(rng):
    yield 1, 1
    for _ in range(20):
        yield int(rng.integers(1, 20)), int(rng.integers(1, 20))


@exercise(
    "gru.parameters",
    trains="the two forms of the GRU, counted",
    task="""
    parameters(D, H) -> (one_bias, torch): how many numbers a GRU with D inputs and H units learns,
    with one bias for each of reset gate, update gate and candidate (the form that resets before
    the product), and in PyTorch's version, which keeps two biases for each.
    """,
    outputs=("one_bias", "torch"),
    cases=size_cases,
    variants=(
        lambda D, H: (
            sum(D * H + H * H + H for _ in "rzn"),
            sum(D * H + H * H + H + H for _ in "rzn"),
        ),
        lambda D, H: (3 * H * (D + H + 1), 3 * H * (D + H + 2)),
    ),
    properties=(
        Property(
            "PyTorch's version has 3 H numbers more",
            lambda f, D, H: f(D, H)[1] - f(D, H)[0] == 3 * H,
        ),
    ),
    hints=(
        "Three layers of the same size stand side by side.",
        "A block has D H weights for the input and H H for the state, and H numbers for each "
        "of its biases.",
        "return 3 * (D * H + ... + H), 3 * (...)",
    ),
    mistakes="""
    four | 3 * (D * H + H * H + H), -> 4 * (D * H + H * H + H), ;; 3 * (D * H + H * H + 2 * H) -> 4
        * (D * H + H * H + 2 * H) | Four blocks are an LSTM's; a GRU has three.
    gates_only | 3 * (D * H + H * H + H), -> 2 * (D * H + H * H + H), ;; 3 * (D * H + H * H + 2 * H)
        -> 2 * (D * H + H * H + 2 * H) | You count the two gates; the candidate has weights too.
    one_block | 3 * (D * H + H * H + H), -> (D * H + H * H + H), ;; 3 * (D * H + H * H + 2 * H) ->
        (D * H + H * H + 2 * H) | You count one block; there are three.
    no_bias | H * H + H), -> H * H), ;; H * H + 2 * H) -> H * H) | The biases are missing.
    same_biases | 2 * H -> H | PyTorch keeps two biases for each block.
    one_bias_block | 3 * (D * H + H * H + 2 * H) -> 3 * (D * H + H * H + H) + H |
        PyTorch's second bias exists for all three blocks, not for the candidate only.
    no_recurrence | D * H + H * H + H), -> D * H + H), ;; D * H + H * H + 2 * H) -> D * H + 2 * H) |
        The recurrent weights H x H are missing.
    one_bias_less | H * H + H), -> H * H), ;; H * H + 2 * H) -> H * H + H) | Each count is one set
        of biases short: the first form has one for each block, PyTorch's two.
    single_bias | H * H + H), -> H * H + 1), ;; H * H + 2 * H) -> H * H + 2) | You count a bias as
        one number; it has H numbers, one for each unit.
    """,
)
def parameters(D, H):
    return 3 * (D * H + H * H + H), 3 * (D * H + H * H + 2 * H)
