"""Wrong and right answers to the exercises of chapter 22, written from the task texts."""

import numpy as np

from attacks.table import right, values, wrong

HINGE, SQUARES, SPREAD = "gan.hinge", "gan.least_squares", "gan.spread"
COUNT, AHEAD = "gan.count_modes", "gan.look_ahead"


@right(HINGE)
def hinge_by_where(real, fake):
    dreal = np.where(real > 1, 0.0, -1.0) / len(real)
    dfake = np.where(fake < -1, 0.0, 1.0) / len(fake)
    return dreal, dfake, -np.ones(len(fake)) / len(fake)


@wrong(HINGE, "sign", "wants high scores|sign of dgen")
def hinge_gen_sign(real, fake):
    dreal, dfake, dgen = hinge_by_where(real, fake)
    return dreal, dfake, -dgen


@wrong(HINGE, "forgotten", "left alone")
def hinge_without_margin(real, fake):
    _, dfake, dgen = hinge_by_where(real, fake)
    return -np.ones(len(real)) / len(real), dfake, dgen


@right(SQUARES)
def squares_by_errors(x, z, w, mu, s):
    f = mu + s * z
    e_x, e_f = w[0] + w[1] * x + w[2] * x**2 - 1, w[0] + w[1] * f + w[2] * f**2
    dw = [np.mean(e_x * x**k) + np.mean(e_f * f**k) for k in range(3)]
    df = (e_f - 1) * (w[1] + 2 * w[2] * f)
    return np.array(dw), df.mean(), np.mean(df * z)


@wrong(SQUARES, "misread", "say 1")
def squares_label(x, z, w, mu, s):
    f = mu + s * z
    dw, _, _ = squares_by_errors(x, z, w, mu, s)
    df = (w[0] + w[1] * f + w[2] * f**2) * (w[1] + 2 * w[2] * f)
    return dw, df.mean(), np.mean(df * z)


@wrong(SQUARES, "forgotten", "features|du/dx")
def squares_short(x, z, w, mu, s):
    f = mu + s * z
    dw, _, _ = squares_by_errors(x, z, w, mu, s)
    du = w[0] + w[1] * f + w[2] * f**2 - 1
    return dw, du.mean(), np.mean(du * z)


@right(SPREAD)
def spread_by_std(x, dout):
    return dout * (x - np.mean(x, 0)) / (x.size * np.std(x, axis=0))


@wrong(SPREAD, "forgotten", "divide by D")
def spread_columns(x, dout):
    return spread_by_std(x, dout) * x.shape[1]


@wrong(SPREAD, "misread", "gradient of the variance|root")
def spread_variance(x, dout):
    return dout * 2 * (x - x.mean(0)) / x.size


@right(COUNT)
def count_by_lists(x, centres, radius, share):
    hits = []
    for point in x:
        away = np.sqrt(((centres - point) ** 2).sum(axis=1))
        if away.min() < radius:
            hits.append(int(away.argmin()))
    found = sum(hits.count(k) >= share * len(x) for k in range(len(centres)))
    return found, len(hits) / len(x)


@wrong(COUNT, "misread", "not of the good")
def count_of_good(x, centres, radius, share):
    away = np.linalg.norm(x[:, None] - centres, axis=2)
    near = away.argmin(axis=1)[away.min(axis=1) < radius]
    counts = np.bincount(near, minlength=len(centres))
    return (counts >= share * counts.sum()).sum(), counts.sum() / len(x)


@wrong(COUNT, "forgotten", "far from every")
def count_far(x, centres, radius, share):
    return count_by_lists(x, centres, 1e9, share)


@right(AHEAD)
def ahead_by_lines(A, x, y, eta, steps):
    for _ in range(steps):
        tilde = x - eta * np.dot(A, y), y + eta * np.dot(x, A)
        x, y = x - eta * np.dot(A, tilde[1]), y + eta * np.dot(tilde[0], A)
    return x, y


@wrong(AHEAD, "misread", "circles outwards|plain step")
def ahead_plain(A, x, y, eta, steps):
    for _ in range(steps):
        x, y = x - eta * A @ y, y + eta * x @ A
    return x, y


@wrong(AHEAD, "sign", "LARGE|climbs")
def ahead_both_down(A, x, y, eta, steps):
    for _ in range(steps):
        a, b = x - eta * A @ y, y + eta * x @ A
        x, y = x - eta * A @ b, y - eta * a @ A
    return x, y


values("gan.best_answer", (0.75, "forgotten", "three times"), (0.5, "misread", "equally"))
values("gan.pull", (50, "forgotten", "not 1"), (0.96, "misread", "TIMES"))
values("gan.slip", (1, "misread", "22.2"), (5, "misread", "22.7"))
