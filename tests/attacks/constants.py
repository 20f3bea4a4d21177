"""Answers that fit some cases only: an argument written as a constant, a state kept between calls,
a small number added where none belongs."""

import numpy as np

from attacks.table import KEPT, sig, soft, wrong

A, G, S, T = "activations_and_losses.", "generalisation.", "self_attention.", "transformer."


@wrong(A + "leaky_relu", "constant", "leak")
def leak_of_a_hundredth(z, leak):
    return np.where(z > 0, z, 0.01 * z), np.where(z > 0, 1.0, 0.01)


@wrong(A + "softmax", "tolerance", "clipping")
def logits_clipped(z):
    e = np.exp(np.clip(z, -500, 500))
    return e / e.sum(axis=1, keepdims=True)


@wrong(A + "softmax", "tolerance", "rounded to 4 digits")
def rounded_shares(z):
    return np.round(soft(z), 4)


@wrong(A + "cross_entropy", "tolerance", "small|1e-12|inside the log|log")
def small_number_in_log(z, y):
    p = soft(z)
    loss = -np.log(p[np.arange(len(y)), y] + 1e-12).mean()
    return loss, (p - np.eye(z.shape[1])[y]) / len(y)


@wrong("mlp.gradcheck", "state", "hidden|between|two different|survives|add up|changes")
def adds_to_the_last(f, w, h):
    g = KEPT.setdefault(("gradcheck", w.shape), np.zeros(w.shape))
    for i in np.ndindex(w.shape):
        e = np.zeros(w.shape)
        e[i] = h
        g[i] += (f(w + e) - f(w - e)) / (2 * h)
    return g.copy()


@wrong("optimisation.adam_step", "constant", "beta|0.9|`")
def adam_textbook_betas(w, m, v, g, t, lr, beta1, beta2, eps):
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g**2
    return w - lr * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + eps), m, v


