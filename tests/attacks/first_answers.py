"""The first edition's slips as functions with switches; `first_table` plants them."""

import math

import numpy as np

from attacks.table import KEPT, sig


def soft(z, axis=-1, shift=None):
    shift = z.max(axis=axis, keepdims=True) if shift is None else shift
    e = np.exp(z - shift)
    return e / e.sum(axis=axis, keepdims=True)


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


def same_buffer(z):
    out = KEPT.setdefault(z.shape, np.zeros(z.shape))
    out[:] = soft(z)
    return out


def remembered(x, h_0, W_x, W_h, b):
    key = x.shape
    if key not in KEPT:
        h, rows = h_0, []
        for t in range(x.shape[1]):
            h = np.tanh(x[:, t] @ W_x + h @ W_h + b)
            rows.append(h)
        KEPT[key] = np.stack(rows, 1)
    return KEPT[key]


def unwritten(z):
    out = np.empty(z.shape)
    out[:-1] = soft(z)[:-1]
    return out
