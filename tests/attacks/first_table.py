"""The first edition's 97 wrong answers, written from an independent review of the checker."""

import math

import numpy as np

from attacks.first_answers import (
    adam,
    adamw,
    almost,
    attend,
    beam,
    ce,
    columns,
    cross,
    differences,
    dropped,
    exact_share,
    filled,
    gelu,
    greedy,
    halves,
    heads,
    in_single,
    last_row_kept,
    loo,
    lstm,
    masked,
    one_head,
    over_time,
    pairs,
    pool,
    raw,
    remembered,
    same_buffer,
    slope,
    smoothed,
    soft,
    until_right,
    unwritten,
)
from attacks.table import planted, sig

A, G, M, S = "activations_and_losses.", "generalisation.", "optimisation.", "self_attention."
# Stability that the page asks for
planted(
    "unstable",
    (A + "softmax", "global_max", lambda z: soft(z, shift=z.max())),
    (A + "softmax", "mean_shift", lambda z: soft(z, shift=z.mean(axis=1, keepdims=True))),
    (A + "softmax", "min_shift", lambda z: soft(z, shift=z.min(axis=1, keepdims=True))),
    (A + "softmax", "global_max\\+small_sum", lambda z: np.exp(z - z.max()) / (np.exp(z - z.max()).sum(1, keepdims=True) + 1e-9)),
    (A + "cross_entropy", "global_max", ce(shift=lambda z: z.max())),
    (A + "cross_entropy", "mean_shift", ce(shift=lambda z: z.mean(axis=1, keepdims=True))),
    ("attention.scaled_dot_product", "one_max", attend(shift=lambda s: s.max())),
    ("attention.scaled_dot_product", "max_of_each", attend(shift=lambda s: s.max((1, 2), keepdims=True))),
    ("attention.scaled_dot_product", "exp_without_max", attend(shift=lambda s: np.zeros(1))),
    (S + "layer", "overflow", one_head(lambda s: np.zeros(1))),
    (S + "layer", "one_max", one_head(lambda s: s.max())),
    (S + "multi_head", "overflow", heads(shift=lambda s: np.zeros(1))),
    (S + "multi_head", "one_max", heads(shift=lambda s: s.max())),
    ("transformer.cross_attention", "overflow", cross(-np.inf, shift=lambda s: np.zeros(1))),
    ("transformer.cross_attention", "small_fill", cross(-1e4)),
    ("transformer.cross_attention", "small_fill", cross(-50.0)),
    ("transformer.cross_attention", "over_queries_filled", cross(-1e9, axis=1)),
    ("transformer.label_smoothing", "overflow", smoothed),
    ("seq2seq.masked_loss", "log_of_softmax", masked(np.log)),
    ("seq2seq.masked_loss", "small_added", masked(lambda p: np.log(p + 1e-9))),
    ("seq2seq.masked_loss", "small_added", masked(lambda p: np.log(p + 1e-4))),
    ("masks.masked_softmax", "small_fill", filled(-1e4)),
    ("masks.masked_softmax", "small_fill", filled(-50.0)),
    ("masks.masked_softmax", "uniform_row", lambda s, m: soft(np.where(m, s, -1e9))),
)  # fmt: skip
# Constants that only fit the cases
planted(
    "constant",
    ("seq2seq.greedy", "start_zero", greedy(begin=0)),
    ("seq2seq.greedy", "end_one", greedy(stop=1)),
    ("seq2seq.beam", "start_zero", beam(begin=0)),
    ("seq2seq.beam", "end_one", beam(stop=1)),
    ("seq2seq.beam", "shrinks", beam(shrink=True)),
    ("attention.leave_one_out", "by_value", loo(drop=lambda a, xs: a * (xs[:, None] != xs))),
    ("cnn.max_pool", "zero_start", pool(0.0)),
    ("cnn.max_pool", "", pool(-1e3)),
)  # fmt: skip
# State and memory
planted(
    "state",
    (A + "softmax", "shared_output", same_buffer),
    (A + "softmax", "unwritten", unwritten),
    ("rnn.forward", "shared_output", remembered),
)  # fmt: skip
# Sampling
planted(
    "sampling",
    (G + "dropout_sample", "exact_share", dropped(exact_share)),
    (G + "dropout_sample", "", dropped(last_row_kept)),
    (G + "dropout_sample", "", dropped(lambda x, p, r: r.random(x.shape) >= round(p, 1))),
    (G + "dropout_sample", "", dropped(halves)),
    (G + "dropout_sample", "", dropped(pairs)),
    (G + "dropout_sample", "one_mask", dropped(lambda x, p, r: r.random(x.shape[1]) >= p)),
)  # fmt: skip
# Thresholds and tolerance
planted(
    "tolerance",
    ("neuron.perceptron_step", "repeated", until_right),
    ("neuron.perceptron_step", "tolerant", almost(1e-3)),
    ("neuron.perceptron_step", "strict", almost(-1e-12)),
    (A + "kl", "skips_small", lambda p, q: (p[p > 0.02] * np.log(p[p > 0.02] / q[p > 0.02])).sum()),
    (A + "kl", "small_added", lambda p, q: (p * np.log((p + 1e-7) / (q + 1e-7))).sum()),
    (A + "gelu", "short_constant", gelu(0.0447)),
    (A + "gelu", "short_root", gelu(root=0.7979)),
    (A + "gelu", "no_root", gelu(root=2 / math.pi)),
    (A + "sigmoid", "forward_difference", slope(sig, 1e-6)),
    (A + "tanh", "forward_difference", slope(np.tanh, 1e-6)),
    (A + "tanh", "central_difference", slope(np.tanh, 1e-3, 2)),
    ("mlp.gradcheck", "", in_single),
    ("mlp.gradcheck", "times_h", differences(lambda up, down, here, h: (up - down) / 2 * h)),
    ("mlp.gradcheck", "over_two", differences(lambda up, down, here, h: (up - down) / 2)),
    ("mlp.gradcheck", "forward", differences(lambda up, down, here, h: (up - here) / h)),
)  # fmt: skip
# Likely slips
planted(
    "misread",
    (A + "cross_entropy", "columns", ce(pick=lambda lp, y: lp[:, y])),
    (A + "cross_entropy", "gradient_columns", ce(grad=columns)),
    (A + "cross_entropy", "both_columns", ce(pick=lambda lp, y: lp[:, y], grad=columns)),
    (A + "cross_entropy", "raw_labels", ce(grad=raw)),
    (A + "cross_entropy", "no_onehot", ce(grad=lambda d, y: None)),
    (M + "adam_step", "bracket_step", adam(lambda lr, m, v, eps: lr * m / np.sqrt(v) + eps)),
    (M + "adam_step", "bracket_outside", adam(lambda lr, m, v, eps: lr * (m / np.sqrt(v) + eps))),
    (M + "adam_step", "no_root", adam(lambda lr, m, v, eps: lr * m / (v + eps))),
    (M + "adam_step", "eps_inside", adam(lambda lr, m, v, eps: lr * m / np.sqrt(v + eps))),
    (G + "adamw_step", "bracket|bracket_step", adamw(lambda lr, m, v, eps: lr * m / np.sqrt(v) + eps)),
    (G + "adamw_step", "eps_inside", adamw(lambda lr, m, v, eps: lr * m / np.sqrt(v + eps))),
    (G + "adamw_step", "no_root", adamw(lambda lr, m, v, eps: lr * m / (v + eps))),
    (M + "rmsprop_step", "bracket", lambda w, s, g, lr, rho, eps: (
        w - lr * g / np.sqrt(rho * s + (1 - rho) * g * g) + eps, rho * s + (1 - rho) * g * g)),
    (M + "momentum_step", "minus_lr", lambda w, v, g, lr, mu: (w + mu * v - lr * g, mu * v - lr * g)),
    (M + "momentum_step", "average", lambda w, v, g, lr, mu: (
        w - lr * (mu * v + (1 - mu) * g), mu * v + (1 - mu) * g)),
    (M + "nesterov_step", "lr_inside", lambda w, v, grad, lr, mu: (
        w - mu * v - lr * grad(w - lr * mu * v), mu * v + lr * grad(w - lr * mu * v))),
    (S + "multi_head", "cut_only", heads(project=False)),
    (S + "multi_head", "sqrt_model", heads(scale=lambda D, K: math.sqrt(D))),
    ("lstm.step", "order_figo", lstm("figo")),
    ("lstm.sequence", "order_figo", over_time(lstm("figo"))),
    ("lstm.sequence", "sigmoid_candidate", over_time(lstm(candidate=sig))),
    ("lstm.sequence", "no_tanh_out", over_time(lstm(out=lambda c: c))),
    ("attention.leave_one_out", "width_once", loo(width=np.sqrt)),
    ("attention.leave_one_out", "no_width", loo(width=lambda w: 1.0)),
    ("attention.leave_one_out", "no_half", loo(weight=lambda u: np.exp(-(u**2)))),
    ("attention.nadaraya_watson", "inverse_distance", lambda x, xs, ys, h: (
        (1 / (1 + ((x[:, None] - xs) / h) ** 2)) @ ys / (1 / (1 + ((x[:, None] - xs) / h) ** 2)).sum(1))),
    ("gru.parameters", "one_bias_less", lambda D, H: (3 * (D * H + H * H), 3 * (D * H + H * H + H))),
    ("attention.additive", "exchanged", lambda q, K, W, w: (
        soft(np.tanh(W[:, :len(q)] @ q + K @ W[:, len(q):].T) @ w),
        np.tanh(W[:, :len(q)] @ q + K @ W[:, len(q):].T) @ w)),
)  # fmt: skip
# Trivial outputs
planted(
    "trivial",
    (A + "softmax", "constant_output", lambda z: np.zeros(z.shape)),
    (A + "softmax", "constant_output", lambda z: np.ones(z.shape)),
    (A + "softmax", "unchanged_input", lambda z: z),
    (A + "softmax", "nan", lambda z: z * np.nan),
    (A + "tanh", "constant_output", lambda z: (0 * z, 0 * z)),
    (M + "adam_step", "unchanged_input", lambda w, m, v, g, t, lr, beta1, beta2, eps: (w, m, v)),
    ("rnn.backward", "constant_output", lambda dh, x, h, h_0, W_h: (
        np.zeros((x.shape[2], len(W_h))), 0 * W_h, np.zeros(len(W_h)), 0 * h_0)),
    (S + "multi_head", "nan", lambda X, params, N: X * np.nan),
    ("transformer.layer_norm", "unchanged_input", lambda x, gamma, beta, eps: x),
)  # fmt: skip
# A wrong use of the argument is no ignoring
planted(
    "misread",
    (A + "softmax", "min_max", lambda z: (z - z.min(1, keepdims=True)) / (np.ptp(z, axis=1)[:, None] + 1e-12)),
    (A + "softmax", "one_hot", lambda z: (z == z.max(1, keepdims=True)) * 1.0),
    (A + "softmax", "unit_length", lambda z: z / np.sqrt((z**2).sum(1, keepdims=True) + 1e-12)),
    ("attention.pointer", "hard", lambda q, K, W, U, v, free: 1.0 * (
        np.arange(len(K)) == np.where(free, np.tanh(W @ q + K @ U.T) @ v, -np.inf).argmax())),
)  # fmt: skip
