"""Exercises of chapter 9: recurrence, backpropagation through time, clipping."""
# ruff: noqa: E501 - one mistake a line

import math

import numpy as np

from byhand.exercises.checker.declare import Property, exercise, slip, special, wrong
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


@exercise(
    "rnn.forward",
    task="forward(x, h_0, W_x, W_h, b) -> h (B, T, H): all states of a simple recurrent network, h_t = tanh(x_t W_x + h_(t-1) W_h + b). "
    "x (B, T, D), h_0 (B, H) the state before the first step (not part of the answer), W_x (D, H), W_h (H, H), b (H,).",
    shapes={"x": "B T D", "W_x": "D H"},
    cases=sequences,
    variants=(forward_by_loop, forward_stacked),
    hints=("One state is carried through the loop over time; every step uses the same weights.", "h_t = tanh(x_t W_x + h_(t-1) W_h + b).", "h = h_0\nfor t in range(x.shape[1]):\n    h = np.tanh(x[:, t] @ W_x + ...)\n    out[:, t] = h"),
    mistakes=(
        slip("start_at_zero", "The state starts at h_0, which need not be 0.", "h = h_0", "h = 0 * h_0"),
        slip("no_memory", "The old state is missing: + h W_h.", " + h @ W_h", ""),
        slip("always_h0", "Every step starts from h_0; it must start from the state of the step before.", "h = np.tanh(x[:, t] @ W_x + h @ W_h + b)", "h = np.tanh(x[:, t] @ W_x + h_0 @ W_h + b)"),
        slip("no_bias", "The bias is missing.", " + b)", ")"),
        slip("no_tanh", "The tanh is missing.", "np.tanh(x[:, t] @ W_x + h @ W_h + b)", "(x[:, t] @ W_x + h @ W_h + b)"),
        slip("transposed", "W_h is transposed: with rows as examples it is h @ W_h.", "h @ W_h", "h @ W_h.T"),
        slip("tanh_before", "tanh is applied to the sum, x W_x + h W_h + b, not to x W_x alone.", "np.tanh(x[:, t] @ W_x + h @ W_h + b)", "np.tanh(x[:, t] @ W_x) + h @ W_h + b"),
        slip("before_step", "You store the state before the step; h_t is the state after it, and h_0 is not part of the answer.", "        h = np.tanh(x[:, t] @ W_x + h @ W_h + b)\n        out[:, t] = h", "        out[:, t] = h\n        h = np.tanh(x[:, t] @ W_x + h @ W_h + b)"),
        slip("last_only", "You return the last state only; all T states are asked for.", "return out", "return h"),
        slip("backwards", "You go through time backwards.", "range(x.shape[1])", "reversed(range(x.shape[1]))"),
        slip("first_input", "Every step reads the first input; step t reads x[:, t].", "x[:, t] @ W_x", "x[:, 0] @ W_x"),
        slip("sigmoid", "You use the sigmoid; the task asks for tanh.", "np.tanh(x[:, t] @ W_x + h @ W_h + b)", "1 / (1 + np.exp(-(x[:, t] @ W_x + h @ W_h + b)))"),
        slip("across_batch", "The state of the last example goes on to the next one: each sequence has its own.", "+ h @ W_h", "+ np.roll(h, 1, axis=0) @ W_h"),
        slip("transposed_input",
            "W_x is used with another weight's order: each step is x_t W_x + h W_h, not tanh "
            "of their product.", "x[:, t] @ W_x + h @ W_h", "(x[:, t] @ W_x) * (h @ W_h)"),
        slip("relu", "You use ReLU; the task asks for tanh.",
            "np.tanh(x[:, t] @ W_x + h @ W_h + b)", "np.maximum(0, x[:, t] @ W_x + h @ W_h + b)"),
        slip("added_state", "The old state goes through W_h; it is not added as it is.", "h @ W_h",
            "h"),
        slip("minus_state", "The recurrent part is added, not taken away.", "+ h @ W_h",
            "- h @ W_h"),
    ),
)  # fmt: skip
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
    task="backward(dh, x, h, h_0, W_h) -> (dW_x, dW_h, db, dh_0): backpropagation through time for rnn.forward. dh (B, T, H): gradient that "
    "reaches each state from outside (not yet through later steps); x (B, T, D); h (B, T, H) the states after each step; h_0 (B, H).",
    shapes={"x": "B T D", "h_0": "B H"},
    outputs=("dW_x", "dW_h", "db", "dh_0"),
    cases=backward_cases,
    variants=(bptt_by_loop, bptt_two_phases),
    hints=(
        "Go backwards through time. Two roads lead back to each state: its own output, and the step after it.",
        "dz_t = (dh_t + carry) (1 - h_t^2);  dW_x += x_t^T dz_t, dW_h += h_(t-1)^T dz_t, db += sum dz_t;  carry = dz_t W_h^T.",
        "carry = np.zeros_like(h_0)\nfor t in reversed(range(T)):\n    before = h[:, t - 1] if t > 0 else h_0\n    dz = (dh[:, t] + ...) * (...)\n    ...\n    carry = dz @ W_h.T",
    ),
    mistakes=(
        slip("no_carry", "Nothing is carried back in time: the step after also depends on h_t.", "(dh[:, t] + carry)", "dh[:, t]"),
        slip("h_after", "dW_h takes h_t; the step multiplied W_h with the state before it, h_(t-1).", "dW_h += before.T @ dz", "dW_h += h[:, t].T @ dz"),
        slip("overwritten", "The weights are shared by all steps: their gradients add up (+=), they must not overwrite each other (=).", "dW_x += ", "dW_x = ", "dW_h += ", "dW_h = ", "db += ", "db = "),
        slip("untransposed", "Going back through h W_h multiplies by the transpose: dz W_h^T.", "dz @ W_h.T", "dz @ W_h"),
        slip("no_slope", "The slope of tanh, 1 - h^2, is missing.", " * (1 - h[:, t] ** 2)", ""),
        slip("not_squared", "The slope of tanh is 1 - h^2; the square is missing.", "(1 - h[:, t] ** 2)", "(1 - h[:, t])"),
        slip("slope_twice", "h is tanh(z) already: the slope is 1 - h^2, not 1 - tanh(h)^2.", "(1 - h[:, t] ** 2)", "(1 - np.tanh(h[:, t]) ** 2)"),
        slip("zero_start", "At the first step the state before is h_0; you take 0.", "else h_0", "else 0 * h_0"),
        slip("last_start", "At t = 0 the index t - 1 is -1, the last state; the state before the first step is h_0.", "h[:, t - 1] if t > 0 else h_0", "h[:, t - 1]"),
        slip("forward_in_time", "You go forward in time; gradients come from later steps, so go backwards.", "reversed(range(x.shape[1]))", "range(x.shape[1])"),
        slip("carry_without_slope", "The carry goes back through tanh too: it is dz W_h^T.", "carry = dz @ W_h.T", "carry = (dh[:, t] + carry) @ W_h.T"),
        slip("mean", "You average over the batch; the gradients are sums (a mean, if any, is in dh already).", "    return dW_x, dW_h, db, carry", "    return dW_x / len(x), dW_h / len(x), db / len(x), carry"),
        slip("db_mean", "db is averaged over the batch; it is a sum.", "dz.sum(axis=0)", "dz.mean(axis=0)"),
        slip("db_one_number", "db is summed over the units too; sum over the batch only (axis 0).",
            "dz.sum(axis=0)", "dz.sum()"),
        slip("carry_lost", "dh_0 is the carry after the first step; you return zeros.", "db, carry",
            "db, 0 * carry"),
        slip("x_next", "dW_x takes the input of the same step, x_t.", "x[:, t].T @ dz",
            "x[:, max(t - 1, 0)].T @ dz"),
        slip("plus_slope", "The slope of tanh is 1 - h^2, not 1 + h^2.", "(1 - h[:, t] ** 2)",
            "(1 + h[:, t] ** 2)"),
    ),
)  # fmt: skip
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


