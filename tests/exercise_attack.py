"""Wrong answers written without the declarations: (exercise, what must be named, the answer).

Named "" means: rejected, and no listed mistake is asserted. "a|b" means that either name is right.
"""

import math

import numpy as np


def soft(z, axis=-1, shift=None):
    shift = z.max(axis=axis, keepdims=True) if shift is None else shift
    e = np.exp(z - shift)
    return e / e.sum(axis=axis, keepdims=True)


def sig(z):
    return 1 / (1 + np.exp(-z))


def attend(scale=lambda Q, K: math.sqrt(K.shape[-1]), shift=None, axis=-1):
    def answer(Q, K, V):
        s = Q @ K.swapaxes(1, 2) / scale(Q, K)
        w = soft(s, axis, shift and shift(s))
        return w @ V, w

    return answer


def ce(pick=lambda lp, y: lp[np.arange(len(y)), y], grad=None, shift=None):
    def answer(z, y):
        u = z - (z.max(axis=1, keepdims=True) if shift is None else shift(z))
        lp = u - np.log(np.exp(u).sum(axis=1, keepdims=True))
        d = np.exp(lp)
        if grad is None:
            d[np.arange(len(y)), y] -= 1
        else:
            grad(d, y)
        return -pick(lp, y).mean(), d / len(y)

    return answer


def columns(d, y):
    d[:, y] -= 1


def raw(d, y):
    d -= y[:, None]


def gelu(constant=0.044715, root=0.7978845608028654):
    return lambda z: 0.5 * z * (1 + np.tanh(root * (z + constant * z**3)))


def slope(f, h, sides=1):
    def answer(z):
        low = z - h if sides == 2 else z
        return f(z), (f(z + h) - f(low)) / (h * sides)

    return answer


def differences(change):
    def answer(f, w, h):
        g = np.zeros(w.shape)
        for i in np.ndindex(w.shape):
            v, u = w.copy(), w.copy()
            v[i] += h
            u[i] -= h
            g[i] = change(f(v), f(u), f(w), h)
        return g

    return answer


def in_single(f, w, h):
    g, w = np.zeros(w.shape), np.asarray(w, np.float32)
    for i in np.ndindex(w.shape):
        v, u = w.copy(), w.copy()
        v[i] += np.float32(h)
        u[i] -= np.float32(h)
        g[i] = (np.float32(f(v)) - np.float32(f(u))) / np.float32(2 * h)
    return g


def adam(bracket):
    def answer(w, m, v, g, t, lr, beta1, beta2, eps):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        return w - bracket(lr, m / (1 - beta1**t), v / (1 - beta2**t), eps), m, v

    return answer


def adamw(bracket, decayed=lambda w, lr, decay: lr * decay * w):
    def answer(w, m, v, g, t, lr, beta1, beta2, eps, decay):
        new, m, v = adam(bracket)(w, m, v, g, t, lr, beta1, beta2, eps)
        return new - decayed(w, lr, decay), m, v

    return answer


def lstm(order="ifgo", candidate=np.tanh, out=np.tanh):
    def step(z, c):
        part = dict(zip(order, np.split(z, 4, axis=-1), strict=True))
        c = sig(part["f"]) * c + sig(part["i"]) * candidate(part["g"])
        return sig(part["o"]) * out(c), c

    return step


def over_time(step):
    def answer(x, h, c, W_x, W_h, b):
        rows = []
        for t in range(x.shape[1]):
            h, c = step(x[:, t] @ W_x + h @ W_h + b, c)
            rows.append(h)
        return np.stack(rows, 1), h, c

    return answer


def loo(weight=lambda u: np.exp(-(u**2) / 2), width=lambda w: w, drop=None):
    def answer(xs, ys, h):
        a = weight((xs[:, None] - xs) / width(h))
        a = drop(a, xs) if drop else a * (1 - np.eye(len(xs)))
        return ((a @ ys / a.sum(1) - ys) ** 2).mean()

    return answer


