"""The transfer exercise of chapter 9: a layer that may keep a part of its state."""

import numpy as np

from byhand.exercises.checker.declare import exercise
from byhand.exercises.topics.cases import normal


def leaky_cases(rng):
    for B, T, D, H in [
        (1, 2, 1, 1),
        (1, 2, 2, 3),
        (2, 3, 4, 5),
        (3, 4, 2, 5),
        (2, 5, 3, 4),
        (4, 2, 3, 5),
    ] * 3:
        yield (
            normal(rng, B, T, H),
            normal(rng, B, T, D),
            normal(rng, B, H, scale=0.8),
            normal(rng, D, H, scale=0.6),
            normal(rng, H, H, scale=0.6),
            normal(rng, H, scale=0.6),
            float(rng.uniform(0.2, 0.8)),
        )


def leaky_by_example(dh, x, h_0, W_x, W_h, b, a):
    dW_x, dW_h, db, da = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(b.shape), 0.0
    dh_0 = []
    for n in range(len(x)):
        h, g = [h_0[n]], []
        for step in x[n]:
            g.append(np.tanh(step @ W_x + h[-1] @ W_h + b))
            h.append(h[-1] + a * (g[-1] - h[-1]))
        later = np.zeros(len(b))
        for t in range(len(g) - 1, -1, -1):
            arrived = dh[n, t] + later
            dz = a * arrived * (1 - g[t] ** 2)
            da = da + arrived @ (g[t] - h[t])
            dW_x, dW_h, db = dW_x + np.outer(x[n, t], dz), dW_h + np.outer(h[t], dz), db + dz
            later = arrived - a * arrived + W_h @ dz
        dh_0.append(later)
    return dW_x, dW_h, db, da, np.array(dh_0)


def leaky_in_two_phases(dh, x, h_0, W_x, W_h, b, a):
    T = x.shape[1]
    h, g, arrived, dz = [h_0], [], [None] * T, [None] * T
    for t in range(T):
        g.append(np.tanh(np.hstack([x[:, t], h[t]]) @ np.vstack([W_x, W_h]) + b))
        h.append((1 - a) * h[t] + a * g[t])
    later = 0.0
    for t in range(T)[::-1]:
        arrived[t] = dh[:, t] + later
        dz[t] = arrived[t] * a * (1 - g[t] * g[t])
        later = arrived[t] * (1 - a) + np.einsum("bk,jk->bj", dz[t], W_h)
    da = sum(np.sum(d * (n - o)) for d, n, o in zip(arrived, g, h[:-1], strict=True))
    before, dz = np.stack(h[:-1]), np.stack(dz)
    return [
        np.einsum("btd,tbh->dh", x, dz),
        np.einsum("tbi,tbh->ih", before, dz),
        dz.sum((0, 1)),
        da,
        later,
    ]


@exercise(
    "rnn.leaky_backward",
    trains="backpropagation through time where the state has a second way back",
    kind="derive and code",
    task="""
    leaky_backward(dh, x, h_0, W_x, W_h, b, a) -> (dW_x, dW_h, db, da, dh_0): both passes of a layer
    that keeps a part of its state, h_t = (1 - a) h_(t-1) + a tanh(x_t W_x + h_(t-1) W_h + b). The
    number a, between 0 and 1, is the same for all units and steps. dh (B, T, H): gradient that
    reaches each state h_1 .. h_T from outside (not yet through later steps); x (B, T, D); h_0 (B,
    H); W_x (D, H), W_h (H, H), b (H,). Run forward first, then back. da is a number.
    """,
    shapes={"x": "B T D", "h_0": "B H"},
    outputs=("dW_x", "dW_h", "db", "da", "dh_0"),
    cases=leaky_cases,
    variants=(leaky_by_example, leaky_in_two_phases),
    why="""
    The second road has the factor 1 - a and no matrix. With a tiny W_h and a = 0.1 it is the only
    one, and 0.9^50 = 0.005 of a gradient is left after fifty steps; of a plain layer's gradient,
    which has to pass W_h fifty times, nothing would be.
    """,
    hints=(
        "Call the tanh g_t. Then h_t is a sum of two products, and h_(t-1) goes two ways into it.",
        "da += sum dh_t (g_t - h_(t-1));  dz_t = a dh_t (1 - g_t^2);  carry = (1 - a) dh_t + dz_t "
        "W_h^T, with the whole dh_t, the carry from later included.",
        "for t in reversed(range(T)):\n"
        "    d = dh[:, t] + carry\n"
        "    dz = ... * (1 - g[t] ** 2)\n"
        "    da += (d * ...).sum()\n"
        "    ...; carry = ... + dz @ W_h.T",
    ),
    mistakes="""
    one_road | (1 - a) * d + dz @ W_h.T -> dz @ W_h.T |
        The state has a second way back, without a matrix: (1 - a) of the gradient goes along it.
    whole_road | (1 - a) * d + dz @ W_h.T -> d + dz @ W_h.T |
        The kept part of the state is (1 - a) of it, so (1 - a) of the gradient goes back with it.
    no_share | dz = a * d * (1 - g[t] ** 2) -> dz = d * (1 - g[t] ** 2) |
        The tanh enters the state with the factor a: so does its gradient.
    slope_of_state | (1 - g[t] ** 2) -> (1 - h[t + 1] ** 2) |
        The slope of tanh is 1 minus the square of the tanh itself; h_t is a mixture and not the
        tanh.
    da_new_only | (d * (g[t] - h[t])).sum() -> (d * g[t]).sum() |
        a stands in both parts of the state, a times the tanh and (1 - a) h_(t-1): its gradient has
        both of them, not the tanh alone.
    da_own_only | da += (d * -> da += (dh[:, t] * |
        da needs the whole gradient of h_t, what comes from later steps included.
    state_after | h[t].T @ dz -> h[t + 1].T @ dz |
        dW_h takes h_t; the step multiplied W_h with the state before it, h_(t-1).
    untransposed | dz @ W_h.T -> dz @ W_h |
        Going back through h W_h multiplies by the transpose: dz W_h^T.
    da_mean | return dW_x, dW_h, db, da, -> return dW_x, dW_h, db, da / len(x), |
        da is averaged over the batch; it is a sum, as all gradients here.
    overwritten | `dW_x += ` -> `dW_x = ` ;; `dW_h += ` -> `dW_h = ` ;; `db += ` -> `db = ` | The
        weights are shared by all steps: their gradients add up (+=), they must not overwrite each
        other (=).
    """,
)
def leaky_backward(dh, x, h_0, W_x, W_h, b, a):
    h, g = [h_0], []
    for t in range(x.shape[1]):
        g.append(np.tanh(x[:, t] @ W_x + h[t] @ W_h + b))
        h.append((1 - a) * h[t] + a * g[t])
    dW_x, dW_h, db, da, carry = np.zeros(W_x.shape), np.zeros(W_h.shape), np.zeros(len(b)), 0.0, 0.0
    for t in reversed(range(x.shape[1])):
        d = dh[:, t] + carry
        dz = a * d * (1 - g[t] ** 2)
        da += (d * (g[t] - h[t])).sum()
        dW_x += x[:, t].T @ dz
        dW_h += h[t].T @ dz
        db += dz.sum(axis=0)
        carry = (1 - a) * d + dz @ W_h.T
    return dW_x, dW_h, db, da, carry
