"""Exercises of chapter 9: recurrence, backpropagation through time, clipping."""

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, special
from byhand.exercises.topics.cases import normal


def sequences(rng):
    yield (
        np.array([[[1.0], [2.0]]]),
        np.array([[0.5]]),
        np.array([[0.5]]),
        np.array([[-1.0]]),
        np.array([0.1]),
    )
    for B, T, D, H in [
        (1, 1, 2, 3),
        (2, 3, 4, 5),
        (3, 4, 2, 5),
        (2, 5, 3, 4),
        (4, 2, 3, 5),
        (1, 4, 3, 2),
    ] * 4:
        yield (
            normal(rng, B, T, D),
            normal(rng, B, H, scale=0.8),
            normal(rng, D, H, scale=0.6),
            normal(rng, H, H, scale=0.6),
            normal(rng, H, scale=0.6),
        )


def forward_by_loop(x, h_0, W_x, W_h, b):
    out = []
    for sequence, h in zip(x, h_0, strict=True):
        rows = []
        for step in sequence:
            h = np.array(
                [math.tanh(step @ W_x[:, k] + h @ W_h[:, k] + b[k]) for k in range(len(b))]
            )
            rows.append(h)
        out.append(rows)
    return out


def forward_stacked(x, h_0, W_x, W_h, b):
    W, h = np.vstack([W_x, W_h]), [h_0]
    for t in range(x.shape[1]):
        h.append(np.tanh(np.hstack([x[:, t], h[-1]]) @ W + b))
    return np.stack(h[1:], axis=1)


def as_one_sequence(x, h_0, W_x, W_h, b):  # a wrong way: the batch read as one long sequence
    h, out = h_0[0], np.zeros((*x.shape[:2], len(b)))
    for n, t in np.ndindex(x.shape[:2]):
        h = out[n, t] = np.tanh(x[n, t] @ W_x + h @ W_h + b)
    return out


