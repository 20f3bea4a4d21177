"""Wrong and right answers to the exercises of chapter 20, written from the task texts."""

import numpy as np

from attacks.table import right, soft, values, wrong

COSTS, COMPLETE, LOOKS = "memory.flip_costs", "memory.complete", "memory.two_looks"
ADD, ADDRESS, PARTNER = "memory.add_first", "memory.address", "memory.partner"
MOST = "memory.most_patterns"


@right(COSTS)
def costs_einsum(W, s):
    return 2 * np.einsum("i,ij,j->i", s, W, s)


@wrong(COSTS, "factor", "twice as far")
def costs_once(W, s):
    return np.einsum("i,ij,j->i", s, W, s)


@wrong(COSTS, "sign", "sign")
def costs_sign(W, s):
    return -2 * np.einsum("i,ij,j->i", s, W, s)


def completed(P, s, known, order, W=None, stay=True):
    W = P.T @ P if W is None else W
    s = s.copy()
    for i in order:
        h = W[i] @ s - (W[i, i] * s[i] if stay else 0)
        if h and not known[i]:
            s[i] = 1.0 if h > 0 else -1.0
    return s


@right(COMPLETE)
def complete_without_diagonal(P, s, known, order):
    return completed(P, s, known, order)


@wrong(COMPLETE, "forgotten", "diagonal")
def complete_with_diagonal(P, s, known, order):
    return completed(P, s, known, order, stay=False)


@wrong(COMPLETE, "misread", "known units")
def complete_all(P, s, known, order):
    return completed(P, s, known & False, order)


@wrong(COMPLETE, "misread", "outer|each pattern")
def complete_sum(P, s, known, order):
    t = P.sum(axis=0)
    return completed(P, s, known, order, np.outer(t, t))


@right(LOOKS)
def looks_scaled(P, V, s, beta):
    near = soft((beta * P @ s.T).T) @ P
    return soft((beta * P @ near.T).T) @ V


@wrong(LOOKS, "misread", "one look")
def looks_once(P, V, s, beta):
    return soft(beta * s @ P.T) @ V


@wrong(LOOKS, "misread", "partners")
def looks_patterns(P, V, s, beta):
    return soft(beta * (soft(beta * s @ P.T) @ P) @ P.T) @ P


@right(ADD)
def add_in_parts(M, w, e, a, dout):
    dM, dw, de, da = np.empty_like(M), np.empty_like(w), np.zeros_like(e), np.zeros_like(a)
    for i in range(len(M)):
        written = M[i] + w[i] * a
        kept = 1 - w[i] * e
        dM[i] = dout[i] * kept
        dw[i] = dout[i] @ (a * kept - written * e)
        de -= w[i] * dout[i] * written
        da += w[i] * dM[i]
    return dM, dw, de, da


@wrong(ADD, "order", "20.9|added")
def add_as_on_the_page(M, w, e, a, dout):
    dM, _, _, da = add_in_parts(M, w, e, a, dout)
    dw = (dout * (a * (1 - np.outer(w, e)) - M * e)).sum(axis=1)
    return dM, dw, -(w[:, None] * dout * M).sum(axis=0), da


@wrong(ADD, "sign", "sign of de")
def add_sign(M, w, e, a, dout):
    dM, dw, de, da = add_in_parts(M, w, e, a, dout)
    return dM, dw, -de, da


def stands(M, before, k, beta, g, c, gamma, way=1):
    cos = np.array([row @ k / np.sqrt((row @ row) * (k @ k)) for row in M])
    w = g * soft(beta * cos) + (1 - g) * before
    new = np.zeros_like(w)
    for j in (-1, 0, 1):
        for i in range(len(w)):
            new[(i + way * j) % len(w)] += c[j + 1] * w[i]
    return new**gamma / np.sum(new**gamma)


@right(ADDRESS)
def address_by_hand(M, before, k, beta, g, c, gamma):
    return stands(M, before, k, beta, g, c, gamma)


@wrong(ADDRESS, "shift", "wrong way")
def address_backwards(M, before, k, beta, g, c, gamma):
    return stands(M, before, k, beta, g, c, gamma, -1)


@wrong(ADDRESS, "convention", "wrong way")
def address_gate(M, before, k, beta, g, c, gamma):
    return stands(M, before, k, beta, 1 - g, c, gamma)


@wrong(ADDRESS, "forgotten", "sharpen|gamma")
def address_blurred(M, before, k, beta, g, c, gamma):
    return stands(M, before, k, beta, g, c, 1.0)


@right(PARTNER)
def partner_stepwise(X, Y, x, rounds):
    W, y = sum(np.outer(b, a) for a, b in zip(X, Y, strict=True)), np.full(Y.shape[1], -1.0)
    for _ in range(rounds):
        h = W @ x
        y = np.where(h, np.sign(h), y)
        h = y @ W
        x = np.where(h, np.sign(h), x)
    return y


@wrong(PARTNER, "forgotten", "way back|[Oo]nly forward")
def partner_forward(X, Y, x, rounds):
    h = Y.T @ (X @ x)
    return np.where(h, np.sign(h), -1.0)


@wrong(PARTNER, "misread", "sums")
def partner_sum(X, Y, x, rounds):
    W, y = np.outer(Y.sum(0), X.sum(0)), np.full(Y.shape[1], -1.0)
    for _ in range(rounds):
        h = W @ x
        y = np.where(h, np.sign(h), y)
        h = y @ W
        x = np.where(h, np.sign(h), x)
    return y


@right(MOST)
def most_by_quantile(N, chance):
    from statistics import NormalDist

    z = NormalDist().inv_cdf(chance)
    return int((N - 1) / z**2) + 1


@wrong(MOST, "shift", "too many|too large")
def most_next(N, chance):
    return most_by_quantile(N, chance) + 1


@wrong(MOST, "factor", "one side|1/2")
def most_two_sided(N, chance):
    return most_by_quantile(N, chance / 2)


values("memory.weight", (-1, "factor", "divides"), (0.25, "sign", "agree"))
values("memory.third_row", (0.5, "forgotten", "square"), (0.25, "forgotten", "divide"))
values("memory.slip", (2, "misread", "two factors"), (6, "misread", "number of rows"))
