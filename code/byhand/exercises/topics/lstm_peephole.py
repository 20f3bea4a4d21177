"""Transfer exercise of chapter 10: back through a cell whose forget gate sees the memory."""

import math

import numpy as np

from byhand.exercises.checker.declare import exercise, special
from byhand.exercises.topics.cases import normal
from byhand.exercises.topics.lstm import sigmoid


def peephole_cases(rng):
    yield special(
        "one cell, gates half open",
        np.array([[0.5]]),
        np.array([[-1.0]]),
        np.zeros((1, 4)),
        np.array([[2.0]]),
        np.array([0.5]),
    )
    for B, H in [(1, 2), (2, 3), (3, 2), (4, 3), (2, 5), (5, 4)] * 3:
        yield (
            normal(rng, B, H),
            normal(rng, B, H),
            normal(rng, B, 4 * H),
            normal(rng, B, H),
            normal(rng, H),
        )


def peephole_by_loop(dh, dc, z, c_prev, w):
    B, H = c_prev.shape
    dz, dc_prev, dw = np.zeros((B, 4 * H)), np.zeros((B, H)), np.zeros(H)
    for n, k in np.ndindex(B, H):
        z_i, z_f, z_g, z_o = (float(z[n, k + s * H]) for s in range(4))
        old = float(c_prev[n, k])
        i, f, o = (1 / (1 + math.exp(-v)) for v in (z_i, z_f + w[k] * old, z_o))
        g = math.tanh(z_g)
        shown = math.tanh(f * old + i * g)
        both = dc[n, k] + dh[n, k] * o * (1 - shown**2)
        back = both * old * f * (1 - f)
        dz[n, k], dz[n, k + H] = both * g * i * (1 - i), back
        dz[n, k + 2 * H], dz[n, k + 3 * H] = (
            both * i * (1 - g * g),
            dh[n, k] * shown * o * (1 - o),
        )
        dc_prev[n, k] = both * f + back * w[k]
        dw[k] += back * old
    return dz, dc_prev, dw


def peephole_in_blocks(dh, dc, z, c_prev, w):
    blocks = z.reshape(len(z), 4, -1).copy()
    blocks[:, 1] += w * c_prev
    gates = (1 + np.tanh(blocks / 2)) / 2
    gates[:, 2] = np.tanh(blocks[:, 2])
    slopes = gates * (1 - gates)
    slopes[:, 2] = 1 - gates[:, 2] ** 2
    i, f, g, o = np.moveaxis(gates, 1, 0)
    shown = np.tanh(f * c_prev + i * g)
    both = dc + dh * o * (1 - shown**2)
    parts = np.stack([both * g, both * c_prev, both * i, dh * shown], axis=1) * slopes
    dw = np.einsum("bh,bh->h", parts[:, 1], c_prev)
    return parts.reshape(len(z), -1), f * both + w * parts[:, 1], dw


@exercise(
    "lstm.peephole_backward",
    trains="a new path back to the memory",
    kind="derive and code",
    task="""
    peephole_backward(dh, dc, z, c_prev, w) -> (dz, dc_prev, dw): back through one LSTM step whose
    forget gate sees the old memory. dh, dc, c_prev (B, H); z (B, 4H) in the order i, f, g, o; w
    (H,), one weight for each cell. Forward: f = sigmoid(z_f + w c_prev), element by element; i, g,
    o, c and h as in (10.3) to (10.5). dh and dc are the gradients that arrive at h and c. Return
    the gradients with respect to z (B, 4H), c_prev (B, H) and w (H,).
    """,
    shapes={"dh": "B H"},
    outputs=("dz", "dc_prev", "dw"),
    cases=peephole_cases,
    variants=(peephole_by_loop, peephole_in_blocks),
    helpers=(sigmoid,),
    why="""
    The old memory now enters the step twice, as what is kept and as a voice in how much, so its
    gradient is a sum of two: the belt's factor is no longer f alone.
    """,
    hints=(
        "Write the forward pass line by line first. In how many lines does c_prev appear now?",
        "dz_f = dc c_prev f (1 - f) as before;  dc_prev = dc f + what comes back through z_f;  dw: "
        "what came in times what came back, added up over the batch.",
        "f = sigmoid(z_f + ...)\n"
        "dc = dc + dh * o * (...)\n"
        "dz_f = dc * c_prev * f * (1 - f)\n"
        "return np.concatenate([...], axis=1), dc * f + ..., (...).sum(axis=0)",
    ),
    mistakes="""
    belt_only | dc * f + dz_f * w -> dc * f |
        dc_prev lacks the path through the forget gate: c_prev enters z_f as well.
    gate_only | dc * f + dz_f * w -> dz_f * w | dc_prev lacks the belt: c = f c_prev + i g.
    no_window | dc = dc + dh * o * (1 - np.tanh(c) ** 2) -> dc = dc * 1.0 |
        The path through h is missing at c: dc + dh o (1 - tanh^2 c).
    no_belt_in | dc = dc + dh * o -> dc = dh * o |
        What arrives along the belt is missing at c: both paths are added.
    blind_gate | sigmoid(z_f + w * c_prev) -> sigmoid(z_f) |
        In the forward pass your forget gate does not see c_prev: z_f + w c_prev.
    dw_mean | (dz_f * c_prev).sum(axis=0) -> (dz_f * c_prev).mean(axis=0) |
        dw is added up over the batch, not averaged: dh and dc hold any division by B already.
    dw_new_cell | (dz_f * c_prev).sum -> (dz_f * c).sum |
        The forget gate sees the old memory: dw takes c_prev, not c.
    dw_no_input | (dz_f * c_prev).sum -> dz_f.sum |
        dw lacks what came in: w multiplies c_prev, so its gradient is dz_f c_prev.
    no_weight | dz_f * w, -> dz_f, | The path through the gate lacks its weight: dz_f w.
    no_slope | dc * c_prev * f * (1 - f) -> dc * c_prev |
        The sigmoid's slope f (1 - f) is missing in dz_f.
    tanh_slope | dc * i * (1 - g**2) -> dc * i * g * (1 - g) |
        The candidate passes through tanh: its slope is 1 - g^2.
    """,
)
def peephole_backward(dh, dc, z, c_prev, w):
    z_i, z_f, z_g, z_o = np.split(z, 4, axis=1)
    i, f, o = sigmoid(z_i), sigmoid(z_f + w * c_prev), sigmoid(z_o)
    g = np.tanh(z_g)
    c = f * c_prev + i * g
    do = dh * np.tanh(c)
    dc = dc + dh * o * (1 - np.tanh(c) ** 2)
    dz_f = dc * c_prev * f * (1 - f)
    dz_i, dz_g, dz_o = dc * g * i * (1 - i), dc * i * (1 - g**2), do * o * (1 - o)
    dz = np.concatenate([dz_i, dz_f, dz_g, dz_o], axis=1)
    return dz, dc * f + dz_f * w, (dz_f * c_prev).sum(axis=0)