@exercise(
    "rnn.forward",
    trains="the recurrence, step by step",
    task="""
    forward(x, h_0, W_x, W_h, b) -> h (B, T, H): all states of a simple recurrent network, h_t =
    tanh(x_t W_x + h_(t-1) W_h + b). x (B, T, D), h_0 (B, H) the state before the first step (not
    part of the answer), W_x (D, H), W_h (H, H), b (H,).
    """,
    shapes={"x": "B T D", "W_x": "D H"},
    cases=sequences,
    variants=(forward_by_loop, forward_stacked),
    hints=(
        "One state is carried through the loop over time; every step uses the same weights.",
        "h_t = tanh(x_t W_x + h_(t-1) W_h + b).",
        "h = h_0\n"
        "for t in range(x.shape[1]):\n"
        "    h = np.tanh(x[:, t] @ W_x + ...)\n"
        "    out[:, t] = h",
    ),
    mistakes=r"""
    start_at_zero | h = h_0 -> h = 0 * h_0 | The state starts at h_0, which need not be 0.
    no_memory | ` + h @ W_h` -> `` | The old state is missing: + h W_h.
    always_h0 | h = np.tanh(x[:, t] @ W_x + h @ W_h + b) -> h = np.tanh(x[:, t] @ W_x + h_0 @ W_h +
        b) | Every step starts from h_0; it must start from the state of the step before.
    no_bias | ` + b)` -> ) | The bias is missing.
    no_tanh | np.tanh(x[:, t] @ W_x + h @ W_h + b) -> (x[:, t] @ W_x + h @ W_h + b) |
        The tanh is missing.
    transposed | h @ W_h -> h @ W_h.T | W_h is transposed: with rows as examples it is h @ W_h.
    tanh_before | np.tanh(x[:, t] @ W_x + h @ W_h + b) -> np.tanh(x[:, t] @ W_x) + h @ W_h + b |
        tanh is applied to the sum, x W_x + h W_h + b, not to x W_x alone.
    before_step | `        h = np.tanh(x[:, t] @ W_x + h @ W_h + b)\n        out[:, t] = h` ->
        `        out[:, t] = h\n        h = np.tanh(x[:, t] @ W_x + h @ W_h + b)` | You store the
        state before the step; h_t is the state after it, and h_0 is not part of the answer.
    last_only | return out -> return h | You return the last state only; all T states are asked for.
    backwards | range(x.shape[1]) -> reversed(range(x.shape[1])) | You go through time backwards.
    first_input | x[:, t] @ W_x -> x[:, 0] @ W_x |
        Every step reads the first input; step t reads x[:, t].
    sigmoid | np.tanh(x[:, t] @ W_x + h @ W_h + b) -> 1 / (1 + np.exp(-(x[:, t] @ W_x + h @ W_h +
        b))) | You use the sigmoid; the task asks for tanh.
    across_batch | + h @ W_h -> + np.roll(h, 1, axis=0) @ W_h |
        The state of the last example goes on to the next one: each sequence has its own.
    transposed_input | x[:, t] @ W_x + h @ W_h -> (x[:, t] @ W_x) * (h @ W_h) | W_x is used with
        another weight's order: each step is x_t W_x + h W_h, not tanh of their product.
    relu | np.tanh(x[:, t] @ W_x + h @ W_h + b) -> np.maximum(0, x[:, t] @ W_x + h @ W_h + b) |
        You use ReLU; the task asks for tanh.
    added_state | h @ W_h -> h | The old state goes through W_h; it is not added as it is.
    minus_state | + h @ W_h -> - h @ W_h | The recurrent part is added, not taken away.
    start_kept | `    return out` -> `    return np.concatenate([h_0[:, None], out], axis=1)` | h_0
        stands in front of your answer, which has T + 1 states; it is not part of the answer.
    one_sequence | `    return out` -> `    return as_one_sequence(x, h_0, W_x, W_h, b)` | Your
        state runs on from one example of the batch to the next; each example starts from its own
        h_0.
    """,
)
def forward(x, h_0, W_x, W_h, b):
    h = h_0
    out = np.zeros((*x.shape[:2], len(b)))
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ W_x + h @ W_h + b)
        out[:, t] = h
    return out


def backward_cases(rng):
    for case in sequences(rng):
        x, h_0, W_x, W_h, b = case
        h = forward(x, h_0, W_x, W_h, b)
        yield normal(rng, *h.shape), x, h, h_0, W_h


def bptt_by_loop(dh, x, h, h_0, W_h):
    B, T, H = h.shape
    dW_x, dW_h, db, dh_0 = (
        np.zeros((x.shape[2], H)),
        np.zeros((H, H)),
        np.zeros(H),
        np.zeros((B, H)),
    )
    for n in range(B):
        carry = np.zeros(H)
        for t in range(T - 1, -1, -1):
            before = h[n, t - 1] if t else h_0[n]
            dz = np.array([(dh[n, t, k] + carry[k]) * (1 - h[n, t, k] ** 2) for k in range(H)])
            dW_x, dW_h, db = dW_x + np.outer(x[n, t], dz), dW_h + np.outer(before, dz), db + dz
            carry = W_h @ dz
        dh_0[n] = carry
    return dW_x, dW_h, db, dh_0


def bptt_two_phases(dh, x, h, h_0, W_h):
    before = np.concatenate([h_0[:, None], h[:, :-1]], axis=1)
    dz, carry = np.empty(h.shape), 0.0
    for t in range(h.shape[1])[::-1]:
        dz[:, t] = (dh[:, t] + carry) * (1 - h[:, t] * h[:, t])
        carry = np.einsum("bk,jk->bj", dz[:, t], W_h)
    return [
        np.einsum("btd,bth->dh", x, dz),
        np.einsum("bti,bth->ih", before, dz),
        dz.sum((0, 1)),
        carry,
    ]


