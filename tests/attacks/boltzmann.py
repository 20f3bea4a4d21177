"""Wrong and right answers to the exercises of chapter 21, written from the task texts."""

import numpy as np

from attacks.table import right, values, wrong

SPIN, REST, CD = "rbm.spin_free", "rbm.given_the_rest", "rbm.cd_one"
REAL, LOG_Z = "rbm.real_pixels", "rbm.estimate_log_z"


def sigma(x):
    return 0.5 * (1 + np.tanh(x / 2))


@right(SPIN)
def spin_by_brackets(v, W, b, c):
    x = np.einsum("bd,dh->bh", v, W) + c
    return -np.log(np.exp(v @ b) * (np.exp(x) + np.exp(-x)).prod(axis=1))


@wrong(SPIN, "misread", "0 and 1")
def spin_as_bits(v, W, b, c):
    return -(v @ b) - np.log1p(np.exp(v @ W + c)).sum(axis=1)


@wrong(SPIN, "factor", "the 2 is missing|2 cosh")
def spin_cosh(v, W, b, c):
    return -(v @ b) - np.log(np.cosh(v @ W + c)).sum(axis=1)


@right(REST)
def rest_by_free_energies(v, W, b, c, i):
    both = []
    for bit in (0, 1):
        w = np.array(v)
        w[:, i] = bit
        both.append(-(w @ b) - np.log1p(np.exp(w @ W + c)).sum(axis=1))
    return sigma(both[0] - both[1])


@wrong(REST, "misread", "own share|hidden inputs")
def rest_with_itself(v, W, b, c, i):
    x = v @ W + c
    return sigma(b[i] + (np.log1p(np.exp(x + W[i])) - np.log1p(np.exp(x))).sum(axis=1))


@wrong(REST, "misread", "mean field")
def rest_by_means(v, W, b, c, i):
    x = v @ W + c - np.outer(v[:, i], W[i])
    return sigma(b[i] + sigma(x) @ W[i])


def cd(v, W, b, c, u_h, u_v, draw=True):
    day = sigma(v @ W + c)
    h = (day > u_h) + 0.0 if draw else day
    dream = (sigma(h @ W.T + b) > u_v) + 0.0
    night = sigma(dream @ W + c)
    return day, dream, night


@right(CD)
def cd_by_means(v, W, b, c, u_h, u_v):
    day, dream, night = cd(v, W, b, c, u_h, u_v)
    pairs = dream[:, :, None] * night[:, None] - v[:, :, None] * day[:, None]
    return pairs.mean(axis=0), dream.mean(axis=0) - v.mean(axis=0), (night - day).mean(axis=0)


@wrong(CD, "sign", "descended|sign")
def cd_upwards(v, W, b, c, u_h, u_v):
    return tuple(-x for x in cd_by_means(v, W, b, c, u_h, u_v))


@wrong(CD, "misread", "DREAM")
def cd_data_at_night(v, W, b, c, u_h, u_v):
    day, dream, night = cd(v, W, b, c, u_h, u_v)
    _, db, dc = cd_by_means(v, W, b, c, u_h, u_v)
    return v.T @ (night - day) / len(v), db, dc


@wrong(CD, "sampling", "hidden bits, not")
def cd_without_draw(v, W, b, c, u_h, u_v):
    day, dream, night = cd(v, W, b, c, u_h, u_v, False)
    dW = (dream.T @ night - v.T @ day) / len(v)
    return dW, (dream - v).mean(axis=0), (night - day).mean(axis=0)


@right(REAL)
def real_stepwise(v, W, b, c):
    h = sigma(v @ W + c)
    dW = -sum(np.outer(a, x) for a, x in zip(v, h, strict=True)) / len(v)
    return dW, np.mean(b - v, axis=0), np.mean(-h, axis=0)


@wrong(REAL, "misread", "square")
def real_as_bits(v, W, b, c):
    dW, _, dc = real_stepwise(v, W, b, c)
    return dW, -v.mean(axis=0), dc


@wrong(REAL, "forgotten", "mean over|divide by B")
def real_summed(v, W, b, c):
    dW, db, dc = real_stepwise(v, W, b, c)
    return dW * len(v), db, dc


@right(LOG_Z)
def log_z_by_weights(W, b, c, v):
    new = np.exp(v @ b) * (1 + np.exp(v @ W + c)).prod(axis=1)
    old = np.exp(v @ b) * 2.0 ** len(c)
    return np.log((new / old).mean() * 2.0 ** len(c) * np.prod(1 + np.exp(b)))


@wrong(LOG_Z, "order", "logarithm of the mean")
def log_z_of_logs(W, b, c, v):
    gain = np.log1p(np.exp(v @ W + c)).sum(axis=1) - len(c) * np.log(2)
    return len(c) * np.log(2) + np.log1p(np.exp(b)).sum() + gain.mean()


@wrong(LOG_Z, "forgotten", "hidden bits")
def log_z_without_hidden(W, b, c, v):
    return log_z_by_weights(W, b, c, v) - len(c) * np.log(2)


values("rbm.pencil_weight", (6, "forgotten", "off"), (16.5, "misread", "product"))
values("rbm.terms", (20, "misread", "two states"), (1048575, "shift", "off"))
values("rbm.false_peak", (1, "misread", "rebuilding"), (4, "sign", "valid"))
values("rbm.slip", (3, "misread", "21.8"), (6, "misread", "21.6"))
