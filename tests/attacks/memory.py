"""Answers of chapters 10 to 12: a peephole, a minimal unit, a context at every step."""

import numpy as np

from attacks.table import right, wrong


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def peephole(dh, dc, z, c_prev, w, seen=None, at_c=True):
    """The gradients, with what stands for c_prev in dw, and the window at c or not."""
    i, f, g, o = np.split(z, 4, axis=1)
    i, f, g, o = sigmoid(i), sigmoid(f + w * c_prev), np.tanh(g), sigmoid(o)
    c = f * c_prev + i * g
    both = dc + at_c * dh * o * (1 - np.tanh(c) ** 2)
    to_f = both * c_prev * f * (1 - f)
    parts = [both * g * i * (1 - i), to_f, both * i * (1 - g * g), dh * np.tanh(c) * o * (1 - o)]
    return np.hstack(parts), both * f + to_f * w, (to_f * (c if seen else c_prev)).sum(axis=0)


@right("lstm.peephole_backward")
def peephole_step_by_step(dh, dc, z, c_prev, w):
    return peephole(dh, dc, z, c_prev, w)


@wrong("lstm.peephole_backward", "state", "old memory|c_prev")
def peephole_sees_the_new_memory(dh, dc, z, c_prev, w):
    return peephole(dh, dc, z, c_prev, w, seen="new")


@wrong("lstm.peephole_backward", "forgotten", "window|path through h|dh o")
def peephole_without_the_window(dh, dc, z, c_prev, w):
    return peephole(dh, dc, z, c_prev, w, at_c=False)


@wrong("lstm.peephole_backward", "forgotten", "forget gate|path|z_f")
def peephole_belt_only(dh, dc, z, c_prev, w):
    dz, dc_prev, dw = peephole(dh, dc, z, c_prev, w)
    return dz, dc_prev - w * np.split(dz, 4, axis=1)[1], dw


@right("gru.minimal_backward")
def minimal_by_products(dh, s, n, h_0):
    z, T = sigmoid(s), len(s)
    old = [h_0]
    for t in range(T):
        old.append(z[t] * old[-1] + (1 - z[t]) * n[t])
    g = [sum(dh[k] * np.prod(z[t + 1 : k + 1], axis=0) for k in range(t, T)) for t in range(T)]
    g = np.array(g)
    return g * (np.array(old[:-1]) - n) * (z - z * z), g - g * z, g[0] * z[0]


def every_step(c, e, W_s, W_c, ds, bridge=1.0, carry=1.0):
    s = [c]
    for e_t in e:
        s.append(np.tanh(e_t + s[-1] @ W_s + c @ W_c))
    dW_s, dW_c, dc, back = 0 * W_s, 0 * W_c, 0 * c, 0 * c
    for t in reversed(range(len(e))):
        da = (ds[t] + carry * back) * (1 - s[t + 1] ** 2)
        dW_s, dW_c, dc = dW_s + s[t].T @ da, dW_c + c.T @ da, dc + da @ W_c.T
        back = da @ W_s.T
    return dc + bridge * back, dW_s, dW_c


@right("seq2seq.every_step")
def every_step_in_order(c, e, W_s, W_c, ds):
    return every_step(c, e, W_s, W_c, ds)


@wrong("seq2seq.every_step", "forgotten", "first state|s_0|one use")
def without_the_bridge(c, e, W_s, W_c, ds):
    return every_step(c, e, W_s, W_c, ds, bridge=0)


@wrong("seq2seq.every_step", "forgotten", "next state|comes back|twice")
def nothing_carried(c, e, W_s, W_c, ds):
    return every_step(c, e, W_s, W_c, ds, carry=0)


@wrong("seq2seq.every_step", "order", "before|order|exchang")
def matrices_exchanged(c, e, W_s, W_c, ds):
    dc, dW_s, dW_c = every_step(c, e, W_s, W_c, ds)
    return dc, dW_c, dW_s