@exercise(
    "rnn.backward",
    trains="backpropagation through time",
    kind="derive and code",
    task="""
    backward(dh, x, h, h_0, W_h) -> (dW_x, dW_h, db, dh_0): backpropagation through time for
    rnn.forward. dh (B, T, H): gradient that reaches each state from outside (not yet through
    later steps); x (B, T, D); h (B, T, H) the states after each step; h_0 (B, H).
    """,
    shapes={"x": "B T D", "h_0": "B H"},
    outputs=("dW_x", "dW_h", "db", "dh_0"),
    cases=backward_cases,
    variants=(bptt_by_loop, bptt_two_phases),
    hints=(
        "Go backwards through time. Two paths lead back to each state: its own output, and the "
        "step after it.",
        "dz_t = (dh_t + carry) (1 - h_t^2);  dW_x += x_t^T dz_t, dW_h += h_(t-1)^T dz_t, db += "
        "sum dz_t;  carry = dz_t W_h^T.",
        "for t in reversed(range(T)):\n"
        "    before = h[:, t - 1] if t > 0 else h_0\n"
        "    dz = (dh[:, t] + ...) * (...)\n"
        "    ...; carry = dz @ ...",
    ),
    mistakes="""
    no_carry | (dh[:, t] + carry) -> dh[:, t] |
        Nothing is carried back in time: the step after also depends on h_t.
    h_after | dW_h += before.T @ dz -> dW_h += h[:, t].T @ dz |
        dW_h takes h_t; the step multiplied W_h with the state before it, h_(t-1).
    overwritten | `dW_x += ` -> `dW_x = ` ;; `dW_h += ` -> `dW_h = ` ;; `db += ` -> `db = ` | The
        weights are shared by all steps: their gradients add up (+=), they must not overwrite each
        other (=).
    untransposed | dz @ W_h.T -> dz @ W_h |
        Going back through h W_h multiplies by the transpose: dz W_h^T.
    no_slope | ` * (1 - h[:, t] ** 2)` -> `` | The slope of tanh, 1 - h^2, is missing.
    not_squared | (1 - h[:, t] ** 2) -> (1 - h[:, t]) |
        The slope of tanh is 1 - h^2; the square is missing.
    slope_twice | (1 - h[:, t] ** 2) -> (1 - np.tanh(h[:, t]) ** 2) |
        h is tanh(z) already: the slope is 1 - h^2, not 1 - tanh(h)^2.
    zero_start | else h_0 -> else 0 * h_0 | At the first step the state before is h_0; you take 0.
    last_start | h[:, t - 1] if t > 0 else h_0 -> h[:, t - 1] |
        At t = 0 the index t - 1 is -1, the last state; the state before the first step is h_0.
    forward_in_time | reversed(range(x.shape[1])) -> range(x.shape[1]) |
        You go forward in time; gradients come from later steps, so go backwards.
    carry_without_slope | carry = dz @ W_h.T -> carry = (dh[:, t] + carry) @ W_h.T |
        The carry goes back through tanh too: it is dz W_h^T.
    mean | `    return dW_x, dW_h, db, carry` -> `    return dW_x / len(x), dW_h / len(x), db /
        len(x), carry` |
        You average over the batch; the gradients are sums (a mean, if any, is in dh already).
    db_mean | dz.sum(axis=0) -> dz.mean(axis=0) | db is averaged over the batch; it is a sum.
    db_one_number | dz.sum(axis=0) -> dz.sum() |
        db is summed over the units too; sum over the batch only (axis 0).
    carry_lost | db, carry -> db, 0 * carry |
        dh_0 is the carry after the first step; you return zeros.
    x_next | x[:, t].T @ dz -> x[:, max(t - 1, 0)].T @ dz |
        dW_x takes the input of the same step, x_t.
    plus_slope | (1 - h[:, t] ** 2) -> (1 + h[:, t] ** 2) |
        The slope of tanh is 1 - h^2, not 1 + h^2.
    """,
)
def backward(dh, x, h, h_0, W_h):
    dW_x, dW_h, db = np.zeros((x.shape[2], len(W_h))), np.zeros_like(W_h), np.zeros(len(W_h))
    carry = np.zeros_like(h_0)
    for t in reversed(range(x.shape[1])):
        before = h[:, t - 1] if t > 0 else h_0
        dz = (dh[:, t] + carry) * (1 - h[:, t] ** 2)
        dW_x += x[:, t].T @ dz
        dW_h += before.T @ dz
        db += dz.sum(axis=0)
        carry = dz @ W_h.T
    return dW_x, dW_h, db, carry