@exercise(
    "rnn.clip",
    task='clip(grads, limit) -> dict with the same keys: clip by global norm. grads is a dict of arrays ("W" and "b"). If the norm of all '
    "numbers together is above limit, all arrays are scaled by one factor so that it becomes limit; else they stay.",
    cases=gradient_cases,
    variants=(clip_by_loop, clip_joined),
    properties=(Property("the direction of the gradient stays", lambda f, grads, limit: np.linalg.matrix_rank(np.stack([np.concatenate([v.ravel() for v in d.values()]) for d in (f(grads, limit), grads)]), tol=1e-5) <= 1),),
    hints=("Clipping shortens the gradient as one long vector; it does not turn it.", "norm = sqrt(sum over all arrays of g^2);  factor = min(1, limit / norm).", "norm = np.sqrt(sum((g**2).sum() for g in grads.values()))\nfactor = ...\nreturn {k: g * factor for k, g in grads.items()}"),
    mistakes=(
        slip("enlarges", "Small gradients are enlarged: the factor is at most 1.", "if norm > limit else 1.0", "if norm > 0 else 1.0"),
        slip("each_alone", "Each array is clipped by its own norm, which turns the gradient; one factor serves all.", "return {k: g * factor for k, g in grads.items()}", "return {k: g * min(1.0, limit / max(np.sqrt((g**2).sum()), 1e-12)) for k, g in grads.items()}"),
        slip("by_value", "You clip each number to [-limit, limit]; clipping by norm scales them all by one factor.", "g * factor for", "np.clip(g, -limit, limit) for"),
        slip("no_root", "The norm is the square root of the sum of squares.", "np.sqrt(sum((g**2).sum() for g in grads.values()))", "sum((g**2).sum() for g in grads.values())"),
        slip("sum_of_norms", "You add up the arrays' norms; the squares are added, then one root is taken.", "np.sqrt(sum((g**2).sum() for g in grads.values()))", "sum(np.sqrt((g**2).sum()) for g in grads.values())"),
        slip("only_divided", "You divide by the norm but do not multiply by limit.", "limit / norm", "1 / norm"),
        slip("weights_only", "Only W enters the norm; b belongs to it too.", "(g**2).sum() for g in grads.values()", '(g**2).sum() for g in [grads["W"]]'),
        slip("dropped", "Gradients above the limit are set to 0; they are shortened.", "limit / norm if", "0.0 if"),
        slip("never", "Nothing is clipped.", "limit / norm if", "1.0 if"),
        slip("mean_square", "You take the root of the mean square; the norm has the sum.", "np.sqrt(sum((g**2).sum() for g in grads.values()))", "np.sqrt(sum((g**2).sum() for g in grads.values()) / sum(g.size for g in grads.values()))"),
        slip("always_scaled",
            "You scale every gradient to the norm limit or multiply by it; only those above "
            "the limit are scaled.", "if norm > limit else 1.0", "if norm > limit else limit"),
        slip("squared_factor", "The factor is limit / norm, not its square.", "limit / norm",
            "(limit / norm) ** 2"),
        slip("maximum_norm", "The norm is the root of the sum of squares, not the largest number.",
            "np.sqrt(sum((g**2).sum() for g in grads.values()))",
            "max(np.abs(g).max() for g in grads.values())"),
    ),
    equivalent={
        "norm > limit -> norm >= limit": "at norm = limit the factor is 1 either way",
    },
)  # fmt: skip
def clip(grads, limit):
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    factor = limit / norm if norm > limit else 1.0
    return {k: g * factor for k, g in grads.items()}