def heads(project=True, shift=None, scale=lambda D, K: math.sqrt(K)):
    def answer(X, params, N):
        B, T, D = X.shape
        q, k, v = (
            (X @ params[n] if project else X).reshape(B, T, N, D // N).transpose(0, 2, 1, 3)
            for n in ("W_q", "W_k", "W_v")
        )
        s = q @ k.swapaxes(2, 3) / scale(D, D // N)
        w = soft(s, shift=shift and shift(s))
        return (w @ v).transpose(0, 2, 1, 3).reshape(B, T, D) @ params["W_o"]

    return answer


def one_head(shift=None):
    def answer(X, p):
        Q, K, V = X @ p["W_q"] + p["b_q"], X @ p["W_k"] + p["b_k"], X @ p["W_v"] + p["b_v"]
        s = Q @ K.swapaxes(1, 2) / math.sqrt(K.shape[2])
        return soft(s, shift=shift and shift(s)) @ V

    return answer


def cross(fill, axis=-1, shift=None):
    def answer(Y, X, p, real):
        s = (Y @ p["W_q"]) @ (X @ p["W_k"]).swapaxes(1, 2) / math.sqrt(p["W_k"].shape[1])
        s = np.where(real[:, None], s, fill)
        return soft(s, axis, shift and shift(s)) @ (X @ p["W_v"]) @ p["W_o"]

    return answer


def greedy(begin=None, stop=None):
    def answer(table, start, end, most):
        path, last, end = [], start if begin is None else begin, end if stop is None else stop
        for _ in range(most):
            last = int(np.argmax(table[last]))
            path.append(last)
            if last == end:
                break
        return path

    return answer


def beam(begin=None, stop=None, shrink=False):
    def answer(table, start, end, width, most, power):
        end = end if stop is None else stop
        live, done = [([], start if begin is None else begin, 0.0)], []
        for n in range(1, most + 1):
            new = sorted(
                ((p + [v], v, s + table[u, v]) for p, u, s in live for v in range(len(table))),
                key=lambda item: -item[2],
            )[: width - len(done) if shrink else width]
            done += [(p, s / n**power) for p, v, s in new if v == end or n == most]
            live = [item for item in new if item[1] != end]
        return max(done, key=lambda item: item[1])

    return answer


def smoothed(z, y, eps):
    q = np.full(z.shape, eps / z.shape[1])
    q[np.arange(len(y)), y] += 1 - eps
    return q, -(q * np.log(soft(z))).sum() / len(z)


def masked(log):
    def answer(z, y, pad):
        p = soft(z)[np.arange(len(y))[:, None], np.arange(y.shape[1]), y]
        return -(log(p) * (y != pad)).sum() / (y != pad).sum()

    return answer


def filled(fill):
    def answer(scores, mask):
        s = np.where(mask, scores, fill)
        return soft(s) * mask.any(axis=1, keepdims=True)

    return answer


def dropped(draw):
    return lambda x, p, rng: x * draw(x, p, rng) / (1 - p)


def halves(x, p, rng):
    return np.tile(rng.random((len(x) // 2, x.shape[1])) >= p, (2, 1))


def pairs(x, p, rng):
    return np.repeat(rng.random((len(x), x.shape[1] // 2)) >= p, 2, axis=1)


def exact_share(x, p, rng):
    keep = np.ones(x.shape)
    for row in keep:
        row[rng.permutation(len(row))[: round(p * len(row))]] = 0
    return keep


def last_row_kept(x, p, rng):
    keep = rng.random(x.shape) >= p
    keep[-1] = True
    return keep


def pool(start):
    def answer(x, k, stride):
        N, C, H, W = x.shape
        y = np.full((N, C, (H - k) // stride + 1, (W - k) // stride + 1), start)
        for r, c in np.ndindex(y.shape[2:]):
            part = x[:, :, r * stride : r * stride + k, c * stride : c * stride + k]
            y[:, :, r, c] = np.maximum(start, part.max(axis=(2, 3)))
        return y

    return answer


def until_right(w, b, x, y):
    while y * (w @ x + b) <= 0:
        w, b = w + y * x, b + y
    return w, b


def almost(limit):
    def answer(w, b, x, y):
        return (w + y * x, b + y) if y * (w @ x + b) <= limit else (w, b)

    return answer


def momentum(change):
    return lambda w, v, g, lr, mu: change(w, v, g, lr, mu)


BUFFER = {}


def same_buffer(z):
    out = BUFFER.setdefault(z.shape, np.zeros(z.shape))
    out[:] = soft(z)
    return out


def remembered(x, h_0, W_x, W_h, b):
    key = x.shape
    if key not in BUFFER:
        h, rows = h_0, []
        for t in range(x.shape[1]):
            h = np.tanh(x[:, t] @ W_x + h @ W_h + b)
            rows.append(h)
        BUFFER[key] = np.stack(rows, 1)
    return BUFFER[key]


def unwritten(z):
    out = np.empty(z.shape)
    out[:-1] = soft(z)[:-1]
    return out


A, G, M, S = "activations_and_losses.", "generalisation.", "optimisation.", "self_attention."
ATTACK = [
    # Stability that the page asks for
    (A + "softmax", "global_max", lambda z: soft(z, shift=z.max())),
    (A + "softmax", "mean_shift", lambda z: soft(z, shift=z.mean(axis=1, keepdims=True))),
    (A + "softmax", "", lambda z: soft(z, shift=z.min(axis=1, keepdims=True))),
    (A + "softmax", "", lambda z: np.exp(z - z.max()) / (np.exp(z - z.max()).sum(1, keepdims=True) + 1e-9)),
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
    ("seq2seq.masked_loss", "", masked(lambda p: np.log(p + 1e-4))),
    ("masks.masked_softmax", "", filled(-1e4)),
    ("masks.masked_softmax", "", filled(-50.0)),
    ("masks.masked_softmax", "uniform_row", lambda s, m: soft(np.where(m, s, -1e9))),
    # Constants that only fit the cases
    ("seq2seq.greedy", "start_zero", greedy(begin=0)),
    ("seq2seq.greedy", "end_one", greedy(stop=1)),
    ("seq2seq.beam", "start_zero", beam(begin=0)),
    ("seq2seq.beam", "end_one", beam(stop=1)),
    ("seq2seq.beam", "shrinks", beam(shrink=True)),
    ("attention.leave_one_out", "by_value", loo(drop=lambda a, xs: a * (xs[:, None] != xs))),
    ("cnn.max_pool", "zero_start", pool(0.0)),
    ("cnn.max_pool", "", pool(-1e3)),
    # State and memory
    (A + "softmax", "shared_output", same_buffer),
    (A + "softmax", "unwritten", unwritten),
    ("rnn.forward", "shared_output", remembered),
    # Sampling
    (G + "dropout_sample", "", dropped(exact_share)),
    (G + "dropout_sample", "", dropped(last_row_kept)),
    (G + "dropout_sample", "", dropped(lambda x, p, r: r.random(x.shape) >= round(p, 1))),
    (G + "dropout_sample", "", dropped(halves)),
    (G + "dropout_sample", "", dropped(pairs)),
    (G + "dropout_sample", "one_mask", dropped(lambda x, p, r: r.random(x.shape[1]) >= p)),
    # Thresholds and tolerance
    ("neuron.perceptron_step", "repeated", until_right),
    ("neuron.perceptron_step", "", almost(1e-3)),
    ("neuron.perceptron_step", "strict", almost(-1e-12)),
    (A + "kl", "skips_small", lambda p, q: (p[p > 0.02] * np.log(p[p > 0.02] / q[p > 0.02])).sum()),
    (A + "kl", "", lambda p, q: (p * np.log((p + 1e-7) / (q + 1e-7))).sum()),
    (A + "gelu", "", gelu(0.0447)),
    (A + "gelu", "", gelu(root=0.7979)),
    (A + "gelu", "no_root", gelu(root=2 / math.pi)),
    (A + "sigmoid", "", slope(sig, 1e-6)),
    (A + "tanh", "", slope(np.tanh, 1e-6)),
    (A + "tanh", "", slope(np.tanh, 1e-3, 2)),
    ("mlp.gradcheck", "", in_single),
    ("mlp.gradcheck", "times_h", differences(lambda up, down, here, h: (up - down) / 2 * h)),
    ("mlp.gradcheck", "over_two", differences(lambda up, down, here, h: (up - down) / 2)),
    ("mlp.gradcheck", "forward", differences(lambda up, down, here, h: (up - here) / h)),
    # Likely slips
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
    ("attention.additive", "exchanged", lambda q, K, W, U, v: (
        soft(np.tanh(W @ q + K @ U.T) @ v), np.tanh(W @ q + K @ U.T) @ v)),
    # Trivial outputs
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
    # A wrong use of the argument is no ignoring
    (A + "softmax", "", lambda z: (z - z.min(1, keepdims=True)) / (np.ptp(z, axis=1)[:, None] + 1e-12)),
    (A + "softmax", "", lambda z: (z == z.max(1, keepdims=True)) * 1.0),
    (A + "softmax", "", lambda z: z / np.sqrt((z**2).sum(1, keepdims=True) + 1e-12)),
    ("attention.pointer", "hard", lambda q, K, W, U, v, free: 1.0 * (
        np.arange(len(K)) == np.where(free, np.tanh(W @ q + K @ U.T) @ v, -np.inf).argmax())),
]  # fmt: skip