def gradient_cases(rng):
    yield {"W": np.array([[3.0]]), "b": np.array([4.0])}, 1.0
    yield special("smaller than the limit", {"W": np.array([[0.3]]), "b": np.array([0.4])}, 1.0)
    for n, m in [(2, 3), (3, 4), (4, 2), (5, 3)] * 3:
        yield {"W": normal(rng, n, m), "b": normal(rng, m)}, float(rng.uniform(0.5, 2.5))
    for n, m in [(2, 3), (3, 2), (4, 3)]:
        yield special("smaller than the limit", {"W": normal(rng, n, m), "b": normal(rng, m)}, 60.0)
        yield special("all gradients 0", {"W": np.zeros((n, m)), "b": np.zeros(m)}, 1.5)


def clip_by_loop(grads, limit):
    total = math.sqrt(sum(float(v) ** 2 for g in grads.values() for v in g.flat))
    return {k: g * (limit / total) if total > limit else g for k, g in grads.items()}


def clip_joined(grads, limit):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads.values()]))
    return {k: g * limit / max(norm, limit) for k, g in grads.items()}


def parallel(one, other):
    """True if two dicts of arrays have the same direction, and where one of them has none."""
    both = np.stack([np.concatenate([np.ravel(v) for v in d.values()]) for d in (one, other)])
    return not np.isfinite(both).all() or np.linalg.matrix_rank(both, tol=1e-5) <= 1