@exercise(
    "rnn.memory",
    task="A linear recurrent network (no activation, no bias) has two hidden units, all weights are 1, the memory starts at 0, and the output "
    "adds up both hidden units. Inputs in order: (1,1), (1,1), (2,2). Three numbers: the outputs.",
    variants=(lambda: [4, 12, 32], lambda: np.array([4.0, 12.0, 32.0])),
    hints=("Each hidden unit adds both inputs and both old hidden units.", "h_new = x1 + x2 + h1 + h2, the same for both units;  y = h1 + h2.", "First step: each h = 2, y = 4. Second: each h = 2 + 4."),
    mistakes=(
        wrong("no_memory", "The memory is missing: each step also adds both old hidden values.", lambda: np.array([4, 4, 8])),
        wrong("own_only", "Each unit adds its own old value only; all weights are 1, so it adds both.", lambda: np.array([4, 8, 16])),
        wrong("other_order", "Those are the outputs for (2,2), (1,1), (1,1): the order matters.", lambda: np.array([8, 20, 44])),
        wrong("one_unit", "You give one hidden unit's value; the output adds up both.", lambda: np.array([2, 6, 16])),
        wrong("sum_outputs", "You add up the outputs over time; each step has its own.", lambda: np.array([4, 16, 48])),
    ),
)  # fmt: skip
def memory():
    return np.array([4.0, 12.0, 32.0])
