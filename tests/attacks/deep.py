"""Answers of chapter 8: the highway layer."""

import numpy as np

from attacks.table import right, wrong


def layer(x, W, b, W_t, b_t):
    return np.tanh(x @ W + b), 1 / (1 + np.exp(-(x @ W_t + b_t)))


@wrong("deep_cnns.highway", "convention", "gate|exchang|turned|sign|1 - t")
def gate_turned_round_everywhere(x, W, b, W_t, b_t, dy):
    h, t = layer(x, W, b, W_t, b_t)
    y = (1 - t) * h + t * x
    dz, dz_t = dy * (1 - t) * (1 - h**2), dy * (x - h) * t * (1 - t)
    return y, dz @ W.T + dz_t @ W_t.T + dy * t, x.T @ dz_t, dz_t.sum(axis=0)


@wrong("deep_cnns.highway", "forgotten", "straight|carr|sum")
def without_the_straight_path(x, W, b, W_t, b_t, dy):
    h, t = layer(x, W, b, W_t, b_t)
    dz, dz_t = dy * t * (1 - h**2), dy * (h - x) * t * (1 - t)
    return t * h + (1 - t) * x, dz @ W.T + dz_t @ W_t.T, x.T @ dz_t, dz_t.sum(axis=0)


@wrong("deep_cnns.highway", "forgotten", "path through the gate|depends on x|gate")
def the_gate_as_a_constant(x, W, b, W_t, b_t, dy):
    h, t = layer(x, W, b, W_t, b_t)
    dz, dz_t = dy * t * (1 - h**2), dy * (h - x) * t * (1 - t)
    return t * h + (1 - t) * x, dz @ W.T + dy * (1 - t), x.T @ dz_t, dz_t.sum(axis=0)


@wrong("deep_cnns.highway", "forgotten", "slope|1 - t")
def without_the_slope_of_the_sigmoid(x, W, b, W_t, b_t, dy):
    h, t = layer(x, W, b, W_t, b_t)
    dz, dz_t = dy * t * (1 - h**2), dy * (h - x)
    dx = dz @ W.T + dz_t @ W_t.T + dy * (1 - t)
    return t * h + (1 - t) * x, dx, x.T @ dz_t, dz_t.sum(axis=0)


@wrong("deep_cnns.highway", "transpose", "transpos")
def neither_matrix_transposed(x, W, b, W_t, b_t, dy):
    h, t = layer(x, W, b, W_t, b_t)
    dz, dz_t = dy * t * (1 - h**2), dy * (h - x) * t * (1 - t)
    dx = dz @ W + dz_t @ W_t + dy * (1 - t)
    return t * h + (1 - t) * x, dx, x.T @ dz_t, dz_t.sum(axis=0)


@right("deep_cnns.highway")
def by_differences_of_the_gate(x, W, b, W_t, b_t, dy):
    h, t = layer(x, W, b, W_t, b_t)
    open_by = dy * (h - x) * (t - t * t)
    back = np.hstack([dy * t * (1 - h * h), open_by]) @ np.vstack([W.T, W_t.T])
    return x + t * (h - x), back + dy - t * dy, np.transpose(open_by.T @ x), sum(open_by)