@wrong("optimisation.adam_step", "forgotten", "eps")
def adam_without_eps(w, m, v, g, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    root = np.sqrt(v / (1 - beta2**t))
    return w - lr * m / (1 - beta1**t) / np.where(root == 0, 1, root), m, v


@wrong("optimisation.momentum_step", "constant", r"`mu`|0\.9")
def mu_of_nine_tenths(w, v, g, lr, mu):
    v = 0.9 * v + g
    return w - lr * v, v


@wrong(G + "dropout", "constant", r"`p`|\bp\b|half|0.5")
def always_one_half(x, keep, p, training):
    return np.where(keep, 2 * x, 0) if training else x.copy()


@wrong(G + "dropout_sample", "state", "same|again|each call|two calls|drawn|rng|alike")
def mask_kept(x, p, rng):
    if ("mask", x.shape, p) not in KEPT:
        KEPT["mask", x.shape, p] = rng.random(x.shape) >= p
    return x * KEPT["mask", x.shape, p] / (1 - p)


@wrong("cnn.conv2d", "constant", "stride|pad")
def stride_one_no_padding(x, w, b, stride, pad):
    N, C, H, W = x.shape
    F, _, KH, KW = w.shape
    y = np.zeros((N, F, H - KH + 1, W - KW + 1))
    for i, j in np.ndindex(y.shape[2:]):
        y[:, :, i, j] = np.einsum("ncij,fcij->nf", x[:, :, i : i + KH, j : j + KW], w) + b
    return y


@wrong("cnn.max_pool", "constant", r"`k`|\bk\b|2 x 2|window")
def two_by_two(x, k, stride):
    N, C, H, W = x.shape
    y = np.zeros((N, C, (H - k) // stride + 1, (W - k) // stride + 1))
    for i, j in np.ndindex(y.shape[2:]):
        part = x[:, :, i * stride : i * stride + 2, j * stride : j * stride + 2]
        y[:, :, i, j] = part.max(axis=(2, 3))
    return y


@wrong("deep_cnns.batch_norm", "constant", "eps")
def batch_norm_own_eps(x, gamma, beta, eps):
    mean, var = x.mean(axis=(0, 2, 3), keepdims=True), x.var(axis=(0, 2, 3), keepdims=True)
    return gamma[:, None, None] * (x - mean) / np.sqrt(var + 1e-5) + beta[:, None, None]


@wrong(T + "layer_norm", "constant", "eps")
def layer_norm_own_eps(x, gamma, beta, eps):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(var + 1e-5) + beta


@wrong(T + "label_smoothing", "constant", "eps|0.1")
def eps_of_a_tenth(z, y, eps):
    K = z.shape[1]
    q = 0.9 * np.eye(K)[y] + 0.1 / K
    s = z - z.max(axis=1, keepdims=True)
    return q, -(q * (s - np.log(np.exp(s).sum(axis=1, keepdims=True)))).sum(axis=1).mean()


@wrong("rnn.forward", "state", "hidden|between|two different|survives|call")
def goes_on_from_the_last_call(x, h_0, W_x, W_h, b):
    h, rows = KEPT.get(("rnn", h_0.shape), h_0), []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ W_x + h @ W_h + b)
        rows.append(h)
    KEPT["rnn", h_0.shape] = h
    return np.stack(rows, axis=1)


@wrong("rnn.clip", "constant", "limit")
def limit_of_one(grads, limit):
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    return {k: g / max(1.0, norm) for k, g in grads.items()}


@wrong("rnn.clip", "tolerance", "small constant")
def small_number_in_norm(grads, limit):
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    return {k: g * min(1.0, limit / (norm + 1e-4)) for k, g in grads.items()}


@wrong("lstm.step", "constant", "forget|\\+ 1|plus 1|bias")
def forget_bias_of_one(z, c):
    i, f, g, o = np.split(z, 4, axis=1)
    c = sig(f + 1) * c + sig(i) * np.tanh(g)
    return sig(o) * np.tanh(c), c


@wrong("seq2seq.greedy", "state", "hidden|between|two different|survives|call|same array")
def list_as_default(table, start, end, most, tokens=[]):  # noqa: B006
    last = start
    for _ in range(most):
        last = int(np.argmax(table[last]))
        tokens.append(last)
        if last == end:
            break
    return list(tokens)


@wrong("seq2seq.masked_loss", "tolerance", "1e-9|small|pads|divi")
def padded_count(z, y, pad):
    s = z - z.max(axis=-1, keepdims=True)
    logs = s - np.log(np.exp(s).sum(axis=-1, keepdims=True))
    real = y != pad
    return -(np.take_along_axis(logs, y[..., None], 2)[..., 0] * real).sum() / (real.sum() + 1e-3)


@wrong("attention.scaled_dot_product", "constant", "sqrt|8|`|divi")
def divided_by_eight(Q, K, V):
    weights = soft(Q @ K.swapaxes(1, 2) / 8)
    return weights @ V, weights


@wrong("attention.nadaraya_watson", "tolerance", "small|1e-6|underflow|far")
def small_number_in_sum(x, xs, ys, width):
    a = np.exp(-(((x[:, None] - xs) / width) ** 2) / 2)
    return a @ ys / (a.sum(axis=1) + 1e-6)


@wrong("attention.kv_read", "tolerance", "clip|large|beta")
def beta_clipped(q, K, V, beta, n):
    scores = np.clip(beta * (K @ q), -50, 50)
    return soft(np.where(scores >= np.sort(scores)[-n], scores, -np.inf)) @ V


@wrong(S + "split_heads", "constant", "heads|two")
def two_heads(x, N):
    half = x.shape[2] // 2
    return np.stack([x[:, :, :half], x[:, :, half:]], axis=1)


@wrong(S + "multi_head", "constant", "heads|two")
def always_two_heads(X, params, N):
    parts = []
    half = X.shape[2] // 2
    for cut in (slice(0, half), slice(half, None)):
        q, k, v = ((X @ params[n])[:, :, cut] for n in ("W_q", "W_k", "W_v"))
        parts.append(soft(q @ k.swapaxes(1, 2) / np.sqrt(half)) @ v)
    return np.concatenate(parts, axis=2) @ params["W_o"]


@wrong("masks.masked_softmax", "tolerance", "exactly 0|hidden|fill|-inf")
def fill_of_a_thousand(scores, mask):
    return soft(np.where(mask, scores, scores - 1000)) * mask.any(axis=1, keepdims=True)


@wrong("masks.causal", "constant", "S - T|offset|last T")
def square_only(T, S):
    return np.tril(np.ones((S, S), dtype=bool))[:T]


@wrong(T + "cross_attention", "tolerance", "fill|-inf|pads?|mask|real")
def pads_lowered_by_ten(Y, X, params, real):
    s = (Y @ params["W_q"]) @ (X @ params["W_k"]).swapaxes(1, 2)
    s = s / np.sqrt(params["W_k"].shape[1]) - 10.0 * ~real[:, None]
    return soft(s) @ (X @ params["W_v"]) @ params["W_o"]


@wrong(T + "pre_norm", "state", "hidden|between|two different|survives|in place|call")
def sum_kept(x, f, norm):
    KEPT["pre", x.shape] = x + f(norm(x)) + 0.1 * KEPT.get(("pre", x.shape), 0)
    return KEPT["pre", x.shape]