@exercise(
    "rnn.clip",
    trains="clipping by the global norm",
    task="""
    clip(grads, limit) -> dict with the same keys: clip by global norm. grads is a dict of arrays
    ("W" and "b"). If the norm of all numbers together is above limit, all arrays are scaled by
    one factor so that it becomes limit; else they stay.
    """,
    cases=gradient_cases,
    variants=(clip_by_loop, clip_joined),
    properties=(
        Property(
            "the direction of the gradient stays",
            lambda f, grads, limit: parallel(f(grads, limit), grads),
        ),
    ),
    hints=(
        "Clipping shortens the gradient as one long vector; it does not turn it.",
        "norm = sqrt(sum over all arrays of g^2);  factor = min(1, limit / norm).",
        "norm = np.sqrt(sum((g**2).sum() for g in grads.values()))\n"
        "factor = ...\n"
        "return {k: g * factor for k, g in grads.items()}",
    ),
    mistakes="""
    enlarges | if norm > limit else 1.0 -> if norm > 0 else 1.0 |
        Small gradients are enlarged: the factor is at most 1.
    always | limit / norm if norm > limit else 1.0 -> limit / norm |
        You scale every gradient to the norm limit. Only those above the limit are scaled; smaller
        ones stay as they are, and where all gradients are 0, limit / norm has no value.
    each_alone | return {k: g * factor for k, g in grads.items()} -> return {k: g * min(1.0, limit /
        max(np.sqrt((g**2).sum()), 1e-12)) for k, g in grads.items()} |
        Each array is clipped by its own norm, which turns the gradient; one factor serves all.
    by_value | g * factor for -> np.clip(g, -limit, limit) for |
        You clip each number to [-limit, limit]; clipping by norm scales them all by one factor.
    no_root | np.sqrt(sum((g**2).sum() for g in grads.values())) -> sum((g**2).sum() for g in
        grads.values()) | The norm is the square root of the sum of squares.
    sum_of_norms | np.sqrt(sum((g**2).sum() for g in grads.values())) -> sum(np.sqrt((g**2).sum())
        for g in grads.values()) |
        You add up the arrays' norms; the squares are added, then one root is taken.
    only_divided | limit / norm -> 1 / norm | You divide by the norm but do not multiply by limit.
    weights_only | (g**2).sum() for g in grads.values() -> (g**2).sum() for g in [grads["W"]] |
        Only W enters the norm; b belongs to it too.
    dropped | limit / norm if -> 0.0 if |
        Gradients above the limit are set to 0; they are shortened.
    never | limit / norm if -> 1.0 if | Nothing is clipped.
    mean_square | np.sqrt(sum((g**2).sum() for g in grads.values())) -> np.sqrt(sum((g**2).sum() for
        g in grads.values()) / sum(g.size for g in grads.values())) |
        You take the root of the mean square; the norm has the sum.
    always_scaled | if norm > limit else 1.0 -> if norm > limit else limit | You scale every
        gradient to the norm limit or multiply by it; only those above the limit are scaled.
    squared_factor | limit / norm -> (limit / norm) ** 2 |
        The factor is limit / norm, not its square.
    maximum_norm | np.sqrt(sum((g**2).sum() for g in grads.values())) -> max(np.abs(g).max() for g
        in grads.values()) | The norm is the root of the sum of squares, not the largest number.
    small_norm | limit / norm if norm > limit else 1.0 -> min(1.0, limit / (norm + SMALL)) | You add
        a small constant to the norm; the clipped gradient is then a little too short. Divide only
        where norm > limit, and the norm is never 0.
    """,
    equivalent={
        "norm > limit -> norm >= limit": "at norm = limit the factor is 1 either way",
    },
)
def clip(grads, limit):
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    factor = limit / norm if norm > limit else 1.0
    return {k: g * factor for k, g in grads.items()}


@exercise(
    "rnn.memory",
    trains="what a state remembers, with a pencil",
    task="""
    A linear recurrent network (no activation, no bias) has two hidden units, all weights are 1,
    the memory starts at 0, and the output adds up both hidden units. Inputs in order: (1,1),
    (1,1), (2,2). Three numbers: the outputs.
    """,
    variants=(lambda: [4, 12, 32], lambda: np.array([4.0, 12.0, 32.0])),
    why="""
    Each unit adds both inputs and both old units. h = 2, then 2 + 2 + 2 = 6, then 4 + 6 + 6 = 16,
    the same in both units; the outputs are 4, 12 and 32.
    """,
    hints=(
        "Each hidden unit adds both inputs and both old hidden units.",
        "h_new = x1 + x2 + h1 + h2, the same for both units;  y = h1 + h2.",
        "First step: each h = 1 + 1 + 0 + 0, y = 4. Second: each h = 1 + 1 + 2 + ... Third: ...",
    ),
    mistakes="""
    no_memory | = np.array([4, 4, 8]) |
        The memory is missing: each step also adds both old hidden values.
    own_only | = np.array([4, 8, 16]) |
        Each unit adds its own old value only; all weights are 1, so it adds both.
    other_order | = np.array([8, 20, 44]) |
        Those are the outputs for (2,2), (1,1), (1,1): the order matters.
    one_unit | = np.array([2, 6, 16]) | You give one hidden unit's value; the output adds up both.
    sum_outputs | = np.array([4, 16, 48]) | You add up the outputs over time; each step has its own.
    own_at_last | = np.array([4, 12, 28]) | The first two are right. In the third step, too, each
        unit adds both old values, not one of them.
    """,
)
def memory():
    return np.array([4.0, 12.0, 32.0])
